//! A model and its optimizer, step by step.

use tch::{Kind, Tensor};

use super::batch::Batch;
use super::logprobs::{Memory, gradients};
use super::optimizer::{AdamW, clip_gradients, drop_gradients};
use super::schedule::Schedule;
use crate::model::Decoder;
use crate::ranks::{Ranks, RanksError};

/// What is to become small.
pub trait Objective {
    /// The loss, a scalar, given the log-probability of every predicted token of a batch,
    /// `[predicted]`.
    fn loss(&self, logprobs: &Tensor) -> Tensor;

    /// The derivative of the loss by each log-probability, `[predicted]`, where it depends on none of
    /// them. Then no log-probability has to be computed twice.
    fn slope(&self) -> Option<Tensor> {
        None
    }
}

impl<O: Objective + ?Sized> Objective for &O {
    fn loss(&self, logprobs: &Tensor) -> Tensor {
        (**self).loss(logprobs)
    }

    fn slope(&self) -> Option<Tensor> {
        (**self).slope()
    }
}

/// The mean negative log-probability of the tokens that count.
#[derive(Debug)]
pub struct NextToken {
    /// How much each predicted token counts, `[predicted]`.
    pub weights: Tensor,
    /// The sum of the weights of the whole step, of which this batch may be a part.
    pub total: f64,
}

impl Objective for NextToken {
    fn loss(&self, logprobs: &Tensor) -> Tensor {
        -(logprobs * &self.weights).sum(Kind::Float) / self.total
    }

    fn slope(&self) -> Option<Tensor> {
        Some(&self.weights / -self.total)
    }
}

/// A step that was not made: the parameters are as they were.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// There was nothing to learn from.
    #[error("a step was asked for that predicts no token")]
    Empty,
    /// The ranks could not add up their gradients.
    #[error(transparent)]
    Ranks(#[from] RanksError),
    /// The gradient holds NaN or an infinity.
    #[error("the gradient of step {step} has the norm {norm}, at a loss of {loss}")]
    NotFinite {
        /// The step, from zero.
        step: u64,
        /// The norm of the gradient.
        norm: f64,
        /// The loss.
        loss: f64,
    },
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// The loss before it.
    pub loss: f64,
    /// The norm of the gradient before it was clipped.
    pub gradient_norm: f64,
    /// The learning rate.
    pub rate: f64,
    /// How many tokens were predicted.
    pub tokens: usize,
}

/// A model that learns.
#[derive(Debug)]
pub struct Learner {
    /// The model.
    pub model: Decoder,
    /// Its optimizer, which counts the steps.
    pub optimizer: AdamW,
    /// The learning rate of every step.
    pub schedule: Schedule,
    /// The longest gradient that is followed in full.
    pub gradient_limit: f64,
    /// Divides scores, as it does while sampling.
    pub temperature: f64,
    /// What is traded for memory.
    pub memory: Memory,
    /// Who learns with it.
    pub ranks: Ranks,
}

impl Learner {
    /// Makes one step from batches whose losses add up. Batches that predict nothing are passed over.
    ///
    /// Every rank is given all batches, computes those that are its own, and makes the same step; so the
    /// objective of a batch sees log-probabilities on one of the ranks only.
    ///
    /// # Errors
    ///
    /// No batch predicts a token, the gradient is not finite, or a rank is gone. Then nothing has
    /// changed.
    pub fn step<'a, O: Objective + 'a>(
        &mut self,
        batches: impl IntoIterator<Item = (&'a Batch, O)>,
    ) -> Result<StepReport, StepError> {
        let step = self.optimizer.steps();
        let (mut loss, mut tokens) = (0.0, 0);
        let batches = batches.into_iter().filter(|(it, _)| it.predicted() > 0);
        for (number, (batch, objective)) in batches.enumerate() {
            if self.ranks.is_mine(number) {
                loss += gradients(&self.model, batch, self.temperature, self.memory, &objective);
            }
            tokens += batch.predicted();
        }
        if tokens == 0 {
            return Err(StepError::Empty);
        }
        let loss = self.ranks.sum_numbers(&[loss])?[0];
        self.ranks.sum_gradients(self.model.parameters())?;
        let gradient_norm = clip_gradients(self.model.parameters(), self.gradient_limit);
        if !gradient_norm.is_finite() {
            drop_gradients(self.model.parameters());
            return Err(StepError::NotFinite { step, norm: gradient_norm, loss });
        }
        let rate = self.schedule.rate(step);
        self.optimizer.step(self.model.parameters(), rate);
        Ok(StepReport { loss, gradient_norm, rate, tokens })
    }
}
