//! What happens in a mid-training, and who hears of it.

use serde::{Deserialize, Serialize};

use crate::learning::Learner;
use crate::ra3::expectation::ExpectationReport;
use crate::ra3::held_out::HeldOut;
use crate::ra3::maximization::MaximizationReport;
use crate::ra3::trajectory::Trajectory;

/// What happened, with its place in the run: how many units of work, steps and chunks, came before.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// An E-step.
    Explain {
        /// Units of work before it.
        step: u64,
        /// The round.
        round: u64,
        /// What it came to.
        #[serde(flatten)]
        report: ExpectationReport,
    },
    /// A chunk of programs was explained.
    Annotate {
        /// Units of work before it.
        step: u64,
        /// The round.
        round: u64,
        /// What came of it.
        #[serde(flatten)]
        report: Annotated,
    },
    /// An M-step.
    Learn {
        /// Units of work before it.
        step: u64,
        /// The round.
        round: u64,
        /// How many M-steps came before.
        learned: u64,
        /// What it came to.
        #[serde(flatten)]
        report: MaximizationReport,
    },
    /// The policy was measured on held-out programs.
    HeldOut {
        /// Units of work before it.
        step: u64,
        /// How many M-steps came before.
        learned: u64,
        /// What was found.
        #[serde(flatten)]
        report: HeldOut,
    },
}

/// Sees a run as it goes. An error of its own ends the run.
pub trait MidtrainObserver {
    /// The run begins or goes on after so many units of work.
    fn begins(&mut self, _done: u64) -> Result<(), String> {
        Ok(())
    }

    /// Something was done.
    fn happened(&mut self, event: &Event) -> Result<(), String>;

    /// The policy can be looked at, after so many units of work and M-steps.
    fn measured(&mut self, _step: u64, _learned: u64, _policy: &Learner) -> Result<(), String> {
        Ok(())
    }

    /// A checkpoint was written.
    fn saved(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// Whether somebody asked the run to stop. What was done is saved then.
    fn is_stopped(&self) -> bool;
}

/// Programs that were explained.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Annotated {
    /// How many programs.
    pub programs: usize,
    /// How many lines they have.
    pub lines: usize,
    /// How many tokens of code.
    pub code_tokens: usize,
    /// How many thoughts there are.
    pub thoughts: usize,
    /// How many tokens those have.
    pub thought_tokens: usize,
    /// How many floating-point operations it took, see [`crate::model::Decoder::flops_per_token`].
    #[serde(default)]
    pub flops: f64,
    /// How long it took.
    pub seconds: f64,
}

impl Annotated {
    /// What came of these, and what it took.
    pub(super) fn of(trajectories: &[Trajectory], flops: f64, seconds: f64) -> Self {
        let thoughts = || trajectories.iter().flat_map(Trajectory::thoughts);
        Self {
            programs: trajectories.len(),
            lines: trajectories.iter().map(|it| it.choices.len()).sum(),
            code_tokens: trajectories.iter().map(Trajectory::code_tokens).sum(),
            thoughts: thoughts().count(),
            thought_tokens: thoughts().map(|it| it.length).sum(),
            flops,
            seconds,
        }
    }
}
