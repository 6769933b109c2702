//! Many losses to one: which answers weigh how much.
//!
//! Every mean is a sum divided by a number of the whole step, [`Totals`]. So the parts of a step
//! that is computed piece by piece, or by several processes, are simply added.

use tch::{Kind, Tensor};

/// How the losses of tokens become one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregation {
    /// The mean of all tokens of the step: long answers weigh more. DAPO, arXiv:2503.14476.
    TokenMean,
    /// The mean over answers of the mean over their tokens. GRPO, arXiv:2402.03300.
    SequenceMean,
    /// The mean over answers of the sum over their tokens.
    SequenceSum,
    /// The mean over answers of the sum over their tokens divided by a constant. Dr. GRPO,
    /// arXiv:2503.20783. (One public trainer leaves out the mean and only divides.)
    FixedLength {
        /// The longest answer that could be sampled.
        length: f64,
    },
}

/// What the whole step has, over all its pieces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Totals {
    /// Tokens that are not masked.
    pub tokens: f64,
    /// Answers with at least one of them.
    pub sequences: f64,
}

impl Totals {
    /// Those of one mask.
    pub fn of(mask: &Tensor) -> Self {
        let lengths = lengths(mask);
        Self {
            tokens: lengths.sum(Kind::Double).double_value(&[]),
            sequences: lengths.gt(0.0).sum(Kind::Double).double_value(&[]),
        }
    }
}

impl Aggregation {
    /// This piece's share of the loss of a step; all are `[batch, time]`.
    ///
    /// ```
    /// use tch::Tensor;
    /// use trainer::algorithm::{Aggregation, Totals};
    ///
    /// let losses = Tensor::from_slice2(&[[1.0, 3.0], [6.0, 99.0]]);
    /// let mask = Tensor::from_slice2(&[[1.0, 1.0], [1.0, 0.0]]);
    /// let totals = Totals::of(&mask);
    /// let mean = |by: Aggregation| by.aggregate(&losses, &mask, totals).double_value(&[]);
    /// assert!((mean(Aggregation::TokenMean) - 10.0 / 3.0).abs() < 1e-12);
    /// assert!((mean(Aggregation::SequenceMean) - 4.0).abs() < 1e-12);
    /// ```
    pub fn aggregate(self, losses: &Tensor, mask: &Tensor, totals: Totals) -> Tensor {
        let masked = losses * mask;
        let sum = || masked.sum(losses.kind());
        // A piece may consist of nothing but masked answers, and even a step may.
        let (tokens, sequences) = (totals.tokens.max(1.0), totals.sequences.max(1.0));
        match self {
            Self::TokenMean => sum() / tokens,
            Self::SequenceMean => {
                let of_rows = masked.sum_dim_intlist([1_i64].as_slice(), true, losses.kind());
                (of_rows / lengths(mask).clamp_min(1.0)).sum(losses.kind()) / sequences
            }
            Self::SequenceSum => sum() / sequences,
            Self::FixedLength { length } => sum() / (sequences * length),
        }
    }
}

/// How many tokens of each row are not masked: `[batch, 1]`.
pub(super) fn lengths(mask: &Tensor) -> Tensor {
    mask.sum_dim_intlist([1_i64].as_slice(), true, mask.kind())
}
