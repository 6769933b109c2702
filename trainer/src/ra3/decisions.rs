//! What an E-step learns from: decisions and thoughts, each with what followed from it.
//!
//! ```text
//!   once    - 1/N sum over draws of A log q
//!   again   - 1/N sum over draws of min(A r, A clip(r, 1 - low, 1 + high)),   r = q / q as it drew
//! ```
//!
//! `N` is the number of lines. The second is PPO's (arXiv:1707.06347); where `r` is 1 both have the
//! same gradient. `r` belongs to a draw, which is a decision to go on or a token of a thought.

use std::cell::Cell;
use std::num::NonZeroUsize;

use tch::{Device, Kind, Tensor};

use super::thoughts::Marks;
use super::trajectory::{Choice, Trajectory, distinct};
use crate::algorithm::{Observed, Surrogate};
use crate::learning::{Batch, Objective, pack};

/// How often an E-step learns from what it drew; by default once, as it was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reuse {
    /// How often all of it is gone through.
    pub epochs: NonZeroUsize,
    /// In how many updates each time, of as many windows each. Windows are drawn at random, so they
    /// are taken in their order.
    pub updates: NonZeroUsize,
    /// How an update is bounded, where there are several.
    pub surrogate: Surrogate,
}

impl Default for Reuse {
    fn default() -> Self {
        Self {
            epochs: NonZeroUsize::MIN,
            updates: NonZeroUsize::MIN,
            surrogate: Surrogate::Clipped { low: 0.2, high: 0.2, dual: None },
        }
    }
}

impl Reuse {
    /// Whether there is one update, which needs no bounds.
    pub(super) fn is_once(self) -> bool {
        self.epochs == NonZeroUsize::MIN && self.updates == NonZeroUsize::MIN
    }
}

/// What one update learns from, in batches.
pub(super) struct Share {
    pub(super) batches: Vec<(Batch, Decisions)>,
    /// How many tokens those have.
    pub(super) tokens: usize,
}

impl Share {
    /// The share of trajectories whose lines have these advantages, in batches of so many tokens.
    pub(super) fn of(
        trajectories: &[Trajectory],
        advantages: &[Vec<f64>],
        marks: &Marks,
        (reuse, batch_tokens): (Reuse, usize),
        device: Device,
    ) -> Self {
        let parts = merged(trajectories, advantages);
        let lengths: Vec<usize> = parts.iter().map(|(it, _)| it.tokens.len()).collect();
        let total = trajectories.iter().map(|it| it.choices.len()).sum::<usize>() as f64;
        let batches = pack(&lengths, batch_tokens).into_iter().map(|members| {
            let mut batch = Batch::excluding(&marks.openings);
            let (mut weights, mut drawn) = (Vec::new(), Vec::new());
            for (trajectory, own) in members.into_iter().map(|member| &parts[member]) {
                batch.add_text(&trajectory.tokens, trajectory.drawn());
                weights.extend(own);
                drawn.extend(trajectory.logprobs());
            }
            (batch, Decisions::new(&weights, &drawn, total, reuse, device))
        });
        let batches = batches.filter(|(batch, _)| batch.predicted() > 0).collect();
        Self { batches, tokens: lengths.iter().sum() }
    }
}

/// How much a draw counts, in all trajectories that have it.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// The sum of their advantages,
    all: f64,
    /// of those above zero,
    rises: f64,
    /// and of those below.
    falls: f64,
}

impl Weight {
    fn add(&mut self, advantage: f64) {
        self.all += advantage;
        self.rises += advantage.max(0.0);
        self.falls += advantage.min(0.0);
    }
}

/// Trajectories with how much each of their draws counts; of those with the same tokens, one with the
/// sums of their weights.
fn merged<'a>(
    trajectories: &'a [Trajectory],
    advantages: &[Vec<f64>],
) -> Vec<(&'a Trajectory, Vec<Weight>)> {
    let (distinct, which) = distinct(trajectories);
    let draws = |it: &Trajectory| it.choices.iter().map(Choice::draws).sum();
    let mut parts: Vec<(&Trajectory, Vec<Weight>)> =
        distinct.into_iter().map(|it| (it, vec![Weight::default(); draws(it)])).collect();
    for ((trajectory, advantages), part) in trajectories.iter().zip(advantages).zip(which) {
        let each = trajectory.choices.iter().zip(advantages);
        let own = each.flat_map(|(choice, &it)| std::iter::repeat_n(it, choice.draws()));
        parts[part].1.iter_mut().zip(own).for_each(|(weight, advantage)| weight.add(advantage));
    }
    parts
}

/// The loss of decisions.
pub(super) struct Decisions {
    counts: Counts,
    /// What was said of each when it was drawn, `[predicted]`.
    drawn: Tensor,
    total: f64,
    surrogate: Surrogate,
    observed: Cell<Observed>,
}

/// How much decisions count, `[predicted]`.
enum Counts {
    Once(Tensor),
    /// What bounds a ratio asks for the sign of the advantage, so those above zero and those below are
    /// apart where trajectories were merged.
    Again {
        rises: Tensor,
        falls: Tensor,
    },
}

impl Decisions {
    fn new(weights: &[Weight], drawn: &[f32], total: f64, reuse: Reuse, device: Device) -> Self {
        let tensor = |of: fn(&Weight) -> f64| {
            let numbers: Vec<f32> = weights.iter().map(|it| of(it) as f32).collect();
            Tensor::from_slice(&numbers).to_device(device)
        };
        Self {
            counts: match reuse.is_once() {
                true => Counts::Once(tensor(|it| it.all)),
                false => {
                    Counts::Again { rises: tensor(|it| it.rises), falls: tensor(|it| it.falls) }
                }
            },
            drawn: Tensor::from_slice(drawn).to_device(device),
            total,
            surrogate: reuse.surrogate,
            observed: Cell::default(),
        }
    }

    /// What was seen when the loss was last computed.
    pub(super) fn observed(&self) -> Observed {
        self.observed.get()
    }
}

impl Objective for Decisions {
    fn loss(&self, logprobs: &Tensor) -> Tensor {
        let ones = self.drawn.ones_like();
        let places = [logprobs, &self.drawn, &self.drawn];
        self.observed.set(Observed::of(self.surrogate, places, &ones, None));
        match &self.counts {
            Counts::Once(weights) => -(logprobs * weights).sum(Kind::Float) / self.total,
            Counts::Again { rises, falls } => {
                let row = |it: &Tensor| it.unsqueeze(0); // [1, predicted]
                let (new, old, mask) = (row(logprobs), row(&self.drawn), row(&ones));
                let losses = |advantages: &Tensor| {
                    self.surrogate.losses(&new, &old, &row(advantages), &mask).sum(Kind::Float)
                };
                (losses(rises) + losses(falls)) / self.total
            }
        }
    }

    fn slope(&self) -> Option<Tensor> {
        match &self.counts {
            Counts::Once(weights) => Some(weights / -self.total),
            Counts::Again { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loss of draws with these ratios and advantages, each by itself, and the gradient.
    fn learnt(reuse: Reuse, draws: &[(f64, &[f64])]) -> (f64, Vec<f32>) {
        let weight = |advantages: &&[f64]| {
            let mut weight = Weight::default();
            advantages.iter().for_each(|&it| weight.add(it));
            weight
        };
        let weights: Vec<Weight> = draws.iter().map(|(_, it)| weight(it)).collect();
        let drawn = vec![-2.0_f32; draws.len()];
        let decisions = Decisions::new(&weights, &drawn, 1.0, reuse, Device::Cpu);
        let new: Vec<f32> = draws.iter().map(|(ratio, _)| ratio.ln() as f32 - 2.0).collect();
        let new = Tensor::from_slice(&new).set_requires_grad(true);
        let loss = decisions.loss(&new);
        loss.backward();
        (loss.double_value(&[]), Vec::try_from(new.grad()).unwrap())
    }

    fn again() -> Reuse {
        let surrogate = Surrogate::Clipped { low: 0.2, high: 0.28, dual: None };
        Reuse { epochs: 2.try_into().unwrap(), surrogate, ..Reuse::default() }
    }

    #[test]
    fn a_ratio_counts_up_to_its_bounds_and_not_beyond() {
        for (ratio, advantage, value, is_bounded) in [
            (1.5, 1.0, 1.28, true),
            (0.5, 1.0, 0.5, false),
            (1.5, -1.0, -1.5, false),
            (0.5, -1.0, -0.8, true),
            (1.25, 1.0, 1.25, false),
            (1.1, -2.0, -2.2, false),
        ] {
            let (loss, gradient) = learnt(again(), &[(ratio, &[advantage])]);
            assert!((loss + value).abs() < 1e-5, "{ratio} {advantage}: {loss}");
            let expected = if is_bounded { 0.0 } else { -(ratio * advantage) as f32 };
            assert!((gradient[0] - expected).abs() < 1e-5, "{ratio} {advantage}: {gradient:?}");
            assert!(!is_bounded || gradient[0] == 0.0, "{ratio} {advantage}: {gradient:?}");
        }
    }

    #[test]
    fn trajectories_that_were_merged_are_bounded_each_by_the_sign_of_its_own_advantage() {
        let advantages = [1.0, -0.25, 2.0, -3.0];
        for ratio in [0.5, 1.0, 1.5] {
            let apart = advantages.map(|it| learnt(again(), &[(ratio, &[it])]));
            let (loss, gradient) = learnt(again(), &[(ratio, &advantages)]);
            let sums = apart.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1[0]));
            assert!((loss - sums.0).abs() < 1e-5 && (gradient[0] - sums.1).abs() < 1e-5);
        }
    }

    #[test]
    fn where_nothing_was_learnt_yet_both_losses_have_one_gradient() {
        let draws: [(f64, &[f64]); 3] = [(1.0, &[0.7, -0.2]), (1.0, &[-1.5]), (1.0, &[0.0])];
        let (_, once) = learnt(Reuse::default(), &draws);
        let (_, again) = learnt(again(), &draws);
        for (once, again) in once.iter().zip(&again) {
            assert!((once - again).abs() < 1e-6, "{once} {again}");
        }
    }
}
