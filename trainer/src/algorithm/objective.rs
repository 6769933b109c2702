//! Which part of each kind a run uses, and the published combinations.

use super::{Aggregation, Correction, KlEstimator, Surrogate, whitened};
use crate::advantage::{Scale, group_relative, leave_one_out};

/// What a reward is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Baseline {
    /// The mean of its group, divided as the scale says.
    Group(Scale),
    /// The mean of the others of its group: RLOO.
    LeaveOneOut,
    /// The mean of all tokens of the batch: REINFORCE++.
    Batch,
    /// The mean of its group, then whitened over all tokens: REINFORCE++-baseline.
    GroupThenBatch,
}

/// What is minimised, and which answers take part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// Rewards to advantages.
    pub baseline: Baseline,
    /// The loss of a token.
    pub surrogate: Surrogate,
    /// The losses of tokens to one.
    pub aggregation: Aggregation,
    /// A penalty for leaving the reference, and its weight.
    pub kl: Option<(KlEstimator, f64)>,
    /// For answers that other weights have sampled.
    pub correction: Option<Correction>,
    /// Answers that were cut off teach nothing.
    pub mask_truncated: bool,
    /// Groups whose rewards are all equal are sampled again (dynamic sampling).
    pub drop_equal_groups: bool,
}

impl Objective {
    /// The advantage of every answer of some groups, from their rewards and their numbers of tokens.
    ///
    /// # Panics
    ///
    /// If there are not as many lengths as rewards.
    pub fn advantages(&self, rewards: &[Vec<f32>], lengths: &[Vec<usize>]) -> Vec<Vec<f64>> {
        let by_group = |of: fn(&[f32]) -> Vec<f64>| rewards.iter().map(|it| of(it)).collect();
        let over_all = |values: Vec<Vec<f64>>| {
            let flat: Vec<f64> = values.iter().flatten().copied().collect();
            let mut all = whitened(&flat, &lengths.concat()).into_iter();
            rewards.iter().map(|group| all.by_ref().take(group.len()).collect()).collect()
        };
        match self.baseline {
            Baseline::Group(scale) => rewards.iter().map(|it| group_relative(it, scale)).collect(),
            Baseline::LeaveOneOut => by_group(leave_one_out),
            Baseline::Batch => {
                over_all(by_group(|group| group.iter().copied().map(f64::from).collect()))
            }
            Baseline::GroupThenBatch => {
                over_all(by_group(|group| group_relative(group, Scale::None)))
            }
        }
    }

    /// The names that [`preset`](Self::preset) knows.
    pub const PRESETS: [&str; 4] = ["grpo", "dr-grpo", "dapo", "deepcoder"];

    /// A published recipe, where the longest answer has `longest` tokens.
    ///
    /// | name | advantage | clip | mean over | besides |
    /// |---|---|---|---|---|
    /// | `grpo` | sample deviation | 0.2, 0.2 | answers | 0.04 k3 |
    /// | `dr-grpo` | centred only | 0.2, 0.2 | answers, by `longest` | |
    /// | `dapo` | sample deviation | 0.2, 0.28 | tokens | equal groups dropped |
    /// | `deepcoder` | sample deviation | 0.2, 0.28 | tokens | truncated answers masked |
    ///
    /// DAPO's penalty on length changes rewards and is [`Overlong`](super::Overlong).
    ///
    /// ```
    /// use trainer::algorithm::{Aggregation, Objective};
    ///
    /// let dapo = Objective::preset("dapo", 1024).expect("a known name");
    /// assert_eq!(dapo.aggregation, Aggregation::TokenMean);
    /// assert!(Objective::preset("dapper", 1024).is_none());
    /// ```
    pub fn preset(name: &str, longest: usize) -> Option<Self> {
        let grpo = Self {
            baseline: Baseline::Group(Scale::SampleDeviation { epsilon: 1e-6 }),
            surrogate: Surrogate::Clipped { low: 0.2, high: 0.2, dual: None },
            aggregation: Aggregation::SequenceMean,
            kl: Some((KlEstimator::K3, 0.04)),
            correction: None,
            mask_truncated: false,
            drop_equal_groups: false,
        };
        let deepcoder = Self {
            surrogate: Surrogate::Clipped { low: 0.2, high: 0.28, dual: None },
            aggregation: Aggregation::TokenMean,
            kl: None,
            mask_truncated: true,
            ..grpo
        };
        Some(match name {
            "grpo" => grpo,
            "dr-grpo" => Self {
                baseline: Baseline::Group(Scale::None),
                aggregation: Aggregation::FixedLength { length: longest as f64 },
                kl: None,
                ..grpo
            },
            "dapo" => Self { mask_truncated: false, drop_equal_groups: true, ..deepcoder },
            "deepcoder" => deepcoder,
            _ => return None,
        })
    }
}
