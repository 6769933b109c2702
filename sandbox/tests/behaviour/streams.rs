//! What goes in and what comes out.

use sandbox::Ending;

use super::{MIB, job, limits, run, sandboxes};

#[tokio::test]
async fn input_reaches_the_program_whole() {
    let input = vec![b'i'; 5_000_000];
    let source = "import sys; print(len(sys.stdin.buffer.read()))";
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job(source).stdin(input.clone())).await;
        assert_eq!(execution.stdout.text(), "5000000\n", "{execution:?}");
        let execution = run(&sandbox, job(source)).await;
        assert_eq!(execution.stdout.text(), "0\n", "no input is empty input");
    }
}

#[tokio::test]
async fn input_that_nobody_reads_holds_nothing_up() {
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job("print('done')").stdin(vec![b'i'; 5_000_000])).await;
        assert_eq!(execution.ending, Ending::Exited(0));
        assert_eq!(execution.stdout.text(), "done\n");
    }
}

#[tokio::test]
async fn lines_of_input_come_one_by_one() {
    let source =
        "print(input()[::-1]); print(input()[::-1])\ntry: input()\nexcept EOFError: print(0)";
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job(source).stdin(&b"abc\nd\xc3\xa9f"[..])).await;
        assert_eq!(execution.stdout.text(), "cba\nf\u{e9}d\n0\n", "{execution:?}");
    }
}

#[tokio::test]
async fn output_and_errors_are_kept_apart() {
    let source = "import sys\nfor n in range(3): print(n); print('e', n, file=sys.stderr)";
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job(source)).await;
        assert_eq!(execution.stdout.text(), "0\n1\n2\n");
        assert_eq!(execution.stderr.text(), "e 0\ne 1\ne 2\n");
        assert!(!execution.stdout.truncated && !execution.stderr.truncated);
        assert!(execution.report.bytes.is_empty());
    }
}

#[tokio::test]
async fn output_may_be_exactly_as_large_as_the_limit() {
    for sandbox in sandboxes() {
        let source = format!("print('x' * {MIB}, end='')");
        let execution = run(&sandbox, job(&source)).await;
        assert_eq!(execution.ending, Ending::Exited(0), "{}", sandbox.tier());
        assert_eq!(execution.stdout.bytes.len() as u64, MIB);
        assert!(!execution.stdout.truncated);
    }
}

#[tokio::test]
async fn more_output_ends_the_program_and_the_first_bytes_are_kept() {
    for sandbox in sandboxes() {
        let source = format!("print('x' * {MIB})\nprint('never')");
        let execution = run(&sandbox, job(&source)).await;
        assert_eq!(execution.ending, Ending::OutputLimit, "{}", sandbox.tier());
        assert_eq!(execution.stdout.bytes, vec![b'x'; MIB as usize]);
        assert!(execution.stdout.truncated);
    }
}

#[tokio::test]
async fn errors_beyond_the_limit_are_dropped_and_the_program_goes_on() {
    for sandbox in sandboxes() {
        let source = format!("import sys\nsys.stderr.write('e' * 3 * {MIB})\nprint('done')");
        let execution = run(&sandbox, job(&source)).await;
        assert_eq!(execution.ending, Ending::Exited(0), "{}", sandbox.tier());
        assert_eq!(execution.stdout.text(), "done\n");
        assert_eq!(execution.stderr.bytes.len() as u64, MIB);
        assert!(execution.stderr.truncated);
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_come_out_as_they_are() {
    let source =
        r"import os; os.write(1, b'a\0\xff\xfe\xed\xa0\x80'); os.write(2, b'\xf0\x9f\x98')";
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job(source)).await;
        assert_eq!(execution.stdout.bytes, b"a\0\xff\xfe\xed\xa0\x80");
        assert_eq!(execution.stderr.bytes, b"\xf0\x9f\x98");
        assert_eq!(execution.stderr.text(), "\u{fffd}");
    }
}

#[tokio::test]
async fn a_character_may_be_cut_in_two_at_the_limit() {
    for sandbox in sandboxes() {
        let mut limits = limits();
        limits.output = 6;
        let execution = run(&sandbox, job("print('\u{1f600}\u{1f600}')").limits(limits)).await;
        assert_eq!(execution.ending, Ending::OutputLimit);
        assert_eq!(execution.stdout.bytes, b"\xf0\x9f\x98\x80\xf0\x9f");
        assert!(execution.stdout.truncated);
    }
}

#[tokio::test]
async fn a_report_is_apart_from_the_output() {
    let source = "import os; os.write(3, b'claim'); print('output')";
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job(source).report(100)).await;
        assert_eq!(execution.report.bytes, b"claim", "{execution:?}");
        assert_eq!(execution.stdout.text(), "output\n");

        let execution = run(&sandbox, job(source).report(3)).await;
        assert_eq!((&execution.report.bytes[..], execution.report.truncated), (&b"cla"[..], true));
        assert_eq!(execution.ending, Ending::OutputLimit);

        let execution = run(&sandbox, job(source)).await;
        assert_eq!(execution.ending, Ending::Exited(1), "there is no channel unasked");
        assert!(execution.stderr.text().contains("Bad file descriptor"));
    }
}

#[tokio::test]
async fn what_was_written_before_a_limit_is_kept() {
    let source = "print('before', flush=True)\nwhile True: pass";
    for sandbox in sandboxes() {
        let mut limits = limits();
        limits.cpu = std::time::Duration::from_millis(300);
        let execution = run(&sandbox, job(source).limits(limits)).await;
        assert_eq!(execution.ending, Ending::CpuLimit);
        assert_eq!(execution.stdout.text(), "before\n");
    }
}

#[tokio::test]
async fn a_program_may_close_its_streams() {
    let source = "import os\nfor fd in (0, 1, 2): os.close(fd)\nsum(range(10**6))\nos._exit(3)";
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job(source).report(10)).await;
        assert_eq!(execution.ending, Ending::Exited(3));
        assert!(execution.stdout.bytes.is_empty() && execution.stderr.bytes.is_empty());
    }
}
