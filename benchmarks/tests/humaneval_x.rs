//! HumanEval-X: the references of its authors pass, where there is a toolchain for them.
//!
//! Compilers of Go, Java and Rust take seconds for each, so of those every twelfth is judged, and all of
//! them where `RA3_ALL_REFERENCES` is set.
//!
//! The data lies in the project's sibling folder `shared`; where that is absent, a test says so and
//! passes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "scene/judge.rs"]
mod judge;
#[path = "scene/shared.rs"]
mod shared;

use std::sync::Arc;

use benchmarks::{Candidate, Judge, Outcome, Profile};
use datasets::{Benchmark, Dataset};
use sandbox::{NativeSandbox, Python, Tier, Toolchain};

use judge::judge;
use shared::shared;

fn load(language: &str) -> Option<Dataset> {
    let path = shared(&format!("humaneval-x/humaneval_{language}.jsonl.gz"))?;
    let dataset = Dataset::load(Benchmark::HumanEvalX, &path).unwrap();
    assert_eq!(dataset.problems.len(), 164);
    Some(dataset)
}

/// The tasks whose references do not pass, two of them at a time.
async fn failing(dataset: Dataset) -> Vec<(String, Outcome, String)> {
    let (judge, mut failed) = (Arc::new(judge(Profile::HumanEvalX2023)), Vec::new());
    for pair in dataset.problems.chunks(2) {
        let tasks: Vec<_> = pair
            .iter()
            .map(|problem| {
                let (judge, problem) = (Arc::clone(&judge), problem.clone());
                tokio::spawn(async move {
                    let reference = Candidate::solution(problem.reference.as_ref().unwrap());
                    let verdict = judge.judge(&problem, &reference).await.unwrap();
                    (problem.id, verdict.outcome, verdict.message)
                })
            })
            .collect();
        for task in tasks {
            failed.push(task.await.unwrap());
        }
    }
    failed.retain(|(_, outcome, _)| *outcome != Outcome::Accepted);
    failed
}

/// Right answers count as wrong in no tier: what cannot be compiled there is not graded.
#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_compiled_nothing_is_said_of_an_answer() {
    let sandbox = NativeSandbox::of_tier(Tier::T0).unwrap();
    let python = Python::find().unwrap();
    let judge = Judge::new(sandbox, python, Profile::HumanEvalX2023);
    let languages = [
        ("cpp", Toolchain::CPP17, Outcome::Ungraded),
        ("java", Toolchain::JAVA, Outcome::Ungraded),
        ("js", Toolchain::JAVASCRIPT, Outcome::Accepted),
    ];
    for (language, toolchain, expected) in languages {
        let Some(dataset) = load(language) else { return };
        if !toolchain.is_installed() {
            println!("skipped: no {language} here");
            continue;
        }
        let problem = &dataset.problems[0];
        let reference = Candidate::solution(problem.reference.as_ref().unwrap());
        let verdict = judge.judge(problem, &reference).await.unwrap();
        assert_eq!(verdict.outcome, expected, "{language}: {}", verdict.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_references_in_python_pass() {
    let Some(dataset) = load("python") else { return };
    assert_eq!(failing(dataset).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_references_in_cpp_pass() {
    let Some(dataset) = load("cpp") else { return };
    if !Toolchain::CPP17.is_installed() || NativeSandbox::strongest().unwrap().tier() < Tier::T1 {
        println!("skipped: nothing compiles C++ here");
        return;
    }
    let mut failed = failing(dataset).await;
    // Three of them use libraries that not every machine has.
    failed.retain(|(_, _, message)| !message.contains("fatal error:"));
    assert_eq!(failed, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_references_in_javascript_pass_but_for_three_that_are_broken() {
    let Some(dataset) = load("js") else { return };
    if !Toolchain::JAVASCRIPT.is_installed() {
        println!("skipped: there is no node");
        return;
    }
    let ids: Vec<String> = failing(dataset).await.into_iter().map(|(id, ..)| id).collect();
    // The first two fail their own assertions, the last needs a package.
    assert_eq!(ids, ["JavaScript/112", "JavaScript/155", "JavaScript/162"]);
}

/// The references that do not pass, where `toolchain` is here.
async fn failing_with(
    toolchain: Toolchain,
    language: &str,
) -> Option<Vec<(String, Outcome, String)>> {
    let mut dataset = load(language)?;
    if !toolchain.is_installed() || NativeSandbox::strongest().unwrap().tier() < Tier::T1 {
        println!("skipped: nothing compiles {language} here");
        return None;
    }
    if std::env::var_os("RA3_ALL_REFERENCES").is_none() {
        dataset.problems = dataset.problems.into_iter().step_by(12).collect();
    }
    Some(failing(dataset).await)
}

/// That of Go/95 looks at the first two keys of a map, which Go walks in another order every time.
#[tokio::test(flavor = "multi_thread")]
async fn all_references_in_go_pass() {
    if let Some(mut failed) = failing_with(Toolchain::GO_TESTS, "go").await {
        failed.retain(|(task, ..)| task != "Go/95");
        assert_eq!(failed, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_references_in_java_pass() {
    if let Some(failed) = failing_with(Toolchain::JAVA, "java").await {
        assert_eq!(failed, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_references_in_rust_pass_but_for_those_that_use_other_crates() {
    if let Some(failed) = failing_with(Toolchain::RUST_TESTS, "rust").await {
        let nobodys_fault = ["Rust/91", "Rust/162"];
        let is_excused = |(id, outcome, _): &(String, Outcome, String)| {
            *outcome == Outcome::Ungraded && nobodys_fault.contains(&id.as_str())
        };
        assert!(failed.iter().all(is_excused), "{failed:?}");
    }
}

#[tokio::test]
async fn a_missing_toolchain_is_no_failure_of_the_answer() {
    let Some(dataset) = load("js") else { return };
    let mut problem = dataset.problems[0].clone();
    problem.language = datasets::Language::TypeScript;
    if Toolchain::TYPESCRIPT.is_installed() {
        println!("skipped: this machine has what should be missing");
        return;
    }
    let verdict =
        judge(Profile::HumanEvalX2023).judge(&problem, &Candidate::solution("x")).await.unwrap();
    assert_eq!(
        (verdict.outcome, verdict.message.as_str()),
        (
            Outcome::Ungraded,
            "this machine has no toolchain for typescript: `/usr/bin/tsc` is missing"
        )
    );
}

#[tokio::test]
async fn wrong_answers_in_cpp_are_told_apart() {
    let Some(dataset) = load("cpp") else { return };
    if !Toolchain::CPP17.is_installed() || NativeSandbox::strongest().unwrap().tier() < Tier::T1 {
        println!("skipped: nothing compiles C++ here");
        return;
    }
    let (judge, problem) = (judge(Profile::HumanEvalX2023), &dataset.problems[0]);
    for (body, outcome) in [
        ("return false; }", Outcome::WrongAnswer),
        ("return flase; }", Outcome::CompileError),
        ("for (volatile int i = 0;; i = i + 1); }", Outcome::TimeLimit),
        ("int *p = 0; return *(volatile int *)p; }", Outcome::RuntimeError),
    ] {
        let candidate = Candidate::completing(problem, body);
        let verdict = judge.judge(problem, &candidate).await.unwrap();
        assert_eq!(verdict.outcome, outcome, "{body}: {}", verdict.message);
    }
}
