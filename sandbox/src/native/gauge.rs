//! What a running program has used so far, read from outside.

use std::fs;
use std::time::Duration;

/// Reads the usage of one process. Numbers that cannot be read any more are 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gauge {
    pid: libc::pid_t,
}

impl Gauge {
    pub(super) fn new(pid: libc::pid_t) -> Self {
        Self { pid }
    }

    /// Processor time of the process with all its threads.
    pub(super) fn cpu(self) -> Duration {
        // The clock of a process is named by its pid; see clock_getcpuclockid(3).
        let clock = (!self.pid << 3) | 2;
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `time` outlives the call.
        if unsafe { libc::clock_gettime(clock, &raw mut time) } < 0 {
            return Duration::ZERO;
        }
        Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
    }

    /// Time that the main thread was kept waiting for a processor, which is not its fault.
    pub(super) fn kept_waiting(self) -> Duration {
        let read = || {
            let text = fs::read_to_string(format!("/proc/{}/schedstat", self.pid)).ok()?;
            text.split(' ').nth(1)?.parse().ok()
        };
        read().map_or(Duration::ZERO, Duration::from_nanos)
    }

    /// Resident memory in bytes, of the process and its descendants.
    pub(super) fn memory(self) -> u64 {
        self.tree().into_iter().map(resident).sum()
    }

    /// The process and its descendants. Bounded, because a family may grow while it is counted.
    fn tree(self) -> Vec<libc::pid_t> {
        const MOST: usize = 256;
        let mut tree = vec![self.pid];
        let mut next = 0;
        while next < tree.len() && tree.len() < MOST {
            tree.extend(children(tree[next]));
            next += 1;
        }
        tree
    }
}

fn children(pid: libc::pid_t) -> Vec<libc::pid_t> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn resident(pid: libc::pid_t) -> u64 {
    const PAGE: u64 = 4096;
    let read = || {
        let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
        text.split(' ').nth(1)?.parse::<u64>().ok()
    };
    read().unwrap_or(0) * PAGE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_use_time_and_memory_ourselves() {
        let gauge = Gauge::new(std::process::id().cast_signed());
        assert!(gauge.cpu() > Duration::ZERO);
        assert!(gauge.memory() > 1 << 20);
    }

    #[test]
    fn nobody_uses_nothing() {
        // One more than the largest pid that Linux gives.
        let gauge = Gauge::new((1 << 22) + 1);
        assert_eq!(gauge.cpu(), Duration::ZERO);
        assert_eq!(gauge.memory(), 0);
    }
}
