//! A data set as it is named on a command line or in a configuration: `NAME`, or `NAME=FILE`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use datasets::{Dataset, DatasetName};

/// A data set, and perhaps its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedData {
    name: DatasetName,
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
        Dataset::open(self.name, self.file.as_deref())
    }
}

impl FromStr for NamedData {
    type Err = datasets::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        Ok(Self { name: name.parse()?, file })
    }
}

impl fmt::Display for NamedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}={}", self.name, file.display()),
            None => self.name.fmt(f),
        }
    }
}
