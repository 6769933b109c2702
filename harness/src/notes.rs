//! What a reader must know of a run that its figures do not say, a sentence each.

use std::collections::HashSet;

use benchmarks::Profile;

use crate::run_directory::RunConfig;
use crate::summary::Judged;

/// The notes on a run, that on its profile first.
pub(crate) fn notes(config: &RunConfig, judged: &[Judged]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Ok(profile) = config.profile.parse::<Profile>() {
        notes.push(format!("Profile {profile} is {}.", profile.describe()));
    }
    notes.extend(on_samples(config));
    notes.extend(on_answers(config));
    notes.extend(on_judging(config));
    notes.extend(on_ungraded(judged));
    notes
}

/// Which samples and tasks there are not.
fn on_samples(config: &RunConfig) -> Vec<String> {
    let RunConfig { samples, data, .. } = config;
    let mut notes = Vec::new();
    let asked = data.tasks - samples.unasked.min(data.tasks);
    if asked < data.tasks {
        notes.push(format!("Only {asked} of {} tasks were asked.", data.tasks));
    }
    if samples.missing_tasks > 0 {
        let missing = samples.missing_tasks;
        notes.push(format!(
            "{missing} of {asked} tasks have no sample; the scores are over the others."
        ));
    }
    match samples.skipped {
        0 => {}
        1 => notes.push(
            "1 sample is for a task that the benchmark does not have, and was skipped.".to_owned(),
        ),
        some => notes.push(format!(
            "{some} samples are for tasks that the benchmark does not have, and were skipped."
        )),
    }
    match samples.outside {
        0 => {}
        1 => notes.push(
            "1 sample is for a problem outside the window of days, and was skipped.".to_owned(),
        ),
        some => notes.push(format!(
            "{some} samples are for problems outside the window of days, and were skipped."
        )),
    }
    notes
}

/// What came of asking a model.
fn on_answers(config: &RunConfig) -> Vec<String> {
    let (Some(model), Some(tally)) = (&config.model, config.answers) else { return Vec::new() };
    let are = match tally.unanswered {
        0 => None,
        1 => Some("1 answer is".to_owned()),
        some => Some(format!("{some} answers are")),
    };
    let missing = are.map(|are| {
        format!("{are} missing, because requests failed; the scores are over the others.")
    });
    let shortened = tally.shortened.notes(config.samples.count, model.max_tokens());
    missing.into_iter().chain(shortened).collect()
}

/// What was done with the samples beside judging them.
fn on_judging(config: &RunConfig) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(limit) = config.limit {
        notes.push(format!("Only the first {limit} samples were judged."));
    }
    if config.sanitize {
        notes.push("Programs were cut down to what their entry point needs.".to_owned());
    }
    if config.timeout_retries > 0 {
        let times = config.timeout_retries;
        notes.push(format!("Programs that ran out of time were run again, up to {times} times."));
    }
    notes
}

/// Which tasks fall out of the scores, though somebody answered them.
fn on_ungraded(judged: &[Judged]) -> Option<String> {
    let graded = judged.iter().filter(|it| it.verdict.outcome.passed().is_some());
    let all = tasks(judged.iter());
    let have = match all - tasks(graded) {
        0 => return None,
        1 => format!("1 of {all} tasks has"),
        some => format!("{some} of {all} tasks have"),
    };
    Some(format!("{have} no graded sample; the scores are over the others."))
}

/// How many tasks these are samples of.
fn tasks<'a>(judged: impl Iterator<Item = &'a Judged>) -> usize {
    judged.map(|judged| judged.task_id.as_str()).collect::<HashSet<_>>().len()
}
