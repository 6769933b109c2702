//! The M-step: predicting the next token of programs that were explained.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::Ra3Error;
use super::trajectory::Trajectory;
use crate::learning::{Batch, Learner, Objective, Target, pack};
use crate::stage::stage;

/// Which tokens are learnt.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossOn {
    /// All from the first action on: the human's and the thoughts.
    #[default]
    All,
    /// Only the human's.
    Code,
}

/// What an M-step came to.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct MaximizationReport {
    /// The mean negative log-probability of what is learnt.
    pub loss: f64,
    /// That of the human's tokens.
    pub code_loss: f64,
    /// The norm of the gradient before it was clipped.
    pub gradient_norm: f64,
    /// The learning rate.
    pub rate: f64,
    /// How many tokens of code there were.
    pub code_tokens: usize,
    /// How many tokens there were.
    pub tokens: usize,
    /// How many floating-point operations it took, see [`crate::model::Decoder::flops_per_token`].
    #[serde(default)]
    pub flops: f64,
    /// How long it took.
    pub seconds: f64,
}

/// Makes one step on these programs, in batches of at most so many tokens.
///
/// # Errors
///
/// There is no token to predict, the gradient is not finite, or a rank is gone.
pub fn maximize(
    policy: &mut Learner,
    programs: &[Trajectory],
    loss_on: LossOn,
    batch_tokens: usize,
) -> Result<MaximizationReport, Ra3Error> {
    let _learning = stage!("learning");
    let began = Instant::now();
    let code_tokens: usize = programs.iter().map(Trajectory::code_tokens).sum();
    let tokens: usize = programs.iter().map(|it| it.tokens.len() - first(it)).sum();
    let counted = if loss_on == LossOn::All { tokens } else { code_tokens };
    let lengths: Vec<usize> = programs.iter().map(|it| it.tokens.len()).collect();
    let batches: Vec<(Batch, Code)> = pack(&lengths, batch_tokens)
        .into_iter()
        .map(|members| {
            let (mut batch, mut is_code) = (Batch::default(), Vec::new());
            for trajectory in members.into_iter().map(|member| &programs[member]) {
                let all = (first(trajectory)..trajectory.tokens.len())
                    .map(|place| (place - 1, Target::Token(trajectory.tokens[place])));
                batch.add_text(&trajectory.tokens, all);
                is_code.extend(code(trajectory));
            }
            let is_code = Tensor::from_slice(&is_code).to_device(policy.model.device());
            let weights = match loss_on {
                LossOn::All => is_code.ones_like(),
                LossOn::Code => is_code.shallow_clone(),
            };
            (batch, Code { is_code, weights, total: counted as f64, sum: 0.0.into() })
        })
        .collect();
    let made = policy.step(batches.iter().map(|(batch, code)| (batch, code)))?;
    let sum: f64 = batches.iter().map(|(_, code)| code.sum.get()).sum();
    let sum = policy.ranks.sum_numbers(&[sum])?[0];
    Ok(MaximizationReport {
        loss: made.loss,
        code_loss: sum / code_tokens.max(1) as f64,
        gradient_norm: made.gradient_norm,
        rate: made.rate,
        code_tokens,
        tokens,
        flops: 3.0 * policy.model.flops_per_token() * lengths.iter().sum::<usize>() as f64,
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// The first token that is learnt: what comes before the first action is a prompt.
fn first(trajectory: &Trajectory) -> usize {
    trajectory.choices.first().map_or(trajectory.tokens.len(), |choice| choice.at)
}

/// For every token that is learnt, 1 where it is part of an action and 0 where it is of a thought.
fn code(trajectory: &Trajectory) -> Vec<f32> {
    let mut is_code = vec![0.0; trajectory.tokens.len()];
    for choice in &trajectory.choices {
        is_code[choice.code.clone()].fill(1.0);
    }
    is_code.split_off(first(trajectory))
}

/// The loss of the next token, which also says how likely the code is.
struct Code {
    /// `[predicted]`
    is_code: Tensor,
    /// `[predicted]`
    weights: Tensor,
    /// The sum of the weights of the whole step.
    total: f64,
    /// The sum of the negative log-probabilities of code.
    sum: std::cell::Cell<f64>,
}

impl Objective for Code {
    fn loss(&self, logprobs: &Tensor) -> Tensor {
        let of_code = (logprobs.detach() * &self.is_code).sum(Kind::Float);
        self.sum.set(self.sum.get() - of_code.double_value(&[]));
        -(logprobs * &self.weights).sum(Kind::Float) / self.total
    }

    fn slope(&self) -> Option<Tensor> {
        Some(&self.weights / -self.total)
    }
}
