//! Fork servers: what happens to jobs when one dies, and what their copies have in common.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sandbox::{Ending, Imports, Isolation, Job, NativeSandbox, Python, Sandbox, Script, Start};
use tokio::task::JoinSet;

use super::{job, limits, python, run, sandboxes};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_costs_no_job() {
    for sandbox in sandboxes() {
        sandbox.warm_up(&python()).await.expect("the sandbox works");
        let mut jobs = JoinSet::new();
        for number in 0..40 {
            let sandbox = sandbox.clone();
            jobs.spawn(async move {
                let source = format!("import time; time.sleep(0.02); print({number})");
                (number, run(&sandbox, job(&source)).await)
            });
            if number % 10 == 5 {
                tokio::time::sleep(Duration::from_millis(10)).await;
                servers()
                    .into_iter()
                    .for_each(|pid| kill(pid, Signal::SIGKILL).unwrap_or_default());
            }
        }
        while let Some(done) = jobs.join_next().await {
            let (number, execution) = done.expect("a run does not panic");
            assert_eq!(execution.ending, Ending::Exited(0), "{execution:?}");
            assert_eq!(execution.stdout.text(), format!("{number}\n"));
        }
        drop(sandbox);
        nothing_is_left().await;
    }
}

/// Though something was still being made for the next program when the last one had its answer.
#[tokio::test]
async fn nothing_is_left_when_a_sandbox_is_gone() {
    for _ in 0..8 {
        for sandbox in sandboxes() {
            assert_eq!(run(&sandbox, job("print(1)")).await.stdout.text(), "1\n");
            drop(sandbox);
            nothing_is_left().await;
        }
    }
}

/// A child that was being made when its sandbox went ends by itself.
async fn nothing_is_left() {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !children().is_empty() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(children(), Vec::new(), "nothing is left when the sandbox is gone");
}

#[tokio::test]
async fn no_copy_finds_what_another_has_left() {
    let leaves = "import builtins, os, sys, random\n\
                  builtins.mark = sys.mark = os.mark = random.mark = 1\n\
                  random.seed(7); os.environ['MARK'] = '1'; sys.path.append('mark')\n\
                  open('mark', 'w').write('1'); print('left')";
    let looks = "import builtins, os, sys, random\n\
                 print([hasattr(x, 'mark') for x in (builtins, sys, os, random)],\n\
                       'MARK' in os.environ, 'mark' in sys.path, os.listdir(), random.random())";
    for sandbox in sandboxes() {
        let mut seen = Vec::new();
        for _ in 0..8 {
            assert_eq!(run(&sandbox, job(leaves)).await.stdout.text(), "left\n");
            seen.push(run(&sandbox, job(looks)).await.stdout.text().into_owned());
        }
        assert!(seen[0].starts_with("[False, False, False, False] False False ['main.py'] 0."));
        assert!(seen.iter().all(|words| *words == seen[0]), "{seen:?}");
    }
}

#[tokio::test]
async fn nothing_of_the_server_shows_in_a_program() {
    let source = "import os, sys\n\
                  print(__name__, sys.argv, sys.modules['__main__'].__dict__.keys() == globals().keys(),\n\
                        [name for name in os.environ if name.startswith(('LD_', 'GLIBC_'))],\n\
                        sorted(os.listdir('.')), os.path.basename(__file__))";
    for sandbox in sandboxes() {
        let said = run(&sandbox, job(source)).await.stdout.text().into_owned();
        assert_eq!(said, "__main__ ['main.py'] True [] ['main.py'] main.py\n");
    }
}

/// Distributions and people put such files beside their packages.
#[tokio::test]
async fn what_is_hooked_into_every_interpreter_is_not_heard_at_the_end_of_a_program() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let venv = std::process::Command::new(&python().executable)
        .args(["-m", "venv", "--without-pip"])
        .arg(folder.path())
        .status();
    assert!(venv.expect("the interpreter starts").success());
    let executable = folder.path().join("bin/python3");
    let probed = Python::probe(&executable).expect("it is an interpreter");
    let packages = probed.packages.iter().find(|path| path.starts_with(folder.path()));
    let hook = packages.expect("it has a place for packages").join("hook.pth");
    fs::write(hook, "import atexit; atexit.register(print, 'hooked')\n").expect("it is ours");
    let said = std::process::Command::new(&executable).args(["-c", "print(1)"]).output();
    assert!(said.expect("it starts").stdout.starts_with(b"1\nhooked\n"));
    for sandbox in sandboxes() {
        let execution = run(&sandbox, Job::python(&probed, "print(1)").limits(limits())).await;
        assert_eq!(execution.stdout.text(), "1\n", "{execution:?}");
    }
}

#[tokio::test]
async fn what_was_asked_for_is_imported_already() {
    if python().numpy.is_none() {
        println!("skipped: the interpreter has no numpy");
        return;
    }
    let source = "import sys; there = 'numpy' in sys.modules\n\
                  import numpy; print(there, int(numpy.arange(4).sum()))";
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job(source).imports(Imports::Numpy)).await;
        assert_eq!(execution.stdout.text(), "True 6\n", "{execution:?}");
        assert_eq!(run(&sandbox, job(source)).await.stdout.text(), "False 6\n");
    }
}

/// Each version of CPython has its own ways around a fork and with memory.
#[tokio::test]
async fn every_interpreter_that_is_here_can_be_copied() {
    let source = "import random, threading\n\
                  from concurrent.futures import ThreadPoolExecutor\n\
                  with ThreadPoolExecutor() as pool: assert list(pool.map(abs, [-1])) == [1]\n\
                  kept = [str(number) * 3 for number in range(60_000)]; kept = kept[::2] + kept\n\
                  thread = threading.Thread(target=kept.clear); thread.start(); thread.join()\n\
                  print(len(kept), random.random() < 1)";
    for python in interpreters() {
        for sandbox in sandboxes() {
            for _ in 0..3 {
                let job = Job::python(&python, source).limits(limits());
                let execution = run(&sandbox, job).await;
                assert_eq!(execution.stdout.text(), "0 True\n", "{python:?} {execution:?}");
            }
        }
    }
}

/// Debian's interpreters and those of pyenv, of the versions that are warmed up as they are.
fn interpreters() -> Vec<Python> {
    let pyenv = std::env::home_dir().unwrap_or_default().join(".pyenv/versions");
    let pyenv = fs::read_dir(pyenv).into_iter().flatten().flatten();
    let pyenv = pyenv.map(|version| version.path().join("bin/python3"));
    let debians = (11..=13).map(|minor| PathBuf::from(format!("/usr/bin/python3.{minor}")));
    let found = pyenv.chain(debians).filter_map(|path| Python::probe(&path).ok());
    found
        .filter(|it| ["3.11.", "3.12.", "3.13."].iter().any(|v| it.version.starts_with(v)))
        .collect()
}

#[tokio::test]
async fn a_script_runs_the_same_whether_it_is_known_or_not() {
    const COMMON: &str = "import sys\nseen = []";
    const COUNTS: Script = Script {
        beginning: &[COMMON, "def count():\n    seen.append(1)\n    return len(seen)"],
        rehearsal: "assert count() == 1\nseen.clear()",
        end: "print(count(), __name__, sys.modules['__main__'].count is count, input())",
    };
    const OTHER: Script = Script {
        beginning: &[COMMON, "word = 'other'"],
        rehearsal: "",
        end: "print(word, 'count' in globals(), seen)",
    };
    for sandbox in sandboxes() {
        let knowing = sandbox.clone().knowing([COUNTS, OTHER]);
        assert!(knowing.knows(&OTHER) && !sandbox.knows(&OTHER));
        for sandbox in [knowing.clone(), knowing.start(Start::Cold), sandbox] {
            // The second run finds nothing of the first.
            for _ in 0..2 {
                let execution = run(&sandbox, script(COUNTS).stdin(*b"line\n")).await;
                assert_eq!(execution.stdout.text(), "1 __main__ True line\n", "{execution:?}");
            }
            let execution = run(&sandbox, script(OTHER)).await;
            assert_eq!(execution.stdout.text(), "other False []\n", "{execution:?}");
            let execution = run(&sandbox, job("print('word' in globals())")).await;
            assert_eq!(execution.stdout.text(), "False\n", "{execution:?}");
        }
    }
}

fn script(script: Script) -> Job {
    Job::script(&python(), script)
}

#[tokio::test]
async fn in_paranoid_isolation_programs_run_alike() {
    for sandbox in sandboxes() {
        let sandbox: NativeSandbox = sandbox.isolation(Isolation::Paranoid);
        let execution = run(&sandbox, job("open('file', 'w').write('1'); print(1)")).await;
        assert_eq!(execution.stdout.text(), "1\n", "{execution:?}");
    }
}

#[tokio::test]
async fn a_run_is_small_while_it_waits() {
    for sandbox in sandboxes() {
        let waiting = sandbox.run(job("pass"));
        assert!(size_of_val(&waiting) < 1024, "{} bytes", size_of_val(&waiting));
        waiting.await.expect("the sandbox works");
    }
}

/// Those of our children that lead a session and serve: nothing else here does before a job runs.
fn servers() -> Vec<Pid> {
    let ours = fs::read_link("/proc/self/ns/pid").expect("this process has namespaces");
    children()
        .into_iter()
        .filter(|pid| {
            let leads = stat(*pid, 6) == Some(pid.as_raw());
            let near = fs::read_link(format!("/proc/{pid}/ns/pid")).is_ok_and(|it| it == ours);
            leads && near && !has_a_task(*pid)
        })
        .collect()
}

/// Whether a process is a program: those have limits.
fn has_a_task(pid: Pid) -> bool {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap_or_default();
    limits.lines().any(|line| line.starts_with("Max msgqueue size         0 "))
}

fn children() -> Vec<Pid> {
    let threads = fs::read_dir("/proc/self/task").expect("we have threads");
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|line| line.split_whitespace().flat_map(str::parse).collect::<Vec<i32>>())
        .map(Pid::from_raw)
        .collect()
}

/// A numbered field of `/proc/PID/stat`; see proc_pid_stat(5).
fn stat(pid: Pid, number: usize) -> Option<i32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(')')?.1.split_whitespace().nth(number - 3)?.parse().ok()
}
