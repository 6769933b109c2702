//! A finished run as data: what was judged, by which rules, and what the verdicts add up to.
//!
//! Everything that is shown to a person or a machine (the table, `--json`, `summary.json`,
//! `report.html`) is a view of one [`Run`], so that no two of them can disagree.

use std::collections::HashSet;

use benchmarks::{Outcome, Verdict};

use crate::notes::notes;
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
        let notes = notes(config, &judged);
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

    /// How many passed tests in which the program had a say.
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
