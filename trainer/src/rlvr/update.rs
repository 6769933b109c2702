//! From groups to a step of the optimizer.

use super::report::Learned;
use super::{Rlvr, RlvrError};
use crate::algorithm::{Answer, PolicyLoss, totals};
use crate::environment::Environment;
use crate::learning::{Batch, Learner, logprobs, pack};
use crate::model::Decoder;
use crate::rollout::{Completion, Group, Stop};

/// An answer that takes part in the loss.
struct Part<'a> {
    prompt: usize,
    text: Vec<u32>,
    completion: &'a Completion,
    advantage: f64,
    /// What the weights before the update say, where that is not what sampled.
    old: Option<Vec<f32>>,
    reference: Option<Vec<f32>>,
}

impl Part<'_> {
    fn as_answer(&self) -> Answer<'_> {
        let sampled = &self.completion.logprobs[..];
        Answer {
            prompt: self.prompt,
            old: self.old.as_deref().unwrap_or(sampled),
            rollout: self.old.is_some().then_some(sampled),
            reference: self.reference.as_deref(),
            advantage: self.advantage,
        }
    }
}

impl<E: Environment + 'static> Rlvr<E> {
    /// Learns from `groups`, in as many updates as the settings say.
    pub(super) fn update(
        &self,
        learner: &mut Learner,
        reference: Option<&Decoder>,
        groups: &[Group],
    ) -> Result<Learned, RlvrError> {
        let mut parts = self.parts(groups);
        let objective = self.settings.objective;
        for part in parts.iter_mut().flatten().filter(|_| objective.correction.is_some()) {
            part.old = Some(self.score(&learner.model, learner.memory.chunk, part));
        }
        if let (Some(reference), Some(_)) = (reference, objective.kl) {
            for part in parts.iter_mut().flatten() {
                part.reference = Some(self.score(reference, learner.memory.chunk, part));
            }
        }
        let mut learned = Learned::default();
        let size = groups.len().div_ceil(self.settings.updates.max(1)).max(1);
        for (groups, parts) in groups.chunks(size).zip(parts.chunks(size)) {
            self.update_once(learner, groups, parts, &mut learned)?;
        }
        Ok(learned)
    }

    fn update_once(
        &self,
        learner: &mut Learner,
        groups: &[Group],
        parts: &[Vec<Part<'_>>],
        learned: &mut Learned,
    ) -> Result<(), RlvrError> {
        let parts: Vec<&Part<'_>> = parts.iter().flatten().collect();
        if parts.is_empty() {
            // Nothing was better than anything else.
            return Ok(());
        }
        // What is left out because its gradient is zero counts in a mean all the same.
        let counted =
            groups.iter().flat_map(|it| &it.rollouts).filter(|it| self.counts(&it.completion));
        let totals = totals(counted.map(|it| it.completion.tokens.len()));
        let lengths: Vec<usize> = parts.iter().map(|part| part.text.len()).collect();
        let batches: Vec<(Batch, PolicyLoss)> = pack(&lengths, self.settings.batch_tokens)
            .into_iter()
            .map(|members| {
                let members = || members.iter().map(|&member| parts[member]);
                let answers: Vec<_> = members().map(Part::as_answer).collect();
                let objective = self.settings.objective;
                let loss = PolicyLoss::new(objective, totals, &answers, learner.model.device());
                (Batch::new(members().map(|part| &part.text[..])), loss)
            })
            .collect();
        let made = learner.step(batches.iter().map(|(batch, loss)| (batch, loss)))?;
        let tokens = parts.iter().map(|part| part.completion.tokens.len()).sum();
        learned.add(&made, tokens, batches.iter().map(|(_, loss)| loss.observed()));
        Ok(())
    }

    /// The answers of each group that take part. Those with an advantage of zero do not: unless they
    /// are held to a reference, they have no gradient.
    fn parts<'a>(&self, groups: &'a [Group]) -> Vec<Vec<Part<'a>>> {
        let objective = &self.settings.objective;
        let rewards: Vec<Vec<f32>> = groups.iter().map(Group::rewards).collect();
        let lengths: Vec<Vec<usize>> = groups
            .iter()
            .map(|group| group.rollouts.iter().map(|it| it.completion.tokens.len()).collect())
            .collect();
        let advantages = objective.advantages(&rewards, &lengths);
        let of_group = |(group, advantages): (&'a Group, Vec<f64>)| {
            let rollouts = group.rollouts.iter().zip(advantages);
            let taking_part = rollouts.filter(|(rollout, advantage)| {
                self.counts(&rollout.completion) && (*advantage != 0.0 || objective.kl.is_some())
            });
            let part = taking_part.map(|(rollout, advantage)| Part {
                prompt: group.ids.len(),
                text: [&group.ids[..], &rollout.completion.tokens[..]].concat(),
                completion: &rollout.completion,
                advantage,
                old: None,
                reference: None,
            });
            part.collect()
        };
        groups.iter().zip(advantages).map(of_group).collect()
    }

    fn counts(&self, completion: &Completion) -> bool {
        !(self.settings.objective.mask_truncated && completion.stop == Stop::Length)
    }

    /// The log-probability of each token of an answer.
    fn score(&self, model: &Decoder, chunk: usize, part: &Part<'_>) -> Vec<f32> {
        let batch = Batch::new([&part.text[..]]);
        let all = logprobs(model, &batch, self.settings.temperature, chunk);
        let all = Vec::<f32>::try_from(all).expect("one number for every predicted token");
        all[part.prompt - 1..].to_vec()
    }
}
