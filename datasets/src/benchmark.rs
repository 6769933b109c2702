//! The benchmarks by name.
//!
//! A benchmark is a set of problems *and* the manner of testing them: HumanEval and HumanEval+ share
//! their tasks and still are two benchmarks. Smaller cuts of one (`NoExtreme`, `sanitized`) are
//! files of the same benchmark, not benchmarks of their own; [`crate::Source`] tells those apart.

use std::fmt;
use std::str::FromStr;

use crate::{DatasetName, Error, TrainingSet};

/// A benchmark or training set this crate can load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Benchmark {
    /// OpenAI's HumanEval: 164 functions to complete, each with a check function.
    HumanEval,
    /// EvalPlus' HumanEval+: the same functions, tested against a reference on far more inputs.
    HumanEvalPlus,
    /// Google's MBPP: 974 small tasks (427 when sanitized), each with a few asserts.
    Mbpp,
    /// EvalPlus' MBPP+: 378 of those tasks, tested against a reference on far more inputs.
    MbppPlus,
    /// LiveCodeBench: contest problems by date, read from standard input or as a method.
    LiveCodeBench,
    /// CodeContests: contest problems with many tests, some of them generated.
    CodeContests,
    /// Codeforces, as open-r1 collected it, with limits and checkers.
    Codeforces,
    /// HumanEval-X: HumanEval in several languages, a file for each.
    HumanEvalX,
    /// MultiPL-E: HumanEval and MBPP translated into other languages, a file for each.
    MultiPlE,
    /// Problem packages of the ICPC kind, with their validators.
    Packages,
    /// The problems written for this project, part of the program itself.
    Mini,
    /// Easier ones made from templates, to train on; part of the program as well.
    MiniTrain,
    /// Others, to measure by what was trained on those.
    MiniTest,
    /// Problems that others collected to train on. Nobody compares models by them.
    Training(TrainingSet),
}

impl Benchmark {
    /// Every benchmark, in the order in which they are listed to people.
    pub const ALL: [Self; 19] = [
        Self::HumanEval,
        Self::HumanEvalPlus,
        Self::Mbpp,
        Self::MbppPlus,
        Self::LiveCodeBench,
        Self::CodeContests,
        Self::Codeforces,
        Self::HumanEvalX,
        Self::MultiPlE,
        Self::Packages,
        Self::Mini,
        Self::MiniTrain,
        Self::MiniTest,
        Self::Training(TrainingSet::LeetCode),
        Self::Training(TrainingSet::AceCode),
        Self::Training(TrainingSet::Taco),
        Self::Training(TrainingSet::DeepCoder),
        Self::Training(TrainingSet::Areal),
        Self::Training(TrainingSet::KodCode),
    ];

    /// Whether its problems are part of the program.
    pub fn is_embedded(self) -> bool {
        matches!(self, Self::Mini | Self::MiniTrain | Self::MiniTest)
    }

    /// Whether its problems are those of programming contests, which take longer answers than most.
    pub fn is_contest(self) -> bool {
        matches!(self, Self::LiveCodeBench | Self::CodeContests | Self::Codeforces | Self::Packages)
    }

    /// The field of its rows that tells them apart.
    pub(crate) fn id_field(self) -> &'static str {
        match self {
            Self::LiveCodeBench => "question_id",
            Self::CodeContests | Self::MultiPlE | Self::Packages => "name",
            Self::Codeforces => "id",
            _ => "task_id",
        }
    }

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::HumanEval => "humaneval",
            Self::HumanEvalPlus => "humaneval+",
            Self::Mbpp => "mbpp",
            Self::MbppPlus => "mbpp+",
            Self::LiveCodeBench => "livecodebench",
            Self::CodeContests => "codecontests",
            Self::Codeforces => "codeforces",
            Self::HumanEvalX => "humaneval-x",
            Self::MultiPlE => "multipl-e",
            Self::Packages => "packages",
            Self::Mini => "mini",
            Self::MiniTrain => "mini-train",
            Self::MiniTest => "mini-test",
            Self::Training(set) => set.name(),
        }
    }
}

impl fmt::Display for Benchmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Benchmark {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name.parse()? {
            DatasetName { benchmark, cut: None } => Ok(benchmark),
            DatasetName { benchmark, .. } => {
                let (name, meant) = (name.to_owned(), Some(benchmark.name()));
                Err(Error::UnknownBenchmark { name, meant })
            }
        }
    }
}
