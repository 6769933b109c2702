//! Log-probabilities of tokens, and the gradient of a loss that is a function of them.
//!
//! The scores of all next tokens are the largest thing in a step: 8,000 tokens of a vocabulary of
//! 150,000 are 5 GB in f32, and the gradient is as much again. So they are made a chunk of tokens at
//! a time and not kept. A loss may need all log-probabilities at once, for instance a ratio of whole
//! texts: they are computed first, without a graph; the loss gives a derivative for each; and in a
//! second round each chunk is made again and its derivative carried back. Where one chunk holds
//! everything, or the derivatives are known beforehand, there is one round only.

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
        let targets = Targets::of(batch, model);
        let chunks = chunks(batch.predicted(), chunk).map(|(begin, length)| {
            let part = hidden.narrow(0, begin, length);
            targets.narrow(begin, length).logprobs(model, &part, temperature)
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
    let targets = Targets::of(batch, model);
    let loss = if batch.predicted() <= memory.chunk {
        let loss = objective.loss(&targets.logprobs(model, &hidden, temperature));
        loss.backward();
        loss
    } else {
        // Cut here as well, so that the chunks' gradients are added up in one place.
        let cut = hidden.detach().set_requires_grad(true);
        let part = |begin, length| {
            let cut = cut.narrow(0, begin, length);
            targets.narrow(begin, length).logprobs(model, &cut, temperature)
        };
        let chunks: Vec<_> = chunks(batch.predicted(), memory.chunk).collect();
        let carry = |(begin, length), derivative: &Tensor| {
            let part = part(begin, length);
            (&part * derivative.narrow(0, begin, length)).sum(Kind::Float).backward();
            part.detach()
        };
        let loss = if let Some(slope) = objective.slope() {
            let parts = chunks.into_iter().map(|chunk| carry(chunk, &slope));
            objective.loss(&Tensor::cat(&parts.collect::<Vec<_>>(), 0))
        } else {
            let parts = chunks.iter().map(|&(begin, length)| tch::no_grad(|| part(begin, length)));
            let logprobs = Tensor::cat(&parts.collect::<Vec<_>>(), 0).set_requires_grad(true);
            let loss = objective.loss(&logprobs);
            loss.backward();
            for chunk in chunks {
                let _ = carry(chunk, &logprobs.grad());
            }
            loss
        };
        (hidden * cut.grad()).sum(Kind::Float).backward();
        loss
    };
    forward.backward();
    loss.double_value(&[])
}

/// What is predicted, on the model's device.
struct Targets {
    /// `[predicted]`, negative for none of `excluded`.
    ids: Tensor,
    excluded: Option<Tensor>,
}

/// The logarithm of a probability that leaves something for its opposite, whose logarithm is finite then.
const NEARLY_CERTAIN: f64 = -1e-6;

impl Targets {
    fn of(batch: &Batch, model: &Decoder) -> Self {
        let device = model.device();
        Self { ids: batch.targets(device), excluded: batch.excluded(device) }
    }

    fn narrow(&self, begin: i64, length: i64) -> Self {
        let excluded = self.excluded.as_ref().map(Tensor::shallow_clone);
        Self { ids: self.ids.narrow(0, begin, length), excluded }
    }

    /// The log-probability of each target, `[predicted]`.
    fn logprobs(&self, model: &Decoder, hidden: &Tensor, temperature: f64) -> Tensor {
        let scores = model.logits(hidden) / temperature; // [predicted, vocabulary]
        let all = scores.log_softmax(-1, Kind::Float);
        let of_token = all.gather(1, &self.ids.clamp_min(0).unsqueeze(1), false).squeeze_dim(1);
        let Some(excluded) = &self.excluded else { return of_token };
        let of_any = all.index_select(1, excluded).logsumexp([-1_i64].as_slice(), false);
        let of_none = (-of_any.clamp_max(NEARLY_CERTAIN).expm1()).log();
        of_none.where_self(&self.ids.lt(0), &of_token)
    }
}

fn chunks(total: usize, chunk: usize) -> impl Iterator<Item = (i64, i64)> {
    let chunk = chunk.max(1);
    (0..total).step_by(chunk).map(move |begin| (begin as i64, chunk.min(total - begin) as i64))
}
