//! How a mid-training goes.

use serde::{Deserialize, Serialize};

use crate::learning::{AdamWOptions, Schedule};
use crate::ra3::expectation::Expectation;
use crate::ra3::maximization::LossOn;

/// What is trained.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Thoughts by reinforcement learning, then next-token prediction.
    #[default]
    Ra3,
    /// The same with one thought for a whole program.
    Brite,
    /// Next-token prediction alone.
    Ntp,
}

/// How a mid-training goes.
#[derive(Clone, Debug)]
pub struct MidtrainingSettings {
    /// What is trained. What an action is was decided when programs were cut.
    pub algorithm: Algorithm,
    /// How many rounds there are.
    pub rounds: u64,
    /// How many E-steps a round has; 20 to 100 in the paper.
    pub explain_steps: u64,
    /// How many windows an E-step has; the paper's batch is 32.
    pub windows: usize,
    /// How many lines a window has at most; 32.
    pub lines: usize,
    /// How an E-step goes. Its random numbers' step is set by the run.
    pub expectation: Expectation,
    /// The learning rate of E-steps.
    pub explain_schedule: Schedule,
    /// The optimizer of E-steps.
    pub explain_optimizer: AdamWOptions,
    /// How many M-steps there are, in all rounds.
    pub steps: u64,
    /// How many programs an M-step has.
    pub programs: usize,
    /// Ends before the last step when so many tokens were learnt, thoughts included.
    pub total_tokens: Option<usize>,
    /// Which tokens M-steps learn.
    pub loss_on: LossOn,
    /// The most tokens of a batch of an M-step.
    pub batch_tokens: usize,
    /// How many programs are explained at a time.
    pub chunk: usize,
    /// After how many M-steps there is a measurement, which is also before the first and after the
    /// last.
    pub evaluate_every: u64,
    /// After how many E-steps or M-steps there is a checkpoint.
    pub save_every: u64,
    /// How many checkpoints are kept.
    pub keep: usize,
}
