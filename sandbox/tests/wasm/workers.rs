//! Workers die, hang and lie; jobs are not lost by it.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sandbox::{Ending, Sandbox, WasmOptions, WasmSandbox, WorkerProgram};

use super::{interpreter, job, run, worker};

async fn one_worker() -> Option<WasmSandbox> {
    let options = WasmOptions::new(interpreter()?, worker()).workers(1);
    Some(options.start().await.expect("the backend starts"))
}

fn only(sandbox: &WasmSandbox) -> Pid {
    let processes = sandbox.idle_processes();
    assert_eq!(processes.len(), 1);
    Pid::from_raw(processes[0].cast_signed())
}

#[tokio::test]
async fn a_worker_is_used_again() {
    let Some(sandbox) = one_worker().await else { return };
    let before = only(&sandbox);
    for _ in 0..3 {
        assert_eq!(run(&sandbox, job("print(1)")).await.stdout.text(), "1\n");
    }
    assert_eq!(only(&sandbox), before);
}

#[tokio::test]
async fn a_job_outlives_the_death_of_its_worker() {
    let Some(sandbox) = one_worker().await else { return };
    let before = only(&sandbox);
    kill(before, Signal::SIGKILL).unwrap();
    assert_eq!(run(&sandbox, job("print(1)")).await.stdout.text(), "1\n");
    assert_ne!(only(&sandbox), before);

    // And if it dies half-way.
    let before = only(&sandbox);
    let (running, ()) = tokio::join!(sandbox.run(job("sum(range(10**7)); print(2)")), async {
        while !sandbox.idle_processes().is_empty() {
            tokio::task::yield_now().await;
        }
        kill(before, Signal::SIGKILL).unwrap();
    });
    assert_eq!(running.unwrap().stdout.text(), "2\n");
}

#[tokio::test]
async fn a_run_that_is_no_longer_wanted_is_ended_with_its_worker() {
    let Some(sandbox) = one_worker().await else { return };
    let process = only(&sandbox);
    let unwanted = sandbox.run(job("while True: pass"));
    assert!(tokio::time::timeout(Duration::from_millis(100), unwanted).await.is_err());
    while kill(process, None).is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(run(&sandbox, job("print(1)")).await.ending, Ending::Exited(0));
}

#[tokio::test]
async fn a_program_that_is_no_worker_is_an_error_and_no_verdict() {
    let Some(interpreter) = interpreter() else { return };
    for program in ["/bin/true", "/bin/false", "/bin/cat", "/nonexistent"] {
        // What is compiled already is not compiled again, so that this fails at the first worker.
        let options = WasmOptions::new(interpreter.clone(), WorkerProgram::new(program));
        let started = tokio::time::timeout(Duration::from_secs(60), options.start()).await;
        assert!(started.expect("it does not hang").is_err(), "{program}");
    }
}

#[tokio::test]
async fn a_worker_can_reach_nothing() {
    let Some(sandbox) = one_worker().await else { return };
    run(&sandbox, job("print(1)")).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", only(&sandbox))).unwrap();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim_start_matches(':').trim().to_owned()
    };
    assert_eq!(field("NoNewPrivs"), "1");
    assert_eq!(field("Seccomp"), "2", "every call but a few is denied");
    let environment = std::fs::read(format!("/proc/{}/environ", only(&sandbox)));
    assert!(environment.map_or(true, |bytes| bytes.is_empty()), "it has no environment");
}
