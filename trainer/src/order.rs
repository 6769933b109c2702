//! Which prompts or programs a step takes.

use crate::sampling::Draw;

/// Which prompt, or program, is drawn when: every one once, in an order that depends on the seed, then every one
/// once in another, and so on.
pub(crate) struct Order {
    seed: u64,
    /// The round that is known, and its prompts.
    round: u64,
    prompts: Vec<usize>,
}

impl Order {
    /// Of `count` prompts, of which there must be one.
    pub(crate) fn new(seed: u64, count: usize) -> Self {
        Self { seed, round: 0, prompts: round(seed, 0, count) }
    }

    /// The prompt that is drawn after `drawn` others.
    pub(crate) fn prompt(&mut self, drawn: u64) -> usize {
        let count = self.prompts.len();
        let (wanted, place) = (drawn / count as u64, drawn % count as u64);
        if self.round != wanted {
            (self.round, self.prompts) = (wanted, round(self.seed, wanted, count));
        }
        self.prompts[place as usize]
    }
}

fn round(seed: u64, round: u64, count: usize) -> Vec<usize> {
    let number = |prompt: usize| {
        // No answer has this number.
        let (sample, position) = (u32::MAX, 0);
        Draw { seed, step: round as u32, prompt: prompt as u32, sample, position }.uniform()
    };
    let mut keyed: Vec<(f64, usize)> = (0..count).map(|prompt| (number(prompt), prompt)).collect();
    keyed.sort_by(|left, right| left.0.total_cmp(&right.0));
    keyed.into_iter().map(|(_, prompt)| prompt).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_prompt_comes_once_a_round_and_rounds_differ() {
        let mut order = Order::new(7, 20);
        let mut round = |number: u64| -> Vec<usize> {
            (0..20).map(|place| order.prompt(number * 20 + place)).collect()
        };
        for number in 0..3 {
            assert_eq!(round(number).into_iter().collect::<BTreeSet<_>>().len(), 20);
        }
        assert_ne!(round(0), round(1));
        let mut other = Order::new(8, 20);
        assert_ne!(round(0), (0..20).map(|place| other.prompt(place)).collect::<Vec<_>>());
    }
}
