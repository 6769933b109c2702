//! `eval_results.json`, as EvalPlus writes it.
//!
//! Samples that we could not judge are left out, since EvalPlus has no word for them and would read
//! anything in their place as a failure.

use benchmarks::{EvalPlusStatus, Upstream};
use datasets::{Dataset, Differential, Tests, Value};

use super::json;
use crate::scores::{BASE, BASE_AND_PLUS};
use crate::summary::{Judged, Run, Score};

/// The file, or `None` where the run's profile is not one of EvalPlus.
///
/// `date` is written as it is: EvalPlus has `2026-11-23 14:02`, in local time.
pub(crate) fn eval_results(run: &Run, dataset: &Dataset, date: &str) -> Option<String> {
    let is_evalplus =
        |judged: &Judged| matches!(judged.verdict.upstream, Some(Upstream::EvalPlus { .. }));
    if !run.judged.iter().any(is_evalplus) {
        return None;
    }
    let tasks = dataset.problems.iter().filter_map(|problem| {
        let Tests::Differential(tests) = &problem.tests else { return None };
        let of_task = run.judged.iter().filter(|judged| judged.task_id == problem.id);
        let rows: Vec<String> = of_task.filter_map(|judged| row(judged, tests)).collect();
        (!rows.is_empty()).then(|| (problem.id.as_str(), json::list(rows.into_iter())))
    });
    let sets = [("base", BASE), ("plus", BASE_AND_PLUS)];
    let scores = sets.into_iter().map(|(name, tests)| (name, pass_at_k(&run.scores, tests)));
    let fields = [
        ("date", json::string(date)),
        ("hash", json::string(&dataset.md5)),
        ("eval", json::object(tasks)),
        ("pass_at_k", json::object(scores)),
    ];
    Some(json::object(fields.into_iter()))
}

fn row(judged: &Judged, tests: &Differential) -> Option<String> {
    let Some(Upstream::EvalPlus { base, plus, base_fail_tests, plus_fail_tests }) =
        &judged.verdict.upstream
    else {
        return None;
    };
    let fields = [
        ("task_id", json::string(&judged.task_id)),
        ("solution", json::string(&judged.program)),
        ("base_status", json::string(status(*base))),
        ("plus_status", json::string(status(*plus))),
        ("base_fail_tests", inputs(base_fail_tests, &tests.base)),
        ("plus_fail_tests", inputs(plus_fail_tests, &tests.plus)),
    ];
    Some(json::object(fields.into_iter()))
}

fn status(status: EvalPlusStatus) -> &'static str {
    match status {
        EvalPlusStatus::Pass => "pass",
        EvalPlusStatus::Fail => "fail",
        EvalPlusStatus::Timeout => "timeout",
    }
}

/// The arguments of the failing tests.
fn inputs(failed: &[usize], inputs: &[Vec<Value>]) -> String {
    let failed = failed.iter().filter_map(|&place| inputs.get(place));
    json::list(failed.map(|arguments| {
        // JSON has no complex numbers, so EvalPlus turns all arguments beside one into strings.
        let is_complex = arguments.iter().any(|value| matches!(value, Value::Complex(..)));
        json::list(arguments.iter().map(if is_complex { json::as_string } else { json::json }))
    }))
}

fn pass_at_k(scores: &[Score], tests: &str) -> String {
    let of_tests: Vec<(String, String)> = scores
        .iter()
        .filter(|score| score.tests == tests)
        .map(|score| (format!("pass@{}", score.k), json::json(&Value::Float(score.estimate))))
        .collect();
    json::object(of_tests.iter().map(|(name, estimate)| (name.as_str(), estimate.clone())))
}
