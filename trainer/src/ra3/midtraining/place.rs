//! Where in its rounds a run is, and how much work comes before.

use serde::{Deserialize, Serialize};

use super::Midtraining;
use super::settings::Algorithm;
use crate::checkpoint::Progress;

/// Where the M-steps stand.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(super) struct Reached {
    /// How many were made.
    pub(super) learned: u64,
    /// How many tokens were learnt in them.
    pub(super) tokens: usize,
}

impl Reached {
    /// What a checkpoint says. One of another hand says how many steps there were.
    pub(super) fn in_progress(progress: &Progress) -> Self {
        let said = serde_json::from_value(progress.data.clone());
        said.unwrap_or(Self { learned: progress.step, tokens: 0 })
    }
}

impl Midtraining {
    pub(super) fn is_finished(&self, reached: Reached) -> bool {
        let most = self.settings.total_tokens;
        reached.learned >= self.settings.steps || most.is_some_and(|most| reached.tokens >= most)
    }

    /// Whether there are thoughts: not where they are infinitely dear.
    pub(super) fn thinks(&self) -> bool {
        let price = self.settings.expectation.rewards.thought;
        self.settings.algorithm != Algorithm::Ntp && price != f64::INFINITY
    }

    /// The first M-step of a round.
    pub(super) fn first_step(&self, round: u64) -> u64 {
        round * self.settings.steps / self.settings.rounds
    }

    pub(super) fn round_of(&self, learned: u64) -> u64 {
        let last = self.settings.rounds.saturating_sub(1);
        (0..=last).rev().find(|&round| self.first_step(round) <= learned).unwrap_or(0)
    }

    fn chunks(&self, round: u64) -> u64 {
        let steps = self.first_step(round + 1) - self.first_step(round);
        (steps * self.settings.programs as u64).div_ceil(self.settings.chunk as u64)
    }

    /// Units of work before a round.
    pub(super) fn units_before(&self, round: u64) -> u64 {
        let thinking =
            if self.thinks() { (0..round).map(|it| self.units_of_thinking(it)).sum() } else { 0 };
        self.first_step(round) + thinking
    }

    /// Units of work before M-step `learned`, which is one of `round`.
    pub(super) fn units_of_learning(&self, round: u64, learned: u64) -> u64 {
        let thinking = if self.thinks() { self.units_of_thinking(round) } else { 0 };
        self.units_before(round) + thinking + learned - self.first_step(round)
    }

    fn units_of_thinking(&self, round: u64) -> u64 {
        self.settings.explain_steps + self.chunks(round)
    }

    /// The places in the order of programs that the M-steps of a round take.
    pub(super) fn programs_of(&self, round: u64) -> std::ops::Range<u64> {
        let each = self.settings.programs as u64;
        self.first_step(round) * each..self.first_step(round + 1) * each
    }
}
