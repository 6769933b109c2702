//! Runs tiny programs for a long time and shows what the sandbox holds meanwhile.
//!
//! `cargo run --release -p sandbox --example soak -- [RUNS] [TIER]` prints a line at every twentieth of
//! the way, in the strongest tier or in that one: runs, runs a second, descriptors of the supervisor, resident memory of the supervisor and
//! of its largest child, and the number of children. After the first line all of them stay as
//! they are.

#![expect(clippy::print_stdout, reason = "an example speaks to a person")]

use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use sandbox::{Ending, Job, NativeSandbox, Python, Sandbox};
use tokio::task::JoinSet;

/// Programs at a time; more than there are children ready.
const JOBS: usize = 6;
/// How often a line is printed.
const LINES: usize = 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let runs: usize = std::env::args().nth(1).map_or(Ok(50_000), |runs| runs.parse())?;
    let sandbox = match std::env::args().nth(2) {
        Some(tier) => NativeSandbox::of_tier(tier.parse()?)?,
        None => NativeSandbox::strongest()?,
    };
    let (sandbox, python) = (Arc::new(sandbox), Python::find()?);
    sandbox.warm_up(&python).await?;
    println!(
        "{:>9}{:>9}{:>6}{:>10}{:>10}{:>10}",
        "runs", "runs/s", "fds", "own KiB", "child KiB", "children"
    );
    let started = Instant::now();
    for line in 1..=LINES {
        let mut running = JoinSet::new();
        for job in 0..JOBS {
            let (sandbox, python) = (Arc::clone(&sandbox), python.clone());
            running.spawn(async move {
                for number in 0..(runs / LINES / JOBS) {
                    let source = format!("print(sum(range({number})) + {job})");
                    let execution = sandbox.run(Job::python(&python, source)).await?;
                    assert_eq!(execution.ending, Ending::Exited(0), "{execution:?}");
                }
                Ok::<_, sandbox::Error>(())
            });
        }
        while let Some(joined) = running.join_next().await {
            joined??;
        }
        sandbox.warm_up(&python).await?;
        let done = runs / LINES / JOBS * JOBS * line;
        report(done, done as f64 / started.elapsed().as_secs_f64());
    }
    Ok(())
}

fn report(runs: usize, rate: f64) {
    let fds = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let children = children();
    let largest = children.iter().map(|pid| resident(pid)).max().unwrap_or(0);
    let (own, count) = (resident("self"), children.len());
    println!("{runs:>9}{rate:>9.0}{fds:>6}{own:>10}{largest:>10}{count:>10}");
}

fn children() -> Vec<String> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Resident memory of a process in KiB.
fn resident(pid: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
