//! The samples of a run, gathered by task.

use std::collections::HashMap;

use benchmarks::Outcome;

use super::outcomes;
use crate::summary::Judged;

/// One task and what became of its samples.
pub(super) struct Task<'a> {
    pub(super) id: &'a str,
    pub(super) samples: Vec<&'a Judged>,
}

impl<'a> Task<'a> {
    /// Gathers `judged` by task, in the order in which the tasks first appear.
    pub(super) fn gather(judged: &'a [Judged]) -> Vec<Self> {
        let mut tasks: Vec<Self> = Vec::new();
        let mut place: HashMap<&str, usize> = HashMap::new();
        for sample in judged {
            let at = *place.entry(&sample.task_id).or_insert_with(|| {
                tasks.push(Self { id: &sample.task_id, samples: Vec::new() });
                tasks.len() - 1
            });
            tasks[at].samples.push(sample);
        }
        tasks
    }

    /// The samples that did not pass, ungraded ones among them.
    pub(super) fn failures(&self) -> impl Iterator<Item = &'a Judged> {
        self.samples.iter().copied().filter(|sample| sample.verdict.outcome != Outcome::Accepted)
    }

    /// How many samples passed.
    pub(super) fn passed(&self) -> usize {
        self.samples.len() - self.failures().count()
    }

    /// The share of the graded samples that passed; `None` where none was graded.
    pub(super) fn pass_rate(&self) -> Option<f64> {
        let graded =
            self.samples.iter().filter(|sample| sample.verdict.outcome.passed().is_some()).count();
        (graded > 0).then(|| self.passed() as f64 / graded as f64)
    }

    /// Processor seconds over all samples.
    pub(super) fn cpu_seconds(&self) -> f64 {
        self.samples.iter().map(|sample| sample.verdict.cpu_seconds).sum()
    }
}

/// How many of `samples` had each outcome, in the order of [`outcomes::ORDER`], without zeros.
pub(super) fn tally<'a>(samples: impl IntoIterator<Item = &'a Judged>) -> Vec<(Outcome, usize)> {
    let mut counts: HashMap<Outcome, usize> = HashMap::new();
    for sample in samples {
        *counts.entry(sample.verdict.outcome).or_default() += 1;
    }
    outcomes::ORDER
        .iter()
        .filter_map(|outcome| counts.get(outcome).map(|&count| (*outcome, count)))
        .collect()
}
