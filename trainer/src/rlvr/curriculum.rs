//! Which prompts are worth asking, by what their answers earned.
//!
//! A prompt whose answers all earned the same teaches nothing: it is too easy, or too hard, for now. It
//! rests: the order comes by and passes it over, once after the first such group, twice after the
//! second, then four times, and so on up to [`LONGEST`]. A group in which some answers earned more than
//! others ends that. So nothing is lost for good, a policy that gets better is asked harder prompts
//! again, and what is asked follows from what was measured, without another random number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most rounds of the order that a prompt rests.
const LONGEST: u32 = 16;

/// What is known of the prompts.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Curriculum(BTreeMap<usize, Rest>);

/// A prompt that rests, or did last.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
struct Rest {
    /// How many times it is still passed over.
    left: u32,
    /// How many times it was to be.
    length: u32,
}

impl Curriculum {
    /// Whether nothing is known yet.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether prompt `task`, to which the order comes, is to be asked.
    pub(super) fn is_due(&mut self, task: usize) -> bool {
        match self.0.get_mut(&task) {
            Some(rest) if rest.left > 0 => {
                rest.left -= 1;
                false
            }
            _ => true,
        }
    }

    /// Remember whether some answers to prompt `task` earned more than others.
    pub(super) fn learn(&mut self, task: usize, is_mixed: bool) {
        if is_mixed {
            self.0.remove(&task);
            return;
        }
        let length = self.0.get(&task).map_or(1, |rest| (2 * rest.length).min(LONGEST));
        self.0.insert(task, Rest { left: length, length });
    }

    /// How many prompts rest.
    pub(super) fn resting(&self) -> usize {
        self.0.values().filter(|rest| rest.left > 0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_that_teaches_nothing_rests_ever_longer_and_comes_back() {
        let mut curriculum = Curriculum::default();
        let mut passed = Vec::new();
        for _ in 0..7 {
            curriculum.learn(3, false);
            passed.push((0..).take_while(|_| !curriculum.is_due(3)).count());
        }
        assert_eq!(passed, [1, 2, 4, 8, 16, 16, 16]);
        curriculum.learn(3, true);
        assert!(curriculum.is_due(3) && curriculum.is_empty());
        assert!(curriculum.is_due(4));
    }
}
