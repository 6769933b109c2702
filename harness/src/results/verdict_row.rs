//! A verdict as one row of `verdicts.jsonl`.

use benchmarks::{Outcome, TestCount, Upstream, Verdict};
use serde::{Deserialize, Serialize};

/// A row. Fields are written in this order; a reader must accept fields that are added later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VerdictRow {
    /// The task, by its name in the data set.
    pub(crate) task_id: String,
    /// Its number among the samples of its task, from 0.
    pub(crate) sample: usize,
    /// How it went.
    pub(crate) verdict: Outcome,
    /// Whether it passed; null where nobody knows.
    pub(crate) passed: Option<bool>,
    /// How many tests there are, were run and passed.
    pub(crate) tests: TestCount,
    /// What became of each test that was run, where that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) each: Vec<Outcome>,
    /// Processor seconds.
    pub(crate) cpu_seconds: f64,
    /// Wall-clock seconds.
    pub(crate) wall_seconds: f64,
    /// Peak memory in bytes.
    pub(crate) memory: u64,
    /// The isolation tier it ran under.
    pub(crate) tier: String,
    /// The rules it was judged by.
    pub(crate) profile: String,
    /// Whether the candidate's own operators took part in the decision.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) weak: bool,
    /// Whether its time ran out on a busy machine, so that it was run once more alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) repeated: bool,
    /// The verdict in the public grader's own words.
    pub(crate) upstream: Option<Upstream>,
    /// Why it failed.
    pub(crate) message: String,
    /// The end of what it wrote to standard error.
    pub(crate) stderr: String,
}

impl VerdictRow {
    /// The row of a verdict that was reached under `tier` by the rules of `profile`.
    pub(crate) fn new(
        (task_id, sample): (&str, usize),
        verdict: Verdict,
        tier: &str,
        profile: &str,
    ) -> Self {
        Self {
            task_id: task_id.to_owned(),
            sample,
            verdict: verdict.outcome,
            passed: verdict.outcome.passed(),
            tests: verdict.tests,
            each: verdict.each,
            cpu_seconds: verdict.cpu_seconds,
            wall_seconds: verdict.wall_seconds,
            memory: verdict.memory,
            tier: tier.to_owned(),
            profile: profile.to_owned(),
            weak: verdict.weak,
            repeated: verdict.repeated,
            upstream: verdict.upstream,
            message: verdict.message,
            stderr: verdict.stderr,
        }
    }

    /// The verdict in the row.
    pub(crate) fn into_verdict(self) -> Verdict {
        Verdict {
            outcome: self.verdict,
            tests: self.tests,
            each: self.each,
            weak: self.weak,
            // What it waited for was asked when it was judged, and is not kept.
            waited_seconds: 0.0,
            repeated: self.repeated,
            upstream: self.upstream,
            cpu_seconds: self.cpu_seconds,
            wall_seconds: self.wall_seconds,
            memory: self.memory,
            message: self.message,
            stderr: self.stderr,
        }
    }
}
