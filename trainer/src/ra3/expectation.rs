//! The E-step: learning when to think, and what.
//!
//! ```text
//!   loss = - 1/N sum over trajectories and lines of A_t log q(decision and comment before line t)
//! ```
//!
//! `N` is the number of lines of all trajectories. `q` learns; `pi`, which pays, stands still. A step
//! learns once from what it drew, or several times with bounds ([`Reuse`]).

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::Ra3Error;
use super::actions::Program;
use super::decisions::{Reuse, Share};
use super::explainer::{Effort, Explainer, Thinking};
use super::returns::{Horizon, Rewards, advantages_from_here};
use super::scoring::{LineScore, Scoring};
use super::thoughts::Marks;
use super::trajectory::Trajectory;
use crate::algorithm::Learned;
use crate::learning::{Learner, StepError};
use crate::model::Decoder;
use crate::stage::stage;
use crate::tokenizer::Tokenizer;

/// How an E-step goes.
#[derive(Clone, Copy, Debug)]
pub struct Expectation {
    /// How many trajectories go through each window; at least 2, since they are compared.
    pub samples: u32,
    /// What lines earn.
    pub rewards: Rewards,
    /// What a line's tokens come to.
    pub score: LineScore,
    /// How far ahead a decision is responsible.
    pub horizon: Horizon,
    /// How thoughts are drawn.
    pub thinking: Thinking,
    /// How often is learnt from it.
    pub reuse: Reuse,
    /// The most tokens of a batch, while scoring and while learning.
    pub batch_tokens: usize,
}

/// What an E-step came to.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct ExpectationReport {
    /// The mean of what a line earned.
    pub reward: f64,
    /// By how much lines behind thoughts are likelier than in the program without any.
    pub gain: f64,
    /// The share of lines before which something was thought.
    pub think_rate: f64,
    /// The mean length of thoughts, in tokens.
    pub thought_length: f64,
    /// The share of thoughts that are malformed.
    pub malformed: f64,
    /// The loss, summed over updates.
    pub loss: f64,
    /// The largest norm of a gradient before it was clipped.
    pub gradient_norm: f64,
    /// How many updates were made.
    #[serde(default)]
    pub updates: usize,
    /// By how much drawing and learning disagree at most, in log-probability, before the first update.
    pub gap: f64,
    /// The share of draws learnt from whose ratio is outside of the bounds.
    #[serde(default)]
    pub clipped: f64,
    /// How many lines there were, in all trajectories.
    pub lines: usize,
    /// How many tokens of code they have.
    pub code_tokens: usize,
    /// How many tokens were drawn.
    pub drawn_tokens: usize,
    /// How many tokens a model computed forward, for drawing, scoring and learning.
    pub computed_tokens: usize,
    /// How many floating-point operations that took, see [`Decoder::flops_per_token`].
    #[serde(default)]
    pub flops: f64,
    /// Seconds of drawing, scoring and learning.
    pub seconds: [f64; 3],
}

impl Expectation {
    /// Makes one step of `explainer` on these windows, whose numbers are parts of the random numbers'
    /// keys, with rewards from `policy`.
    ///
    /// # Errors
    ///
    /// A thought is no text, the gradient is not finite, or a rank is gone.
    pub fn step(
        &self,
        explainer: &mut Learner,
        policy: &Decoder,
        (tokenizer, marks): (&Tokenizer, &Marks),
        windows: &[(u32, Program)],
    ) -> Result<ExpectationReport, Ra3Error> {
        let began = Instant::now();
        let programs: Vec<(u32, &Program)> =
            windows.iter().map(|(it, program)| (*it, program)).collect();
        let (ranks, thinking) = (explainer.ranks.clone(), self.thinking);
        let drawing =
            Explainer { model: &explainer.model, tokenizer, marks, thinking, ranks: &ranks };
        let (trajectories, effort) = drawing.explain(&programs, self.samples)?;
        let drawn = began.elapsed().as_secs_f64();

        let began = Instant::now();
        let (batch_tokens, chunk) = (self.batch_tokens, explainer.memory.chunk);
        let scoring = Scoring { batch_tokens, chunk, ranks: &ranks };
        let scored = self.score(policy, scoring, windows, &trajectories)?;
        let scored_in = began.elapsed().as_secs_f64();

        let _learning = stage!("learning");
        let began = Instant::now();
        let mut report = report(&trajectories, &scored, effort);
        let advantages: Vec<Vec<f64>> = scored
            .rewards
            .chunks(self.samples.max(1) as usize)
            .flat_map(|group| advantages_from_here(group, self.horizon))
            .collect();
        self.learn(explainer, marks, &trajectories, &advantages, &mut report)?;
        report.seconds = [drawn, scored_in, began.elapsed().as_secs_f64()];
        Ok(report)
    }

    fn score(
        &self,
        policy: &Decoder,
        scoring: Scoring<'_>,
        windows: &[(u32, Program)],
        trajectories: &[Trajectory],
    ) -> Result<Scored, Ra3Error> {
        let plain: Vec<Trajectory> =
            windows.iter().map(|(number, it)| Trajectory::plain(*number, it)).collect();
        let all: Vec<&Trajectory> = trajectories.iter().chain(&plain).collect();
        let mut logprobs = scoring.score(policy, &all)?;
        let plain = logprobs.split_off(trajectories.len());
        let lines = |it: &Vec<Vec<f32>>| it.iter().map(|line| self.score.of(line)).collect();
        let rewards = trajectories.iter().zip(&logprobs);
        let rewards = rewards.map(|(it, logprobs)| self.score.rewards(self.rewards, it, logprobs));
        Ok(Scored {
            rewards: rewards.collect(),
            lines: logprobs.iter().map(lines).collect(),
            plain: plain.iter().map(lines).collect(),
            samples: self.samples as usize,
        })
    }

    /// Learns from what was drawn, in as many updates as there are to be.
    fn learn(
        &self,
        explainer: &mut Learner,
        marks: &Marks,
        trajectories: &[Trajectory],
        advantages: &[Vec<f64>],
        report: &mut ExpectationReport,
    ) -> Result<(), Ra3Error> {
        let samples = self.samples.max(1) as usize;
        let windows = trajectories.len().div_ceil(samples);
        let size = samples * windows.div_ceil(self.reuse.updates.get()).max(1);
        let (how, device) = ((self.reuse, self.batch_tokens), explainer.model.device());
        let share = |(trajectories, advantages): (&[Trajectory], &[Vec<f64>])| {
            Share::of(trajectories, advantages, marks, how, device)
        };
        let mut shares: Vec<Share> =
            trajectories.chunks(size).zip(advantages.chunks(size)).map(share).collect();
        // Where there was no room for a thought, nothing was decided.
        shares.retain(|it| !it.batches.is_empty());
        if shares.is_empty() {
            return Err(StepError::Empty.into());
        }
        let (mut learned, mut computed) = (Learned::default(), 0);
        for share in (0..self.reuse.epochs.get()).flat_map(|_| &shares) {
            let batches = share.batches.iter().map(|(batch, decisions)| (batch, decisions));
            let made = explainer.step(batches)?;
            let observed = share.batches.iter().map(|(_, decisions)| decisions.observed());
            let observed = explainer.ranks.mine(observed);
            learned.add(&made, explainer.ranks.share(observed)?);
            computed += share.tokens;
        }
        report.loss = learned.loss;
        report.gradient_norm = learned.gradient_norm;
        report.updates = learned.updates;
        report.gap = learned.gap;
        report.clipped = learned.by_token(learned.clipped);
        report.computed_tokens += computed;
        report.flops =
            explainer.model.flops_per_token() * (report.computed_tokens + 2 * computed) as f64;
        Ok(())
    }
}

/// What `pi` says of trajectories.
struct Scored {
    /// Of each trajectory, what its lines earned.
    rewards: Vec<Vec<f64>>,
    /// Of each trajectory, how likely its lines are.
    lines: Vec<Vec<f64>>,
    /// Of each window, how likely its lines are without a thought.
    plain: Vec<Vec<f64>>,
    /// How many trajectories a window has.
    samples: usize,
}

fn report(trajectories: &[Trajectory], scored: &Scored, effort: Effort) -> ExpectationReport {
    let lines: usize = scored.rewards.iter().map(Vec::len).sum();
    let (mut thoughts, mut length, mut malformed, mut gain) = (0.0, 0, 0, 0.0);
    for (number, trajectory) in trajectories.iter().enumerate() {
        let plain = &scored.plain[number / scored.samples.max(1)];
        let lines = scored.lines[number].iter().zip(plain);
        for (choice, (line, plain)) in trajectory.choices.iter().zip(lines) {
            let Some(thought) = choice.thought() else { continue };
            thoughts += 1.0;
            length += thought.length;
            malformed += usize::from(thought.malformed);
            gain += line - plain;
        }
    }
    let of_thoughts = |sum: f64| if thoughts > 0.0 { sum / thoughts } else { 0.0 };
    let of_lines = |sum: f64| sum / lines.max(1) as f64;
    let scored_tokens: usize = trajectories.iter().map(|it| it.tokens.len()).sum();
    ExpectationReport {
        reward: of_lines(scored.rewards.iter().flatten().sum()),
        gain: of_thoughts(gain),
        think_rate: of_lines(thoughts),
        thought_length: of_thoughts(length as f64),
        malformed: of_thoughts(malformed as f64),
        lines,
        code_tokens: trajectories.iter().map(Trajectory::code_tokens).sum(),
        drawn_tokens: effort.drawn,
        computed_tokens: effort.computed + scored_tokens,
        ..ExpectationReport::default()
    }
}
