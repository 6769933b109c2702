//! A step of training: log-probabilities, a loss, gradients, an update.
//!
//! # Theory of operation
//!
//! Every objective here, from the next token of a corpus to a policy's ratio, is a function of the
//! log-probabilities of the tokens of some texts, and of nothing else of the model. [`Batch`] packs
//! the texts, [`gradients`] computes the log-probabilities, hands them to the [`Objective`], and
//! carries the derivative back. [`AdamW`] then moves the parameters.
//!
//! A step may be larger than memory: [`Learner::step`] goes through several batches and adds up
//! their gradients. Losses are sums divided by one count for the whole step, so that how a step is
//! cut into batches does not weigh its tokens differently.

mod batch;
mod learner;
mod logprobs;
mod optimizer;
mod schedule;

pub use batch::{Batch, Target, pack};
pub use learner::{Learner, NextToken, Objective, StepError, StepReport};
pub use logprobs::{Memory, gradients, logprobs};
pub use optimizer::{AdamW, AdamWOptions, Decay, clip_gradients};
pub use schedule::{Course, Schedule};
