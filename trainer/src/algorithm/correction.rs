//! Answers that were sampled by other weights, or by another program, than those being trained.
//!
//! The gradient is an expectation over what the trained policy `old` would sample. Samples of a
//! `rollout` policy are weighed by `w = old / rollout`, and `w` is kept from exploding in one of
//! several ways. Weights are constants: no gradient flows through them.

use tch::Tensor;

/// How the weight of a token is kept bounded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Correction {
    /// `min(w_t, cap)` by token: truncated importance sampling.
    Truncated {
        /// The largest weight; 2 is usual.
        cap: f64,
    },
    /// `w_t` by token, and 0 where it is outside of the bounds.
    TokenMask {
        /// The smallest weight that counts.
        low: f64,
        /// The largest weight that counts.
        high: f64,
    },
    /// The product of an answer's weights for all its tokens, and 0 for the whole answer where it
    /// is above the cap.
    SequenceMask {
        /// The largest product that counts; 3 is usual.
        cap: f64,
    },
}

impl Correction {
    /// The weight of each token, from log-probabilities: `[batch, time]`, or `[batch, 1]` where all
    /// tokens of an answer share one.
    ///
    /// ```
    /// use tch::Tensor;
    /// use trainer::algorithm::Correction;
    ///
    /// let old = Tensor::from_slice2(&[[-1.0, -1.0]]);
    /// let rollout = Tensor::from_slice2(&[[-3.0, -1.0]]);
    /// let weights = Correction::Truncated { cap: 2.0 }.weights(&old, &rollout, &old.ones_like());
    /// assert_eq!(weights, Tensor::from_slice2(&[[2.0, 1.0]]));
    /// ```
    pub fn weights(self, old: &Tensor, rollout: &Tensor, mask: &Tensor) -> Tensor {
        let log_weights = (old.detach() - rollout.detach()) * mask;
        match self {
            Self::Truncated { cap } => log_weights.exp().clamp_max(cap),
            Self::TokenMask { low, high } => {
                let weights = log_weights.exp();
                let counts = weights.ge(low).logical_and(&weights.le(high));
                weights.where_self(&counts, &weights.zeros_like())
            }
            Self::SequenceMask { cap } => {
                let of_rows = log_weights.sum_dim_intlist([1_i64].as_slice(), true, old.kind());
                let weights = of_rows.exp();
                weights.where_self(&weights.le(cap), &weights.zeros_like())
            }
        }
    }
}
