//! Whom a program runs as: wherever possible, somebody who owns nothing and whose tasks the kernel
//! counts apart.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::draft::Ground;
use super::plan::Identity;
use crate::Tier;

impl Identity {
    /// Whom a program in `slot`, which must be able to read what is `visible`, runs as.
    pub(super) fn choose(ground: Ground, slot: u32, visible: &[PathBuf]) -> Self {
        if ground.tier == Tier::None {
            return Self::Ourselves;
        }
        if ground.root {
            // Outside a private root another user may not be able to reach the interpreter.
            let reachable = ground.tier >= Tier::T1 || visible.iter().all(|path| open_to_all(path));
            return if reachable { Self::Nobody { id: slot } } else { Self::Ourselves };
        }
        if ground.tier >= Tier::T1 {
            let (uid, gid) = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
            return Self::Mapped { uid, gid };
        }
        Self::Ourselves
    }

    /// The same for the program in another slot.
    pub(super) fn of(self, slot: u32) -> Self {
        match self {
            Self::Nobody { .. } => Self::Nobody { id: slot },
            identity => identity,
        }
    }

    /// The user that its files belong to, where that is not ourselves.
    pub(super) fn owner(self) -> Option<u32> {
        match self {
            Self::Nobody { id } => Some(id),
            _ => None,
        }
    }

    /// How many tasks of other programs the kernel counts with the program's own; `None` where nobody
    /// says.
    ///
    /// Where the user is ourselves, what runs beside the program must have room as well, so the
    /// kernel only stops a bomb there, and not even that for user 0, whom it exempts. The
    /// supervisor's look is what keeps the limit then.
    pub(super) fn other_tasks(self) -> Option<u64> {
        if self == Self::Ourselves { tasks_on_this_machine() } else { Some(0) }
    }
}

/// Whether everybody may enter every folder on the way to `path`, and read it.
fn open_to_all(path: &Path) -> bool {
    path.ancestors().all(|part| {
        let needed = if part.is_dir() { 0o005 } else { 0o004 };
        part.metadata().is_ok_and(|metadata| metadata.permissions().mode() & needed == needed)
    })
}

/// How many tasks there are, of whatever user, with some room for more; `None` where nobody says.
fn tasks_on_this_machine() -> Option<u64> {
    const ROOM: u64 = 64;
    // "0.20 0.18 0.12 1/80 11206": the fourth is running and all tasks.
    let loads = std::fs::read_to_string("/proc/loadavg").ok()?;
    let (_, all) = loads.split(' ').nth(3)?.split_once('/')?;
    Some(all.parse::<u64>().ok()? + ROOM)
}
