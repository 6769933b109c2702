//! A benchmark in memory: its problems and the identity of the bytes they came from.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::content::Content;
use crate::files::{Identity, files};
use crate::row::{Row, rows};
use crate::{
    Benchmark, Cache, Contest, DatasetName, Error, Location, Problem, TrainingSet, evalplus,
    humaneval, humaneval_x, livecodebench, mbpp, mini, multipl_e, package, programs,
    templates::{self, Split},
    training::{self, Refusal},
};

/// A loaded benchmark.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Which benchmark this is.
    pub benchmark: Benchmark,
    /// Its problems, in the order of the file. No two have the same id.
    pub problems: Vec<Problem>,
    /// The rows of a training set that are no problems to us, in the order of the file. A benchmark has
    /// none: there, such a row is an error.
    pub refused: Vec<Refusal>,
    /// Where the problems came from.
    pub origin: Origin,
    /// MD5 of the unpacked bytes in hex: what EvalPlus calls `hash` in its result files.
    pub md5: String,
    /// SHA-256 of the unpacked bytes in hex.
    pub sha256: String,
    places: HashMap<String, usize>,
    /// Problems that it has, but for the days on which they were posed.
    outside: HashSet<String>,
}

/// Where problems came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Files.
    Files(Vec<PathBuf>),
    /// The program itself.
    Embedded,
}

impl Dataset {
    /// Open the data set `name` from the file or folder `data`, else from the cache, else from the program.
    pub fn open(name: impl Into<DatasetName>, data: Option<&Path>) -> Result<Self, Error> {
        let data: Vec<PathBuf> = data.into_iter().map(Path::to_owned).collect();
        Self::open_all(name, &data)
    }

    /// The same from several files or folders, where there are any.
    pub fn open_all(name: impl Into<DatasetName>, data: &[PathBuf]) -> Result<Self, Error> {
        let name = name.into();
        match (name.benchmark, data) {
            (Benchmark::Mini, []) => Ok(Self::embedded()),
            (Benchmark::MiniTrain, []) => Ok(Self::templates(name.benchmark, Split::Train)),
            (Benchmark::MiniTest, []) => Ok(Self::templates(name.benchmark, Split::Test)),
            (_, []) => Self::cached(name, &Cache::standard()?),
            (benchmark, paths) => Self::load_all(benchmark, paths),
        }
    }

    /// Open the data set `name` from `cache`, where it must be as it was published.
    pub fn cached(name: impl Into<DatasetName>, cache: &Cache) -> Result<Self, Error> {
        let name = name.into();
        let source = name.source().ok_or(Error::NoSource { benchmark: name.benchmark })?;
        let path = cache.find(source).ok_or(Error::NotFetched { name })?;
        let dataset = Self::load(name.benchmark, &path)?;
        if dataset.sha256 != source.content_sha256 {
            return Err(Error::Altered { path, name: source.name });
        }
        Ok(dataset)
    }

    /// Load `benchmark` from the file `path`, which may be plain, gzip or zstd, or from the files of a folder.
    pub fn load(benchmark: Benchmark, path: &Path) -> Result<Self, Error> {
        Self::load_all(benchmark, &[path.to_owned()])
    }

    /// The same from several files or folders, one after the other.
    pub fn load_all(benchmark: Benchmark, paths: &[PathBuf]) -> Result<Self, Error> {
        let problem: fn(&mut Row) -> Result<Problem, Error> = match benchmark {
            Benchmark::Training(set) => return Self::load_training(set, paths),
            Benchmark::HumanEval => humaneval::problem,
            Benchmark::HumanEvalPlus => evalplus::humaneval,
            Benchmark::Mbpp => mbpp::problem,
            Benchmark::MbppPlus => evalplus::mbpp,
            Benchmark::LiveCodeBench => livecodebench::problem,
            Benchmark::CodeContests => programs::codecontests,
            Benchmark::Codeforces => programs::codeforces,
            Benchmark::HumanEvalX => humaneval_x::problem,
            Benchmark::MultiPlE => multipl_e::problem,
            Benchmark::Packages => package::problem,
            Benchmark::Mini | Benchmark::MiniTrain | Benchmark::MiniTest => {
                let path = paths.first().cloned().unwrap_or_default();
                return Err(Error::NotAFile { benchmark, path });
            }
        };
        let mut found = Found::default();
        let (files, mut identity) = (files(paths)?, Identity::default());
        for file in &files {
            let content = Content::read(file)?;
            identity.add(&content);
            for mut row in rows(file, &content)? {
                found.add(problem(&mut row)?, row.location(), benchmark)?;
            }
        }
        let Found { problems, places, .. } = found;
        Ok(Self::of_files(benchmark, problems, Vec::new(), (files, identity), places))
    }

    fn load_training(set: TrainingSet, paths: &[PathBuf]) -> Result<Self, Error> {
        let (files, mut identity, mut all) = (files(paths)?, Identity::default(), Vec::new());
        for file in &files {
            let content = Content::read(file)?;
            identity.add(&content);
            all.push(rows(file, &content)?);
        }
        let (problems, refused) = training::problems(set, all)?;
        let places = problems.iter().map(|problem| problem.id.clone()).zip(0..).collect();
        let benchmark = Benchmark::Training(set);
        Ok(Self::of_files(benchmark, problems, refused, (files, identity), places))
    }

    fn of_files(
        benchmark: Benchmark,
        problems: Vec<Problem>,
        refused: Vec<Refusal>,
        (files, identity): (Vec<PathBuf>, Identity),
        places: HashMap<String, usize>,
    ) -> Self {
        let ((md5, sha256), origin) = (identity.finish(), Origin::Files(files));
        let outside = HashSet::new();
        Self { benchmark, problems, refused, origin, md5, sha256, places, outside }
    }

    /// The problems that are part of the program.
    pub fn embedded() -> Self {
        let problems = mini::problems().iter().map(|mini| mini.problem.clone()).collect();
        Self::of_the_program(Benchmark::Mini, problems, mini::bytes())
    }

    fn templates(benchmark: Benchmark, split: Split) -> Self {
        let of_split = templates::problems().iter().filter(|it| it.split == split);
        let problems = of_split.map(|it| it.problem.clone()).collect();
        Self::of_the_program(benchmark, problems, templates::bytes().to_vec())
    }

    fn of_the_program(benchmark: Benchmark, problems: Vec<Problem>, bytes: Vec<u8>) -> Self {
        let places = problems.iter().map(|problem| problem.id.clone()).zip(0..).collect();
        let Content { md5, sha256, .. } = Content::of(bytes);
        let (origin, refused) = (Origin::Embedded, Vec::new());
        Self { benchmark, places, problems, refused, origin, md5, sha256, outside: HashSet::new() }
    }

    /// Keep only the problems that were posed within `window`. Those without a date are kept only by
    /// a window that is open at both ends.
    pub fn posed_within(&mut self, window: &Window) {
        let is_within = |problem: &Problem| window.holds(problem.contest.as_ref());
        let outside = self.problems.iter().filter(|problem| !is_within(problem));
        self.outside.extend(outside.map(|problem| problem.id.clone()));
        self.retain(is_within);
    }

    /// Whether it has a problem called `id` that was posed on other days than are counted.
    pub fn is_outside_window(&self, id: &str) -> bool {
        self.outside.contains(id)
    }

    /// Keep only the problems of which `keep` says so.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Problem) -> bool) {
        self.problems.retain(keep);
        self.places = self.problems.iter().map(|problem| problem.id.clone()).zip(0..).collect();
    }

    /// Keep of each problem's tests only so many, those with the longest inputs.
    pub fn cap_tests(&mut self, most: NonZeroUsize) {
        self.problems.iter_mut().for_each(|problem| problem.tests.keep_longest(most));
    }

    /// The problem called `id`.
    pub fn get(&self, id: &str) -> Option<&Problem> {
        self.places.get(id).map(|&place| &self.problems[place])
    }
}

/// Problems as they are found.
#[derive(Default)]
struct Found {
    problems: Vec<Problem>,
    /// Where each of them stands.
    locations: Vec<Location>,
    places: HashMap<String, usize>,
}

impl Found {
    fn add(&mut self, problem: Problem, at: Location, benchmark: Benchmark) -> Result<(), Error> {
        let Self { problems, locations, places } = self;
        if let Some(first) = places.insert(problem.id.clone(), problems.len()) {
            let (field, first) = (benchmark.id_field(), locations[first].clone());
            return Err(Error::DuplicateId { at, field, id: problem.id, first });
        }
        problems.push(problem);
        locations.push(at);
        Ok(())
    }
}

/// The days between which problems were posed, both among them.
///
/// A day is its midnight, as it is to LiveCodeBench: a contest in the evening of the last day is
/// after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first day, as `2024-08-01`.
    pub from: Option<String>,
    /// The last day.
    pub to: Option<String>,
}

impl Window {
    /// `text`, if it is a day in the form of `2024-08-01`.
    pub fn day(text: &str) -> Result<String, String> {
        let is_day = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let within = |range: std::ops::Range<usize>, most: u8| {
            text[range].parse::<u8>().is_ok_and(|number| (1..=most).contains(&number))
        };
        if is_day && within(5..7, 12) && within(8..10, 31) {
            return Ok(text.to_owned());
        }
        Err("must be a day in the form of 2024-08-01".to_owned())
    }

    fn holds(&self, contest: Option<&Contest>) -> bool {
        let Some(contest) = contest else { return self.from.is_none() && self.to.is_none() };
        // In this form, dates are in the order of their letters.
        let midnight = |day: &String| format!("{day}T00:00:00");
        self.from.as_ref().is_none_or(|day| midnight(day) <= contest.date)
            && self.to.as_ref().is_none_or(|day| contest.date <= midnight(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_is_none_is_refused() {
        assert_eq!(Window::day("2024-08-01").as_deref(), Ok("2024-08-01"));
        for text in
            ["2024-8-1", "2024-13-01", "2024-00-10", "2024-01-32", "yesterday", "2024-08-0é"]
        {
            assert!(Window::day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_window_ends_at_the_midnight_with_which_its_last_day_begins() {
        let posed = |date: &str| Contest {
            title: String::new(),
            platform: String::new(),
            contest_id: String::new(),
            date: date.to_owned(),
            starter_code: String::new(),
            difficulty: String::new(),
        };
        let day = |text: &str| Some(text.to_owned());
        let window = Window { from: day("2024-08-01"), to: day("2024-08-03") };
        let held = |date| window.holds(Some(&posed(date)));
        assert!(held("2024-08-01T00:00:00") && held("2024-08-03T00:00:00"));
        assert!(!held("2024-07-31T23:59:59") && !held("2024-08-03T07:30:00"));
        assert!(!window.holds(None) && Window::default().holds(None));
    }
}
