//! The folder that a run leaves behind.
//!
//! | file | what | written |
//! |---|---|---|
//! | `config.toml` | the run as resolved: rules, inputs with their hashes, interpreter | at the start |
//! | `journal.jsonl` | every verdict the moment it was reached | while judging |
//! | `verdicts.jsonl` | the verdicts in the order of the input | at the end |
//! | `samples.jsonl` | the programs that were run, as samples that can be judged again | at the end |
//! | `human-eval-results.jsonl`, `eval_results.json`, `livecodebench*.json` | what the public graders write | at the end |
//! | `summary.json`, `report.html` | what it adds up to | at the end |
//! | `answers.jsonl` | with `ra3 eval`: what the model answered | while it answers |
//! | `unanswered.jsonl` | with `ra3 eval`: requests that failed to the last | when asking ends |
//! | `strict/`, `differences.jsonl` | with `--profile both`: the same by strict rules, and where they differ | at the end |
//!
//! The journal is what makes a run survive Ctrl-C, a full disk and a power cut: a verdict is in it
//! before anybody hears of it, and `--resume` judges only what it lacks. All other files are whole
//! or absent (see [`whole_file`]). While a run is under way its journal is locked, so that no second
//! one gets into the same folder.
//!
//! A start may fail half-way, on a full disk for instance. A folder with nothing but an empty journal is
//! as good as an empty one, and a run that is replaced keeps its configuration until the new one
//! takes its place, so that `--overwrite` and `--resume` accept the folder again.

mod config;
mod finished;
mod journal;
mod model;
mod place;
mod whole_file;

use std::ffi::OsStr;
use std::fs::{self, DirEntry, Metadata};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

pub(crate) use config::{DataIdentity, PythonIdentity, RunConfig, SamplesIdentity, short};
pub(crate) use finished::{Files, Finished, REPORT, write_report};
pub(crate) use journal::Entry;
use journal::Journal;
pub(crate) use model::{AnswersTally, ModelConfig};
pub(crate) use place::{Place, RUNS};

use crate::results::LIVECODEBENCH;

/// What a run may leave beside its journal, its configuration and the same by strict rules.
const FILES: [&str; 12] = [
    ANSWERS,
    UNANSWERED,
    "verdicts.jsonl",
    "samples.jsonl",
    "human-eval-results.jsonl",
    "eval_results.json",
    LIVECODEBENCH[0],
    LIVECODEBENCH[1],
    LIVECODEBENCH[2],
    "summary.json",
    DIFFERENCES,
    REPORT,
];

/// What a model answered.
pub(crate) const ANSWERS: &str = "answers.jsonl";

/// What it did not answer, and why.
pub(crate) const UNANSWERED: &str = "unanswered.jsonl";

/// Where two profiles differ.
pub(crate) const DIFFERENCES: &str = "differences.jsonl";

/// The folder of the same samples by strict rules.
pub(crate) const STRICT: &str = "strict";

/// The folder of a run under way.
#[derive(Debug)]
pub(crate) struct RunDirectory {
    path: PathBuf,
    journal: Journal,
}

impl RunDirectory {
    /// Begin a run in the folder `path`, which is empty or holds a run that may be overwritten.
    pub(crate) fn begin(path: &Path, config: &RunConfig) -> anyhow::Result<Self> {
        let config = config.text()?;
        fs::create_dir_all(path)
            .with_context(|| format!("failed to make the folder `{}`", path.display()))?;
        let mut journal = Journal::open(path)?;
        remove_strict(&path.join(STRICT))?;
        remove_results(path)?;
        journal.clear()?;
        write_file(path, config::NAME, config.as_bytes())?;
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

/// Refuse a folder that holds a run, which is not to be lost, or something else.
pub fn require_free(path: &Path, instead: &str) -> anyhow::Result<()> {
    let shown = path.display();
    if holds_a_run(path) {
        bail!("`{shown}` holds a run already; `--resume` goes on with it, {instead}");
    }
    let is_free = match fs::read_dir(path) {
        Ok(mut entries) => entries.all(|entry| entry.is_ok_and(|entry| is_nothing(&entry))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("cannot use `{shown}` for a run")),
    };
    if !is_free {
        bail!("`{shown}` is not empty and holds no run of ours; name another folder with `--out`");
    }
    Ok(())
}

/// Refuse to replace what `ra3 judge` cannot make again: answers, a training, somebody else's folder.
pub(crate) fn require_replaceable(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let config = RunConfig::read(path).with_context(|| {
        format!("`--overwrite` replaces a run of `ra3 judge`, and `{shown}` holds none")
    })?;
    if config.model.is_some() {
        bail!(
            "`{shown}` holds the answers of a model, which cost time or money, and `--overwrite` would remove \
             them; name another folder with `--out`"
        );
    }
    Ok(())
}

/// Whether `entry` is all that is left of a start that failed.
fn is_nothing(entry: &DirEntry) -> bool {
    let is_empty = |data: Metadata| data.is_file() && data.len() == 0;
    entry.file_name() == journal::NAME && entry.metadata().is_ok_and(is_empty)
}

/// Refuse to replace the run in `folder` where one of the `inputs` of the new one would go with it.
pub(crate) fn require_apart(folder: &Path, inputs: &[&Path]) -> anyhow::Result<()> {
    let Ok(replaced) = folder.canonicalize() else { return Ok(()) };
    let names = FILES.into_iter().chain([journal::NAME, config::NAME, STRICT]);
    let replaced: Vec<PathBuf> = names.map(|name| replaced.join(name)).collect();
    for input in inputs {
        // One that is not there is somebody else's complaint.
        let Ok(place) = input.canonicalize() else { continue };
        if replaced.iter().any(|replaced| place.starts_with(replaced)) {
            bail!(
                "`{}` is part of the run in `{}`, which `--overwrite` removes; name another folder \
                 with `--out`",
                input.display(),
                folder.display()
            );
        }
    }
    Ok(())
}

/// Remove what a run has left in `folder`, but for its journal and its configuration.
fn remove_results(folder: &Path) -> anyhow::Result<()> {
    FILES.into_iter().try_for_each(|name| remove(&folder.join(name)))
}

/// Remove the run by strict rules in `folder`, where there is one.
fn remove_strict(folder: &Path) -> anyhow::Result<()> {
    if !holds_a_run(folder) {
        return Ok(());
    }
    let mut journal = Journal::open(folder)?;
    remove_results(folder)?;
    journal.clear()?;
    let doing = || format!("failed to remove `{}`", folder.display());
    // What somebody else put there stays, and with it what says that the folder is ours.
    let is_ours = |name: &OsStr| name == journal::NAME || name == config::NAME;
    let mut entries = fs::read_dir(folder).with_context(doing)?;
    if entries.all(|entry| entry.is_ok_and(|entry| is_ours(&entry.file_name()))) {
        fs::remove_dir_all(folder).with_context(doing)?;
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
