//! One control group: who is in it, what it may use and what it has used.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use super::files::{number, number_of, write, write_if_there};
use super::home::remove;
use super::place::{Folders, Version};
use crate::Limits;

/// A group for one run at a time. It is removed when this is dropped.
#[derive(Debug)]
pub(in crate::native) struct Group {
    version: Version,
    folders: Folders,
    /// What was written last, which the next run mostly wants as well.
    enforced: Option<Most>,
    /// Programs that the kernel has killed in it for want of memory, until the last look.
    killed: u64,
    /// Where the counters stood when the run began.
    start: Start,
    /// Files by which a process joins, once somebody has.
    doors: Vec<OwnedFd>,
    /// Whether a run has begun in it whose end we have not seen.
    is_open: bool,
    /// Whether no run has begun in it yet.
    is_new: bool,
    /// Whether another run may have it.
    is_fit: bool,
}

/// The most that the kernel lets a group have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Most {
    memory: u64,
    tasks: u64,
}

/// Where counters that only grow stood at the beginning of a run.
#[derive(Debug, Default)]
struct Start {
    cpu: Option<Duration>,
    memory: u64,
    /// By which the peak of the run is read, where the group has one of its own.
    peak: Option<File>,
}

impl Group {
    /// Make the group whose folders these are.
    pub(super) fn make(version: Version, folders: Folders) -> io::Result<Self> {
        let mut made: Vec<&Path> = Vec::new();
        for folder in folders.distinct() {
            if let Err(error) = std::fs::create_dir(folder) {
                made.into_iter().for_each(remove);
                return Err(error);
            }
            made.push(folder);
        }
        let group = Self::there(version, folders);
        if version == Version::Two {
            // A program whose child was killed is judged as if it were itself, so it need not go on.
            write_if_there(&group.folders.memory.join("memory.oom.group"), "1")?;
            write_if_there(&group.folders.memory.join("memory.swap.max"), "0")?;
        }
        Ok(group)
    }

    /// One whose folders are there already.
    fn there(version: Version, folders: Folders) -> Self {
        let start = Start::default();
        let (is_open, is_new, is_fit, doors) = (false, true, true, Vec::new());
        Self { version, folders, enforced: None, killed: 0, start, doors, is_open, is_new, is_fit }
    }

    /// Descriptors by which a process of one thread joins, when it writes `0` to each.
    pub(in crate::native) fn doors(&mut self) -> io::Result<&[OwnedFd]> {
        // A thread that moves itself needs nobody to hold still. Moving a process, even of one thread, makes
        // the kernel wait until every processor has been seen: ten milliseconds on an idle machine.
        let door = match self.version {
            Version::One => "tasks",
            Version::Two => "cgroup.procs",
        };
        if self.doors.is_empty() {
            let open = |folder: &Path| {
                OpenOptions::new().write(true).open(folder.join(door)).map(OwnedFd::from)
            };
            self.doors =
                self.folders.distinct().into_iter().map(open).collect::<io::Result<_>>()?;
        }
        Ok(&self.doors)
    }

    /// Hold a run to these limits. What it will have used is counted from here, but for what its process
    /// has `spent` in the group already; the use of one process is known without the group's help.
    pub(in crate::native) fn begin(&mut self, limits: &Limits, spent: Duration) -> io::Result<()> {
        let most = Most { memory: limits.memory, tasks: limits.tasks() };
        if self.enforced != Some(most) {
            self.enforce(most)?;
        }
        if self.is_open {
            // The run before was given up, and nobody has asked how it ended.
            self.count_killed();
        }
        self.start = Start::default();
        if limits.processes > 1 {
            self.start.cpu = self.clock().map(|clock| clock.saturating_sub(spent));
            self.start.peak = self.reset_peak();
            self.start.memory = self.memory().unwrap_or(0);
        }
        (self.is_open, self.is_new) = (true, false);
        Ok(())
    }

    /// The run is over, and nobody of it is left.
    pub(in crate::native) fn end(&mut self) {
        (self.is_open, self.start) = (false, Start::default());
    }

    /// Processor time of everybody who was in the group since the run began.
    pub(in crate::native) fn cpu(&self) -> Option<Duration> {
        Some(self.clock()?.saturating_sub(self.start.cpu?))
    }

    /// The most memory that the run had at a time, in bytes, with its files in memory.
    pub(in crate::native) fn peak(&self) -> Option<u64> {
        let mut text = [0; 32];
        let length = self.start.peak.as_ref()?.read_at(&mut text, 0).ok()?;
        let peak: u64 = std::str::from_utf8(&text[..length]).ok()?.trim().parse().ok()?;
        Some(peak.saturating_sub(self.start.memory))
    }

    /// Whether the kernel has killed somebody for want of memory since this was last asked.
    pub(in crate::native) fn has_run_out_of_memory(&mut self) -> bool {
        let before = self.killed;
        self.count_killed();
        before < self.killed
    }

    /// Whether another run may have the group.
    pub(in crate::native) fn is_fit(&self) -> bool {
        self.is_fit
    }

    fn enforce(&mut self, most: Most) -> io::Result<()> {
        let before = self.enforced.take();
        // A limit that could not be set leaves nobody knows which.
        self.is_fit = false;
        if before.map(|it| it.memory) != Some(most.memory) {
            self.enforce_memory(most.memory, before.is_some_and(|it| it.memory < most.memory))?;
        }
        write(&self.folders.pids.join("pids.max"), &most.tasks.to_string())?;
        self.is_fit = true;
        self.enforced = Some(most);
        Ok(())
    }

    fn enforce_memory(&self, most: u64, is_raised: bool) -> io::Result<()> {
        let (folder, most) = (&self.folders.memory, most.to_string());
        if self.version == Version::Two {
            return write(&folder.join("memory.max"), &most);
        }
        // Memory and swap together may never be allowed less than memory alone.
        let (alone, both) = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes");
        let order = if is_raised { [both, alone] } else { [alone, both] };
        order.into_iter().try_for_each(|name| write_if_there(&folder.join(name), &most))
    }

    fn count_killed(&mut self) {
        let name = match self.version {
            Version::One => "memory.oom_control",
            Version::Two => "memory.events",
        };
        let killed = number_of(&self.folders.memory.join(name), "oom_kill");
        self.killed = killed.unwrap_or(self.killed);
    }

    fn clock(&self) -> Option<Duration> {
        let folder = self.folders.cpu.as_ref()?;
        match self.version {
            Version::One => number(&folder.join("cpuacct.usage")).map(Duration::from_nanos),
            Version::Two => {
                number_of(&folder.join("cpu.stat"), "usage_usec").map(Duration::from_micros)
            }
        }
        .ok()
    }

    fn memory(&self) -> io::Result<u64> {
        number(&self.folders.memory.join(match self.version {
            Version::One => "memory.usage_in_bytes",
            Version::Two => "memory.current",
        }))
    }

    /// Let the peak begin anew. Where the kernel cannot, only a new group's is that of the run, and the
    /// next run gets another group.
    fn reset_peak(&mut self) -> Option<File> {
        let name = match self.version {
            Version::One => "memory.max_usage_in_bytes",
            Version::Two => "memory.peak",
        };
        let path = self.folders.memory.join(name);
        let reset = || {
            // In the second version it begins anew for whoever reads through this descriptor.
            let file = OpenOptions::new().read(true).write(true).open(&path)?;
            file.write_at(b"0", 0)?;
            io::Result::Ok(file)
        };
        if let Ok(peak) = reset() {
            return Some(peak);
        }
        self.is_fit = false;
        File::open(&path).ok().filter(|_| self.is_new)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.folders.distinct().into_iter().for_each(remove);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// A group of plain files, as the kernel would have made them.
    fn group(version: Version, files: &[(&str, &str)]) -> (TempDir, Group) {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("group");
        fs::create_dir(&inner).unwrap();
        files.iter().for_each(|(name, content)| fs::write(inner.join(name), content).unwrap());
        let (memory, pids, cpu) = (inner.clone(), inner.clone(), Some(inner));
        (folder, Group::there(version, Folders { memory, pids, cpu }))
    }

    fn unified() -> (TempDir, Group) {
        group(
            Version::Two,
            &[
                ("memory.max", "max\n"),
                ("memory.current", "4096\n"),
                ("memory.peak", "900000\n"),
                ("memory.events", "low 0\nhigh 0\nmax 7\noom 2\noom_kill 2\n"),
                ("pids.max", "max\n"),
                ("cpu.stat", "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n"),
                ("cgroup.procs", ""),
            ],
        )
    }

    fn family() -> Limits {
        Limits { memory: 1 << 20, processes: 7, ..Limits::default() }
    }

    fn text(group: &Group, name: &str) -> String {
        fs::read_to_string(group.folders.memory.join(name)).unwrap()
    }

    fn set(group: &Group, name: &str, content: &str) {
        fs::write(group.folders.memory.join(name), content).unwrap();
    }

    #[test]
    fn limits_are_written_when_they_differ_from_those_before() {
        let (_folder, mut group) = unified();
        group.begin(&family(), Duration::ZERO).unwrap();
        assert!(text(&group, "memory.max").starts_with("1048576"));
        assert!(text(&group, "pids.max").starts_with('7'));
        set(&group, "memory.max", "untouched");
        group.begin(&family(), Duration::ZERO).unwrap();
        assert_eq!(text(&group, "memory.max"), "untouched");
        group.begin(&Limits { memory: 9 << 20, ..family() }, Duration::ZERO).unwrap();
        assert!(text(&group, "memory.max").starts_with("9437184"));
    }

    #[test]
    fn in_the_first_version_swap_is_no_way_around_the_limit() {
        let (alone, both) = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes");
        let (_folder, mut group) =
            group(Version::One, &[(alone, "9"), (both, "9"), ("pids.max", "max")]);
        group.begin(&Limits::default(), Duration::ZERO).unwrap();
        assert_eq!(
            (text(&group, alone), text(&group, both)),
            ("1073741824".into(), "1073741824".into())
        );
    }

    #[test]
    fn use_is_counted_from_the_beginning_of_the_run() {
        let (_folder, mut group) = unified();
        group.begin(&family(), Duration::from_micros(500)).unwrap();
        set(&group, "cpu.stat", "usage_usec 3500\n");
        assert_eq!(group.cpu(), Some(Duration::from_micros(2500)));
        set(&group, "memory.peak", "1004096\n");
        assert_eq!(group.peak(), Some(1_000_000));
        assert!(group.is_fit());
    }

    #[test]
    fn the_use_of_a_single_process_is_not_asked_for() {
        let (_folder, mut group) = unified();
        group.begin(&Limits::default(), Duration::ZERO).unwrap();
        assert_eq!((group.cpu(), group.peak()), (None, None));
    }

    #[test]
    fn a_kill_for_want_of_memory_is_told_once_and_to_the_run_that_had_it() {
        let (_folder, mut group) = unified();
        assert!(group.has_run_out_of_memory(), "two were killed");
        assert!(!group.has_run_out_of_memory());
        group.begin(&family(), Duration::ZERO).unwrap();
        // This run is given up, and nobody asks.
        set(&group, "memory.events", "oom_kill 3\n");
        group.begin(&family(), Duration::ZERO).unwrap();
        assert!(!group.has_run_out_of_memory());
        set(&group, "memory.events", "oom_kill 4\n");
        assert!(group.has_run_out_of_memory());
    }

    #[test]
    fn a_group_without_its_limits_holds_nobody_and_is_not_used_again() {
        let (_folder, mut group) = group(Version::Two, &[("memory.max", "max")]);
        assert!(group.begin(&family(), Duration::ZERO).is_err());
        assert!(!group.is_fit());
    }

    #[test]
    fn a_peak_that_cannot_begin_anew_is_that_of_the_first_run_only() {
        let (_folder, mut group) = unified();
        let peak = group.folders.memory.join("memory.peak");
        fs::remove_file(&peak).unwrap();
        group.begin(&family(), Duration::ZERO).unwrap();
        assert_eq!(group.peak(), None);
        assert!(!group.is_fit(), "the next run gets a group of which it is known");
    }
}
