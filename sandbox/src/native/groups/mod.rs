//! Control groups: limits on a whole process tree that the kernel keeps.
//!
//! # Theory of operation
//!
//! Making a group costs as much as starting a small program, so groups are made once and used again:
//! each slot (see `slots.rs`) has one, and there are as many slots as runs at a time.
//!
//! ```text
//!   own group of this process
//!     ra3-PID-0      a home, locked while we live; in each hierarchy that is used
//!       0            the group of the first slot
//!       1
//! ```
//!
//! - A process is **in its group before its program is there**: one that is executed joins first of
//!   all, a child of a fork server before it waits for its task. It joins by itself, because that is cheap;
//!   see [`Group::doors`].
//! - **Limits** are written when they differ from those of the run before, which they mostly do not.
//! - **Memory** is what the kernel charges to the group: pages of all its processes, each once, of
//!   their files in memory too. A program over it is killed by the kernel, and the group's counter
//!   tells that from any other end.
//! - **Processes** and threads are counted by group and not by user, so the limit also holds for an
//!   ordinary user and for root.
//! - **Processor time** of a tree is the group's, which includes those who ended unseen.
//! - Both versions of the interface are spoken: the first with a hierarchy for each controller, the second
//!   where memory and pids are handed on to us.
//! - **Nothing is left**: groups go with their owner, and what a killed owner left is swept by the next.
//!
//! What groups are not used for: dividing the processor, freezing, devices. A group is no part of the walls:
//! where none can be made, a run goes on in tier `t1`, and says so.

mod files;
mod group;
mod home;
mod place;

use std::sync::atomic::{AtomicU32, Ordering};

pub(super) use group::Group;
use home::Home;
use place::{Folders, Place, Version};

/// Makes groups.
#[derive(Debug)]
pub(super) struct Groups {
    version: Version,
    /// Where groups are made.
    folders: Folders,
    made: AtomicU32,
    _homes: Vec<Home>,
}

impl Groups {
    /// A home for groups, or why there can be none.
    pub(super) fn open() -> Result<Self, String> {
        let Place { version, folders: parents } = Place::of_this_process()?;
        let mut homes = Vec::new();
        for parent in parents.distinct() {
            Home::sweep(parent);
            let home = Home::make(parent).and_then(|home| {
                if version == Version::Two {
                    files::hand_on(&home.path)?;
                }
                Ok((parent.to_owned(), home))
            });
            homes.push(home.map_err(|error| format!("`{}`: {error}", parent.display()))?);
        }
        let folders = parents.map(|parent| {
            let home = homes.iter().find(|(of, _)| of == parent);
            home.expect("there is a home in every parent").1.path.clone()
        });
        let homes = homes.into_iter().map(|(_, home)| home).collect();
        Ok(Self { version, folders, made: AtomicU32::new(0), _homes: homes })
    }

    /// Groups of which nothing can be used, as on a machine that has changed its mind.
    #[cfg(test)]
    pub(super) fn of_no_use(folder: &std::path::Path) -> Self {
        let (memory, pids, cpu) = (folder.to_owned(), folder.to_owned(), None);
        let folders = Folders { memory, pids, cpu };
        Self { version: Version::Two, folders, made: AtomicU32::new(0), _homes: Vec::new() }
    }

    /// A new group, or `None` where none can be made.
    pub(super) fn make(&self) -> Option<Group> {
        let number = self.made.fetch_add(1, Ordering::Relaxed).to_string();
        Group::make(self.version, self.folders.map(|folder| folder.join(&number))).ok()
    }

    /// What there is, for a person to read.
    pub(super) fn describe(&self) -> String {
        match (self.version, &self.folders.cpu) {
            (Version::One, Some(_)) => "version 1: memory, pids and cpuacct".into(),
            (Version::One, None) => "version 1: memory and pids, without cpuacct".into(),
            (Version::Two, _) => "version 2: memory and pids".into(),
        }
    }
}
