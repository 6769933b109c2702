//! What tests of whole commands look at: what a command came to, and what it leaves.

use std::process::Output;

use serde_json::{Value, json};

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// What `output` says, with whatever `shown` makes of its texts.
    pub(crate) fn of(output: Output, shown: impl Fn(String) -> String) -> Self {
        let text = |bytes| shown(String::from_utf8(bytes).unwrap());
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The command must have done what it was asked.
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// The rows of a run's verdicts.jsonl as (task, sample, verdict).
pub(crate) fn verdicts(rows: &[Value]) -> Vec<(String, u64, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let row = |row: &Value| {
        (text(&row["task_id"]), row["sample"].as_u64().unwrap(), text(&row["verdict"]))
    };
    rows.iter().map(row).collect()
}

/// A task in the form of HumanEval: return `number`.
pub(crate) fn task(number: usize) -> Value {
    json!({
        "task_id": format!("HumanEval/{number}"),
        "prompt": format!("def f{number}():\n"),
        "entry_point": format!("f{number}"),
        "canonical_solution": format!("    return {number}\n"),
        "test": format!("def check(candidate):\n    assert candidate() == {number}\n"),
    })
}
