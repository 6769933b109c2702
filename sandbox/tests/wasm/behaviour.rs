//! What goes in, what comes out, and how a run ends.

use std::time::{Duration, Instant};

use sandbox::{Ending, Error, Job, Limits, Sandbox, Tier, WasmOptions};

use super::{MIB, interpreter, job, limits, python, run, sandbox, worker};

#[tokio::test]
async fn streams_reach_the_program_and_come_out_apart() {
    let Some(sandbox) = sandbox().await else { return };
    let source = "import os, sys\nprint(input()[::-1], len(sys.stdin.read()))\n\
                  print('e', file=sys.stderr); os.write(3, b'claim'); os.write(1, b'\\xff')";
    let input = [b"abc\n".to_vec(), vec![b'i'; 3_000_000]].concat();
    let execution = run(&sandbox, job(source).stdin(input).report(100)).await;
    assert_eq!(execution.ending, Ending::Exited(0), "{execution:?}");
    assert_eq!(execution.stdout.bytes, b"\xffcba 3000000\n");
    assert_eq!(execution.stderr.bytes, b"e\n");
    assert_eq!(execution.report.bytes, b"claim");
    assert_eq!(execution.tier, Tier::W);
}

#[tokio::test]
async fn there_is_no_report_unasked() {
    let Some(sandbox) = sandbox().await else { return };
    let execution = run(&sandbox, job("import os; os.write(3, b'claim')")).await;
    assert_eq!(execution.ending, Ending::Exited(1));
    assert!(execution.stderr.text().contains("Bad file descriptor"), "{execution:?}");
}

#[tokio::test]
async fn more_output_or_report_than_allowed_ends_the_program_and_more_errors_are_dropped() {
    let Some(sandbox) = sandbox().await else { return };
    let execution = run(&sandbox, job(&format!("print('x' * {MIB})\nprint('never')"))).await;
    assert_eq!(execution.ending, Ending::OutputLimit);
    assert_eq!(execution.stdout.bytes, vec![b'x'; MIB as usize]);
    assert!(execution.stdout.truncated);

    let source = format!("import sys\nsys.stderr.write('e' * 3 * {MIB})\nprint('done')");
    let execution = run(&sandbox, job(&source)).await;
    assert_eq!((execution.ending, execution.stdout.text().as_ref()), (Ending::Exited(0), "done\n"));
    assert_eq!((execution.stderr.bytes.len() as u64, execution.stderr.truncated), (MIB, true));

    let execution =
        run(&sandbox, job("import os\nos.write(3, b'report')\nprint(1)").report(3)).await;
    assert_eq!((execution.ending, execution.stdout.text().as_ref()), (Ending::OutputLimit, ""));
    assert_eq!((&execution.report.bytes[..], execution.report.truncated), (&b"rep"[..], true));
}

#[tokio::test]
async fn files_lie_in_a_folder_of_the_programs_own() {
    let Some(sandbox) = sandbox().await else { return };
    let source = "import os, pathlib, tempfile, data\n\
                  print(sorted(os.listdir('.')), open('input.txt').read(), data.x)\n\
                  open('a', 'w').write('kept'); os.makedirs('b/c'); os.rename('a', 'b/c/a')\n\
                  print(open('b/c/a').read(), pathlib.Path.home(), tempfile.gettempdir())\n\
                  with open('log', 'a') as f: f.write('x')\n\
                  with open('log', 'a') as f: f.write('y')\n\
                  print(open('log').read(), os.path.getsize('log'), os.getcwd())";
    for _ in 0..2 {
        let job = job(source).file("input.txt", &b"text"[..]).file("data.py", &b"x = 1"[..]);
        let execution = run(&sandbox, job).await;
        let expected = "['data.py', 'input.txt', 'main.py'] text 1\nkept /box /box\nxy 2 /box\n";
        assert_eq!(execution.stdout.text(), expected, "{}", execution.stderr.text());
    }
}

#[tokio::test]
async fn names_that_are_no_file_names_are_refused_before_anything_runs() {
    let Some(sandbox) = sandbox().await else { return };
    for name in ["../escaped", "a/b", "", ".", "..", "a\0b"] {
        assert!(sandbox.run(job("print(1)").file(name, &b"x"[..])).await.is_err(), "{name:?}");
    }
}

#[tokio::test]
async fn a_dialogue_is_refused_and_no_verdict() {
    let Some(sandbox) = sandbox().await else { return };
    let (job, _dialogue) = job("print(1)").dialogue().unwrap();
    let refused = sandbox.run(job).await;
    assert!(matches!(refused, Err(Error::Unsupported { .. })), "{refused:?}");
}

#[tokio::test]
async fn the_interpreters_own_files_cannot_be_changed() {
    let Some(sandbox) = sandbox().await else { return };
    let source = "import os\nfor path in ('/x', '/usr/x', '/usr/local/lib/python315.zip'):\n\
                  \x20try: open(path, 'r+' if 'zip' in path else 'w'); print('ESCAPED', path)\n\
                  \x20except OSError as error: print(type(error).__name__)\n\
                  print(os.listdir('/'), os.listdir('/usr/local/lib'))";
    let execution = run(&sandbox, job(source)).await;
    let expected = "PermissionError\nPermissionError\nPermissionError\n['usr', 'box'] \
                    ['python315.zip']\n";
    let mut lines: Vec<_> = execution.stdout.text().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 4, "{execution:?}");
    lines[3] = lines[3].replace("['box', 'usr']", "['usr', 'box']");
    assert_eq!(lines.join("\n") + "\n", expected);
}

#[tokio::test]
async fn exit_codes_and_tracebacks_are_those_of_the_interpreter() {
    let Some(sandbox) = sandbox().await else { return };
    for code in [0, 1, 42, 255] {
        let execution = run(&sandbox, job(&format!("import sys; sys.exit({code})"))).await;
        assert_eq!(execution.ending, Ending::Exited(code));
        let execution = run(&sandbox, job(&format!("import os; os._exit({code})"))).await;
        assert_eq!(execution.ending, Ending::Exited(code));
    }
    let execution = run(&sandbox, job("x = 1\nassert x == 2, 'no'\n")).await;
    assert_eq!(execution.ending, Ending::Exited(1));
    let errors = execution.stderr.text().into_owned();
    assert!(errors.starts_with("Traceback (most recent call last):"), "{errors}");
    assert!(errors.contains("/box/main.py\", line 2") && errors.ends_with("AssertionError: no\n"));
    for source in [&b"def ("[..], b"x = 'a\0b'", b"\x80\x81"] {
        let execution = run(&sandbox, Job::python(&python(), source).limits(limits())).await;
        assert_eq!(execution.ending, Ending::Exited(1), "{execution:?}");
    }
}

#[tokio::test]
async fn without_site_its_names_are_missing() {
    let Some(sandbox) = sandbox().await else { return };
    let source = "import builtins; print(hasattr(builtins, 'exit'), hasattr(builtins, '__ra3__'))";
    assert_eq!(run(&sandbox, job(source)).await.stdout.text(), "True False\n");
    assert_eq!(run(&sandbox, job(source).without_site()).await.stdout.text(), "False False\n");
}

#[tokio::test]
async fn a_loop_ends_at_its_limit_and_what_it_wrote_is_kept() {
    let Some(sandbox) = sandbox().await else { return };
    for source in [
        "print('before', flush=True)\nwhile True: pass",
        "print('before', flush=True)\nwhile True:\n try:\n  while True: pass\n except: pass",
        "print('before', flush=True); sum(range(10**12))",
        "print('before', flush=True); import re; re.match('(a*)*b', 'a' * 99)",
    ] {
        let limits = Limits { cpu: Duration::from_millis(300), ..limits() };
        let execution = run(&sandbox, job(source).limits(limits)).await;
        assert_eq!(execution.ending, Ending::CpuLimit, "{source}");
        assert_eq!(execution.stdout.text(), "before\n");
        assert!(execution.usage.cpu >= Duration::from_millis(1200), "{execution:?}");
    }
}

#[tokio::test]
async fn waiting_passes_on_the_programs_clocks_and_on_no_other() {
    let Some(sandbox) = sandbox().await else { return };
    let source = "import time\nbefore = time.time(), time.monotonic()\ntime.sleep(20)\n\
                  after = time.time(), time.monotonic()\n\
                  print([round(b - a) for a, b in zip(before, after)])";
    let started = Instant::now();
    let execution = run(&sandbox, job(source)).await;
    assert_eq!(execution.stdout.text(), "[20, 20]\n", "{execution:?}");
    assert!(started.elapsed() < Duration::from_secs(15));
    assert!(execution.usage.wall >= Duration::from_secs(20));
    let execution = run(&sandbox, job("import time\nwhile True: time.sleep(1)")).await;
    assert_eq!(execution.ending, Ending::Idle);
}

#[tokio::test]
async fn memory_is_limited() {
    let Some(sandbox) = sandbox().await else { return };
    let source = "x = []\nwhile True: x.append(bytearray(1 << 20))";
    let execution = run(&sandbox, job(source)).await;
    assert_eq!(execution.ending, Ending::MemoryLimit, "{execution:?}");
    assert!(execution.usage.memory <= 256 * MIB);
    let execution = run(&sandbox, job("x = bytearray(100 << 20); print(len(x))")).await;
    assert_eq!(execution.ending, Ending::Exited(0), "{execution:?}");
    // What no address space could hold is refused, and the program may go on.
    let source = "try: bytearray(1 << 40)\nexcept (MemoryError, OverflowError): print('refused')";
    assert_eq!(run(&sandbox, job(source)).await.stdout.text(), "refused\n");
}

#[tokio::test]
async fn every_run_draws_and_hashes_the_same() {
    let Some(sandbox) = sandbox().await else { return };
    let source = "import os, random; print(random.random(), hash('a'), os.urandom(4))";
    let first = run(&sandbox, job(source)).await;
    assert_eq!(first.ending, Ending::Exited(0), "{first:?}");
    let second = run(&sandbox, job(source)).await;
    assert_eq!(first.stdout, second.stdout);
}

#[tokio::test]
async fn nothing_of_a_run_is_left_in_the_next() {
    let Some(interpreter) = interpreter() else { return };
    let sandbox = WasmOptions::new(interpreter, worker()).workers(1).start().await.unwrap();
    let source = "import builtins, os, sys\nprint(hasattr(builtins, 'mark'), os.listdir('.'))\n\
                  builtins.mark = sys.modules['math'] = 'x' * 1000\nopen('left', 'w').write('x')";
    for _ in 0..3 {
        assert_eq!(run(&sandbox, job(source)).await.stdout.text(), "False ['main.py']\n");
    }
}

#[tokio::test]
async fn counting_instructions_makes_runs_the_same_to_the_last_step() {
    if std::env::var_os("RA3_WASM_FUEL").is_none() {
        println!("skipped: set RA3_WASM_FUEL to compile the interpreter for this, too");
        return;
    }
    let Some(interpreter) = interpreter() else { return };
    let sandbox = WasmOptions::new(interpreter, worker()).deterministic().start().await.unwrap();
    let limits = Limits { cpu: Duration::from_millis(100), ..limits() };
    let source = "import os\nn = 0\nwhile True:\n n += 1\n os.write(1, b'%d\\n' % n)";
    let first = run(&sandbox, job(source).limits(limits)).await;
    assert_eq!(first.ending, Ending::CpuLimit);
    let second = run(&sandbox, job(source).limits(limits)).await;
    assert_eq!(first.stdout, second.stdout);
}

#[tokio::test]
async fn compiled_code_runs_as_its_source_does() {
    let compiler = "\
import importlib.util, marshal, os
code = compile('import sys; print(sys.argv, __name__); sys.exit(7)', 'main.py', 'exec')
os.write(3, importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code))";
    if let Some(sandbox) = sandbox().await {
        let compiled = run(&sandbox, job(compiler).report(4096)).await.report.bytes;
        let compiled = Job::python(&python(), compiled).limits(limits());
        for job in [compiled.clone(), compiled.without_site()] {
            let execution = run(&sandbox, job).await;
            assert_eq!(execution.stdout.text(), "['main.py'] __main__\n");
            assert_eq!(execution.ending, Ending::Exited(7), "{:?}", execution.stderr.text());
        }
    }
}
