//! The loss of some answers, given the log-probabilities of all their tokens.
//!
//! The tokens of answers lie packed one behind the other; the formulas of this module are over a
//! rectangle of answers and their tokens. Here one becomes the other.

use std::cell::Cell;

use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use super::aggregation::Totals;
use super::objective::Objective;
use super::surrogate::Surrogate;
use crate::learning;

/// One answer, as the loss sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<'a> {
    /// The log-probability of each of its tokens before the update.
    pub old: &'a [f32],
    /// The same by who sampled it, where that was somebody else.
    pub rollout: Option<&'a [f32]>,
    /// The same by the reference, where the objective has one.
    pub reference: Option<&'a [f32]>,
    /// How much better it was than its siblings.
    pub advantage: f64,
}

/// What was seen of the policy while its loss was computed.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Observed {
    /// The largest distance of a token's log-probability from the one by which it was sampled.
    pub gap: f64,
    /// The sum over tokens of the probability ratios that left the bounds of the surrogate.
    pub clipped: f64,
    /// The sum over tokens of the estimated divergence from the reference.
    pub divergence: f64,
}

impl Observed {
    /// What is seen of tokens by their log-probabilities now, before the update and when they were
    /// sampled, and of `divergence` by token; all in one shape, with a mask of those that count.
    pub(crate) fn of(
        surrogate: Surrogate,
        [new, old, sampled]: [&Tensor; 3],
        mask: &Tensor,
        divergence: Option<&Tensor>,
    ) -> Self {
        tch::no_grad(|| {
            let distance = (new - old) * mask;
            let sum = |it: &Tensor| (it * mask).sum(Kind::Double).double_value(&[]);
            let clipped = surrogate.bounds().map(|(least, most)| {
                let ratio = distance.exp();
                sum(&ratio.lt(least).logical_or(&ratio.gt(most)))
            });
            Self {
                gap: ((new - sampled) * mask).abs().max().double_value(&[]),
                clipped: clipped.unwrap_or(0.0),
                divergence: divergence.map_or(0.0, sum),
            }
        })
    }
}

/// The loss of a batch of answers.
#[derive(Debug)]
pub struct PolicyLoss {
    objective: Objective,
    totals: Totals,
    /// For every place of the rectangle, which predicted token of the batch it is.
    places: Tensor,
    /// 1 where there is a token: `[answers, time]`.
    mask: Tensor,
    advantages: Tensor,
    old: Tensor,
    rollout: Option<Tensor>,
    reference: Option<Tensor>,
    observed: Cell<Observed>,
}

impl PolicyLoss {
    /// The loss of `answers`, whose tokens are what a batch predicts, in this order. The step of which
    /// they are a part has `totals`.
    pub fn new(
        objective: Objective,
        totals: Totals,
        answers: &[Answer<'_>],
        device: Device,
    ) -> Self {
        let longest = answers.iter().map(|answer| answer.old.len()).max().unwrap_or(0);
        let (mut places, mut mask) = (Vec::new(), Vec::new());
        let mut begin = 0;
        for answer in answers {
            let length = answer.old.len();
            for place in 0..longest {
                places.push(if place < length { (begin + place) as i64 } else { 0 });
                mask.push(f32::from(u8::from(place < length)));
            }
            begin += length;
        }
        let shape = [answers.len() as i64, longest as i64];
        let rectangle = |rows: Vec<&[f32]>| {
            let padding = |row: &[f32]| std::iter::repeat_n(0.0, longest - row.len());
            let padded = rows.into_iter().flat_map(|row| row.iter().copied().chain(padding(row)));
            let flat: Vec<f32> = padded.collect();
            Tensor::from_slice(&flat).view(shape).to_device(device)
        };
        let of_all = |rows: Option<Vec<_>>| rows.filter(|rows| !rows.is_empty()).map(rectangle);
        let advantages: Vec<f32> = answers.iter().map(|it| it.advantage as f32).collect();
        Self {
            objective,
            totals,
            places: Tensor::from_slice(&places).to_device(device),
            mask: Tensor::from_slice(&mask).view(shape).to_device(device),
            advantages: Tensor::from_slice(&advantages).view([shape[0], 1]).to_device(device),
            old: rectangle(answers.iter().map(|it| it.old).collect()),
            rollout: of_all(answers.iter().map(|it| it.rollout).collect()),
            reference: of_all(answers.iter().map(|it| it.reference).collect()),
            observed: Cell::default(),
        }
    }

    /// What was seen when the loss was last computed.
    pub fn observed(&self) -> Observed {
        self.observed.get()
    }
}

impl learning::Objective for PolicyLoss {
    fn loss(&self, logprobs: &Tensor) -> Tensor {
        let Self { objective, mask, old, advantages, .. } = self;
        let new = logprobs.index_select(0, &self.places).view_as(mask);
        // Some surrogates spread one number over an answer, so nothing is changed in place here.
        let surrogate = objective.surrogate.losses(&new, old, advantages, mask);
        let corrected = match (objective.correction, &self.rollout) {
            (Some(correction), Some(rollout)) => surrogate * correction.weights(old, rollout, mask),
            _ => surrogate,
        };
        let (losses, divergence) = match (objective.kl, &self.reference) {
            (Some((estimator, beta)), Some(reference)) => {
                let estimate = estimator.estimate(&new, reference);
                (corrected + &estimate * beta, Some(estimate.detach()))
            }
            _ => (corrected, None),
        };
        let places = [&new, old, self.rollout.as_ref().unwrap_or(old)];
        let observed = Observed::of(objective.surrogate, places, mask, divergence.as_ref());
        self.observed.set(observed);
        objective.aggregation.aggregate(&losses, mask, self.totals)
    }
}

/// What a step has whose answers have these lengths.
pub fn totals(lengths: impl IntoIterator<Item = usize>) -> Totals {
    let mut totals = Totals { tokens: 0.0, sequences: 0.0 };
    for length in lengths.into_iter().filter(|&length| length > 0) {
        totals.tokens += length as f64;
        totals.sequences += 1.0;
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::Objective as _;

    #[test]
    fn answers_in_a_batch_have_the_loss_of_the_rectangle() {
        let objective = Objective::preset("grpo", 8).expect("a known name");
        let (first, second) = ([-1.0_f32, -2.0, -0.5], [-0.7_f32]);
        let answers = [
            Answer { old: &first, rollout: None, reference: Some(&first), advantage: 1.5 },
            Answer { old: &second, rollout: None, reference: Some(&second), advantage: -0.5 },
        ];
        let totals = totals([3, 1]);
        let loss = PolicyLoss::new(objective, totals, &answers, Device::Cpu);
        let packed = Tensor::from_slice(&[-1.1_f32, -1.9, -0.5, -0.9]);
        let new = Tensor::from_slice2(&[[-1.1_f32, -1.9, -0.5], [-0.9, 0.0, 0.0]]);
        let old = Tensor::from_slice2(&[[-1.0_f32, -2.0, -0.5], [-0.7, 0.0, 0.0]]);
        let mask = Tensor::from_slice2(&[[1.0_f32, 1.0, 1.0], [1.0, 0.0, 0.0]]);
        let advantages = Tensor::from_slice2(&[[1.5_f32], [-0.5]]);
        let (estimator, beta) = objective.kl.expect("this preset has one");
        let losses = objective.surrogate.losses(&new, &old, &advantages, &mask)
            + estimator.estimate(&new, &old) * beta;
        let expected = objective.aggregation.aggregate(&losses, &mask, Totals::of(&mask));
        let actual = loss.loss(&packed);
        assert!((actual - expected).abs().double_value(&[]) < 1e-7);
        assert!((loss.observed().gap - 0.2).abs() < 1e-6);
    }
}
