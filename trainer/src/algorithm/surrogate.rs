//! The loss of one token: what stands in for minus its expected advantage.
//!
//! With `r = exp(new - old)`, the ratio of the probabilities after and before the update, and `A`
//! the advantage. At the first update of a batch `r` is 1 and every surrogate has the gradient of
//! `-A log pi`; they differ in how they stop later updates from going too far.

use tch::Tensor;

use super::aggregation::lengths;

/// Beyond this a ratio is no information, and its exponential no number.
const LARGEST_LOG_RATIO: f64 = 20.0;

/// How the update of a token is bounded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Surrogate {
    /// `max(-A r, -A clip(r, 1 - low, 1 + high))`. PPO, arXiv:1707.06347; a `high` above `low` is
    /// DAPO's "clip-higher", arXiv:2503.14476.
    Clipped {
        /// How far a probability may fall.
        low: f64,
        /// How far it may rise.
        high: f64,
        /// For `A < 0`, the loss is at most `-A` times this: dual clip, arXiv:1912.09729.
        dual: Option<f64>,
    },
    /// As `Clipped`, with one ratio for all tokens of an answer, the exponential of the mean of
    /// their log-ratios. GSPO, arXiv:2507.18071, whose bounds are 3e-4 and 4e-4. Belongs with
    /// `Aggregation::SequenceMean`.
    SequenceClipped {
        /// How far the ratio may fall.
        low: f64,
        /// How far it may rise.
        high: f64,
    },
    /// `-A c log pi` with `c = clip(r, least, most)` as a constant: every token keeps a gradient.
    /// CISPO, arXiv:2506.13585. Implementations give the bounds in three conventions; here they
    /// are those of the ratio itself, so `1 - low` and `1 + high` of others, or 0 for no bound.
    Reweighted {
        /// The smallest weight.
        least: f64,
        /// The largest weight.
        most: f64,
    },
}

impl Surrogate {
    /// Outside of which the ratio of a token is bounded; nothing where that is not by token.
    pub fn bounds(self) -> Option<(f64, f64)> {
        match self {
            Self::Clipped { low, high, .. } => Some((1.0 - low, 1.0 + high)),
            Self::Reweighted { least, most } => Some((least, most)),
            Self::SequenceClipped { .. } => None,
        }
    }

    /// The loss of each token. Log-probabilities and mask are `[batch, time]`, advantages
    /// `[batch, 1]` or `[batch, time]`.
    ///
    /// ```
    /// use tch::Tensor;
    /// use trainer::algorithm::Surrogate;
    ///
    /// let clipped = Surrogate::Clipped { low: 0.2, high: 0.28, dual: None };
    /// let (new, old) = (Tensor::from_slice2(&[[1.5_f64.ln()]]), Tensor::from_slice2(&[[0.0]]));
    /// let one = old.ones_like();
    /// let loss = clipped.losses(&new, &old, &one, &one).double_value(&[0, 0]);
    /// assert!((loss - -1.28).abs() < 1e-12);
    /// ```
    pub fn losses(self, new: &Tensor, old: &Tensor, advantages: &Tensor, mask: &Tensor) -> Tensor {
        let log_ratio = (new - old) * mask;
        match self {
            Self::Clipped { low, high, dual } => {
                let losses = clipped(&ratio(&log_ratio), advantages, low, high);
                match dual {
                    Some(most) => dual_clipped(&losses, advantages, most),
                    None => losses,
                }
            }
            Self::SequenceClipped { low, high } => {
                let sum = log_ratio.sum_dim_intlist([1_i64].as_slice(), true, new.kind());
                let of_rows = ratio(&(sum / lengths(mask).clamp_min(1.0)));
                clipped(&of_rows, advantages, low, high).expand_as(mask)
            }
            Self::Reweighted { least, most } => {
                let weight = ratio(&log_ratio).clamp(least, most).detach();
                -(weight * advantages * new)
            }
        }
    }
}

fn ratio(log_ratio: &Tensor) -> Tensor {
    log_ratio.clamp(-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO).exp()
}

fn clipped(ratio: &Tensor, advantages: &Tensor, low: f64, high: f64) -> Tensor {
    let free = -(ratio * advantages);
    let bounded = -(ratio.clamp(1.0 - low, 1.0 + high) * advantages);
    free.maximum(&bounded)
}

fn dual_clipped(losses: &Tensor, advantages: &Tensor, most: f64) -> Tensor {
    let bounded = losses.minimum(&(advantages * -most));
    bounded.where_self(&advantages.lt(0.0), losses)
}
