//! From groups to a step of the optimizer.

use super::{Rlvr, RlvrError};
use crate::algorithm::{Answer, Learned, PolicyLoss, totals};
use crate::environment::Environment;
use crate::learning::{Batch, Learner, logprobs, pack};
use crate::model::Decoder;
use crate::rollout::{Completion, Group, Stop};

/// An answer that takes part in the loss.
struct Part<'a> {
    completion: &'a Completion,
    advantage: f64,
    /// What the weights before the update say, where that is not what sampled.
    old: Option<Vec<f32>>,
    reference: Option<Vec<f32>>,
}

/// Answers to one prompt that are computed together.
struct Tree<'a> {
    prompt: &'a [u32],
    parts: Vec<Part<'a>>,
}

impl Part<'_> {
    fn tokens(&self) -> &[u32] {
        &self.completion.tokens
    }

    fn as_answer(&self) -> Answer<'_> {
        let sampled = &self.completion.logprobs[..];
        Answer {
            old: self.old.as_deref().unwrap_or(sampled),
            rollout: self.old.is_some().then_some(sampled),
            reference: self.reference.as_deref(),
            advantage: self.advantage,
        }
    }
}

impl Tree<'_> {
    fn size(&self) -> usize {
        self.prompt.len() + self.parts.iter().map(|part| part.tokens().len()).sum::<usize>()
    }

    fn add_to(&self, batch: &mut Batch) {
        batch.add_answers(self.prompt, self.parts.iter().map(Part::tokens));
    }

    /// The log-probability of each token of each answer.
    fn score(&self, model: &Decoder, temperature: f64, chunk: usize) -> Vec<Vec<f32>> {
        let mut batch = Batch::default();
        self.add_to(&mut batch);
        let all = logprobs(model, &batch, temperature, chunk);
        let all = Vec::<f32>::try_from(all).expect("one number for every predicted token");
        let mut rest = &all[..];
        let answers = self.parts.iter().map(|part| {
            let (own, others) = rest.split_at(part.tokens().len());
            rest = others;
            own.to_vec()
        });
        answers.collect()
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
        let mut trees = self.trees(groups);
        let (objective, temperature) = (self.settings.objective, self.settings.temperature);
        let chunk = learner.memory.chunk;
        if objective.correction.is_some() {
            let scores = self.score(&learner.model, &trees, temperature, chunk)?;
            let parts = trees.iter_mut().flatten().flat_map(|tree| &mut tree.parts);
            parts.zip(scores).for_each(|(part, it)| part.old = Some(it));
        }
        if let (Some(reference), Some(_)) = (reference, objective.kl) {
            let scores = self.score(reference, &trees, temperature, chunk)?;
            let parts = trees.iter_mut().flatten().flat_map(|tree| &mut tree.parts);
            parts.zip(scores).for_each(|(part, it)| part.reference = Some(it));
        }
        let mut learned = Learned::default();
        let size = groups.len().div_ceil(self.settings.updates.max(1)).max(1);
        for (groups, trees) in groups.chunks(size).zip(trees.chunks(size)) {
            let trees: Vec<&Tree<'_>> = trees.iter().flatten().collect();
            // Where nothing was better than anything else there is nothing to learn.
            if !trees.is_empty() {
                self.update_once(learner, groups, &trees, &mut learned)?;
            }
        }
        Ok(learned)
    }

    /// The log-probability of each token of each answer, answer by answer.
    fn score(
        &self,
        model: &Decoder,
        trees: &[Vec<Tree<'_>>],
        temperature: f64,
        chunk: usize,
    ) -> Result<Vec<Vec<f32>>, RlvrError> {
        let own = self.ranks.mine(trees.iter().flatten());
        let own = own.into_iter().map(|tree| tree.score(model, temperature, chunk)).collect();
        Ok(self.ranks.share(own)?.into_iter().flatten().collect())
    }

    fn update_once(
        &self,
        learner: &mut Learner,
        groups: &[Group],
        trees: &[&Tree<'_>],
        learned: &mut Learned,
    ) -> Result<(), RlvrError> {
        // What is left out because its gradient is zero counts in a mean all the same.
        let completions = groups.iter().flat_map(|it| &it.rollouts).map(|it| &it.completion);
        let counted = completions.filter(|it| self.counts(it));
        let totals = totals(counted.map(|it| it.tokens.len()));
        let sizes: Vec<usize> = trees.iter().map(|tree| tree.size()).collect();
        let batches = pack(&sizes, self.settings.batch_tokens).into_iter().map(|members| {
            let mut batch = Batch::default();
            members.iter().for_each(|&member| trees[member].add_to(&mut batch));
            let parts = members.iter().flat_map(|&member| &trees[member].parts);
            let answers: Vec<_> = parts.map(Part::as_answer).collect();
            let (objective, device) = (self.settings.objective, learner.model.device());
            (batch, PolicyLoss::new(objective, totals, &answers, device))
        });
        let batches: Vec<(Batch, PolicyLoss)> = batches.collect();
        let made = learner.step(batches.iter().map(|(batch, loss)| (batch, loss)))?;
        let observed = self.ranks.mine(batches.iter().map(|(_, loss)| loss.observed()));
        learned.add(&made, self.ranks.share(observed)?);
        Ok(())
    }

    /// The answers of each group that take part, in pieces that fit into a batch. Those with an
    /// advantage of zero do not: unless they are held to a reference, they have no gradient.
    fn trees<'a>(&self, groups: &'a [Group]) -> Vec<Vec<Tree<'a>>> {
        let objective = &self.settings.objective;
        let rewards: Vec<Vec<f32>> = groups.iter().map(Group::rewards).collect();
        let length = |rollout: &crate::Rollout| rollout.completion.tokens.len();
        let lengths: Vec<Vec<usize>> =
            groups.iter().map(|group| group.rollouts.iter().map(length).collect()).collect();
        let advantages = objective.advantages(&rewards, &lengths);
        let of_group = |(group, advantages): (&'a Group, Vec<f64>)| {
            let mut trees: Vec<Tree<'a>> = Vec::new();
            for (rollout, advantage) in group.rollouts.iter().zip(advantages) {
                let completion = &rollout.completion;
                if !self.counts(completion) || (advantage == 0.0 && objective.kl.is_none()) {
                    continue;
                }
                let fits = |tree: &&mut Tree<'a>| {
                    tree.size() + completion.tokens.len() <= self.settings.batch_tokens
                };
                let part = Part { completion, advantage, old: None, reference: None };
                match trees.last_mut().filter(fits) {
                    Some(tree) => tree.parts.push(part),
                    None => trees.push(Tree { prompt: &group.ids, parts: vec![part] }),
                }
            }
            trees
        };
        groups.iter().zip(advantages).map(of_group).collect()
    }

    fn counts(&self, completion: &Completion) -> bool {
        !(self.settings.objective.mask_truncated && completion.stop == Stop::Length)
    }
}
