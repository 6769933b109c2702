//! A finished run as data: what was judged, by which rules, and what the verdicts add up to.
//!
//! Everything that is shown to a person or a machine (the table, `--json`, `summary.json`,
//! `report.html`) is a view of one [`Run`], so that no two of them can disagree.

use std::collections::HashSet;

use benchmarks::{Outcome, Profile, Verdict};

use crate::run_directory::{AnswersTally, RunConfig};
use crate::scores;

/// The most characters of the reason why a sample has no verdict.
const REASON: usize = 300;

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
    /// The model and what came of asking it, where `ra3` asked.
    pub(crate) asked: Option<Asked>,
}

/// A model that was asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    /// What a person calls it.
    pub(crate) model: String,
    /// What came of it.
    pub(crate) tally: AnswersTally,
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

impl Run {
    /// The run that `config` describes, with these verdicts reached in `seconds`.
    pub(crate) fn of(config: &RunConfig, judged: Vec<Judged>, seconds: f64) -> Self {
        let samples = &config.samples.path;
        let samples = samples.file_name().unwrap_or(samples.as_os_str()).to_string_lossy();
        let asked = config
            .model
            .as_ref()
            .map(|model| Asked { model: model.label(), tally: config.answers.unwrap_or_default() });
        let scores = scores::scores(&judged, &config.k);
        let notes = [notes(config), notes_on_ungraded(&judged)].concat();
        Self {
            benchmark: config.benchmark.clone(),
            profile: config.profile.clone(),
            samples: asked.as_ref().map_or(samples.into_owned(), |asked| asked.model.clone()),
            tier: config.tier.to_string(),
            python: config.python.version.clone(),
            started: config.started.clone(),
            seconds,
            workers: config.jobs,
            scores,
            notes,
            judged,
            asked,
        }
    }

    /// How many samples ended each way, the most frequent first.
    pub(crate) fn outcomes(&self) -> Vec<(Outcome, usize)> {
        let mut counts: Vec<(Outcome, usize)> = Vec::new();
        for Judged { verdict: Verdict { outcome, .. }, .. } in &self.judged {
            match counts.iter_mut().find(|(counted, _)| counted == outcome) {
                Some((_, count)) => *count += 1,
                None => counts.push((*outcome, 1)),
            }
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// How many samples ended as `wanted` says.
    pub(crate) fn count(&self, wanted: Option<bool>) -> usize {
        self.judged.iter().filter(|judged| judged.verdict.outcome.passed() == wanted).count()
    }

    /// Why samples have no verdict, each reason in one line and with how often it was, the most frequent
    /// first.
    pub(crate) fn ungraded(&self) -> Vec<(String, usize)> {
        let mut counts: Vec<(String, usize)> = Vec::new();
        for verdict in self.judged.iter().map(|judged| &judged.verdict) {
            if verdict.outcome.passed().is_some() {
                continue;
            }
            let reason = on_one_line(&verdict.message);
            match counts.iter_mut().find(|(counted, _)| *counted == reason) {
                Some((_, count)) => *count += 1,
                None => counts.push((reason, 1)),
            }
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// How many passed tests that relied on operators of the program's own making.
    pub(crate) fn weak(&self) -> usize {
        let verdicts = self.judged.iter().map(|judged| &judged.verdict);
        verdicts.filter(|it| it.weak && it.outcome == Outcome::Accepted).count()
    }

    /// How many ran out of time on a busy machine and were run once more alone, and how many of those
    /// did so again.
    pub(crate) fn repeated(&self) -> (usize, usize) {
        let verdicts = self.judged.iter().map(|judged| &judged.verdict);
        let repeated: Vec<&Verdict> = verdicts.filter(|verdict| verdict.repeated).collect();
        let again =
            repeated.iter().filter(|it| matches!(it.outcome, Outcome::TimeLimit | Outcome::Idle));
        (repeated.len(), again.count())
    }

    /// How many tasks have a sample.
    pub(crate) fn tasks(&self) -> usize {
        self.judged.iter().map(|judged| judged.task_id.as_str()).collect::<HashSet<_>>().len()
    }

    /// Samples judged a second.
    pub(crate) fn rate(&self) -> f64 {
        self.judged.len() as f64 / self.seconds.max(1e-3)
    }
}

/// The beginning of a message, on one line that a terminal can show.
fn on_one_line(message: &str) -> String {
    let parts = message.split(char::is_control).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ").chars().take(REASON).collect()
}

/// Which tasks fall out of the scores, though somebody answered them.
fn notes_on_ungraded(judged: &[Judged]) -> Vec<String> {
    let tasks = |judged: &mut dyn Iterator<Item = &Judged>| {
        judged.map(|judged| judged.task_id.as_str().to_owned()).collect::<HashSet<_>>().len()
    };
    let is_graded = |judged: &&Judged| judged.verdict.outcome.passed().is_some();
    let all = tasks(&mut judged.iter());
    match all - tasks(&mut judged.iter().filter(is_graded)) {
        0 => Vec::new(),
        1 => {
            vec![format!("1 of {all} tasks has no graded sample; the scores are over the others.")]
        }
        some => vec![format!(
            "{some} of {all} tasks have no graded sample; the scores are over the others."
        )],
    }
}

/// What a reader must know that the figures do not say.
fn notes(config: &RunConfig) -> Vec<String> {
    let RunConfig { samples, data, .. } = config;
    let mut notes = Vec::new();
    if let Ok(profile) = config.profile.parse::<Profile>() {
        notes.push(format!("Profile {profile} is {}.", profile.describe()));
    }
    let asked = data.tasks - samples.unasked.min(data.tasks);
    if asked < data.tasks {
        notes.push(format!("Only {asked} of {} tasks were asked.", data.tasks));
    }
    if samples.missing_tasks > 0 {
        let (missing, tasks) = (samples.missing_tasks, asked);
        notes.push(format!(
            "{missing} of {tasks} tasks have no sample; the scores are over the others."
        ));
    }
    if samples.skipped > 0 {
        notes.push(match samples.skipped {
            1 => "1 sample is for a task that the benchmark does not have, and was skipped.".into(),
            some => format!(
                "{some} samples are for tasks that the benchmark does not have, and were skipped."
            ),
        });
    }
    match samples.outside {
        0 => {}
        1 => notes
            .push("1 sample is for a problem outside the window of days, and was skipped.".into()),
        some => notes.push(format!(
            "{some} samples are for problems outside the window of days, and were skipped."
        )),
    }
    if let Some(unanswered @ 1..) = config.answers.map(|answers| answers.unanswered) {
        let are =
            if unanswered == 1 { "1 answer is" } else { &format!("{unanswered} answers are") };
        notes.push(format!(
            "{are} missing, because requests failed; the scores are over the others."
        ));
    }
    if let (Some(model), Some(tally)) = (&config.model, config.answers) {
        notes.extend(tally.shortened.notes(samples.count, model.max_tokens()));
    }
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
