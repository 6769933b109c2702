//! LiveCodeBench: verdicts of the official grader, quirk by quirk, and where strict rules differ.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod quirks;
mod recorded;

#[path = "../scene/judge.rs"]
mod judge;
#[path = "../scene/shared.rs"]
mod shared;

use benchmarks::{Candidate, Profile, Upstream, Verdict};
use datasets::{Case, Contest, Language, Problem, Shapes, TestCase, Tests, Value};

use judge::judge;
use shared::shared;

fn problem(entry_point: Option<&str>, tests: Tests) -> Problem {
    Problem {
        id: "test".to_owned(),
        prompt: String::new(),
        language: Language::Python,
        entry_point: entry_point.map(str::to_owned),
        reference: None,
        tests,
        contest: Some(Contest {
            title: String::new(),
            platform: "codeforces".to_owned(),
            contest_id: "1".to_owned(),
            date: "2024-01-01T00:00:00".to_owned(),
            starter_code: String::new(),
            difficulty: "easy".to_owned(),
        }),
    }
}

/// A program with one test.
fn program(stdin: &str, expected: &str) -> Problem {
    let case = TestCase { stdin: stdin.to_owned(), expected: expected.to_owned() };
    problem(None, Tests::InputOutput(vec![case]))
}

/// A method `f` that is to return `expected`.
fn method(arguments: Vec<Value>, expected: &str) -> Problem {
    let case = Case { arguments, expected: Value::from_json(expected).unwrap() };
    problem(
        Some("f"),
        Tests::Functional { cases: vec![case], tolerance: 1e-5, shapes: Shapes::default() },
    )
}

async fn verdict(profile: Profile, problem: &Problem, source: &str) -> Verdict {
    judge(profile).judge(problem, &Candidate::solution(source)).await.expect("it can be judged")
}

/// The grader's codes and what it says beside them.
fn upstream(verdict: &Verdict) -> (Vec<i8>, serde_json::Value) {
    let Some(Upstream::LiveCodeBench { results, metadata }) = &verdict.upstream else {
        panic!("it has codes: {verdict:?}")
    };
    let codes = results.iter().map(|&code| code.into()).collect();
    (codes, serde_json::from_str(metadata).unwrap())
}
