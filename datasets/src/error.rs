//! What can go wrong between a file and a problem.
//!
//! Every message stands alone on one line and says where: the file, then the line, then the field.
//! The cause is the `source`, for those who print chains.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::name::unknown;
use crate::source::how_to_get;
use crate::{Benchmark, DatasetName};

/// Why problems could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name of a benchmark is none of ours.
    #[error("{}", unknown(name, *meant))]
    UnknownBenchmark {
        /// The name as given.
        name: String,
        /// A name of ours that may have been meant.
        meant: Option<&'static str>,
    },
    /// A benchmark was asked for by name and its file is not here.
    #[error(
        "{name} is not on this machine: run `ra3 data fetch {name}` or name its file with `--data FILE`"
    )]
    NotFetched {
        /// The data set asked for.
        name: DatasetName,
    },
    /// A benchmark was asked for by name that nobody publishes as one file.
    #[error("{}", how_to_get(*benchmark))]
    NoSource {
        /// The benchmark asked for.
        benchmark: Benchmark,
    },
    /// A file was named for a benchmark that is part of the program.
    #[error("{benchmark} is part of the program and is not read from `{}`", path.display())]
    NotAFile {
        /// The benchmark asked for.
        benchmark: Benchmark,
        /// The file given for it.
        path: PathBuf,
    },
    /// A problem that is part of the program is not written as agreed.
    #[error("embedded problem `{id}`: {reason}")]
    BadEmbedded {
        /// The problem.
        id: String,
        /// What is the matter.
        reason: String,
    },
    /// The cached file of a benchmark is not the published one.
    #[error("`{}` is not {name} as published: run `ra3 data fetch {name}`", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
        /// The source it should be.
        name: &'static str,
    },
    /// There is nowhere to keep data.
    #[error("this user has no home folder to keep data in: set RA3_DATA to a folder")]
    NoDataFolder,
    /// Another program is writing to the cache.
    #[error("another ra3 is fetching into `{}`", folder.display())]
    CacheInUse {
        /// The cache.
        folder: PathBuf,
    },
    /// A file of the cache could not be written.
    #[error("cannot {act} `{}`", path.display())]
    Store {
        /// What was attempted.
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The network failed us.
    #[error(
        "cannot download {url} ({reason}); get it elsewhere and run `ra3 data fetch {name} --from FILE`"
    )]
    Download {
        /// What was to be downloaded.
        url: &'static str,
        /// The source it is.
        name: &'static str,
        /// What happened, in a few words.
        reason: &'static str,
        /// What happened, in full.
        source: reqwest::Error,
    },
    /// The server has no such file, or not for us.
    #[error(
        "cannot download {url} (the server says {status}); get it elsewhere and run `ra3 data fetch {name} --from FILE`"
    )]
    Refused {
        /// What was to be downloaded.
        url: &'static str,
        /// The source it is.
        name: &'static str,
        /// The status with its meaning.
        status: String,
    },
    /// A file is not the one that was pinned.
    #[error(
        "{file} is not {name}: its sha256 is {found}, not {expected}{}{caveat}",
        if caveat.is_empty() { "" } else { "; " }
    )]
    Checksum {
        /// The file or its url.
        file: String,
        /// The source it should be.
        name: &'static str,
        /// The checksum it should have.
        expected: &'static str,
        /// The checksum it has.
        found: String,
        /// What is uncertain about the checksum, if anything.
        caveat: &'static str,
    },
    /// The file is missing or may not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The path names a folder, and no file of problems is in it.
    #[error("`{}` is a folder without a file of JSON lines, JSON or Parquet", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The compressed file is cut short or damaged.
    #[error("cannot unpack `{}`: its {format} data is {damage}", path.display())]
    Unpack {
        /// The file.
        path: PathBuf,
        /// `gzip` or `zstd`.
        format: &'static str,
        /// `cut short` or `damaged`.
        damage: &'static str,
        /// What the decompressor said.
        source: io::Error,
    },
    /// A Parquet file cannot be read.
    #[error("`{}` is bad Parquet: {reason}", path.display())]
    BadParquet {
        /// The file.
        path: PathBuf,
        /// What is the matter with it.
        reason: String,
    },
    /// The file holds no problem.
    #[error("`{}` is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A row is not text.
    #[error("{at}: not UTF-8 from byte {byte} of the row on")]
    NotUtf8 {
        /// The row.
        at: Location,
        /// Bytes of the row before the first bad one.
        byte: usize,
    },
    /// A row is not JSON.
    #[error("{at}: bad JSON at column {column}: {reason}")]
    BadJson {
        /// The row.
        at: Location,
        /// Where in the row, counted in characters from 1.
        column: usize,
        /// What was met there.
        reason: String,
    },
    /// A row is JSON and no object.
    #[error("{at}: must be an object, but is {found}")]
    NotAnObject {
        /// The row.
        at: Location,
        /// What it is.
        found: &'static str,
    },
    /// A row lacks a field.
    #[error("{at}: field `{field}` is missing")]
    MissingField {
        /// The row.
        at: Location,
        /// The field.
        field: &'static str,
    },
    /// A field holds something else than it must.
    #[error("{at}: field `{field}` must be {expected}, but is {found}")]
    WrongField {
        /// The row.
        at: Location,
        /// The field, with an index where it is a list.
        field: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A field holds the right type and no such value as it must.
    #[error("{at}: field `{field}`: {reason}")]
    BadField {
        /// The row.
        at: Location,
        /// The field, with an index where it is a list.
        field: String,
        /// What is the matter.
        reason: String,
    },
    /// Two rows have the same id.
    #[error("{at}: field `{field}`: `{id}` was there before, at {}", first.seen_from(at))]
    DuplicateId {
        /// The second row.
        at: Location,
        /// The field that holds the id.
        field: &'static str,
        /// The id.
        id: String,
        /// The first row.
        first: Location,
    },
}

impl Error {
    /// What is the matter with a row, without the place, for those who say that elsewhere.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::MissingField { field, .. } => format!("field `{field}` is missing"),
            Self::WrongField { field, expected, found, .. } => {
                format!("field `{field}` must be {expected}, but is {found}")
            }
            Self::BadField { field, reason, .. } => format!("field `{field}`: {reason}"),
            other => other.to_string(),
        }
    }
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: PathBuf,
    /// The row in it.
    pub position: Position,
}

impl Location {
    pub(crate) fn new(path: &Path, position: Position) -> Self {
        Self { path: path.to_owned(), position }
    }

    /// The place as somebody calls it who is at another, perhaps in the same file.
    fn seen_from(&self, other: &Self) -> String {
        if self.path == other.path { self.position.to_string() } else { self.to_string() }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path.display(), self.position)
    }
}

/// Where in a file a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// A line, counted from 1.
    Line(usize),
    /// An entry of the one array or table that the file is, counted from 1.
    Entry(usize),
}

impl Position {
    /// The number alone.
    pub(crate) fn number(self) -> usize {
        match self {
            Self::Line(number) | Self::Entry(number) => number,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Entry(number) => write!(f, "entry {number}"),
        }
    }
}
