//! This project's own rules.

use benchmarks::{Outcome, Profile, Verdict};
use datasets::{Case, Problem, Shapes, TestCase, Tests, Value};

use crate::{int, problem, string, verdict};

async fn judged(problem: &Problem, source: &str) -> Verdict {
    verdict(Profile::Mini1, problem, source).await
}

fn functional(expected: Value) -> Problem {
    let cases = vec![Case { arguments: vec![int(2)], expected }];
    problem(
        "mini/functional/test",
        "f",
        Tests::Functional { cases, tolerance: 1e-9, shapes: Shapes::default() },
    )
}

fn stdio(stdin: &str, expected: &str) -> Problem {
    let case = TestCase { stdin: stdin.to_owned(), expected: expected.to_owned() };
    problem("mini/stdio/test", "", Tests::InputOutput(vec![case]))
}

#[tokio::test]
async fn results_are_compared_type_for_type() {
    for (answer, outcome) in [
        ("4", Outcome::Accepted),
        ("4.0", Outcome::WrongAnswer),
        ("type('Four', (int,), {})(4)", Outcome::WrongAnswer),
        ("type('Any', (), {'__eq__': lambda *_: True})()", Outcome::WrongAnswer),
        ("1 / 0", Outcome::WrongAnswer),
    ] {
        let source = format!("def f(x):\n    return {answer}\n");
        let verdict = judged(&functional(int(4)), &source).await;
        assert_eq!(verdict.outcome, outcome, "{answer}: {}", verdict.message);
    }
}

#[tokio::test]
async fn floats_may_be_off_by_the_tolerance() {
    let expected = functional(Value::List(vec![Value::Float(0.3), string("x")]));
    let verdict = judged(&expected, "def f(x):\n    return [0.1 + 0.2, 'x']\n").await;
    assert_eq!(verdict.outcome, Outcome::Accepted, "{}", verdict.message);
}

#[tokio::test]
async fn a_function_that_never_returns_runs_out_of_time() {
    let verdict = judged(&functional(int(4)), "def f(x):\n    while True: pass\n").await;
    assert_eq!(verdict.outcome, Outcome::TimeLimit);
}

#[tokio::test]
async fn a_process_that_ends_early_is_found_out() {
    let verdict = judged(&functional(int(4)), "import os\ndef f(x):\n    os._exit(0)\n").await;
    assert_eq!(verdict.outcome, Outcome::EarlyExit);
}

#[tokio::test]
async fn a_script_reads_its_input_and_prints_its_answer() {
    let task = stdio("1 2\n", "3\n");
    for (source, outcome) in [
        ("print(sum(map(int, input().split())))", Outcome::Accepted),
        ("print(' 3 \\n')", Outcome::Accepted),
        ("print(4)", Outcome::WrongAnswer),
        ("print(3)\nraise SystemExit(1)", Outcome::RuntimeError),
        ("print(3", Outcome::CompileError),
        ("while True: pass", Outcome::TimeLimit),
        ("", Outcome::NoCode),
    ] {
        let verdict = judged(&task, source).await;
        assert_eq!(verdict.outcome, outcome, "{source}: {}", verdict.message);
    }
}

#[tokio::test]
async fn a_check_and_asserts_work_as_they_do_elsewhere() {
    let check = Tests::Check { source: "def check(f):\n    assert f(2) == 4\n".to_owned() };
    let asserts = vec!["assert f(2) == 4".to_owned()];
    let asserts = Tests::Asserts { setup: String::new(), asserts };
    for tests in [check, asserts] {
        let task = problem("mini/test", "f", tests);
        let verdict = judged(&task, "def f(x):\n    return x * x\n").await;
        assert_eq!((verdict.outcome, verdict.upstream), (Outcome::Accepted, None));
        assert_eq!(judged(&task, "def f(x): pass").await.outcome, Outcome::WrongAnswer);
    }
}
