//! What a step and an evaluation came to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::algorithm::Learned;
use crate::rollout::{Group, Stop};

/// Where the time of a step went.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Seconds {
    /// Writing answers while nothing is learnt; rewards are computed meanwhile.
    pub sampling: f64,
    /// Waiting for rewards when all answers were written and nothing was left to learn.
    pub waiting: f64,
    /// Gradients and updates.
    pub learning: f64,
}

impl Seconds {
    /// All of it.
    pub fn total(self) -> f64 {
        self.sampling + self.waiting + self.learning
    }
}

/// A step of training.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct StepReport {
    /// Its number, from 0.
    pub step: u64,
    /// The mean reward.
    pub reward: f64,
    /// How many answers have one.
    pub answers: usize,
    /// How many have none, because the environment failed.
    pub ungraded: usize,
    /// How many groups there are.
    pub groups: usize,
    /// How many of them have answers that earned more than others.
    pub mixed_groups: usize,
    /// How many prompts rest, because their answers last earned all the same.
    #[serde(default)]
    pub resting: usize,
    /// The share of answers that were cut off at the limit of tokens.
    pub truncated: f64,
    /// The mean number of tokens of an answer.
    pub length: f64,
    /// How many tokens were sampled.
    pub tokens: usize,
    /// How many of them were learnt from.
    pub learnt_tokens: usize,
    /// The mean of minus the log-probability of sampled tokens, which estimates the entropy.
    pub entropy: f64,
    /// The loss, summed over updates.
    pub loss: f64,
    /// The largest norm of a gradient before it was clipped.
    pub gradient_norm: f64,
    /// The learning rate.
    pub rate: f64,
    /// How many updates were made.
    pub updates: usize,
    /// The largest distance between the log-probabilities of a token while sampling and learning. Where
    /// answers are drawn ahead, a step lies between.
    pub gap: f64,
    /// The share of tokens learnt from whose ratio is outside of the bounds.
    pub clipped: f64,
    /// The mean estimated divergence from the reference by token.
    pub divergence: f64,
    /// Where the time went.
    pub seconds: Seconds,
}

impl StepReport {
    pub(super) fn of(
        step: u64,
        groups: &[Group],
        learned: Learned,
        resting: usize,
        seconds: Seconds,
    ) -> Self {
        let rollouts = || groups.iter().flat_map(|group| &group.rollouts);
        let answers = rollouts().count();
        let mean = |sum: f64, count: usize| if count == 0 { 0.0 } else { sum / count as f64 };
        let tokens: usize = rollouts().map(|it| it.completion.tokens.len()).sum();
        let logprobs = rollouts().flat_map(|it| &it.completion.logprobs);
        let truncated = rollouts().filter(|it| it.completion.stop == Stop::Length).count();
        Self {
            step,
            reward: mean(rollouts().map(|it| f64::from(it.reward)).sum(), answers),
            answers,
            ungraded: groups.iter().map(|group| group.ungraded).sum(),
            groups: groups.len(),
            mixed_groups: groups.iter().filter(|group| group.is_mixed()).count(),
            resting,
            truncated: mean(truncated as f64, answers),
            length: mean(tokens as f64, answers),
            tokens,
            learnt_tokens: learned.tokens,
            entropy: -mean(logprobs.map(|&it| f64::from(it)).sum(), tokens),
            loss: learned.loss,
            gradient_norm: learned.gradient_norm,
            rate: learned.rate,
            updates: learned.updates,
            gap: learned.gap,
            clipped: learned.by_token(learned.clipped),
            divergence: learned.by_token(learned.divergence),
            seconds,
        }
    }
}

/// What the policy earned on prompts that it was not trained on.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Evaluation {
    /// How many steps of training were made before.
    pub step: u64,
    /// The mean over prompts of the mean reward of their answers.
    pub reward: f64,
    /// Half the width of its 95 % interval, over prompts.
    pub margin: f64,
    /// The mean reward of the answers to each prompt, in their order; nothing where none was graded.
    pub by_prompt: Vec<Option<f64>>,
    /// How many answers have no reward, because the environment failed.
    pub ungraded: usize,
    /// How long it took.
    pub seconds: f64,
}

impl Evaluation {
    pub(super) fn of(step: u64, groups: &[Group], took: Duration) -> Self {
        let mean = |group: &Group| {
            let sum: f64 = group.rollouts.iter().map(|it| f64::from(it.reward)).sum();
            let count = group.rollouts.len();
            (count > 0).then(|| sum / count as f64)
        };
        let by_prompt: Vec<Option<f64>> = groups.iter().map(mean).collect();
        let known: Vec<f64> = by_prompt.iter().flatten().copied().collect();
        let count = known.len().max(1) as f64;
        let reward = known.iter().sum::<f64>() / count;
        let squares: f64 = known.iter().map(|it| (it - reward).powi(2)).sum();
        let variance = squares / (count - 1.0).max(1.0);
        Self {
            step,
            reward,
            margin: 1.96 * (variance / count).sqrt(),
            by_prompt,
            ungraded: groups.iter().map(|group| group.ungraded).sum(),
            seconds: took.as_secs_f64(),
        }
    }
}
