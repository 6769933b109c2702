//! What a mid-training is asked to do: every key, its default, and what it becomes in the trainer's
//! terms.
//!
//! Where a default is the paper's (arXiv:2509.25810) its comment says so; the others are ours.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::ensure;
use serde::{Deserialize, Serialize};
use trainer::algorithm::Surrogate;
use trainer::learning::{AdamWOptions, Course, Schedule};
use trainer::ra3::{
    Actions, Algorithm, Expectation, Horizon, LineScore, LossOn, MidtrainingSettings, Reuse,
    Rewards, Thinking,
};

use crate::configuration::{Model, changed};
use crate::exam::ExamKeys;

/// The whole configuration.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// `ra3`, `ntp` or `brite`.
    #[serde(default)]
    pub(crate) algorithm: Algorithm,
    pub(crate) model: Model,
    pub(crate) data: DataKeys,
    #[serde(default)]
    pub(crate) e_step: EStep,
    #[serde(default)]
    pub(crate) m_step: MStep,
    #[serde(default)]
    pub(crate) training: TrainingKeys,
    #[serde(default)]
    pub(crate) evaluation: EvaluationKeys,
}

/// Which programs it learns from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataKeys {
    /// A folder of Python files, a file with a text in each row, or `stdlib`.
    pub(crate) corpus: PathBuf,
    /// Only the first so many documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<usize>,
    /// The most tokens of a piece of a document.
    #[serde(default = "usual_piece")]
    pub(crate) piece_tokens: usize,
    /// What an action is: `lines`, as in the paper, or `logical-lines`.
    #[serde(default)]
    pub(crate) actions: Actions,
    /// Every so manieth document is measured on and not learnt from; 0 for none.
    #[serde(default = "usual_held_out")]
    pub(crate) held_out_every: usize,
    /// How many pieces of those at most.
    #[serde(default = "usual_held_out_pieces")]
    pub(crate) held_out_pieces: usize,
}

fn usual_piece() -> usize {
    2048
}

fn usual_held_out() -> usize {
    50
}

fn usual_held_out_pieces() -> usize {
    64
}

/// How a model learns when to think, and what.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EStep {
    /// How many steps a round has; 20 to 100 in the paper.
    pub(crate) steps: u64,
    /// How many windows a step has; the paper's batch.
    pub(crate) windows: usize,
    /// How many lines a window has at most.
    pub(crate) lines: usize,
    /// How many trajectories go through each window.
    pub(crate) samples: u32,
    /// What a thought costs: the paper's penalty. `inf` for next-token prediction.
    pub(crate) price: f64,
    /// What a malformed thought costs besides.
    pub(crate) fine: f64,
    /// What a token of the next line counts, relative to this one's.
    pub(crate) gamma: f64,
    /// How many lines a decision is responsible for; 0 for all to the end of the window.
    pub(crate) horizon: usize,
    /// `mean` or `sum` of a line's tokens.
    pub(crate) score: LineScore,
    /// The most tokens of a thought.
    pub(crate) max_thought_tokens: NonZeroUsize,
    /// Divides the scores of thoughts, and of whether there is one: while they are drawn, learnt from,
    /// written between the lines that are learnt, and measured. 1 in the paper.
    pub(crate) temperature: f64,
    /// How often is learnt from all that a step drew.
    pub(crate) epochs: NonZeroUsize,
    /// In how many updates each time.
    pub(crate) updates: NonZeroUsize,
    /// How far a probability may fall within a step, relative to 1, where it has several updates (PPO).
    pub(crate) clip_low: f64,
    /// How far it may rise.
    pub(crate) clip_high: f64,
    pub(crate) learning_rate: f64,
    pub(crate) weight_decay: f64,
}

impl Default for EStep {
    fn default() -> Self {
        Self {
            steps: 50,
            windows: 32,
            lines: 32,
            samples: 8,
            price: 0.05,
            fine: 0.5,
            gamma: 1.0,
            horizon: 0,
            score: LineScore::Mean,
            max_thought_tokens: NonZeroUsize::new(16).expect("16 is not zero"),
            temperature: 1.0,
            epochs: NonZeroUsize::MIN,
            updates: NonZeroUsize::MIN,
            clip_low: 0.2,
            clip_high: 0.2,
            learning_rate: 1e-6,
            weight_decay: 0.0,
        }
    }
}

/// How it learns from what was explained.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MStep {
    /// How many rounds of E-step, annotation and M-step there are.
    pub(crate) rounds: u64,
    /// How many tokens of code are learnt, in all rounds.
    pub(crate) code_tokens: usize,
    /// Ends before that when so many tokens were learnt, thoughts included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_tokens: Option<usize>,
    /// How many pieces a step has.
    pub(crate) pieces: usize,
    /// `all` tokens, as in the paper, or those of `code`.
    pub(crate) loss_on: LossOn,
    pub(crate) learning_rate: f64,
    /// The share of steps over which the learning rate rises. It falls along a cosine after.
    pub(crate) warmup: f64,
    /// Where the learning rate ends, as a part of its peak.
    pub(crate) floor: f64,
    pub(crate) weight_decay: f64,
}

impl Default for MStep {
    fn default() -> Self {
        Self {
            rounds: 1,
            code_tokens: 10_000_000,
            total_tokens: None,
            pieces: 32,
            loss_on: LossOn::All,
            learning_rate: 1e-5,
            warmup: 0.03,
            floor: 0.1,
            weight_decay: 0.1,
        }
    }
}

/// What both have in common.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TrainingKeys {
    pub(crate) seed: u64,
    pub(crate) gradient_limit: f64,
    /// The most tokens of a batch.
    pub(crate) batch_tokens: usize,
    /// How many trajectories are drawn at once.
    pub(crate) rows: NonZeroUsize,
    /// How many pieces are explained at a time.
    pub(crate) chunk: usize,
    /// After how many steps there is a checkpoint.
    pub(crate) save_every: u64,
    /// How many checkpoints are kept.
    pub(crate) keep: usize,
}

impl Default for TrainingKeys {
    fn default() -> Self {
        Self {
            seed: 0,
            gradient_limit: 1.0,
            batch_tokens: 8192,
            rows: NonZeroUsize::new(64).expect("64 is not zero"),
            chunk: 64,
            save_every: 10,
            keep: 2,
        }
    }
}

/// How it is measured meanwhile.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EvaluationKeys {
    /// After how many M-steps; before the first and after the last as well.
    pub(crate) every: u64,
    /// Benchmarks that are sat each time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) exams: Vec<ExamKeys>,
}

impl Default for EvaluationKeys {
    fn default() -> Self {
        Self { every: 100, exams: Vec::new() }
    }
}

impl Config {
    /// The configuration that `text` gives, with these `KEY=VALUE` changes.
    pub(crate) fn parse(text: &str, changes: &[String]) -> anyhow::Result<Self> {
        let config: Self = changed(text, changes)?;
        config.check()?;
        Ok(config)
    }

    /// What is wrong is said before a model is loaded.
    fn check(&self) -> anyhow::Result<()> {
        let (e_step, m_step) = (&self.e_step, &self.m_step);
        ensure!(!self.model.path.as_os_str().is_empty(), "`model.path` says which model to train");
        ensure!(!self.data.corpus.as_os_str().is_empty(), "`data.corpus` says what to learn from");
        ensure!(self.data.piece_tokens > 1, "`data.piece_tokens` must be at least 2");
        ensure!(
            self.data.actions != Actions::Whole,
            "`data.actions` is `lines` or `logical-lines`; `algorithm = \"brite\"` has one thought a piece"
        );
        ensure!(
            e_step.samples > 1,
            "`e_step.samples` must be at least 2: trajectories are compared"
        );
        ensure!(
            e_step.max_thought_tokens.get() <= 200,
            "`e_step.max_thought_tokens` is at most 200: so many random numbers has a thought"
        );
        ensure!(e_step.windows > 0, "`e_step.windows` must be at least 1");
        ensure!(e_step.lines > 0, "`e_step.lines` must be at least 1");
        ensure!(
            e_step.temperature > 0.0 && e_step.temperature.is_finite(),
            "`e_step.temperature` must be above 0: what is certain teaches nothing"
        );
        ensure!(
            (0.0..1.0).contains(&e_step.clip_low) && e_step.clip_high >= 0.0,
            "`e_step.clip_low` is from 0 to 1, and `e_step.clip_high` not negative"
        );
        ensure!(e_step.price >= 0.0, "`e_step.price` must not be negative");
        ensure!(m_step.rounds > 0, "`m_step.rounds` must be at least 1");
        ensure!(m_step.pieces > 0, "`m_step.pieces` must be at least 1");
        ensure!(m_step.code_tokens > 0, "`m_step.code_tokens` must be at least 1");
        ensure!(
            self.training.batch_tokens >= self.data.piece_tokens,
            "`training.batch_tokens` is {}, and a piece has up to `data.piece_tokens`, {}",
            self.training.batch_tokens,
            self.data.piece_tokens
        );
        ensure!(self.training.chunk > 0, "`training.chunk` must be at least 1");
        Ok(())
    }

    /// What an action is.
    pub(crate) fn actions(&self) -> Actions {
        if self.algorithm == Algorithm::Brite { Actions::Whole } else { self.data.actions }
    }

    /// The run in the trainer's terms, with so many M-steps.
    pub(crate) fn settings(&self, steps: u64) -> MidtrainingSettings {
        let Self { e_step, m_step, training, .. } = self;
        let horizon = match e_step.horizon {
            // A single action has nothing behind it.
            _ if self.algorithm == Algorithm::Brite => Some(1),
            0 => None,
            lines => Some(lines),
        };
        MidtrainingSettings {
            algorithm: self.algorithm,
            rounds: m_step.rounds,
            explain_steps: e_step.steps,
            windows: e_step.windows,
            lines: e_step.lines,
            expectation: Expectation {
                samples: e_step.samples,
                rewards: Rewards { thought: e_step.price, malformed: e_step.fine },
                score: e_step.score,
                horizon: Horizon { gamma: e_step.gamma, lines: horizon },
                thinking: Thinking {
                    temperature: e_step.temperature,
                    max_tokens: e_step.max_thought_tokens,
                    rows: training.rows,
                    seed: training.seed,
                    step: 0,
                },
                reuse: Reuse {
                    epochs: e_step.epochs,
                    updates: e_step.updates,
                    surrogate: Surrogate::Clipped {
                        low: e_step.clip_low,
                        high: e_step.clip_high,
                        dual: None,
                    },
                },
                batch_tokens: training.batch_tokens,
            },
            explain_schedule: Schedule::constant(e_step.learning_rate),
            explain_optimizer: AdamWOptions {
                weight_decay: e_step.weight_decay,
                ..AdamWOptions::default()
            },
            steps,
            programs: m_step.pieces,
            total_tokens: m_step.total_tokens,
            loss_on: m_step.loss_on,
            batch_tokens: training.batch_tokens,
            chunk: training.chunk,
            evaluate_every: self.evaluation.every,
            save_every: training.save_every,
            keep: training.keep,
        }
    }

    /// The learning rate of M-steps.
    pub(crate) fn schedule(&self, steps: u64) -> Schedule {
        let MStep { learning_rate: peak, warmup, floor, .. } = self.m_step;
        let warmup = (steps as f64 * warmup).ceil() as u64;
        Schedule { peak, warmup, course: Course::Cosine { steps, floor } }
    }

    /// The optimizer of M-steps.
    pub(crate) fn optimizer(&self) -> AdamWOptions {
        AdamWOptions { weight_decay: self.m_step.weight_decay, ..AdamWOptions::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "[model]\npath = \"m\"\n[data]\ncorpus = \"stdlib\"\n";

    #[test]
    fn the_least_configuration_is_enough_and_survives_being_written() {
        let config = Config::parse(LEAST, &[]).unwrap();
        assert_eq!(config.algorithm, Algorithm::Ra3);
        let written = toml::to_string(&config).unwrap();
        assert_eq!(Config::parse(&written, &[]).unwrap(), config);
    }

    #[test]
    fn thoughts_may_be_infinitely_dear() {
        let config = Config::parse(LEAST, &["e_step.price=inf".to_owned()]).unwrap();
        assert_eq!(config.settings(7).expectation.rewards.thought, f64::INFINITY);
        let written = toml::to_string(&config).unwrap();
        assert_eq!(Config::parse(&written, &[]).unwrap(), config);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (change, named) in [
            ("algorithm=rl", "brite"),
            ("e_step.samples=1", "e_step.samples"),
            ("e_step.temperature=0.0", "e_step.temperature"),
            ("e_step.epochs=0", "epochs"),
            ("e_step.clip_low=1.5", "e_step.clip_low"),
            ("data.actions=whole", "brite"),
            ("evaluation.exam=[]", "exams"),
        ] {
            let error = Config::parse(LEAST, &[change.to_owned()]).unwrap_err();
            assert!(format!("{error:#}").contains(named), "{change}: {error:#}");
        }
    }
}
