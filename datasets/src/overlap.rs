//! Which problems of a training set are those of a benchmark in other words, or in the same ones.
//!
//! Two statements overlap when thirteen words in a row of one stand in the other. That is the measure by
//! which GPT-3 was cleaned (Brown et al., 2020, arXiv:2005.14165, appendix C), and training sets of
//! code after it. Here:
//!
//! - A word is a run of letters and digits, in lower case; everything else divides words. So `[1,2]` and
//!   `[1, 2]` are the same words, and so are `nums[i]` and `nums i`.
//! - A statement of fewer words, on either side, must be found whole in the other, down to eight: a third
//!   of MBPP's have fewer than thirteen. Still shorter ones say too little to be found in another text;
//!   they are counted, see [`NGrams::too_short`] and [`NGrams::is_too_short`].
//! - Words that stand in more than three problems of the benchmarks are how such problems are worded
//!   ("each test contains multiple test cases"), and tell nothing.
//!
//! What this does not do: look at tests or solutions, or find a problem that was told anew. Of the 378
//! tasks of MBPP+, all of which MBPP has and many of which were reworded, it finds 218 again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use crate::{Dataset, Problem};

/// How many words in a row two statements must share.
const WORDS: usize = 13;

/// The fewest words that a shorter statement may have.
const FEWEST: usize = 8;

/// In how many problems words may stand that are no mere manner of speaking.
const MOST_PROBLEMS: usize = 3;

/// The words in a row by which problems of benchmarks are known again.
///
/// ```
/// use datasets::{Benchmark, Dataset, NGrams};
///
/// let benchmark = Dataset::open(Benchmark::Mini, None)?;
/// let known = NGrams::of(&benchmark.problems);
/// let overlaps = known.overlaps_of(&benchmark.problems[0]);
/// assert_eq!(overlaps[0].with, benchmark.problems[0].id);
/// # Ok::<(), datasets::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct NGrams {
    names: Vec<String>,
    /// Which problems have some words in a row, for every number of words that is looked for.
    runs: Places,
    /// Which problems consist of some words, where those are fewer than thirteen.
    wholes: Places,
    /// The numbers of words of the latter.
    lengths: Vec<usize>,
    too_short: Vec<String>,
}

/// Problems by the hash of words.
type Places = HashMap<u64, Vec<usize>>;

/// A problem that shares words with one of a benchmark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// The problem.
    pub id: String,
    /// The problem of the benchmark.
    pub with: String,
    /// How many runs of words they share.
    pub shared: usize,
    /// The first of them.
    pub words: String,
}

impl NGrams {
    /// Those of `problems`, of one benchmark or of several.
    pub fn of<'a>(problems: impl IntoIterator<Item = &'a Problem>) -> Self {
        let mut known = Self::default();
        for problem in problems {
            let words = words(&problem.prompt);
            if words.len() < FEWEST {
                known.too_short.push(problem.id.clone());
                continue;
            }
            let number = known.names.len();
            known.names.push(problem.id.clone());
            for run in (FEWEST..=WORDS).flat_map(|length| words.windows(length)) {
                let places = known.runs.entry(hash(run)).or_default();
                if places.last() != Some(&number) {
                    places.push(number);
                }
            }
            if words.len() < WORDS {
                known.wholes.entry(hash(&words)).or_default().push(number);
                known.lengths.push(words.len());
            }
        }
        known.runs.retain(|_, places| places.len() <= MOST_PROBLEMS);
        known.lengths.sort_unstable();
        known.lengths.dedup();
        known
    }

    /// The problems whose statements were too short to be known again.
    pub fn too_short(&self) -> &[String] {
        &self.too_short
    }

    /// Whether the statement of `problem` is too short to be looked for in benchmarks.
    pub fn is_too_short(problem: &Problem) -> bool {
        words(&problem.prompt).len() < FEWEST
    }

    /// With which problems of the benchmarks `problem` overlaps, most first.
    pub fn overlaps_of(&self, problem: &Problem) -> Vec<Overlap> {
        let words = words(&problem.prompt);
        let mut found: HashMap<usize, (usize, &[String])> = HashMap::new();
        if words.len() < FEWEST {
            return Vec::new();
        }
        let parts = words.windows(words.len().min(WORDS)).map(|run| (&self.runs, run));
        let wholes = self.lengths.iter().flat_map(|&length| words.windows(length));
        for (places, run) in parts.chain(wholes.map(|run| (&self.wholes, run))) {
            for &number in places.get(&hash(run)).into_iter().flatten() {
                found.entry(number).or_insert((0, run)).0 += 1;
            }
        }
        let overlap = |(number, (shared, run)): (usize, (usize, &[String]))| Overlap {
            id: problem.id.clone(),
            with: self.names[number].clone(),
            shared,
            words: run.join(" "),
        };
        let mut overlaps: Vec<_> = found.into_iter().map(overlap).collect();
        overlaps.sort_by(|one, other| {
            other.shared.cmp(&one.shared).then_with(|| one.with.cmp(&other.with))
        });
        overlaps
    }
}

impl Dataset {
    /// Take out the problems that overlap with `benchmarks`, and say which and with what.
    pub fn decontaminate(&mut self, benchmarks: &NGrams) -> Vec<Overlap> {
        let mut overlaps = Vec::new();
        self.retain(|problem| {
            let found = benchmarks.overlaps_of(problem);
            let clean = found.is_empty();
            overlaps.extend(found);
            clean
        });
        overlaps
    }
}

/// The words of a text in lower case.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// A number that two different runs of words do not share, but for one chance in 2^64.
fn hash(run: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    run.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, Tests};

    fn problem(id: &str, prompt: &str) -> Problem {
        Problem {
            id: id.to_owned(),
            prompt: prompt.to_owned(),
            language: Language::Python,
            entry_point: None,
            reference: None,
            tests: Tests::InputOutput(Vec::new()),
            contest: None,
        }
    }

    const LONG: &str = "Check if in a given list of numbers, any two are closer to each other than \
                        the given threshold; return True if so.";

    #[test]
    fn the_same_words_in_other_dress_overlap() {
        let known = NGrams::of(&[problem("b/1", LONG)]);
        let dressed = LONG.to_uppercase().replace(' ', "\n  ").replace(',', " --");
        let overlaps = known.overlaps_of(&problem("t/1", &format!("Dear all! {dressed} Thanks.")));
        // 23 words have eleven runs of thirteen.
        assert_eq!((overlaps.len(), overlaps[0].with.as_str(), overlaps[0].shared), (1, "b/1", 11));
        let first = "check if in a given list of numbers any two are closer to";
        assert_eq!(overlaps[0].words, first);
    }

    #[test]
    fn twelve_words_of_a_long_statement_are_no_overlap() {
        let known = NGrams::of(&[problem("b/1", LONG)]);
        let twelve = "check if in a given list of numbers any two are closer";
        assert!(known.overlaps_of(&problem("t/1", &format!("{twelve} than three"))).is_empty());
    }

    #[test]
    fn a_short_statement_counts_whole_and_a_shorter_one_not_at_all() {
        let eight = "Write a function to reverse a given string";
        let known = NGrams::of(&[problem("b/8", eight), problem("b/3", "Reverse a string")]);
        assert_eq!(known.too_short(), ["b/3"]);
        let overlaps = known.overlaps_of(&problem("t/1", &format!("{eight}, please.")));
        assert_eq!(overlaps.iter().map(|it| it.with.as_str()).collect::<Vec<_>>(), ["b/8"]);
        assert!(
            known.overlaps_of(&problem("t/2", "Write a function to reverse a string")).is_empty()
        );
    }

    #[test]
    fn a_short_problem_to_train_on_is_found_in_a_longer_one() {
        let short = "Write a function to reverse a given string";
        let long = format!("{short}.\nassert reverse('abc') == 'cba'\nassert reverse('x') == 'x'");
        let known = NGrams::of(&[problem("b/1", &long)]);
        assert_eq!(known.overlaps_of(&problem("t/1", short)).len(), 1);
        let seven = problem("t/2", "Write a function to reverse a given");
        assert!(known.overlaps_of(&seven).is_empty() && NGrams::is_too_short(&seven));
    }

    #[test]
    fn what_many_problems_say_tells_nothing() {
        let manner = "each test contains multiple test cases and the first line contains the number \
                      of test cases";
        let told = |number| problem(&format!("b/{number}"), &format!("{manner} of kind {number}"));
        let problems: Vec<_> = (0..4).map(told).collect();
        let found = |known: &[Problem]| NGrams::of(known).overlaps_of(&problem("t", manner)).len();
        assert_eq!((found(&problems[..3]), found(&problems)), (3, 0));
    }
}
