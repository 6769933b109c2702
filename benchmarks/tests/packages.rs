//! Problem packages: programs get the verdict of the folder they lie in.
//!
//! The data lies in the project's sibling folder `shared`; where that is absent, a test says so and
//! passes. Programs in languages that this machine or this project lacks are left out: Scala, C#, Haskell, Lisp,
//! OCaml, PHP, Ruby, Prolog and Kotlin.

use std::path::PathBuf;

use benchmarks::{Candidate, Judge, Outcome, Profile};
use datasets::{Language, Package, Problem};
use sandbox::{NativeSandbox, Python, Tier, Toolchain};

/// Programs that are not judged, and why.
const LEFT_OUT: [(&str, &str); 2] = [
    ("different_py2.py", "it may be Python 2"),
    ("different_slow.py", "it is so slow that a limit is made of it, tens of seconds here"),
];

#[tokio::test(flavor = "multi_thread")]
async fn submissions_get_the_verdict_of_their_folder() {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/problem-packages/kattis_examples.jsonl.gz"
    ));
    let sandbox = NativeSandbox::strongest().unwrap();
    if !path.exists() || !Toolchain::CPP17.is_installed() || sandbox.tier() < Tier::T1 {
        println!("skipped: there are no packages, or nothing compiles C++");
        return;
    }
    let judge = || Judge::new(sandbox.clone(), Python::find().unwrap(), Profile::Strict1);
    // Waiting for nothing takes long, and one test says enough of it.
    let (judge, until_it_fails) = (judge().run_all(), judge());
    let mut judged = Vec::new();
    for package in Package::load(&path).unwrap() {
        for submission in &package.submissions {
            let Some(language) = submission.language() else { continue };
            let is_left_out = LEFT_OUT.iter().any(|(file, _)| submission.file == *file);
            if is_left_out || !is_here(language) {
                continue;
            }
            let problem = Problem { language, ..package.problem.clone() };
            let candidate = Candidate::solution(&submission.source);
            let judge = if problem.id == "guess" { &until_it_fails } else { &judge };
            let verdict = judge.judge(&problem, &candidate).await.unwrap();
            let name = format!("{} {}", problem.id, submission.file);
            let fits = match submission.expected.as_str() {
                "accepted" | "slow_accepted" => verdict.outcome == Outcome::Accepted,
                "wrong_answer" => verdict.outcome == Outcome::WrongAnswer,
                // One that waits for an answer to what it did not send is idle.
                "time_limit_exceeded" => {
                    matches!(verdict.outcome, Outcome::TimeLimit | Outcome::Idle)
                }
                "run_time_error" => {
                    matches!(verdict.outcome, Outcome::RuntimeError | Outcome::MemoryLimit)
                }
                "partially_accepted" => {
                    let passed = verdict.tests.passed;
                    verdict.outcome != Outcome::Accepted
                        && 0 < passed
                        && passed < verdict.tests.total
                }
                other => panic!("{name}: {other}"),
            };
            assert!(fits, "{name} is {:?}: {}", verdict.outcome, verdict.message);
            judged.push(name);
        }
    }
    println!("{} submissions", judged.len());
    assert!(judged.len() >= 24, "{judged:?}");
}

/// Whether this machine has what runs a language.
fn is_here(language: Language) -> bool {
    match language {
        Language::Python | Language::Cpp => true,
        Language::JavaScript => Toolchain::JAVASCRIPT.is_installed(),
        Language::Java => Toolchain::JAVA.is_installed(),
        Language::Go => Toolchain::GO.is_installed(),
        Language::Rust => Toolchain::RUST.is_installed(),
        _ => false,
    }
}
