//! A file of answers, as samples that can be judged.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::{Answer, Plan, Shortened, Slot};
use crate::client::Usage;
use crate::manner::Row;
use crate::run_directory::write_file;

/// A line of the file: a sample that every reader of samples reads, with what else is known.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    row: Row,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

/// What is read of a line.
#[derive(Deserialize)]
struct Known {
    task_id: String,
    sample: u32,
    #[serde(default)]
    finish_reason: Option<String>,
    #[serde(default)]
    usage: Option<Usage>,
}

/// What the answers of a file add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answers.
    pub answers: usize,
    /// Their tokens, as far as they were counted.
    pub usage: Usage,
    /// Answers whose tokens nobody counted.
    pub uncounted: usize,
    /// Answers that did not end where the model would have ended them.
    pub shortened: Shortened,
}

/// An open file of answers. It is locked as long as it lives.
#[derive(Debug)]
pub struct AnswerFile {
    path: PathBuf,
    file: File,
    plan: Arc<Plan>,
    /// The line of each slot that is filled.
    lines: Vec<Option<String>>,
    counts: Counts,
    /// Whether the lines of the file are in the order of the plan.
    is_in_order: bool,
    last: Option<usize>,
}

impl AnswerFile {
    /// Open the file `path` for the answers to `plan`: a new one, or to `resume` one that may have
    /// some already.
    ///
    /// # Errors
    ///
    /// It is there and not to be resumed, or holds something else, or somebody else has it open.
    pub fn open(path: &Path, plan: &Arc<Plan>, resume: bool) -> anyhow::Result<Self> {
        let doing = || format!("failed to open `{}`", path.display());
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).create_new(!resume);
        let opened = options.open(path).with_context(doing);
        let opened = if resume {
            opened
        } else {
            opened.context("--resume goes on with a file that is there")
        };
        let mut file = opened?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another `ra3` writes `{}`", path.display()),
            Err(TryLockError::Error(error)) => return Err(error).with_context(doing),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(doing)?;
        // A line that was cut off by a power failure, perhaps within a character, is not there.
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let lines = str::from_utf8(&bytes[..whole])
            .with_context(|| format!("`{}` is no file of answers", path.display()))?;
        let mut answers = Self {
            path: path.to_owned(),
            file,
            plan: Arc::clone(plan),
            lines: vec![None; plan.total()],
            counts: Counts::default(),
            is_in_order: true,
            last: None,
        };
        for line in lines.lines() {
            answers.know(line)?;
        }
        // Only now is it known to be ours.
        answers.file.set_len(whole as u64).with_context(doing)?;
        Ok(answers)
    }

    /// Take in a line that is in the file.
    fn know(&mut self, line: &str) -> anyhow::Result<()> {
        let shown = self.path.display();
        let known = serde_json::from_str(line);
        let Known { task_id, sample, finish_reason, usage } =
            known.with_context(|| format!("`{shown}` is no file of answers"))?;
        let Some(slot) = self.plan.find(&task_id, sample) else {
            bail!(
                "`{shown}` has answer {sample} to {task_id}, which is not asked for; `-n` and \
                 `--limit` may grow from one sitting to the next, and not shrink"
            )
        };
        self.fill(slot, line.to_owned(), finish_reason.as_deref(), usage);
        Ok(())
    }

    fn fill(&mut self, slot: Slot, line: String, finish: Option<&str>, usage: Option<Usage>) {
        let place = self.plan.place(slot);
        if self.lines[place].is_none() {
            self.counts.answers += 1;
            let Usage { prompt_tokens, completion_tokens } = usage.unwrap_or_default();
            self.counts.usage.prompt_tokens += prompt_tokens;
            self.counts.usage.completion_tokens += completion_tokens;
            self.counts.uncounted += usize::from(usage.is_none());
            self.counts.shortened.add(finish);
        }
        self.is_in_order &= self.last < Some(place);
        self.last = Some(place);
        self.lines[place] = Some(line);
    }

    /// The empty slots, in order.
    pub fn missing(&self) -> Vec<Slot> {
        self.plan.slots().filter(|&slot| self.line(slot).is_none()).collect()
    }

    /// The line of `slot`, where it is filled.
    pub fn line(&self, slot: Slot) -> Option<&str> {
        self.lines[self.plan.place(slot)].as_deref()
    }

    /// What the answers add up to.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Add an answer, unless the slot has one. It is safe after the next [`AnswerFile::sync`].
    pub(super) fn append(&mut self, slot: Slot, answer: Answer) -> anyhow::Result<bool> {
        if self.line(slot).is_some() {
            return Ok(false);
        }
        let Answer { text, finish, usage } = answer;
        let problem = &self.plan.problems[slot.task];
        let row = self.plan.manner.row(problem, slot.sample, text);
        let line = serde_json::to_string(&Line { row, finish_reason: finish.clone(), usage })
            .context("failed to put an answer into JSON")?;
        self.file
            .write_all(format!("{line}\n").as_bytes())
            .with_context(|| format!("failed to write to `{}`", self.path.display()))?;
        self.fill(slot, line, finish.as_deref(), usage);
        Ok(true)
    }

    /// Wait until every answer is on the disk.
    pub(super) fn sync(&self) -> anyhow::Result<()> {
        self.file.sync_data().with_context(|| format!("failed to write `{}`", self.path.display()))
    }

    /// Put the file into the order of the plan.
    ///
    /// # Errors
    ///
    /// It cannot be written; then it is as it was.
    pub fn finish(self) -> anyhow::Result<()> {
        if self.is_in_order {
            return Ok(());
        }
        let lines = self.lines.into_iter().flatten();
        let text: String = lines.map(|line| line + "\n").collect();
        let name = self.path.file_name().context("a file of answers has a name")?.to_string_lossy();
        write_file(self.path.parent().unwrap_or(Path::new("")), &name, text.as_bytes())
    }
}
