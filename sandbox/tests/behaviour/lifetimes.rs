//! Many runs at once, and runs that nobody waits for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sandbox::{Ending, NativeSandbox, Sandbox};
use tokio::task::JoinSet;

use super::{job, limits, run, sandboxes};

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_runs_at_once_do_not_mix() {
    for sandbox in sandboxes() {
        let sandbox = Arc::new(sandbox);
        let mut runs = JoinSet::new();
        for number in 0..100 {
            let sandbox = Arc::clone(&sandbox);
            runs.spawn(async move {
                let source = "n = input(); open('n', 'w').write(n); print(open('n').read())";
                let job = job(source).stdin(number.to_string().into_bytes());
                (number, run(&sandbox, job).await)
            });
        }
        while let Some(done) = runs.join_next().await {
            let (number, execution) = done.expect("a run does not panic");
            assert_eq!(execution.ending, Ending::Exited(0), "{execution:?}");
            assert_eq!(execution.stdout.text(), format!("{number}\n"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_nobody_waits_for_is_killed() {
    for sandbox in sandboxes() {
        for wait in [0, 1, 5, 20, 50, 300] {
            let running = sandbox.run(job("import time; time.sleep(60)"));
            let waited = tokio::time::timeout(Duration::from_millis(wait), running).await;
            assert!(waited.is_err(), "it sleeps for longer");
        }
        assert_nothing_runs(&sandbox);
    }
}

#[test]
fn what_a_program_leaves_is_removed_while_others_are_watched() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .expect("a runtime can be had");
    let Ok(sandbox) = NativeSandbox::of_tier(sandbox::Tier::T0) else {
        println!("skipped: no t0 on this machine");
        return;
    };
    runtime.block_on(async {
        let (release, held) = std::sync::mpsc::channel::<()>();
        let holder = tokio::task::spawn_blocking(move || held.recv());
        let mut left = std::pin::pin!(run(&sandbox, job("open('left', 'w').write('x')")));
        // Where nobody may wait nothing is removed, and the only thread there is goes on.
        let waited = tokio::time::timeout(Duration::from_secs(2), &mut left).await;
        assert!(waited.is_err(), "the thread that watches has removed it: {waited:?}");
        release.send(()).expect("somebody waits for it");
        assert_eq!(left.await.ending, Ending::Exited(0));
        holder.await.expect("it does not panic").expect("it was told to go");
    });
}

/// A program's process is a child of this one, whatever namespaces it is in.
fn assert_nothing_runs(sandbox: &NativeSandbox) {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let programs: Vec<String> = children().into_iter().filter(|pid| is_program(pid)).collect();
        if programs.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{}: still there: {programs:?}", sandbox.tier());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn children() -> Vec<String> {
    let threads = std::fs::read_dir("/proc/self/task").expect("we have threads");
    threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Whether a child is a program under test, and not an interpreter that is asked about itself.
fn is_program(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/cmdline"))
        .is_ok_and(|arguments| arguments.contains("main.py"))
}

#[tokio::test]
async fn a_program_that_leaves_a_daemon_is_not_waited_for() {
    let source = "import os, time\n\
                  if os.fork() == 0:\n    os.setsid()\n    time.sleep(20)\n\
                  print('done')";
    for sandbox in sandboxes().into_iter().filter(|sandbox| sandbox.tier() > sandbox::Tier::T0) {
        let mut limits = limits();
        limits.processes = 4;
        let started = Instant::now();
        let execution = run(&sandbox, job(source).limits(limits)).await;
        assert_eq!(execution.ending, Ending::Exited(0), "{execution:?}");
        assert_eq!(execution.stdout.text(), "done\n");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        assert_nothing_runs(&sandbox);
    }
}

#[tokio::test]
async fn a_sandbox_can_be_cloned_and_outlived() {
    for sandbox in sandboxes() {
        let clone = sandbox.clone();
        drop(sandbox);
        assert_eq!(run(&clone, job("print(1)")).await.stdout.text(), "1\n");
    }
}
