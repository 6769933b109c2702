//! A benchmark in memory: its problems and the identity of the bytes they came from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::content::Content;
use crate::row::{Row, rows};
use crate::{Benchmark, Cache, Error, Problem, Source, evalplus, humaneval, mbpp, mini};

/// A loaded benchmark.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Which benchmark this is.
    pub benchmark: Benchmark,
    /// Its problems, in the order of the file. No two have the same id.
    pub problems: Vec<Problem>,
    /// Where the problems came from.
    pub origin: Origin,
    /// MD5 of the unpacked bytes in hex: what EvalPlus calls `hash` in its result files.
    pub md5: String,
    /// SHA-256 of the unpacked bytes in hex.
    pub sha256: String,
    places: HashMap<String, usize>,
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
            (_, None) => Self::cached(benchmark, &Cache::standard()?),
        }
    }

    /// Open `benchmark` from `cache`, where it must be as it was published.
    pub fn cached(benchmark: Benchmark, cache: &Cache) -> Result<Self, Error> {
        let source = Source::of(benchmark).ok_or(Error::NotFetched { benchmark })?;
        let path = cache.find(source).ok_or(Error::NotFetched { benchmark })?;
        let dataset = Self::load(benchmark, &path)?;
        if dataset.sha256 != source.content_sha256 {
            return Err(Error::Altered { path, name: source.name });
        }
        Ok(dataset)
    }

    /// Load `benchmark` from the file `path`, which may be plain, gzip or zstd.
    pub fn load(benchmark: Benchmark, path: &Path) -> Result<Self, Error> {
        let problem: fn(&mut Row) -> Result<Problem, Error> = match benchmark {
            Benchmark::HumanEval => humaneval::problem,
            Benchmark::HumanEvalPlus => evalplus::humaneval,
            Benchmark::Mbpp => mbpp::problem,
            Benchmark::MbppPlus => evalplus::mbpp,
            Benchmark::Mini => return Err(Error::NotAFile { benchmark, path: path.to_owned() }),
        };
        let content = Content::read(path)?;
        let rows = rows(path, &content)?;
        let mut places = HashMap::with_capacity(rows.len());
        let mut problems = Vec::with_capacity(rows.len());
        let mut positions = Vec::with_capacity(rows.len());
        for mut row in rows {
            let problem = problem(&mut row)?;
            if let Some(first) = places.insert(problem.id.clone(), problems.len()) {
                let first = positions[first];
                return Err(Error::DuplicateId { at: row.location(), id: problem.id, first });
            }
            positions.push(row.position());
            problems.push(problem);
        }
        let origin = Origin::File(path.to_owned());
        let Content { md5, sha256, .. } = content;
        Ok(Self { benchmark, problems, origin, md5, sha256, places })
    }

    /// The problems that are part of the program.
    pub fn embedded() -> Self {
        let problems: Vec<_> = mini::problems().iter().map(|mini| mini.problem.clone()).collect();
        let places = problems.iter().map(|problem| problem.id.clone()).zip(0..).collect();
        let Content { md5, sha256, .. } = Content::of(mini::bytes());
        let (benchmark, origin) = (Benchmark::Mini, Origin::Embedded);
        Self { benchmark, places, problems, origin, md5, sha256 }
    }

    /// The problem called `id`.
    pub fn get(&self, id: &str) -> Option<&Problem> {
        self.places.get(id).map(|&place| &self.problems[place])
    }
}
