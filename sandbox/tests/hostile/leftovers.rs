//! What a sandbox may leave behind when all programs are done: nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::wait::WaitStatus::StillAlive;
use nix::sys::wait::{WaitPidFlag, waitpid};

use crate::host::Host;

/// What this process has, and what is mounted: how much there is of each kind of thing.
///
/// The children that a sandbox keeps ready are others after every run, but as many as before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Belongings(BTreeMap<String, usize>);

impl Belongings {
    /// Take stock.
    pub(crate) fn of_this_process(host: &Host) -> Self {
        adopt_orphans();
        let folder = host.scratches();
        let scratches = names_in(&folder).map(|_| "scratch folder".to_owned());
        let mut belongings = BTreeMap::new();
        for thing in children().into_iter().chain(descriptors()).chain(mounts()).chain(scratches) {
            *belongings.entry(thing).or_default() += 1;
        }
        Self(belongings)
    }

    /// What there is now that was not there before. What is still going away has `patience`.
    pub(crate) fn difference_after(&self, patience: Duration, host: &Host) -> Vec<String> {
        let deadline = Instant::now() + patience;
        loop {
            let now = Self::of_this_process(host);
            let had = |thing: &String| self.0.get(thing).copied().unwrap_or(0);
            let more: Vec<String> = now
                .0
                .iter()
                .filter(|(thing, count)| **count > had(thing))
                .map(|(thing, count)| format!("{count} of {thing}, not {}", had(thing)))
                .collect();
            if more.is_empty() || Instant::now() > deadline {
                return more;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Make orphans of our programs come to us, so that none can hide as a child of someone else, and
/// bury those that are dead.
fn adopt_orphans() {
    nix::sys::prctl::set_child_subreaper(true).unwrap();
    while waitpid(None, Some(WaitPidFlag::WNOHANG)).is_ok_and(|found| found != StillAlive) {}
}

/// Control groups of this process, which are gone when its sandbox is.
pub(crate) fn groups() -> Vec<String> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let hierarchies = table.lines().filter(|line| line.contains(" - cgroup"));
    let mounted = hierarchies.filter_map(|line| line.split(' ').nth(4));
    let name = format!("ra3-{}-", std::process::id());
    mounted.flat_map(|folder| groups_in(Path::new(folder), &name)).collect()
}

fn groups_in(folder: &Path, name: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let groups = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    groups
        .flat_map(|group| {
            if group.file_name().to_string_lossy().starts_with(name) {
                return vec![format!("group {}", group.path().display())];
            }
            groups_in(&group.path(), name)
        })
        .collect()
}

fn children() -> Vec<String> {
    names_in(Path::new("/proc/self/task"))
        .filter_map(|thread| fs::read_to_string(format!("/proc/self/task/{thread}/children")).ok())
        .flat_map(|line| line.split_whitespace().map(describe_process).collect::<Vec<_>>())
        .collect()
}

fn describe_process(pid: &str) -> String {
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    format!("process {}", String::from_utf8_lossy(&arguments).replace('\0', " "))
}

fn descriptors() -> Vec<String> {
    let mut doors = BTreeSet::new();
    names_in(Path::new("/proc/self/fd"))
        .filter_map(|fd| fs::read_link(format!("/proc/self/fd/{fd}")).ok())
        .map(|target| target.display().to_string())
        // The descriptor by which we have just listed them.
        .filter(|target| !target.ends_with("/fd"))
        // A control group, of which there are as many as runs at a time, keeps each of its doors open, once.
        .filter(|target| !is_door(target) || !doors.insert(target.clone()))
        .map(|target| format!("descriptor {}", without_numbers(&target)))
        .collect()
}

fn is_door(target: &str) -> bool {
    target.contains("/ra3-") && (target.ends_with("/tasks") || target.ends_with("/cgroup.procs"))
}

/// The name of a thing without what tells it from others of its kind.
fn without_numbers(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

fn mounts() -> Vec<String> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    table.lines().map(|line| format!("mount {line}")).collect()
}

fn names_in(folder: &Path) -> impl Iterator<Item = String> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
}
