//! What a running program has used so far, read from outside.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use libc::pid_t;

const PAGE: u64 = 4096;
/// A tree is followed this far; the limit on processes ends a larger one.
const LARGEST_TREE: usize = 512;

/// Reads the use of one program, which is a process with its threads or a whole tree of them.
#[derive(Debug)]
pub(super) struct Gauge {
    pid: pid_t,
    family: bool,
    /// Processor time that was spent before the program started.
    spent: Duration,
    /// Processor time of every process of a family when it was last seen.
    seen: HashMap<pid_t, Duration>,
    /// Processor time of those that are gone.
    gone: Duration,
}

/// What a program has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) cpu: Duration,
    /// Resident bytes.
    pub(super) memory: u64,
    /// Processes and threads.
    pub(super) tasks: u64,
}

impl Gauge {
    /// A gauge on the process `pid`, and on its descendants where it may have a `family`. What the
    /// process has spent until now is not counted.
    pub(super) fn new(pid: pid_t, family: bool) -> Self {
        Self { pid, family, spent: clock(pid), seen: HashMap::new(), gone: Duration::ZERO }
    }

    /// Leave out the processor time that was spent before the program started.
    pub(super) fn leave_out(&mut self, spent: Duration) {
        self.spent = spent;
    }

    /// Read everything. What cannot be read any more is 0.
    ///
    /// Memory that processes share is counted once where it matters, which is when the sum of
    /// what each holds exceeds `memory_limit`.
    pub(super) fn read(&mut self, memory_limit: u64) -> Reading {
        let mut reading = if self.family {
            self.read_tree(memory_limit)
        } else {
            let stat = Stat::of(self.pid).unwrap_or_default();
            Reading { cpu: clock(self.pid), memory: stat.resident, tasks: stat.threads }
        };
        reading.cpu = reading.cpu.saturating_sub(self.spent);
        reading
    }

    /// Time that the program was kept waiting for a processor, which is not its fault: that of the thread
    /// that waited longest. The main thread may do nothing but wait for the others.
    pub(super) fn kept_waiting(&self) -> Duration {
        let pids = if self.family { tree(self.pid) } else { vec![self.pid] };
        pids.into_iter().flat_map(threads).map(|thread| waited(&thread)).max().unwrap_or_default()
    }

    fn read_tree(&mut self, memory_limit: u64) -> Reading {
        let tree = tree(self.pid);
        let (mut reading, mut collected) = (Reading::default(), Duration::ZERO);
        let mut alive = HashMap::new();
        for &pid in &tree {
            let Some(stat) = Stat::of(pid) else { continue };
            reading.memory += stat.resident;
            reading.tasks += stat.threads;
            collected += stat.collected;
            alive.insert(pid, clock(pid));
        }
        let before = std::mem::replace(&mut self.seen, alive);
        let left = before.into_iter().filter(|(pid, _)| !self.seen.contains_key(pid));
        self.gone += left.map(|(_, time)| time).sum::<Duration>();
        // A process that has ended is counted by the parent that collected it, or by us if its
        // parent did not; the two may overlap, so the larger one is taken.
        reading.cpu = self.seen.values().sum::<Duration>() + collected.max(self.gone);
        if reading.memory > memory_limit && tree.len() > 1 {
            reading.memory = tree.into_iter().map(proportional).sum();
        }
        reading
    }
}

/// Processor time of a process with all its threads.
pub(super) fn clock(pid: pid_t) -> Duration {
    // The clock of a process is named by its pid; see clock_getcpuclockid(3).
    let clock = (!pid << 3) | 2;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` outlives the call.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } < 0 {
        return Duration::ZERO;
    }
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

/// What is of interest in `/proc/PID/stat`; see proc_pid_stat(5).
#[derive(Default)]
struct Stat {
    /// Processor time of descendants that have ended and been waited for.
    collected: Duration,
    threads: u64,
    resident: u64,
}

impl Stat {
    fn of(pid: pid_t) -> Option<Self> {
        // The name of the program may hold anything, so counting starts behind its parenthesis,
        // at the third field.
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        /// Ticks are hundredths of a second on every Linux that we run on.
        const TICK: Duration = Duration::from_millis(10);
        let ticks = field(16)? + field(17)?;
        let (threads, resident) = (field(20)?, field(24)? * PAGE);
        Some(Self {
            collected: TICK * u32::try_from(ticks).unwrap_or(u32::MAX),
            threads,
            // A main thread that has left takes its view of the memory with it; the others have it.
            resident: if resident == 0 && threads > 1 { seen_by_threads(pid) } else { resident },
        })
    }
}

/// The folders of the threads of a process.
fn threads(pid: pid_t) -> Vec<PathBuf> {
    let entries = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    entries.map(|thread| thread.path()).collect()
}

/// How long a thread was able to run and was not let.
fn waited(thread: &Path) -> Duration {
    let text = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
    let waited = text.split(' ').nth(1).and_then(|nanoseconds| nanoseconds.parse().ok());
    waited.map_or(Duration::ZERO, Duration::from_nanos)
}

/// Resident bytes of a process as its threads see them.
fn seen_by_threads(pid: pid_t) -> u64 {
    let pages = threads(pid).into_iter().filter_map(|thread| {
        let text = fs::read_to_string(thread.join("statm")).ok()?;
        text.split(' ').nth(1)?.parse::<u64>().ok()
    });
    pages.max().unwrap_or(0) * PAGE
}

/// The process and its descendants, whichever thread made them.
fn tree(root: pid_t) -> Vec<pid_t> {
    let mut tree = vec![root];
    let mut next = 0;
    while next < tree.len() && tree.len() < LARGEST_TREE {
        tree.extend(children(tree[next]));
        next += 1;
    }
    tree
}

fn children(pid: pid_t) -> Vec<pid_t> {
    let of_thread = |thread: PathBuf| fs::read_to_string(thread.join("children")).ok();
    let lists: Vec<String> = threads(pid).into_iter().filter_map(of_thread).collect();
    lists.iter().flat_map(|list| list.split_ascii_whitespace()).flat_map(str::parse).collect()
}

/// Resident bytes, with each page divided by the number of processes that share it.
fn proportional(pid: pid_t) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_use_time_and_memory_ourselves() {
        for family in [false, true] {
            let mut gauge = Gauge::new(std::process::id().cast_signed(), family);
            let started = std::time::Instant::now();
            while started.elapsed() < Duration::from_millis(5) {}
            let reading = gauge.read(u64::MAX);
            assert!(reading.cpu > Duration::ZERO);
            assert!(reading.memory > 1 << 20);
            assert!(reading.tasks >= 1);
        }
    }

    #[test]
    fn a_thread_that_waits_counts_while_the_main_thread_sleeps() {
        // One after the other on one processor, so that each is able to run and not let.
        let source = "import hashlib, os, threading, time\n\
                      os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n\
                      def burn():\n    while True: hashlib.sha256(bytes(1 << 20))\n\
                      for _ in range(3): threading.Thread(target=burn, daemon=True).start()\n\
                      print(flush=True)\ntime.sleep(60)";
        let mut child = std::process::Command::new("python3")
            .args(["-c", source])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("the tests need a Python interpreter");
        let gauge = Gauge::new(child.id().cast_signed(), false);
        let deadline = std::time::Instant::now() + Duration::from_secs(20);
        let main_alone = || waited(Path::new(&format!("/proc/{}", child.id())));
        while gauge.kept_waiting() < main_alone() + Duration::from_millis(100) {
            assert!(std::time::Instant::now() < deadline, "{:?}", gauge.kept_waiting());
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().expect("it is still there");
        child.wait().expect("it is our child");
    }

    #[test]
    fn nobody_uses_nothing() {
        // One more than the largest pid that Linux gives.
        let mut gauge = Gauge::new((1 << 22) + 1, false);
        assert_eq!(gauge.read(u64::MAX), Reading::default());
    }

    #[test]
    fn shared_memory_is_counted_once_when_it_matters() {
        assert!(proportional(std::process::id().cast_signed()) > 0);
    }
}
