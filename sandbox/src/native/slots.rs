//! What each run has to itself while it lasts: a user id, and a control group where there are any.
//!
//! The kernel counts processes, and allows signals, by user. Root can give every run a user that
//! nothing else runs as: a supervisor claims its ids, so that another's processes are not counted with its
//! own, and leaves those alone as whom somebody runs already. Groups are made once and used again, so they
//! stay with their slot.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::groups::{Group, Groups};
use crate::{Limits, Tier};

/// Hands out slots and takes them back.
#[derive(Debug, Default)]
pub(super) struct Slots {
    // Before the place in which the groups are, because groups go first.
    taken: Mutex<Taken>,
    groups: Option<Groups>,
}

/// Who has what.
#[derive(Debug, Default)]
struct Taken {
    seats: Vec<Seat>,
    users: Users,
}

#[derive(Debug)]
enum Seat {
    Taken,
    Free(Option<Group>),
}

/// One user id and one group, returned when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    index: usize,
    uid: u32,
    slots: Arc<Slots>,
    group: Option<Group>,
    /// Whether the run of this slot is held to its limits by the group.
    is_held: bool,
}

impl Slots {
    /// The lowest id. Debian gives people ids below 60,000 and this range to nobody, but systemd takes users for
    /// services from it.
    pub(super) const FIRST: u32 = 61_184;

    /// Slots with a group each, where there are `groups`.
    pub(super) fn new(groups: Option<Groups>) -> Self {
        Self { groups, ..Self::default() }
    }

    /// Take the lowest free slot.
    pub(super) fn take(self: &Arc<Self>) -> Slot {
        let (index, uid, group) = self.taken().take_seat();
        // Outside the lock, because others may want a slot meanwhile.
        let group = group.or_else(|| self.groups.as_ref()?.make());
        Slot { index, uid, slots: Arc::clone(self), is_held: group.is_some(), group }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// The lowest free seat, with its user and the group that it may have already.
    fn take_seat(&mut self) -> (usize, u32, Option<Group>) {
        let free = self.seats.iter().position(|seat| matches!(seat, Seat::Free(_)));
        let index = free.unwrap_or(self.seats.len());
        if index == self.seats.len() {
            self.seats.push(Seat::Free(None));
        }
        match std::mem::replace(&mut self.seats[index], Seat::Taken) {
            Seat::Free(group) => (index, self.users.of_seat(index), group),
            Seat::Taken => unreachable!("a free seat was looked for"),
        }
    }
}

/// The users of the seats.
#[derive(Debug)]
struct Users {
    /// Which blocks of the range are taken, in the order of the seats.
    blocks: Vec<Block>,
    /// The block to be asked for next. Supervisors in different containers, which see nothing of each other,
    /// start at different ones.
    next: u32,
}

#[derive(Debug)]
struct Block {
    number: u32,
    /// A socket whose name says that the block is taken, as long as this process lives. None where all are or
    /// sockets are forbidden.
    _claim: Option<UnixDatagram>,
}

impl Default for Users {
    fn default() -> Self {
        let anywhere = RandomState::new().hash_one(()) % u64::from(Self::BLOCKS);
        Self { blocks: Vec::new(), next: anywhere as u32 }
    }
}

impl Users {
    /// How many ids are claimed at a time: more than programs usually run at a time.
    const BLOCK: u32 = 64;
    /// How many blocks there are before they are shared; ids above 65,535 may not be mapped in a
    /// container.
    const BLOCKS: u32 = 64;

    fn of_seat(&mut self, seat: usize) -> u32 {
        let (block, place) = (seat / Self::BLOCK as usize, seat % Self::BLOCK as usize);
        while self.blocks.len() <= block {
            let claimed = self.claim();
            self.blocks.push(claimed);
        }
        Slots::FIRST + self.blocks[block].number * Self::BLOCK + place as u32
    }

    /// The next block that nobody has and of which nobody runs.
    fn claim(&mut self) -> Block {
        let inhabited = inhabited();
        for _ in 0..Self::BLOCKS {
            let number = self.pass();
            if inhabited.contains(&number) {
                continue;
            }
            match claim(number) {
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                claim => return Block { number, _claim: claim.ok() },
            }
        }
        Block { number: self.pass(), _claim: None }
    }

    fn pass(&mut self) -> u32 {
        let number = self.next;
        self.next = (self.next + 1) % Self::BLOCKS;
        number
    }
}

/// The blocks as whose users somebody runs, as far as we see.
fn inhabited() -> HashSet<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let users = processes.filter_map(|process| Some(process.metadata().ok()?.uid()));
    users.filter_map(|uid| Some(uid.checked_sub(Slots::FIRST)? / Users::BLOCK)).collect()
}

/// A socket with a name that no file has, which the kernel gives to one process only.
fn claim(block: u32) -> std::io::Result<UnixDatagram> {
    let name = SocketAddr::from_abstract_name(format!("ra3-users-{block}"))?;
    UnixDatagram::bind_addr(&name)
}

impl Slot {
    pub(super) fn uid(&self) -> u32 {
        self.uid
    }

    /// Descriptors by which a process joins the group; none where there is no group.
    pub(super) fn doors(&mut self) -> &[OwnedFd] {
        let doors = self.group.as_mut().and_then(|group| group.doors().ok());
        self.is_held &= doors.is_some();
        doors.unwrap_or_default()
    }

    /// Let a run begin under these limits, whose process has `spent` some time in the group already.
    pub(super) fn begin(&mut self, limits: &Limits, spent: Duration) {
        // The group stays even if it does not hold the run: a process may be in it.
        self.is_held = self.group.as_mut().is_some_and(|group| group.begin(limits, spent).is_ok());
    }

    /// The process of the run could not join the group, and goes on without it.
    pub(super) fn leave_group(&mut self) {
        self.is_held = false;
    }

    /// The group, where it holds the run to its limits.
    pub(super) fn group(&mut self) -> Option<&mut Group> {
        self.group.as_mut().filter(|_| self.is_held)
    }

    /// The tier of the run, in a sandbox of this `tier`.
    pub(super) fn tier(&self, tier: Tier) -> Tier {
        if self.is_held { tier } else { tier.min(Tier::T1) }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let group = self.group.take_if(|group| group.is_fit());
        self.slots.taken().seats[self.index] = Seat::Free(group);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;

    use super::*;

    #[test]
    fn slots_are_distinct_while_taken_and_used_again_afterwards() {
        let slots = Arc::new(Slots::default());
        let (first, second) = (slots.take(), slots.take());
        assert_ne!(first.uid(), second.uid());
        let uid = first.uid();
        drop(first);
        assert_eq!(slots.take().uid(), uid);
    }

    #[test]
    fn no_two_supervisors_have_the_same_user() {
        let supervisor = || {
            let users = Users { next: 7, ..Users::default() };
            let taken = Taken { users, ..Taken::default() }.into();
            Arc::new(Slots { taken, ..Slots::default() })
        };
        let (one, other) = (supervisor(), supervisor());
        let taken: Vec<Slot> = (0..70).flat_map(|_| [one.take(), other.take()]).collect();
        let ids: std::collections::HashSet<u32> = taken.iter().map(Slot::uid).collect();
        assert_eq!(ids.len(), taken.len());
        assert!(ids.iter().all(|id| (Slots::FIRST..Slots::FIRST + 4096).contains(id)));
    }

    #[test]
    fn a_user_as_whom_somebody_runs_is_left_alone() {
        if !nix::unistd::geteuid().is_root() {
            println!("skipped: only root can run something as somebody else");
            return;
        }
        // A block that no other test asks for first.
        let mut users = Users { next: 40, ..Users::default() };
        let inhabitant = Slots::FIRST + 40 * Users::BLOCK + 9;
        let mut sleeper = std::process::Command::new("sleep");
        let mut sleeper = sleeper.arg("60").uid(inhabitant).gid(inhabitant).spawn().unwrap();
        let given = users.of_seat(0);
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
        assert!(given >= Slots::FIRST + 41 * Users::BLOCK, "{given}");
    }

    #[test]
    fn a_run_without_a_group_is_not_said_to_have_one() {
        let mut slot = Arc::new(Slots::default()).take();
        slot.begin(&Limits::default(), Duration::ZERO);
        assert!(slot.doors().is_empty());
        assert_eq!(slot.tier(Tier::T2), Tier::T1);
        assert_eq!(slot.tier(Tier::T0), Tier::T0);
    }
}
