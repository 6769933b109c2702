//! Reinforcement learning from verifiable rewards.
//!
//! # Theory of operation
//!
//! ```text
//!   order     which prompts this step answers
//!     |
//!   rollouts  the policy answers each several times; an answer is rewarded while others are still
//!     |       being written
//!   update    rewards become advantages, advantages a loss, the loss a step of the optimizer
//! ```
//!
//! Everything that is drawn is looked up by seed, step, prompt and sample, and what a step learns
//! from is put in order before it is used. So a step is a function of parameters, optimizer and
//! [`State`], and a run that was killed goes on from a checkpoint as if nothing had happened.
//!
//! One process samples, rewards and learns with the same weights, tokens and kernels:
//! [`StepReport::gap`] says how far the log-probabilities of sampling and learning are apart.
//!
//! With [`Settings::overlap`] the answers of the next step are written and rewarded while this one learns:
//!
//! ```text
//!   step k      rollouts k+1, by a copy of the weights that step k has   (a thread of its own)
//!               update k                                                 (this one)
//! step k+1      rollouts k+2, ...
//! ```
//!
//! Both meet before the step ends, so what the threads compute depends on no race, and answers are one
//! step old at most. Their log-probabilities are those of the weights that wrote them, and
//! [`Objective::correction`] weighs them by how far the policy has moved since. The groups drawn ahead are
//! part of [`State`]: those weights are gone when a run is resumed, and a verdict may not be the same twice.
//!
//! Several ranks share the prompts of a step and the batches of an update, see [`crate::ranks`].
//!
//! Left out: answers that are more than one step old.

mod curriculum;
mod foreign;
mod overlap;
mod report;
mod rollouts;
mod update;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::algorithm::{Objective, Overlong};
use crate::checkpoint::{CheckpointError, CheckpointStore, Progress};
use crate::environment::Environment;
use crate::learning::{Learner, StepError};
use crate::model::Decoder;
use crate::ranks::{Ranks, RanksError};
use crate::rollout::Group;
use crate::sampling::{Filter, RequestError, Sampler};
use crate::stage::stage;
use crate::tokenizer::{Tokenizer, TokenizerError};

use crate::algorithm::Learned;
pub use curriculum::Curriculum;
pub use foreign::{Asked, Writer, Writing, Written};
pub use report::{Evaluation, Seconds, StepReport};

/// Part of the key of the random numbers of an evaluation, which no step of training has.
const EVALUATION: u32 = u32::MAX;

/// How a run goes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many steps there are.
    pub steps: u64,
    /// What is minimised.
    pub objective: Objective,
    /// A penalty for long answers.
    pub overlong: Option<Overlong>,
    /// How many prompts a step answers.
    pub prompts: usize,
    /// How many answers to each.
    pub samples: u32,
    /// Whether prompts rest whose answers all earned the same, see [`Curriculum`].
    pub curriculum: bool,
    /// How often a step draws more prompts in place of those whose answers all earned the same,
    /// where the objective drops them.
    pub redraws: usize,
    /// Into how many updates of the parameters a step is cut.
    pub updates: usize,
    /// The most tokens of an answer.
    pub max_tokens: usize,
    /// Divides the scores while sampling and while learning.
    pub temperature: f64,
    /// Where an answer ends.
    pub stops: Vec<String>,
    /// How many answers are written at once.
    pub rows: NonZeroUsize,
    /// The most tokens of a batch while learning.
    pub batch_tokens: usize,
    /// Of all random numbers.
    pub seed: u64,
    /// Whether the answers of the next step are written while this one learns. They are one step old then,
    /// so the objective should have a correction; without one, ratios are taken to the weights that wrote
    /// them, and the surrogate alone bounds them.
    pub overlap: bool,
    /// Whether the rewards of a step are given to its answers at random: a control, in which nothing
    /// can be learnt.
    pub shuffle_rewards: bool,
    /// How long rewards may take after the last answer was written.
    pub deadline: Duration,
    /// After how many steps there is an evaluation, which is also before the first and after the last.
    pub evaluate_every: u64,
    /// How many answers to each prompt of an evaluation.
    pub evaluation_samples: u32,
    /// Divides the scores in an evaluation; at 0 the likeliest token is taken.
    pub evaluation_temperature: f64,
    /// After how many steps there is a checkpoint, which is also after the last.
    pub save_every: u64,
}

/// A run that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RlvrError {
    /// A prompt that cannot be answered.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Text that is no tokens, or the other way round.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// A step that was not made.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The ranks cannot work together any more.
    #[error(transparent)]
    Ranks(#[from] RanksError),
    /// A checkpoint that was not written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The environment is stuck.
    #[error("{missing} of {answers} answers have no reward {seconds} s after the last was written")]
    RewardsLate {
        /// How many rewards did not come.
        missing: usize,
        /// How many answers there are.
        answers: usize,
        /// How long they were waited for.
        seconds: u64,
    },
    /// The environment is broken.
    #[error(
        "none of the {answers} answers of step {step} could be graded; the last failure: {last}"
    )]
    NothingGraded {
        /// The step.
        step: u64,
        /// How many answers there are.
        answers: usize,
        /// What was said of one of them.
        last: String,
    },
    /// There is nothing to train on.
    #[error("there is no prompt to train on")]
    NoPrompts,
    /// Who watches failed.
    #[error("{0}")]
    Observer(String),
}

/// Where a run stands.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct State {
    /// How many steps were made.
    pub step: u64,
    /// How many prompts the order came to.
    pub drawn: u64,
    /// Which of them rest.
    #[serde(default, skip_serializing_if = "Curriculum::is_empty")]
    pub curriculum: Curriculum,
    /// What was drawn for this step while the one before learnt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ahead: Vec<Group>,
}

/// Sees a run as it goes. An error of its own ends the run.
pub trait Observer {
    /// A step was made from these groups.
    fn step(&mut self, report: &StepReport, groups: &[Group]) -> Result<(), String>;

    /// The policy was evaluated before the step with this number.
    fn evaluated(&mut self, evaluation: &Evaluation, learner: &Learner) -> Result<(), String>;

    /// A checkpoint was written.
    fn saved(&mut self, step: u64) -> Result<(), String>;

    /// Whether somebody asked the run to stop. What was done is saved then.
    fn is_stopped(&self) -> bool;
}

/// A prompt with its tokens.
#[derive(Debug)]
struct Task<E> {
    ids: Vec<u32>,
    environment: Arc<E>,
}

/// A run.
#[derive(Debug)]
pub struct Rlvr<E> {
    settings: Settings,
    tokenizer: Tokenizer,
    /// What is trained on.
    tasks: Vec<Task<E>>,
    /// What is evaluated on, and never trained on.
    held_out: Vec<Task<E>>,
    /// Where rewards are computed.
    runtime: Handle,
    /// Who answers and learns with this process.
    ranks: Ranks,
    /// Who writes the answers that are learnt from, if it is not this process.
    writer: Option<Arc<dyn Writer>>,
}

impl<E: Environment + 'static> Rlvr<E> {
    /// A run that trains on some environments and is evaluated on others, either of which may be none.
    /// Rewards are computed on `runtime`.
    ///
    /// # Errors
    ///
    /// A prompt is no text that the tokenizer knows.
    pub fn new(
        settings: Settings,
        tokenizer: Tokenizer,
        train: Vec<E>,
        held_out: Vec<E>,
        runtime: Handle,
    ) -> Result<Self, RlvrError> {
        let task = |environment: E| {
            let ids = tokenizer.encode(environment.prompt())?;
            Ok(Task { ids, environment: Arc::new(environment) })
        };
        let tasks: Vec<_> = train.into_iter().map(task).collect::<Result<_, RlvrError>>()?;
        let held_out = held_out.into_iter().map(task).collect::<Result<_, RlvrError>>()?;
        let (ranks, writer) = (Ranks::default(), None);
        Ok(Self { settings, tokenizer, tasks, held_out, runtime, ranks, writer })
    }

    /// The same run, of which each of `ranks` does its part.
    #[must_use]
    pub fn among(self, ranks: Ranks) -> Self {
        Self { ranks, ..self }
    }

    /// The same run, of which `writer` writes the answers that are learnt from; not those to held-out prompts.
    #[must_use]
    pub fn written_by(self, writer: Arc<dyn Writer>) -> Self {
        Self { writer: Some(writer), ..self }
    }

    /// Trains from where `state` says to the end, or until somebody asks to stop.
    ///
    /// # Errors
    ///
    /// There is nothing to train on; or the environment, the optimizer or the disk failed. The last
    /// checkpoint is whole.
    pub fn train(
        &self,
        learner: &mut Learner,
        reference: Option<&Decoder>,
        mut state: State,
        store: &CheckpointStore,
        config: &serde_json::Value,
        observer: &mut dyn Observer,
    ) -> Result<State, RlvrError> {
        if self.tasks.is_empty() {
            return Err(RlvrError::NoPrompts);
        }
        let Settings { steps, evaluate_every, save_every, seed, .. } = self.settings;
        let mut saved = state.step;
        while state.step < steps && !self.ranks.any(observer.is_stopped())? {
            if state.step.is_multiple_of(evaluate_every.max(1)) {
                self.evaluate_for(learner, state.step, observer)?;
            }
            let (report, groups) = self.step(learner, reference, &mut state)?;
            observer.step(&report, &groups).map_err(RlvrError::Observer)?;
            let is_last = self.ranks.any(state.step == steps || observer.is_stopped())?;
            if is_last || state.step - saved >= save_every.max(1) {
                let data = serde_json::to_value(&state).expect("numbers are JSON");
                let progress =
                    Progress { step: state.step, seed, data, config: config.clone(), updates: 0 };
                if self.ranks.is_first() {
                    store.save(learner, &progress)?;
                }
                saved = state.step;
                observer.saved(state.step).map_err(RlvrError::Observer)?;
            }
        }
        if state.step == steps {
            self.evaluate_for(learner, state.step, observer)?;
        }
        Ok(state)
    }

    /// Makes one step.
    fn step(
        &self,
        learner: &mut Learner,
        reference: Option<&Decoder>,
        state: &mut State,
    ) -> Result<(StepReport, Vec<Group>), RlvrError> {
        let mut seconds = Seconds::default();
        let groups = self.roll_out(&learner.model, state, &mut seconds)?;
        let learned = if self.settings.overlap && state.step + 1 < self.settings.steps {
            self.learn_and_draw_ahead(learner, reference, &groups, state, &mut seconds)?
        } else {
            self.learn(learner, reference, &groups, &mut seconds)?
        };
        let resting = state.curriculum.resting();
        let report = StepReport::of(state.step, &groups, learned, resting, seconds);
        state.step += 1;
        Ok((report, groups))
    }

    fn learn(
        &self,
        learner: &mut Learner,
        reference: Option<&Decoder>,
        groups: &[Group],
        seconds: &mut Seconds,
    ) -> Result<Learned, RlvrError> {
        let _learning = stage!("learning");
        let began = Instant::now();
        let learned = self.update(learner, reference, groups)?;
        seconds.learning = began.elapsed().as_secs_f64();
        Ok(learned)
    }

    fn evaluate_for(
        &self,
        learner: &Learner,
        step: u64,
        observer: &mut dyn Observer,
    ) -> Result<(), RlvrError> {
        if self.held_out.is_empty() {
            return Ok(());
        }
        let evaluation = self.evaluate(&learner.model, step)?;
        observer.evaluated(&evaluation, learner).map_err(RlvrError::Observer)
    }

    /// Evaluates `model`, which has made this many steps, on the held-out environments.
    ///
    /// # Errors
    ///
    /// As [`Rlvr::train`].
    pub fn evaluate(&self, model: &Decoder, step: u64) -> Result<Evaluation, RlvrError> {
        let _evaluating = stage!("evaluating");
        let began = Instant::now();
        let Settings { evaluation_samples: samples, evaluation_temperature, .. } = self.settings;
        let sampler = Sampler {
            filter: Filter { temperature: evaluation_temperature, ..Filter::default() },
            ..self.sampler(model, EVALUATION)
        };
        let tasks: Vec<_> = self.held_out.iter().enumerate().collect();
        let groups =
            self.answers(model, &sampler, &tasks, samples, step, &mut Seconds::default())?;
        Ok(Evaluation::of(step, &groups, began.elapsed()))
    }

    fn sampler(&self, model: &Decoder, step: u32) -> Sampler {
        let Settings { rows, temperature, max_tokens, seed, .. } = self.settings;
        Sampler {
            rows,
            filter: Filter { temperature, ..Filter::default() },
            max_tokens,
            stop_ids: model.config().stop_ids.clone(),
            seed,
            step,
        }
    }
}
