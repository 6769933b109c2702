//! Log-probabilities of tokens, and the gradient of a loss that is a function of them.
//!
//! The scores of all next tokens are the largest thing in a step: 8,000 tokens of a vocabulary of
//! 150,000 are 5 GB in f32, and the gradient is as much again. So they are made a chunk of tokens at
//! a time and not kept. A loss may need all log-probabilities at once, for instance a ratio of whole
//! texts: they are computed first, without a graph; the loss gives a derivative for each; and in a
//! second round each chunk is made again and its derivative carried back. Where one chunk holds
//! everything, the first round keeps its graph and there is no second.

use tch::{Kind, Tensor};

use super::batch::Batch;
use super::learner::Objective;
use crate::model::{Activations, Decoder};

/// What is traded for memory.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// How many tokens' scores are in memory at once.
    pub chunk: usize,
    /// What is kept of the blocks.
    pub activations: Activations,
}

impl Default for Memory {
    fn default() -> Self {
        Self { chunk: 1024, activations: Activations::Kept }
    }
}

/// The log-probability of every predicted token of `batch`, `[predicted]`, in f32.
///
/// `temperature` divides the scores, as it does while sampling.
pub fn logprobs(model: &Decoder, batch: &Batch, temperature: f64, chunk: usize) -> Tensor {
    tch::no_grad(|| {
        let hidden = model.hidden(&batch.ids(model.device()), batch.segments());
        let hidden = hidden.index_select(0, &batch.sources(model.device()));
        let targets = batch.targets(model.device());
        let chunks = chunks(batch.predicted(), chunk).map(|(begin, length)| {
            let part = hidden.narrow(0, begin, length);
            of_targets(model, &part, &targets.narrow(0, begin, length), temperature)
        });
        Tensor::cat(&chunks.collect::<Vec<_>>(), 0)
    })
}

/// Adds the gradients of `objective` on `batch` to those of the parameters; returns the loss.
///
/// The batch must predict at least one token.
pub fn gradients(
    model: &Decoder,
    batch: &Batch,
    temperature: f64,
    memory: Memory,
    objective: &dyn Objective,
) -> f64 {
    let forward = model.forward(&batch.ids(model.device()), batch.segments(), memory.activations);
    let hidden = forward.hidden().index_select(0, &batch.sources(model.device()));
    let targets = batch.targets(model.device());
    let loss = if batch.predicted() <= memory.chunk {
        let loss = objective.loss(&of_targets(model, &hidden, &targets, temperature));
        loss.backward();
        loss
    } else {
        // Cut here as well, so that the chunks' gradients are added up in one place.
        let cut = hidden.detach().set_requires_grad(true);
        let part = |begin, length| {
            let targets = targets.narrow(0, begin, length);
            of_targets(model, &cut.narrow(0, begin, length), &targets, temperature)
        };
        let chunks: Vec<_> = chunks(batch.predicted(), memory.chunk).collect();
        let parts = chunks.iter().map(|&(begin, length)| tch::no_grad(|| part(begin, length)));
        let logprobs = Tensor::cat(&parts.collect::<Vec<_>>(), 0).set_requires_grad(true);
        let loss = objective.loss(&logprobs);
        loss.backward();
        let derivative = logprobs.grad();
        for (begin, length) in chunks {
            let weighted = part(begin, length) * derivative.narrow(0, begin, length);
            weighted.sum(Kind::Float).backward();
        }
        (hidden * cut.grad()).sum(Kind::Float).backward();
        loss
    };
    forward.backward();
    loss.double_value(&[])
}

fn of_targets(model: &Decoder, hidden: &Tensor, targets: &Tensor, temperature: f64) -> Tensor {
    let scores = model.logits(hidden) / temperature; // [tokens, vocabulary]
    scores.log_softmax(-1, Kind::Float).gather(1, &targets.unsqueeze(1), false).squeeze_dim(1)
}

fn chunks(total: usize, chunk: usize) -> impl Iterator<Item = (i64, i64)> {
    let chunk = chunk.max(1);
    (0..total).step_by(chunk).map(move |begin| (begin as i64, chunk.min(total - begin) as i64))
}
