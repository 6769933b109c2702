//! Processor time of this program and everything that it has started.
//!
//! Time that the kernel spends on behalf of nobody, such as taking namespaces apart, is in no
//! process's account; the rate of runs shows it.

use std::fs;
use std::time::Duration;

/// Ticks of `/proc` are hundredths of a second on every Linux that we run on.
const TICK: Duration = Duration::from_millis(10);

/// User and system time of this process, of all its former children and of its present ones.
pub(super) fn of_the_family() -> Duration {
    let own = ticks("/proc/self/stat");
    let children = fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .map(|pid| ticks(&format!("/proc/{pid}/stat")));
    TICK * (own + children.sum::<u32>())
}

/// The four times in a `stat` file, added up; see proc_pid_stat(5). 0 for a process that has gone.
fn ticks(path: &str) -> u32 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let Some((_, fields)) = text.rsplit_once(')') else { return 0 };
    // Counting starts at the third field; the times are the fourteenth to the seventeenth.
    fields.split_whitespace().skip(11).take(4).flat_map(str::parse::<u32>).sum()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn computing_takes_processor_time() {
        let (before, deadline) = (of_the_family(), Instant::now() + Duration::from_secs(20));
        while of_the_family() < before + 5 * TICK {
            assert!(Instant::now() < deadline, "we compute all the time");
        }
    }
}
