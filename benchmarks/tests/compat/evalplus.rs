//! EvalPlus 0.3.1.

use std::sync::Arc;

use benchmarks::{Candidate, Error, EvalPlusStatus, Outcome, Profile, Upstream, Verdict};
use datasets::{Differential, Problem, Tests, Value};

use crate::{differential, int, judge, string, verdict};

use EvalPlusStatus::{Fail, Pass, Timeout};

async fn judged(problem: &Problem, source: &str) -> Verdict {
    verdict(Profile::EvalPlus031, problem, source).await
}

fn base(verdict: &Verdict) -> EvalPlusStatus {
    let Some(Upstream::EvalPlus { base, .. }) = verdict.upstream else { panic!("it has a status") };
    base
}

/// The status on the original inputs, of which there is one: nothing.
async fn status(reference: &str, source: &str) -> EvalPlusStatus {
    let task = differential("HumanEval/0", "f", &returning(reference), vec![vec![]]);
    base(&judged(&task, &returning(source)).await)
}

fn returning(expression: &str) -> String {
    format!("def f(*arguments):\n    return {expression}\n")
}

#[tokio::test]
async fn equality_is_pythons() {
    for (reference, answer, expected) in [
        ("5", "5.0", Pass),
        ("1", "True", Pass),
        ("[1]", "(1,)", Fail),
        ("{1: 2}", "{1.0: 2.0}", Pass),
        ("float('nan')", "float('nan')", Fail),
        ("'a'", "'b'", Fail),
        ("None", "None", Pass),
    ] {
        assert_eq!(status(reference, answer).await, expected, "{answer} for {reference}");
    }
}

#[tokio::test]
async fn an_object_that_equals_everything_passes() {
    assert_eq!(status("5", "type('Any', (), {'__eq__': lambda *_: True})()").await, Pass);
}

#[tokio::test]
async fn expected_floats_are_compared_with_a_tolerance_but_only_with_floats() {
    for (reference, answer, expected) in [
        ("1.0", "1.0000001", Pass),
        ("1.0", "1.00001", Fail),
        ("1.5", "__import__('fractions').Fraction(3, 2)", Pass),
        ("1.5", "__import__('fractions').Fraction(150001, 100000)", Fail),
        ("[1.0, 2.0]", "[1.0, 2.0000001]", Pass),
        ("[1.0, 2.0]", "(1.0, 2.0000001)", Fail),
        ("[1.0, 2.0]", "[1.0]", Fail),
        ("[1.0, 'a']", "[1.0000001, 'a']", Fail),
        ("float('inf')", "float('inf')", Pass),
        ("float('inf')", "1e308", Fail),
    ] {
        assert_eq!(status(reference, answer).await, expected, "{answer} for {reference}");
    }
}

#[tokio::test]
async fn a_tolerance_that_one_float_switches_on_stays_on() {
    let reference = "def f(x):\n    return [1.0] if x == 0 else (5.0, 6)\n";
    let answer = "def f(x):\n    return [1.0] if x == 0 else (5.0000001, 6)\n";
    let alone = differential("HumanEval/0", "f", reference, vec![vec![int(1)]]);
    assert_eq!(base(&judged(&alone, answer).await), Fail);
    let after = differential("HumanEval/0", "f", reference, vec![vec![int(0)], vec![int(1)]]);
    assert_eq!(base(&judged(&after, answer).await), Pass);
}

fn find_zero() -> Problem {
    let reference = "def find_zero(xs):\n    return -xs[0] / xs[1]\n";
    let inputs = vec![vec![Value::List(vec![int(2), int(4)])]];
    differential("HumanEval/32", "find_zero", reference, inputs)
}

#[tokio::test]
async fn every_answer_to_find_zero_fails_and_it_says_why() {
    let task = find_zero();
    let verdict = judged(&task, task.reference.as_deref().unwrap()).await;
    assert_eq!((verdict.outcome, base(&verdict)), (Outcome::WrongAnswer, Fail));
    assert!(verdict.message.contains("fails every answer"), "{}", verdict.message);
}

#[tokio::test]
async fn inputs_are_not_copied_so_an_oracle_sees_what_the_answer_made_of_them() {
    let answer = "def find_zero(xs):\n    xs[:] = [0]\n    return 7\n";
    let verdict = verdict(Profile::EvalPlusMaster, &find_zero(), answer).await;
    assert_eq!((verdict.outcome, base(&verdict)), (Outcome::Accepted, Pass));
}

#[tokio::test]
async fn some_tasks_of_mbpp_have_oracles_of_their_own() {
    let one = vec![int(1)];
    for (entry_point, inputs, reference, answer, expected) in [
        ("are_equivalent", one.clone(), "1", "2", Pass),
        ("sum_div", one.clone(), "1", "0", Pass),
        ("sum_div", one.clone(), "1", "2", Fail),
        ("surface_Area", vec![int(3), int(4)], "33", "35", Pass),
        ("surface_Area", vec![int(3), int(4)], "33", "34", Fail),
        ("digit_distance_nums", vec![int(1), int(23)], "1", "4", Pass),
        ("similar_elements", one.clone(), "(1, 2)", "[2, 1, 1]", Pass),
        ("similar_elements", one.clone(), "(1, 2)", "[2]", Fail),
        ("check_str", one.clone(), "object()", "True", Pass),
        ("check_str", one.clone(), "object()", "object()", Pass),
        ("check_str", one.clone(), "object()", "None", Fail),
        ("check_str", one.clone(), "None", "None", Pass),
        ("check_str", one.clone(), "None", "False", Pass),
    ] {
        let function = |result: &str| format!("def {entry_point}(*_):\n    return {result}\n");
        let task = differential("Mbpp/0", entry_point, &function(reference), vec![inputs]);
        let status = base(&judged(&task, &function(answer)).await);
        assert_eq!(status, expected, "{entry_point} returned {answer} for {reference}");
    }
}

#[tokio::test]
async fn those_oracles_are_mbpps_alone() {
    let reference = "def sum_div(x):\n    return 1\n";
    let task = differential("HumanEval/0", "sum_div", reference, vec![vec![int(1)]]);
    assert_eq!(base(&judged(&task, "def sum_div(x):\n    return 0\n").await), Fail);
}

#[tokio::test]
async fn recursion_ends_where_python_ends_it() {
    let answer =
        "def f():\n    def down(n):\n        return n and down(n - 1)\n    return down(3000)\n";
    let task = differential("HumanEval/0", "f", &returning("0"), vec![vec![]]);
    let verdict = judged(&task, answer).await;
    assert_eq!((verdict.outcome, base(&verdict)), (Outcome::RuntimeError, Fail));
    assert!(verdict.message.contains("RecursionError"), "{}", verdict.message);
}

#[tokio::test]
async fn a_program_has_twenty_seven_frames_below_it() {
    let depth = "import sys\ndef depth():\n    count, frame = 0, sys._getframe(1)\n    while frame:\n        \
                 count, frame = count + 1, frame.f_back\n    return count\n\
                 outer = depth()\ndef f():\n    return (outer, depth())\n";
    let task = differential("HumanEval/0", "f", &returning("(28, 28)"), vec![vec![]]);
    let verdict = judged(&task, depth).await;
    assert_eq!(base(&verdict), Pass, "{}", verdict.message);
}

#[tokio::test]
async fn a_process_that_dies_reads_timeout() {
    let task = differential("HumanEval/0", "f", &returning("1"), vec![vec![], vec![]]);
    let verdict = judged(&task, "import os\ndef f():\n    os._exit(0)\n").await;
    assert_eq!((verdict.outcome, base(&verdict)), (Outcome::EarlyExit, Timeout));
}

#[tokio::test]
async fn running_out_of_time_on_one_input_reads_fail() {
    let task = differential("HumanEval/0", "f", &returning("1"), vec![vec![]]);
    let verdict = judged(&task, "def f():\n    while True: pass\n").await;
    assert_eq!((verdict.outcome, base(&verdict)), (Outcome::TimeLimit, Fail));
    assert!(verdict.message.contains("longer than 1s"), "{}", verdict.message);
    let verdict = judged(&task, "import time\ndef f():\n    time.sleep(60)\n").await;
    assert_eq!((verdict.outcome, base(&verdict)), (Outcome::Idle, Fail));
}

#[tokio::test]
async fn files_cannot_be_opened() {
    let task = differential("HumanEval/0", "f", &returning("True"), vec![vec![]]);
    assert_eq!(base(&judged(&task, "def f():\n    return open is None\n").await), Pass);
}

#[tokio::test]
async fn the_first_failure_ends_the_run_and_names_the_input() {
    let inputs = (0..5).map(|number| vec![int(number)]).collect();
    let task = differential("HumanEval/0", "f", "def f(x):\n    return x\n", inputs);
    let verdict = judged(&task, "def f(x):\n    return x if x != 2 else 'two'\n").await;
    assert_eq!((verdict.tests.total, verdict.tests.run, verdict.tests.passed), (5, 3, 2));
    assert_eq!(verdict.message, "original input 2: for (2) it returned 'two', not 2");
    let Some(Upstream::EvalPlus { base_fail_tests, .. }) = verdict.upstream else { panic!() };
    assert_eq!(base_fail_tests, [2]);
}

#[tokio::test]
async fn the_added_inputs_are_run_even_where_the_original_ones_fail() {
    let mut task = differential("HumanEval/0", "f", "def f(x):\n    return x\n", vec![]);
    let (base, plus) = (vec![vec![int(1)]], vec![vec![int(2)]]);
    task.tests = Tests::Differential(Differential { base, plus, atol: 0.0 });
    let verdict = judged(&task, "def f(x):\n    return 2\n").await;
    let Some(Upstream::EvalPlus { base, plus, .. }) = verdict.upstream else { panic!() };
    assert_eq!((base, plus, verdict.outcome), (Fail, Pass, Outcome::WrongAnswer));
}

#[tokio::test]
async fn equal_inputs_are_not_the_same_object() {
    let inputs = vec![vec![string("two words"), string("two words")]];
    let task = differential("HumanEval/0", "f", "def f(a, b):\n    return False\n", inputs);
    assert_eq!(base(&judged(&task, "def f(a, b):\n    return a is b\n").await), Pass);
}

#[tokio::test]
async fn results_that_marshal_cannot_keep_are_kept_all_the_same() {
    assert_eq!(status("__import__('collections').Counter('aab')", "{'a': 2, 'b': 1}").await, Pass);
    assert_eq!(status("bytearray(b'a')", "b'a'").await, Pass);
    assert_eq!(status("[bytearray(b'a'), 1.0]", "[b'b', 1.0]").await, Fail);
}

#[tokio::test]
async fn a_reference_that_fails_is_our_failure() {
    let task = differential("HumanEval/0", "f", &returning("1 / 0"), vec![vec![]]);
    let answer = Candidate::solution(&returning("1"));
    let error = judge(Profile::EvalPlus031).judge(&task, &answer).await.unwrap_err();
    assert!(matches!(error, Error::Reference { .. }), "{error:?}");
    assert!(error.to_string().contains("ZeroDivisionError"), "{error}");
}

/// A reference whose results differ from run to run.
fn random_task() -> Problem {
    differential("HumanEval/0", "f", &returning("__import__('os').urandom(8)"), vec![vec![]])
}

/// An answer that fails and so has the expected value put into words.
async fn expected_value(judge: &benchmarks::Judge<sandbox::NativeSandbox>) -> String {
    let answer = Candidate::solution(&returning("0"));
    judge.judge(&random_task(), &answer).await.expect("it can be judged").message
}

#[tokio::test]
async fn expected_values_are_computed_once_for_all_who_ask() {
    let judge = Arc::new(judge(Profile::EvalPlus031));
    let answers = tokio::join!(expected_value(&judge), expected_value(&judge));
    assert_eq!(answers.0, answers.1);
}

#[tokio::test]
async fn expected_values_outlive_their_judge_in_the_cache_and_a_damaged_file_is_replaced() {
    let folder = std::env::temp_dir().join(format!("expected-{}", std::process::id()));
    let cached = || judge(Profile::EvalPlus031).cache(&folder);
    let first = expected_value(&cached()).await;
    assert_eq!(expected_value(&cached()).await, first);

    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let second = expected_value(&cached()).await;
    assert_ne!(second, first);
    assert_eq!(expected_value(&cached()).await, second);
    std::fs::remove_dir_all(&folder).unwrap();
}
