//! What people call data sets.
//!
//! A data set is called by the name of its benchmark, or by that of one of its published files
//! (`humaneval+mini`, `mbpp-sanitized`): the same benchmark with other problems or tests. Not everybody
//! writes a name in the same way, so case, `-` and `_` do not count, and `plus` is `+`.

use std::fmt;
use std::str::FromStr;

use strsim::osa_distance;

use crate::{Benchmark, Error, SOURCES, Source};

/// Names by which others call benchmarks of ours.
const ALIASES: [(&str, &str); 2] =
    [("lcb", "livecodebench"), ("code_generation_lite", "livecodebench")];

/// A data set, as it was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatasetName {
    /// The benchmark.
    pub benchmark: Benchmark,
    /// Which of its published files, where it is not the one that its name alone means.
    pub cut: Option<&'static Source>,
}

impl DatasetName {
    /// Every name, those of benchmarks before those of files.
    fn all() -> impl Iterator<Item = Self> {
        let cuts = SOURCES.iter().map(|cut| Self { benchmark: cut.benchmark, cut: Some(cut) });
        let benchmarks = Benchmark::ALL.into_iter().map(Self::from);
        benchmarks.chain(cuts.filter(|it| it.name() != it.benchmark.name()))
    }

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        self.cut.map_or(self.benchmark.name(), |cut| cut.name)
    }

    /// Where it is fetched from, where it can be.
    pub fn source(self) -> Option<&'static Source> {
        self.cut.or_else(|| Source::of(self.benchmark))
    }
}

impl From<Benchmark> for DatasetName {
    fn from(benchmark: Benchmark) -> Self {
        Self { benchmark, cut: None }
    }
}

impl fmt::Display for DatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for DatasetName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let alias = ALIASES.iter().find(|(alias, _)| same(alias, name));
        let meant = alias.map_or(name, |(_, meant)| meant);
        Self::all()
            .find(|it| same(it.name(), meant))
            .ok_or_else(|| Error::UnknownBenchmark { name: name.to_owned(), meant: similar(name) })
    }
}

fn same(one: &str, other: &str) -> bool {
    letters(one) == letters(other)
}

/// What counts of a name.
fn letters(name: &str) -> String {
    name.to_lowercase().replace("plus", "+").replace(['-', '_', ' '], "")
}

/// The name that is most like `name`, if it may have been meant.
fn similar(name: &str) -> Option<&'static str> {
    let written = letters(name);
    let distance = |it: &DatasetName| osa_distance(&letters(it.name()), &written);
    let nearest = DatasetName::all().min_by_key(distance)?;
    // One slip in four letters.
    (4 * distance(&nearest) <= written.chars().count()).then(|| nearest.name())
}

/// What is wrong with a name that nobody knows.
pub(crate) fn unknown(name: &str, meant: Option<&str>) -> String {
    if let Some(meant) = meant {
        return format!(
            "there is no data set `{name}`; did you mean `{meant}`? `ra3 data list` shows all"
        );
    }
    let is_training = |it: &DatasetName| matches!(it.benchmark, Benchmark::Training(_));
    let (training, benchmarks): (Vec<_>, Vec<_>) = DatasetName::all().partition(is_training);
    let names = |all: Vec<DatasetName>| all.into_iter().map(DatasetName::name).collect::<Vec<_>>();
    format!(
        "there is no data set `{name}`; there are {}, and to train on {}",
        names(benchmarks).join(", "),
        names(training).join(", ")
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_understood_in_any_case_and_is_that_of_one_data_set() {
        let mut seen = BTreeSet::new();
        for it in DatasetName::all() {
            assert_eq!(it.name().parse::<DatasetName>().unwrap(), it);
            assert_eq!(it.name().to_uppercase().parse::<DatasetName>().unwrap(), it);
            assert!(seen.insert(letters(it.name())), "{it}");
        }
    }

    #[test]
    fn a_name_may_be_written_as_others_write_it() {
        let pairs = [
            ("lcb", "livecodebench"),
            ("LiveCodeBench", "livecodebench"),
            ("human-eval", "humaneval"),
            ("HumanEval_Plus", "humaneval+"),
            ("humanevalx", "humaneval-x"),
            ("mbpp-plus", "mbpp+"),
            ("code_contests", "codecontests"),
            ("MultiPLE", "multipl-e"),
            ("humaneval-plus-mini", "humaneval+mini"),
        ];
        for (written, name) in pairs {
            assert_eq!(written.parse::<DatasetName>().unwrap().name(), name);
        }
        let mini: DatasetName = "humaneval+mini".parse().unwrap();
        assert_eq!(mini.benchmark, Benchmark::HumanEvalPlus);
        assert_eq!(mini.source().unwrap().file_name, "HumanEvalPlus-Mini.jsonl.gz");
    }

    #[test]
    fn a_slip_is_answered_with_what_was_meant() {
        let error = |name: &str| name.parse::<DatasetName>().unwrap_err();
        insta::assert_snapshot!(error("livecodebenh"), @"there is no data set `livecodebenh`; did you mean `livecodebench`? `ra3 data list` shows all");
        insta::assert_snapshot!(error("humanevil"), @"there is no data set `humanevil`; did you mean `humaneval`? `ra3 data list` shows all");
        insta::assert_snapshot!(error("apps"), @"there is no data set `apps`; there are humaneval, humaneval+, mbpp, mbpp+, livecodebench, codecontests, codeforces, humaneval-x, multipl-e, packages, mini, mini-train, mini-test, humaneval+mini, humaneval+noextreme, mbpp-sanitized, mbpp+noextreme, and to train on leetcode, acecode, taco, deepcoder, areal-code, kodcode");
    }
}
