//! What can be wrong with a file of samples.
//!
//! Each message is one line that says which file, which line or entry and which field.

use std::fmt;
use std::path::{Path, PathBuf};

use datasets::Position;

/// Why samples cannot be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SamplesError {
    /// The file is missing, may not be read or is damaged.
    #[error(transparent)]
    File(#[from] datasets::Error),
    /// A folder of samples cannot be walked.
    #[error("cannot read `{}`", path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    /// There is no sample.
    #[error("`{}` holds no samples", path.display())]
    Empty { path: PathBuf },
    /// A sample is not text.
    #[error("{at}: not UTF-8 from byte {byte} on")]
    NotUtf8 { at: Place, byte: usize },
    /// A row is not JSON.
    #[error("{at}: bad JSON at {error}")]
    BadJson { at: Place, error: datasets::SyntaxError },
    /// A row is JSON and no object.
    #[error("{at}: must be an object, but is {found}")]
    NotAnObject { at: Place, found: &'static str },
    /// A row lacks a field.
    #[error("{at}: field {field} is missing")]
    MissingField { at: Place, field: &'static str },
    /// A field is of another type than it must be.
    #[error("{at}: field `{field}` must be {expected}, but is {found}")]
    WrongField { at: Place, field: &'static str, expected: &'static str, found: &'static str },
    /// The benchmark has no such task.
    #[error("{at}: {benchmark} has no task `{id}`; `--allow-unknown` skips such samples")]
    UnknownTask { at: Place, benchmark: &'static str, id: String },
    /// Every sample is for a task that the benchmark does not have.
    #[error("no sample in `{}` is for a task of {benchmark}", path.display())]
    AllUnknown { path: PathBuf, benchmark: &'static str },
    /// Every sample is for a problem that was posed on other days.
    #[error("no sample in `{}` is for a problem of {benchmark} within the window of days", path.display())]
    AllOutside { path: PathBuf, benchmark: &'static str },
    /// Some tasks have no sample.
    #[error(
        "`{}` has no sample for {count} of the {total} tasks of {benchmark}: {}; `--allow-missing` judges what is there",
        path.display(),
        listed(first, *count)
    )]
    MissingTasks {
        path: PathBuf,
        benchmark: &'static str,
        /// How many tasks have none.
        count: usize,
        /// How many tasks there are.
        total: usize,
        /// The first few of them.
        first: Vec<String>,
    },
}

/// A file, and where in it the sample is where that is a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) position: Option<Position>,
}

impl Place {
    pub(super) fn at(path: &Path, position: Position) -> Self {
        Self { path: path.to_owned(), position: Some(position) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.path.display())?;
        match self.position {
            Some(position) => write!(f, " {position}"),
            None => Ok(()),
        }
    }
}

fn listed(first: &[String], count: usize) -> String {
    let more = if first.len() < count { ", ..." } else { "" };
    format!("{}{more}", first.join(", "))
}
