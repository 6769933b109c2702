//! A part of the recorded completions gets the verdicts that the public graders gave.
//!
//! The part is spread evenly over every set, so that each run of the tests sees some of all. The
//! example `parity` judges them all.

mod recorded;

#[path = "scene/judge.rs"]
mod judge;

use benchmarks::{Candidate, EvalPlusStatus, Profile, Upstream};
use datasets::{Benchmark, Problem};
use recorded::Recorded;

use judge::judge;

/// Samples of a set that are judged here.
const PART: usize = 15;

/// Tasks whose recorded verdict was made by a clock on the wall: the answers are the references
/// themselves, and the tool ran out of time on one input while its machine was busy.
const BY_THE_CLOCK: [(&str, &str); 2] =
    [("humaneval.codegemma-7b", "HumanEval/15"), ("mbpp.chatgpt-2023-11", "Mbpp/599")];

/// Tasks whose reference alone takes more than ten seconds: for the example, not for every run.
const SLOW: [&str; 2] = ["Mbpp/255", "Mbpp/599"];

fn says(upstream: Option<Upstream>) -> Recorded {
    match upstream.expect("the profile mirrors a public grader") {
        Upstream::HumanEval { result } if result == "passed" => Recorded::Passed,
        Upstream::HumanEval { result } if result == "timed out" => Recorded::TimedOut,
        Upstream::HumanEval { .. } => Recorded::Failed,
        Upstream::EvalPlus { base, plus, .. } => Recorded::EvalPlus { base, plus },
        Upstream::LiveCodeBench { .. } => panic!("no verdicts of LiveCodeBench are among these"),
    }
}

macro_rules! folder_or_return {
    () => {
        match recorded::folder() {
            Some(folder) => folder,
            None => {
                println!("skipped: there are no recorded completions beside the project");
                return;
            }
        }
    };
}

#[tokio::test]
async fn samples_get_the_verdict_of_human_eval() {
    let folder = folder_or_return!();
    let tasks = recorded::dataset(&folder, Benchmark::HumanEval);
    let judge = judge(Profile::HumanEval103);
    for set in recorded::HUMAN_EVAL {
        let samples = recorded::human_eval(&folder, set, &tasks);
        for sample in samples.iter().step_by(samples.len() / PART) {
            if sample.verdict == Recorded::TimedOut {
                continue;
            }
            let problem = tasks.get(&sample.task_id).unwrap();
            let verdict = judge.judge(problem, &sample.candidate).await.unwrap();
            let told = format!("{set}, {}: {}", sample.task_id, verdict.message);
            assert_eq!(says(verdict.upstream), sample.verdict, "{told}");
        }
    }
}

#[tokio::test]
async fn samples_get_the_verdicts_of_evalplus() {
    let folder = folder_or_return!();
    for set in recorded::EVALPLUS {
        let tasks = recorded::dataset(
            &folder,
            match set {
                set if set.starts_with("mbpp") => Benchmark::MbppPlus,
                _ => Benchmark::HumanEvalPlus,
            },
        );
        let judge = judge(Profile::EvalPlus031);
        let samples = recorded::evalplus(&folder, set, &tasks);
        for sample in samples.iter().skip(7).step_by(samples.len() / PART) {
            let by_the_clock = BY_THE_CLOCK.contains(&(set, sample.task_id.as_str()));
            if by_the_clock || SLOW.contains(&sample.task_id.as_str()) {
                continue;
            }
            let problem = tasks.get(&sample.task_id).unwrap();
            let verdict = judge.judge(problem, &sample.candidate).await.unwrap();
            let told = format!("{set}, {}: {}", sample.task_id, verdict.message);
            assert_eq!(says(verdict.upstream), sample.verdict, "{told}");
        }
    }
}

#[tokio::test]
async fn references_pass_but_for_the_one_that_evalplus_fails() {
    let folder = folder_or_return!();
    for benchmark in
        [Benchmark::HumanEval, Benchmark::HumanEvalPlus, Benchmark::Mbpp, Benchmark::MbppPlus]
    {
        let tasks = recorded::dataset(&folder, benchmark);
        let judge = judge(Profile::compat(benchmark));
        let part = tasks.problems.iter().step_by(tasks.problems.len() / PART);
        // MBPP's 367 and 927 need their set-up to run after the answer.
        let telling = ["HumanEval/32", "Mbpp/367", "Mbpp/927", "Mbpp/793"];
        let telling = telling.iter().filter_map(|id| tasks.get(id));
        for problem in part.chain(telling).filter(|task| !SLOW.contains(&task.id.as_str())) {
            let verdict = judge.judge(problem, &reference(problem)).await.unwrap();
            let fails = benchmark == Benchmark::HumanEvalPlus && problem.id == "HumanEval/32";
            let told = format!("{benchmark}, {}: {}", problem.id, verdict.message);
            assert_eq!(verdict.outcome.passed(), Some(!fails), "{told}");
            if fails {
                let both = EvalPlusStatus::Fail;
                assert_eq!(says(verdict.upstream), Recorded::EvalPlus { base: both, plus: both });
            }
        }
    }
}

#[tokio::test]
async fn references_pass_by_strict_rules() {
    let folder = folder_or_return!();
    for benchmark in
        [Benchmark::HumanEval, Benchmark::HumanEvalPlus, Benchmark::Mbpp, Benchmark::MbppPlus]
    {
        let tasks = recorded::dataset(&folder, benchmark);
        let judge = judge(Profile::Strict1);
        let part = tasks.problems.iter().step_by(tasks.problems.len() / PART);
        // Those whose tests are code, and those whose oracle is not equality.
        let telling = [32, 33, 37, 38, 44, 50, 53, 129, 151].map(|it| format!("HumanEval/{it}"));
        let of_mbpp = [367, 533, 596, 601, 912, 927, 581, 769, 793].map(|it| format!("Mbpp/{it}"));
        let telling = telling.iter().chain(&of_mbpp).filter_map(|id| tasks.get(id));
        for problem in part.chain(telling).filter(|task| !SLOW.contains(&task.id.as_str())) {
            let verdict = judge.judge(problem, &reference(problem)).await.unwrap();
            let told = format!("{benchmark}, {}: {}", problem.id, verdict.message);
            assert_eq!((verdict.outcome.passed(), verdict.weak), (Some(true), false), "{told}");
        }
    }
}

#[tokio::test]
async fn honest_samples_fare_alike_by_strict_rules() {
    let folder = folder_or_return!();
    let tasks = recorded::dataset(&folder, Benchmark::HumanEval);
    let judge = judge(Profile::Strict1);
    for set in recorded::HUMAN_EVAL {
        let samples = recorded::human_eval(&folder, set, &tasks);
        for sample in samples.iter().skip(3).step_by(samples.len() / PART) {
            let problem = tasks.get(&sample.task_id).unwrap();
            let verdict = judge.judge(problem, &sample.candidate).await.unwrap();
            let told = format!("{set}, {}: {}", sample.task_id, verdict.message);
            let passed = sample.verdict == Recorded::Passed;
            assert_eq!(verdict.outcome.passed(), Some(passed), "{told}");
        }
    }
}

fn reference(problem: &Problem) -> Candidate {
    Candidate::solution(problem.reference.as_deref().expect("every task has a reference"))
}
