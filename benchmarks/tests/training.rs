//! Problems of training sets are judged strictly: solutions pass, and what only looks like one fails.
//!
//! The rows are those that the tests of the `datasets` crate are made with.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "scene/judge.rs"]
mod judge;
#[path = "scene/shared.rs"]
mod shared;

use std::path::PathBuf;

use benchmarks::{Candidate, Outcome, Profile};
use datasets::{Dataset, Problem, Tests};

use judge::judge;
use shared::shared;

const SETS: [&str; 6] = ["leetcode", "acecode", "taco", "deepcoder", "areal-code", "kodcode"];

fn load(name: &str) -> Dataset {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/tests/training"));
    Dataset::load(name.parse().unwrap(), &folder.join(format!("{name}.jsonl"))).unwrap()
}

/// The row's own solution, or one for a row that has none.
fn solution(problem: &Problem) -> String {
    let known = match problem.entry_point.as_deref() {
        Some("double") => "def double(x):\n    return 2 * x\n",
        Some("backwards") => "def backwards(word):\n    return word[::-1]\n",
        Some("total") => {
            "class Solution:\n    def total(self, nums: List[int], k: int) -> int:\n        \
             return sum(nums) + k\n"
        }
        _ => problem.reference.as_deref().unwrap(),
    };
    known.to_owned()
}

/// Answers that earn nothing: a constant, an object that equals everything, and a clean exit.
fn forgeries(problem: &Problem) -> Vec<String> {
    let name = problem.entry_point.as_deref();
    let Some(name) = name.filter(|_| !matches!(problem.tests, Tests::InputOutput(_))) else {
        return ["print(12345)", "raise SystemExit(0)"].map(str::to_owned).to_vec();
    };
    let equal = "class Equal:\n    def __eq__(self, other):\n        return True\n";
    vec![
        format!("def {name}(*arguments):\n    return 12345\n"),
        format!("{equal}\ndef {name}(*arguments):\n    return Equal()\n"),
        format!("import os\ndef {name}(*arguments):\n    os._exit(0)\n"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn solutions_of_every_set_pass_and_forgeries_fail() {
    let judge = judge(Profile::Strict1);
    for dataset in SETS.map(load) {
        for problem in &dataset.problems {
            let right =
                judge.judge(problem, &Candidate::solution(&solution(problem))).await.unwrap();
            assert_eq!(right.outcome, Outcome::Accepted, "{}: {}", problem.id, right.message);
            for forgery in forgeries(problem) {
                let verdict = judge.judge(problem, &Candidate::solution(&forgery)).await.unwrap();
                let failed = verdict.outcome.passed() == Some(false);
                assert!(failed, "{}: {:?}\n{forgery}", problem.id, verdict.outcome);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn references_of_the_published_leetcode_file_pass() {
    // Every so many of its plain problems, so that this takes seconds, and all with lists or trees.
    const STRIDE: usize = 10;
    let Some(path) = shared("leetcode/LeetCodeDataset-v0.2.0-train.jsonl.gz") else { return };
    let dataset = Dataset::load("leetcode".parse().unwrap(), &path).unwrap();
    let judge = judge(Profile::Strict1);
    let of_nodes = |problem: &Problem| matches!(&problem.tests, Tests::Functional { shapes, .. } if !shapes.are_plain());
    let (nodes, plain): (Vec<_>, Vec<_>) = dataset.problems.iter().partition(|it| of_nodes(it));
    assert_eq!(nodes.len(), 121);
    let mut surprises = Vec::new();
    for problem in plain.into_iter().step_by(STRIDE).chain(nodes) {
        let reference = problem.reference.as_ref().unwrap();
        // Whether that module is there is not ours to say.
        if reference.contains("sortedcontainers") {
            continue;
        }
        let verdict = judge.judge(problem, &Candidate::solution(reference)).await.unwrap();
        if verdict.outcome != Outcome::Accepted {
            surprises.push((&problem.id, verdict.outcome, verdict.message));
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
}
