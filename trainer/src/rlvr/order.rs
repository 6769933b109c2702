//! Which prompts a step answers.

use crate::sampling::Draw;

/// The prompt that is drawn after `drawn` others, of `count`: every prompt once, in an order that
/// depends on the seed, then every prompt once in another, and so on.
pub(super) fn prompt(seed: u64, drawn: u64, count: usize) -> usize {
    let (round, place) = (drawn / count as u64, drawn % count as u64);
    let key = |prompt: usize| {
        // No answer has this number.
        let (sample, position) = (u32::MAX, 0);
        Draw { seed, step: round as u32, prompt: prompt as u32, sample, position }.uniform()
    };
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&left, &right| key(left).total_cmp(&key(right)));
    order[place as usize]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_prompt_comes_once_a_round_and_rounds_differ() {
        let round = |number: u64| -> Vec<usize> {
            (0..20).map(|place| prompt(7, number * 20 + place, 20)).collect()
        };
        for number in 0..3 {
            assert_eq!(round(number).into_iter().collect::<BTreeSet<_>>().len(), 20);
        }
        assert_ne!(round(0), round(1));
        assert_ne!(round(0), (0..20).map(|place| prompt(8, place, 20)).collect::<Vec<_>>());
    }
}
