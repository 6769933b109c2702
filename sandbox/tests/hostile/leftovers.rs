//! What a sandbox may leave behind when all programs are done: nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::wait::WaitStatus::StillAlive;
use nix::sys::wait::{WaitPidFlag, waitpid};

use crate::host::Host;

/// What this process has, and what is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Belongings(BTreeSet<String>);

impl Belongings {
    /// Take stock.
    pub(crate) fn of_this_process(host: &Host) -> Self {
        adopt_orphans();
        let mut belongings = BTreeSet::new();
        belongings.extend(children());
        belongings.extend(descriptors());
        belongings.extend(mounts());
        belongings.extend(names_in(&host.scratches()).map(|name| format!("scratch folder {name}")));
        Self(belongings)
    }

    /// What there is now that was not there before. What is still going away has `patience`.
    pub(crate) fn difference_after(&self, patience: Duration, host: &Host) -> Vec<String> {
        let deadline = Instant::now() + patience;
        loop {
            let now = Self::of_this_process(host);
            let more: Vec<String> = now.0.difference(&self.0).cloned().collect();
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

fn children() -> BTreeSet<String> {
    names_in(Path::new("/proc/self/task"))
        .filter_map(|thread| fs::read_to_string(format!("/proc/self/task/{thread}/children")).ok())
        .flat_map(|line| line.split_whitespace().map(describe_process).collect::<Vec<_>>())
        .collect()
}

fn describe_process(pid: &str) -> String {
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    format!("process {pid}: {}", String::from_utf8_lossy(&arguments).replace('\0', " "))
}

fn descriptors() -> BTreeSet<String> {
    names_in(Path::new("/proc/self/fd"))
        .filter_map(|fd| {
            let target = fs::read_link(format!("/proc/self/fd/{fd}")).ok()?;
            Some(format!("descriptor {fd}: {}", target.display()))
        })
        // The descriptor by which we have just listed them.
        .filter(|descriptor| !descriptor.ends_with("/fd"))
        .collect()
}

fn mounts() -> BTreeSet<String> {
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
