//! Answers, and what they earned.

use serde::{Deserialize, Serialize};

use crate::advantage::all_equal;

/// One sampled answer, as the sampler left it.
///
/// Learning uses `tokens`, never `text` tokenised again: many token sequences decode to the same
/// text, and only one of them was sampled.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Completion {
    /// The sampled token ids.
    pub tokens: Vec<u32>,
    /// The natural logarithm of each token's probability when it was sampled.
    pub logprobs: Vec<f32>,
    /// The decoded text.
    pub text: String,
    /// Why sampling ended.
    pub stop: Stop,
}

/// Why the sampling of a completion ended.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash, Serialize)]
pub enum Stop {
    /// The model said that it was done.
    EndOfText,
    /// A stop string appeared.
    StopString,
    /// The token limit was reached, so the answer is cut off.
    Length,
}

/// An answer together with its reward.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Rollout {
    /// The sampled answer.
    pub completion: Completion,
    /// What it earned.
    pub reward: f32,
    /// What its environment has to say of that, see [`Earned::note`](crate::Earned::note).
    pub note: String,
    /// The number of the answer in its group.
    pub sample: u32,
}

/// The answers to one prompt, which are compared with each other.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Group {
    /// The number of the prompt.
    pub task: usize,
    /// The prompt they all answer.
    pub prompt: String,
    /// Its tokens.
    pub ids: Vec<u32>,
    /// The answers that could be graded.
    pub rollouts: Vec<Rollout>,
    /// How many more were sampled and dropped, because they could not be graded.
    pub ungraded: usize,
}

impl Group {
    /// The reward of every graded answer, in order.
    pub fn rewards(&self) -> Vec<f32> {
        self.rollouts.iter().map(|rollout| rollout.reward).collect()
    }

    /// Whether some answers earned more than others; a group in which none did teaches nothing.
    pub fn is_mixed(&self) -> bool {
        !all_equal(&self.rewards())
    }
}
