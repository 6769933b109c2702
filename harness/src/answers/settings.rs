//! What a file of answers was asked for, kept beside it: `FILE.toml`.
//!
//! Answers of another model, or drawn in another way, do not belong into one file. So whoever goes on with
//! a file compares, as `ra3 eval --resume` does.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::commands::explain;
use crate::run_directory::{ModelConfig, short, write_file};

/// What answers depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The benchmark by name.
    pub(crate) benchmark: String,
    /// SHA-256 of its data, unpacked.
    pub(crate) data_sha256: String,
    /// The model that answers, and how it is asked.
    pub(crate) model: ModelConfig,
}

impl Settings {
    /// Make sure that the answers in the file `answers`, where it has some, were asked for in this way.
    ///
    /// # Errors
    ///
    /// They were asked for in another.
    pub(crate) fn require_same(&self, answers: &Path) -> anyhow::Result<()> {
        let shown = answers.display();
        let Some(earlier) = Self::beside(answers)? else {
            let model = self.model.label();
            explain(&format!(
                "note: nothing beside `{shown}` tells who gave the answers in it; they count as those of {model}"
            ));
            return Ok(());
        };
        let told =
            |what: &str, before: &str, now: &str| format!("{what} was {before} and is {now}");
        let mut differences = Vec::new();
        if earlier.benchmark != self.benchmark {
            differences.push(told("benchmark", &earlier.benchmark, &self.benchmark));
        }
        if earlier.data_sha256 != self.data_sha256 {
            let (before, now) = (short(&earlier.data_sha256), short(&self.data_sha256));
            differences.push(told("data", &before, &now));
        }
        differences.extend(self.model.differences(&earlier.model));
        if !differences.is_empty() {
            bail!("cannot resume `{shown}`: {}", differences.join("; "));
        }
        if self.model.has_moved_from(&earlier.model) {
            explain(&self.model.told_of_move(&earlier.model));
        }
        Ok(())
    }

    /// Keep this beside the file `answers`.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn keep(&self, answers: &Path) -> anyhow::Result<()> {
        let text = toml::to_string(self).context("failed to put settings into TOML")?;
        let path = path(answers);
        let name = path.file_name().context("a file of answers has a name")?.to_string_lossy();
        write_file(path.parent().unwrap_or(Path::new("")), &name, text.as_bytes())
    }

    /// Those that are kept beside the file `answers`, where some are.
    fn beside(answers: &Path) -> anyhow::Result<Option<Self>> {
        let path = path(answers);
        let reading = || format!("failed to read `{}`", path.display());
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).with_context(reading).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(reading),
        }
    }
}

fn path(answers: &Path) -> PathBuf {
    let mut path = OsString::from(answers);
    path.push(".toml");
    path.into()
}
