//! RA3: mid-training a model to think before lines of code where that helps.
//!
//! Source: "Learning to Reason as Action Abstractions with Scalable Mid-Training RL",
//! arXiv:2509.25810.
//!
//! # Theory of operation
//!
//! A program is a row of actions, its lines ([`Program`]). Before a line, a model may write a
//! thought, which is a comment; or go on. Two copies of one model take turns:
//!
//! ```text
//!   E-step    q goes through human programs and decides when to think and what   Explainer
//!             pi scores the human's lines behind the thoughts                    Scoring
//!             what a line gained, less the price of a thought, is a reward       Rewards, Horizon
//!             q learns from it, compared with other ways through the same lines  Expectation
//!   annotate  q explains programs once more
//!   M-step    pi learns those, thoughts and all, as text                         maximize
//! ```
//!
//! [`Midtraining`] does this for some rounds, and is also its own baseline: with thoughts that are
//! infinitely dear, what is left is next-token prediction, bit for bit.
//!
//! What is maximised is a lower bound of the likelihood of code under a model with hidden thoughts;
//! [`bound`] has it in a form that can be enumerated.
//!
//! Where the paper is silent, the choice is a field with its default in the documentation. By default
//! thoughts are drawn at temperature 1 and learnt from once.
//!
//! Several ranks share windows, programs and batches, see [`crate::ranks`].

mod actions;
pub mod bound;
mod decisions;
mod expectation;
mod explainer;
mod held_out;
mod maximization;
mod midtraining;
mod returns;
mod row;
mod scoring;
mod thoughts;
mod trajectory;

pub use actions::{Actions, Program};
pub use decisions::Reuse;
pub use expectation::{Expectation, ExpectationReport};
pub use explainer::{Effort, Explainer, Thinking};
pub use held_out::HeldOut;
pub use maximization::{LossOn, MaximizationReport, maximize};
pub use midtraining::{
    Algorithm, Annotated, Event, MidtrainObserver, Midtraining, MidtrainingSettings,
};
pub use returns::{Horizon, Line, Rewards, advantages_from_here};
pub use scoring::{LineScore, Scoring};
pub use thoughts::Marks;
pub use trajectory::{Choice, Decision, Thought, Trajectory};

use crate::checkpoint::CheckpointError;
use crate::learning::StepError;
use crate::ranks::RanksError;
use crate::tokenizer::TokenizerError;

/// A mid-training that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Ra3Error {
    /// Text that is no tokens, or the other way round.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// A step that was not made.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The ranks cannot work together any more.
    #[error(transparent)]
    Ranks(#[from] RanksError),
    /// A checkpoint that was not written or not read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The run's folder is another's.
    #[error("`{}` was made with another configuration", folder.display())]
    OtherConfiguration {
        /// The checkpoint.
        folder: std::path::PathBuf,
    },
    /// The explained programs of a round.
    #[error("failed to use the explained programs in `{}`", path.display())]
    Explained {
        /// The file.
        path: std::path::PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// There is nothing to learn from.
    #[error("there is no program to learn from")]
    NoPrograms,
    /// Who watches failed.
    #[error("{0}")]
    Observer(String),
}
