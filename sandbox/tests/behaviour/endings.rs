//! How a run ends, and what a person is told of it.

use std::path::Path;
use std::time::Duration;

use sandbox::{Ending, Error, Job, NativeSandbox, Python, Sandbox, Tier};

use super::{job, limits, python, run, sandboxes};

#[tokio::test]
async fn an_exit_code_is_told_as_it_was() {
    for sandbox in sandboxes() {
        for code in [0, 1, 2, 42, 127, 137, 255] {
            let execution = run(&sandbox, job(&format!("import sys; sys.exit({code})"))).await;
            assert_eq!(execution.ending, Ending::Exited(code), "{}", sandbox.tier());
            assert_eq!(execution.tier, sandbox.tier());
        }
    }
}

#[tokio::test]
async fn an_exception_ends_with_its_traceback() {
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job("x = 1\nassert x == 2, 'no'\n")).await;
        assert_eq!(execution.ending, Ending::Exited(1));
        let errors = execution.stderr.text().into_owned();
        assert!(errors.starts_with("Traceback (most recent call last):"), "{errors}");
        assert!(errors.contains("line 2") && errors.contains("assert x == 2, 'no'"), "{errors}");
        assert!(errors.ends_with("AssertionError: no\n"), "{errors}");
        assert_eq!(errors.matches("  File ").count(), 1, "only the program is in it: {errors}");
    }
}

#[tokio::test]
async fn source_that_is_no_python_is_the_programs_failure() {
    let sources: [&[u8]; 4] = [b"def (", b"x = 'a\0b'", b"x = '\xff'", b"\x80\x81"];
    for sandbox in sandboxes() {
        for source in sources {
            let execution = run(&sandbox, Job::python(&python(), source).limits(limits())).await;
            assert_eq!(execution.ending, Ending::Exited(1), "{source:?}: {execution:?}");
            assert!(execution.stderr.text().contains("Error"), "{execution:?}");
        }
    }
}

#[tokio::test]
async fn an_empty_program_succeeds() {
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job("")).await;
        assert_eq!(execution.ending, Ending::Exited(0));
        assert!(execution.stdout.bytes.is_empty() && execution.stderr.bytes.is_empty());
    }
}

#[tokio::test]
async fn idleness_is_told_from_slowness() {
    for sandbox in sandboxes() {
        let mut limits = limits();
        limits.wall = Duration::from_millis(700);
        let execution = run(&sandbox, job("import time; time.sleep(60)").limits(limits)).await;
        assert_eq!(execution.ending, Ending::Idle);
        assert!(execution.usage.wall >= Duration::from_millis(700), "{:?}", execution.usage);

        limits.cpu = Duration::from_millis(300);
        limits.wall = Duration::from_secs(30);
        let execution = run(&sandbox, job("while True: pass").limits(limits)).await;
        assert_eq!(execution.ending, Ending::CpuLimit);
    }
}

#[tokio::test]
async fn memory_that_ran_out_is_told_however_it_did() {
    for sandbox in sandboxes() {
        let refused = run(&sandbox, job("bytearray(1 << 40)")).await;
        assert_eq!(refused.ending, Ending::Exited(1));
        assert!(refused.out_of_memory());

        let stopped = run(&sandbox, job("x = []\nwhile True: x.append(b'x' * (1 << 20))")).await;
        assert_eq!(stopped.ending, Ending::MemoryLimit);
        assert!(stopped.out_of_memory());

        let caught = "try: bytearray(1 << 40)\nexcept MemoryError: print('went on')";
        assert!(!run(&sandbox, job(caught)).await.out_of_memory());
    }
}

#[tokio::test]
async fn a_missing_interpreter_is_our_failure_and_says_which() {
    let missing = Path::new("/nowhere/python3");
    let error = Python::probe(missing).unwrap_err();
    assert!(error.to_string().contains("`/nowhere/python3` did not start"), "{error}");
    assert!(error.to_string().contains("RA3_PYTHON"), "{error}");

    for sandbox in sandboxes() {
        let mut gone = python();
        gone.executable = missing.into();
        let error = sandbox.run(Job::python(&gone, "pass")).await.unwrap_err();
        assert!(matches!(error, Error::Spawn { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn something_that_is_no_interpreter_is_refused() {
    let error = Python::probe(Path::new("/bin/false")).unwrap_err();
    assert!(matches!(&error, Error::NoPython { reason } if reason.contains("/bin/false")));
}

#[tokio::test]
async fn without_isolation_a_program_runs_when_asked_for_by_name() {
    let sandbox = NativeSandbox::of_tier(Tier::None).expect("it needs nothing of the machine");
    let execution = run(&sandbox, job("print(1)")).await;
    assert_eq!((execution.ending, execution.tier), (Ending::Exited(0), Tier::None));
}

#[tokio::test]
async fn compiled_code_runs_as_its_source_does() {
    let compiler = "\
import importlib.util, marshal, os
code = compile('import sys; print(sys.argv, __name__); sys.exit(7)', 'main.py', 'exec')
os.write(3, importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code))";
    for sandbox in sandboxes() {
        let compiled = run(&sandbox, job(compiler).report(4096)).await.report.bytes;
        let compiled = Job::python(&python(), compiled).limits(limits());
        for job in [compiled.clone(), compiled.without_site()] {
            let execution = run(&sandbox, job).await;
            assert_eq!(execution.stdout.text(), "['main.py'] __main__\n");
            assert_eq!(execution.ending, Ending::Exited(7), "{:?}", execution.stderr.text());
        }
    }
}

/// What an interpreter does at its end it does to each: the last is in the middle of its work.
#[tokio::test]
async fn what_a_program_leaves_open_is_written_at_its_end() {
    let programs = [
        "f = open(1, 'w')\nf.write('5')",
        "import io\nw = io.BufferedWriter(io.FileIO(1, 'w'))\nw.write(b'5')",
        "import os\nfast = os.fdopen(1, 'w', 1 << 16)\nfast.write('5')",
        "import sys\nprint(5)\nsys.stdout.close()",
        "import sys\nprint(5, flush=True)\nsys.stdout = None",
        "import sys\nprint(5, flush=True)\ndel sys.stdout",
        "import sys\nwith sys.stdout as f:\n    f.write('5')",
        "import sys\nprint(5)\nsys.stderr.close()",
        "import sys, os\no = sys.stdout\nsys.stdout = open(os.devnull, 'w')\no.write('5')",
        "import sys, atexit, io\nsys.stdout = b = io.StringIO()\n\
         atexit.register(lambda: sys.__stdout__.write(b.getvalue()))\nprint(5)",
        "class A:\n    def __del__(self):\n        print(5)\na = A()",
        "def g():\n    try:\n        yield\n    finally:\n        print(5)\nx = g()\nnext(x)",
    ];
    for sandbox in sandboxes() {
        for program in programs {
            let execution = run(&sandbox, job(program)).await;
            let told = (execution.ending, execution.stdout.text().trim().to_owned());
            assert_eq!(told, (Ending::Exited(0), "5".to_owned()), "{program}: {execution:?}");
        }
        let unwritten = "import sys\nsys.stdout.write('5')\nsys.stdout.detach()";
        assert_eq!(run(&sandbox, job(unwritten)).await.ending, Ending::Exited(120));
    }
}

#[tokio::test]
async fn a_program_gets_its_arguments() {
    for sandbox in sandboxes() {
        let job = job("import sys\nprint(sys.argv)").arguments(["one", "two words"]);
        let execution = run(&sandbox, job).await;
        assert_eq!(execution.stdout.text().trim(), "['main.py', 'one', 'two words']");
    }
}
