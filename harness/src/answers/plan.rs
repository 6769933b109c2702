//! What a model is asked.

use std::collections::HashMap;

use anyhow::{Context, bail};
use benchmarks::{PromptStyle, StopStyle};
use datasets::{Dataset, MbppSplit, Problem};

use crate::manner::{Manner, Question};
use crate::samples::prompt_is_program;

/// The manner that shows examples.
const FEW_SHOT: Manner = Manner::Complete(PromptStyle::MbppFewShot, StopStyle::MbppFewShot);

/// The questions to a model, and how often it is asked each.
#[derive(Debug)]
pub struct Plan {
    /// The problems, in the order of the benchmark.
    pub problems: Vec<Problem>,
    /// How they are put to the model.
    pub manner: Manner,
    /// What is asked about each.
    pub questions: Vec<Question>,
    /// How many answers are wanted to each.
    pub samples: u32,
    places: HashMap<String, usize>,
}

/// One answer to one problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// The place of the problem in the plan.
    pub task: usize,
    /// Which of the answers, from 0.
    pub sample: u32,
}

impl Plan {
    /// Ask about the first `limit` problems of `dataset`, all by default, for `samples` answers each.
    ///
    /// # Errors
    ///
    /// A problem cannot be put in this manner.
    pub fn of(
        dataset: &Dataset,
        limit: Option<usize>,
        manner: Manner,
        samples: u32,
    ) -> anyhow::Result<Self> {
        let examples = manner.examples(dataset);
        if manner == FEW_SHOT && examples.is_empty() {
            bail!("{} has no solved tasks that could be shown before others", dataset.benchmark);
        }
        // What is shown must not be asked, and published scores count the test split.
        let is_counted = |problem: &&Problem| {
            examples.is_empty() || MbppSplit::of(problem) == Some(MbppSplit::Test)
        };
        let problems = dataset.problems.iter().filter(is_counted);
        let problems: Vec<Problem> = problems.take(limit.unwrap_or(usize::MAX)).cloned().collect();
        let question = |problem| {
            // What follows a prompt in English is no program.
            let is_sound = !matches!(manner, Manner::Continue(_)) || prompt_is_program(problem);
            let question = is_sound.then(|| manner.question_after(&examples, problem)).flatten();
            question.with_context(|| {
                format!("{} of {} cannot be asked in this style", problem.id, dataset.benchmark)
            })
        };
        let questions = problems.iter().map(question).collect::<anyhow::Result<_>>()?;
        let places = problems.iter().map(|problem| problem.id.clone()).zip(0..).collect();
        Ok(Self { problems, manner, questions, samples, places })
    }

    /// How many slots there are.
    pub fn total(&self) -> usize {
        self.problems.len() * self.samples as usize
    }

    /// Every slot, in order.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        let samples = self.samples;
        (0..self.problems.len())
            .flat_map(move |task| (0..samples).map(move |sample| Slot { task, sample }))
    }

    /// The place of `slot` among all.
    pub fn place(&self, slot: Slot) -> usize {
        slot.task * self.samples as usize + slot.sample as usize
    }

    /// The slot of an answer, by the name of its task and its number.
    pub fn find(&self, task_id: &str, sample: u32) -> Option<Slot> {
        let task = *self.places.get(task_id)?;
        (sample < self.samples).then_some(Slot { task, sample })
    }
}
