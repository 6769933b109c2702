//! Where two profiles disagree about the same samples, and why.
//!
//! A published score counts what its grader lets pass. Beside it, the strict rules say what it is
//! worth: a sample that passes there and fails here has deceived its tests, or returned what only
//! looks right; the other way round, the grader was harder than the task. Every such sample is listed
//! with both verdicts.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use benchmarks::Outcome;
use serde::Serialize;
use serde_json::json;

use crate::run_directory::{DIFFERENCES, STRICT, write_file};
use crate::scoreboard::Scoreboard;
use crate::summary::{Judged, Run};

/// How many differences a person is shown on the screen.
const SHOWN: usize = 20;

/// Two runs over the same samples, and the samples that they disagree about.
#[derive(Clone, Debug)]
pub(crate) struct Differences<'a> {
    compat: &'a Run,
    strict: &'a Run,
    differences: Vec<Difference>,
}

/// One sample that two profiles disagree about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Difference {
    task_id: String,
    sample: usize,
    compat: Side,
    strict: Side,
}

/// What one profile says.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Side {
    verdict: Outcome,
    passed: Option<bool>,
    message: String,
}

impl Side {
    fn of(judged: &Judged) -> Self {
        let verdict = &judged.verdict;
        Self {
            verdict: verdict.outcome,
            passed: verdict.outcome.passed(),
            message: verdict.message.clone(),
        }
    }
}

impl<'a> Differences<'a> {
    /// Compare two runs over the same samples.
    pub(crate) fn between(compat: &'a Run, strict: &'a Run) -> Self {
        let differences = compat
            .judged
            .iter()
            .zip(&strict.judged)
            .map(|(one, other)| Difference {
                task_id: one.task_id.clone(),
                sample: one.sample,
                compat: Side::of(one),
                strict: Side::of(other),
            })
            .filter(|it| it.compat.passed != it.strict.passed)
            .collect();
        Self { compat, strict, differences }
    }

    /// Write `differences.jsonl` into the run's folder.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let mut rows = Vec::new();
        for difference in &self.differences {
            serde_json::to_writer(&mut rows, difference).context("failed to write JSON")?;
            rows.push(b'\n');
        }
        write_file(folder, DIFFERENCES, &rows)
    }

    /// Both runs and all differences for machines.
    pub(crate) fn json_text(&self, folder: &Path) -> String {
        let strict = folder.join(STRICT);
        let value = json!({
            "compat": Scoreboard { run: self.compat, folder }.json(),
            "strict": Scoreboard { run: self.strict, folder: &strict }.json(),
            "differences": self.differences,
        });
        format!("{value:#}")
    }

    /// Both scores and the first differences for people.
    pub(crate) fn table(&self, folder: &Path) -> String {
        let strict = folder.join(STRICT);
        let mut text = Scoreboard { run: self.compat, folder }.table();
        text += "\n\n";
        text += &Scoreboard { run: self.strict, folder: &strict }.table();
        text += "\n\n";
        match self.differences.len() {
            0 => text += "both profiles agree on every sample",
            1 => text += "they differ on 1 sample:",
            count => write!(text, "they differ on {count} samples:").expect("a String takes it"),
        }
        for Difference { task_id, sample, compat, strict } in self.differences.iter().take(SHOWN) {
            let why = if compat.message.is_empty() { &strict.message } else { &compat.message };
            let line = why.lines().next().unwrap_or_default();
            write!(
                text,
                "\n  {task_id} sample {sample}: {} by {}, {} by {}: {}",
                words(compat.verdict),
                self.compat.profile,
                words(strict.verdict),
                self.strict.profile,
                line.chars().take(160).collect::<String>()
            )
            .expect("a String takes whatever is written");
        }
        if self.differences.len() > SHOWN {
            text += &format!("\n  ...all of them: {}", folder.join(DIFFERENCES).display());
        }
        text
    }
}

fn words(outcome: Outcome) -> String {
    format!("{outcome:?}")
        .chars()
        .flat_map(|c| if c.is_uppercase() { vec![' ', c.to_ascii_lowercase()] } else { vec![c] })
        .collect::<String>()
        .trim_start()
        .to_owned()
}
