//! A finished run as data: what was judged, by which rules, and what the verdicts add up to.
//!
//! Everything that is shown to a person or a machine (the table, `--json`, `summary.json`,
//! `report.html`) is a view of one [`Run`], so that no two of them can disagree.

use benchmarks::Verdict;

/// A finished run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// The benchmark, by its name on the command line.
    pub(crate) benchmark: String,
    /// The profile, by its name on the command line.
    pub(crate) profile: String,
    /// The file or folder of samples, without the folders above it.
    pub(crate) samples: String,
    /// The isolation tier that every program ran under.
    pub(crate) tier: String,
    /// The version of the interpreter.
    pub(crate) python: String,
    /// When judging began, such as `2026-11-23 14:02 UTC`.
    pub(crate) started: String,
    /// How long judging took, over all sittings of a resumed run.
    pub(crate) seconds: f64,
    /// How many candidates were judged at a time.
    pub(crate) workers: usize,
    /// The scores, by set of tests and then by k.
    pub(crate) scores: Vec<Score>,
    /// Every sample with its verdict, in the order of the input.
    pub(crate) judged: Vec<Judged>,
    /// What a reader must know to read the scores aright, a sentence each.
    pub(crate) notes: Vec<String>,
}

/// One pass@k with its 95 % interval.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Score {
    /// The set of tests it counts; empty where the benchmark has only one.
    pub(crate) tests: String,
    /// How many tries the score allows.
    pub(crate) k: usize,
    /// The unbiased estimate, from 0 to 1.
    pub(crate) estimate: f64,
    /// The lower end of the interval.
    pub(crate) low: f64,
    /// The upper end of the interval.
    pub(crate) high: f64,
}

/// One sample with the verdict on it.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// The problem it answers.
    pub(crate) task_id: String,
    /// Its number among the samples of its problem, from 0.
    pub(crate) sample: usize,
    /// The program that was run.
    pub(crate) program: String,
    /// What was decided; [`benchmarks::Outcome::Ungraded`] where we failed.
    pub(crate) verdict: Verdict,
}
