//! A data set as it is named on a command line or in a configuration: `NAME`, or `NAME=FILE`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use datasets::{Benchmark, Dataset};

/// A data set, and perhaps its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedData {
    benchmark: Benchmark,
    /// What `ra3 data fetch` brought by default.
    file: Option<PathBuf>,
}

impl NamedData {
    /// Read it.
    ///
    /// # Errors
    ///
    /// It is not here, or no such data set.
    pub fn open(&self) -> Result<Dataset, datasets::Error> {
        Dataset::open(self.benchmark, self.file.as_deref())
    }
}

impl FromStr for NamedData {
    type Err = datasets::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        Ok(Self { benchmark: name.parse()?, file })
    }
}

impl fmt::Display for NamedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}={}", self.benchmark, file.display()),
            None => self.benchmark.fmt(f),
        }
    }
}
