//! A benchmark in memory: its problems and the identity of the bytes they came from.

use std::path::{Path, PathBuf};

use crate::{Benchmark, Error, Problem};

/// A loaded benchmark.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Which benchmark this is.
    pub benchmark: Benchmark,
    /// Its problems, in the order of the file.
    pub problems: Vec<Problem>,
    /// Where the problems came from.
    pub origin: Origin,
    /// MD5 of the unpacked bytes in hex: what EvalPlus calls `hash` in its result files.
    pub md5: String,
    /// SHA-256 of the unpacked bytes in hex.
    pub sha256: String,
}

/// Where problems came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// The program itself.
    Embedded,
}

impl Dataset {
    /// Open `benchmark` from the file `data`, else from the cache folder, else from the program.
    pub fn open(benchmark: Benchmark, data: Option<&Path>) -> Result<Self, Error> {
        match (benchmark, data) {
            (Benchmark::Mini, None) => Ok(Self::embedded()),
            (_, Some(path)) => Self::load(benchmark, path),
            (_, None) => Err(Error::NotFetched { benchmark }),
        }
    }

    /// Load `benchmark` from the file `path`, which may be plain, gzip or zstd.
    pub fn load(benchmark: Benchmark, path: &Path) -> Result<Self, Error> {
        let _ = path;
        Err(Error::NotFetched { benchmark })
    }

    /// The problems that are part of the program.
    pub fn embedded() -> Self {
        Self {
            benchmark: Benchmark::Mini,
            problems: Vec::new(),
            origin: Origin::Embedded,
            md5: String::new(),
            sha256: String::new(),
        }
    }

    /// The problem called `id`.
    pub fn get(&self, id: &str) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.id == id)
    }
}
