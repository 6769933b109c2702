//! Python agrees with us about every input of HumanEval+ and MBPP+.
//!
//! For each file, one `python3` reads the same file with its own `json` module, types the arguments
//! of MBPP+ by a table of its own, evaluates what [`Value::to_python`] wrote, and compares the two,
//! types and signs of zero included.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use datasets::{Benchmark, Dataset, Tests, Value};

#[test]
fn the_inputs_of_humaneval_plus_are_what_python_reads() {
    assert_same(Benchmark::HumanEvalPlus, "humaneval-plus/HumanEvalPlus.jsonl.gz");
}

#[test]
fn the_inputs_of_mbpp_plus_are_what_python_reads() {
    assert_same(Benchmark::MbppPlus, "mbpp-plus/MbppPlus.jsonl.gz");
}

fn assert_same(benchmark: Benchmark, file: &str) {
    let data = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(file);
    if !data.exists() {
        println!("skipped: there is no {}", data.display());
        return;
    }
    let dataset = Dataset::load(benchmark, &data).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("ours");
    std::fs::write(&ours, written(&dataset)).unwrap();
    let compare = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compare_inputs.py"));
    let Ok(output) = Command::new("python3").args([compare, &data, &ours]).output() else {
        println!("skipped: there is no python3");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let count: usize = dataset.problems.iter().map(|problem| inputs(&problem.tests).len()).sum();
    assert_eq!(said.trim(), format!("{count} inputs are the same"));
}

/// A line an input: the task, a tab, the arguments as a Python list.
fn written(dataset: &Dataset) -> String {
    let mut text = String::new();
    for problem in &dataset.problems {
        for input in inputs(&problem.tests) {
            let arguments = Value::List(input.clone()).to_python();
            writeln!(text, "{}\t{arguments}", problem.id).unwrap();
        }
    }
    text
}

fn inputs(tests: &Tests) -> Vec<&Vec<Value>> {
    let Tests::Differential(tests) = tests else { panic!("{tests:?}") };
    tests.base.iter().chain(&tests.plus).collect()
}
