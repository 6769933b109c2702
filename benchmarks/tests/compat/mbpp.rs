//! MBPP's asserts.

use benchmarks::{Outcome, Profile, Verdict};
use datasets::Tests;

use crate::{problem, verdict};

async fn judged(setup: &str, asserts: &[&str], source: &str) -> Verdict {
    let asserts = asserts.iter().map(|&assert| assert.to_owned()).collect();
    let tests = Tests::Asserts { setup: setup.to_owned(), asserts };
    verdict(Profile::Mbpp2021, &problem("Mbpp/1", "f", tests), source).await
}

const THREE: [&str; 3] = ["assert f(1) == 1", "assert f(2) == 4", "assert f(3) == 9"];

#[tokio::test]
async fn an_answer_for_which_all_asserts_hold_passes() {
    let verdict = judged("", &THREE, "def f(x):\n    return x * x\n").await;
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict:?}");
    assert_eq!((verdict.tests.total, verdict.tests.run, verdict.tests.passed), (3, 3, 3));
}

#[tokio::test]
async fn every_assert_is_counted() {
    let verdict = judged("", &THREE, "def f(x):\n    return 1 if x < 2 else 9\n").await;
    assert_eq!(verdict.outcome, Outcome::WrongAnswer);
    assert_eq!((verdict.tests.run, verdict.tests.passed), (3, 2));
    assert!(verdict.message.contains("assert f(2) == 4"), "{}", verdict.message);
}

#[tokio::test]
async fn the_set_up_runs_after_the_answer() {
    let setup = "root = Node(4)";
    let answer = "class Node:\n    def __init__(self, x):\n        self.x = x\n\
                  def f(x):\n    return root.x\n";
    let verdict = judged(setup, &["assert f(2) == 4"], answer).await;
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict:?}");
}

#[tokio::test]
async fn an_answer_that_does_not_run_has_no_assert_run() {
    let verdict = judged("", &THREE, "1 / 0\n").await;
    assert_eq!((verdict.outcome, verdict.tests.run), (Outcome::RuntimeError, 0));
    let verdict = judged("", &THREE, "def f(x) return x").await;
    assert_eq!((verdict.outcome, verdict.tests.run), (Outcome::CompileError, 0));
}

#[tokio::test]
async fn running_out_of_time_ends_the_asserts() {
    let answer = "def f(x):\n    while x == 2: pass\n    return x * x\n";
    let verdict = judged("", &THREE, answer).await;
    assert_eq!(verdict.outcome, Outcome::TimeLimit);
    assert_eq!((verdict.tests.run, verdict.tests.passed), (1, 1));
}
