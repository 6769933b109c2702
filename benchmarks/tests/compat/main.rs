//! The public graders' semantics, quirk by quirk, through the judge's own door.
//!
//! Every behaviour here was seen in the tool that the profile is named after.

mod evalplus;
mod human_eval;
mod mbpp;
mod mini;

#[path = "../scene/judge.rs"]
mod judge;

use benchmarks::{Candidate, Profile, Verdict};
use datasets::{Differential, Language, Problem, Tests, Value};

use judge::judge;

fn problem(id: &str, entry_point: &str, tests: Tests) -> Problem {
    Problem {
        id: id.to_owned(),
        prompt: String::new(),
        language: Language::Python,
        entry_point: Some(entry_point.to_owned()),
        reference: None,
        tests,
        contest: None,
    }
}

/// A task whose reference and inputs are given; the inputs are all "original".
fn differential(id: &str, entry_point: &str, reference: &str, inputs: Vec<Vec<Value>>) -> Problem {
    let tests = Differential { base: inputs, plus: vec![], atol: 0.0 };
    let tests = Tests::Differential(tests);
    Problem { reference: Some(reference.to_owned()), ..problem(id, entry_point, tests) }
}

async fn verdict(profile: Profile, problem: &Problem, source: &str) -> Verdict {
    judge(profile).judge(problem, &Candidate::solution(source)).await.expect("it can be judged")
}

fn int(number: i64) -> Value {
    Value::Int(number.into())
}

fn string(text: &str) -> Value {
    Value::Str(text.to_owned())
}
