//! How likely a model finds the human's lines, given the thoughts before them.

use serde::{Deserialize, Serialize};

use super::Ra3Error;
use super::returns::{Line, Rewards};
use super::trajectory::{Trajectory, distinct};
use crate::learning::{Batch, logprobs, pack};
use crate::model::Decoder;
use crate::ranks::Ranks;
use crate::stage::stage;

/// What a line of several tokens is worth.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineScore {
    /// The mean of its tokens' log-probabilities.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}

/// How a model scores trajectories.
#[derive(Clone, Copy, Debug)]
pub struct Scoring<'a> {
    /// The most tokens that are computed at once.
    pub batch_tokens: usize,
    /// How many tokens' scores are in memory at once.
    pub chunk: usize,
    /// Who shares the work.
    pub ranks: &'a Ranks,
}

impl Scoring<'_> {
    /// The log-probability of every token of every action of every trajectory, in order: one pass
    /// forward, and one only for trajectories with the same tokens.
    ///
    /// # Errors
    ///
    /// A rank is gone.
    pub fn score(
        self,
        model: &Decoder,
        trajectories: &[&Trajectory],
    ) -> Result<Vec<Vec<Vec<f32>>>, Ra3Error> {
        let _scoring = stage!("scoring");
        let (distinct, which) = distinct(trajectories.iter().copied());
        let lengths: Vec<usize> = distinct.iter().map(|it| it.tokens.len()).collect();
        let batches = pack(&lengths, self.batch_tokens);
        let own = self.ranks.mine(&batches).into_iter().map(|members| {
            let mut batch = Batch::default();
            for &member in members {
                batch.add_text(&distinct[member].tokens, distinct[member].code());
            }
            let all = logprobs(model, &batch, 1.0, self.chunk);
            Vec::<f32>::try_from(all).expect("a number for every predicted token")
        });
        let all = self.ranks.share(own.collect())?;
        let mut scores: Vec<Vec<Vec<f32>>> = vec![Vec::new(); distinct.len()];
        for (members, all) in batches.into_iter().zip(&all) {
            let mut rest = &all[..];
            for member in members {
                let lines = distinct[member].choices.iter().map(|choice| {
                    let (line, others) = rest.split_at(choice.code.len());
                    rest = others;
                    line.to_vec()
                });
                scores[member] = lines.collect();
            }
        }
        Ok(which.into_iter().map(|it| scores[it].clone()).collect())
    }
}

impl LineScore {
    /// What the tokens of a line come to.
    pub fn of(self, logprobs: &[f32]) -> f64 {
        let sum: f64 = logprobs.iter().map(|&it| f64::from(it)).sum();
        match self {
            Self::Sum => sum,
            Self::Mean => sum / logprobs.len().max(1) as f64,
        }
    }

    /// What each line of a trajectory earns.
    pub(super) fn rewards(
        self,
        rewards: Rewards,
        trajectory: &Trajectory,
        logprobs: &[Vec<f32>],
    ) -> Vec<f64> {
        let lines = trajectory.choices.iter().zip(logprobs).map(|(choice, logprobs)| {
            let thought = choice.thought();
            rewards.of(Line {
                logprob: self.of(logprobs),
                thought: thought.is_some(),
                malformed: thought.is_some_and(|it| it.malformed),
            })
        });
        lines.collect()
    }
}
