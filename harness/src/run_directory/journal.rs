//! `journal.jsonl`: every verdict the moment it was reached.
//!
//! Each row is one write at the end of the file, so whatever stops the program leaves whole rows and
//! perhaps the beginning of one more; reading drops that. The operating system writes the rows to
//! the disk in its own time, and is asked to do so at the end. Of two rows for one sample the later
//! counts: what was ungraded in one sitting may be judged in the next.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::results::VerdictRow;

pub(super) const NAME: &str = "journal.jsonl";

/// One verdict.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The place of the sample in the input, from 0.
    pub(crate) place: usize,
    /// How long the run had been judging, in seconds over all sittings.
    pub(crate) elapsed: f64,
    /// The verdict.
    #[serde(flatten)]
    pub(crate) row: VerdictRow,
}

/// The open journal of a run. It is locked as long as it lives.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Open the journal in `folder` and make sure that nobody else has.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .with_context(|| format!("failed to open `{}`", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path, file }),
            Err(TryLockError::WouldBlock) => {
                bail!("another `ra3` is at work in `{}`", folder.display())
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("failed to lock `{}`", path.display()))
            }
        }
    }

    /// Every whole row. What follows the last of them is cut off.
    pub(super) fn read(&mut self) -> anyhow::Result<Vec<Entry>> {
        let context = || format!("failed to read `{}`", self.path.display());
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0)).with_context(context)?;
        self.file.read_to_end(&mut bytes).with_context(context)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        self.file.set_len(whole as u64).with_context(context)?;
        let rows = bytes[..whole].split(|&byte| byte == b'\n').zip(1..);
        rows.filter(|(row, _)| !row.is_empty())
            .map(|(row, number)| {
                serde_json::from_slice(row)
                    .with_context(|| format!("`{}` line {number}", self.path.display()))
            })
            .collect()
    }

    /// Forget everything.
    pub(super) fn clear(&mut self) -> anyhow::Result<()> {
        self.file.set_len(0).with_context(|| format!("failed to empty `{}`", self.path.display()))
    }

    /// Add one row.
    pub(super) fn append(&mut self, entry: &Entry) -> anyhow::Result<()> {
        let mut row = serde_json::to_vec(entry).context("failed to put a verdict into JSON")?;
        row.push(b'\n');
        self.file
            .write_all(&row)
            .with_context(|| format!("failed to write to `{}`", self.path.display()))
    }

    /// Wait until every row is on the disk.
    pub(super) fn sync(&self) -> anyhow::Result<()> {
        self.file.sync_all().with_context(|| format!("failed to write `{}`", self.path.display()))
    }
}
