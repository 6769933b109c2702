//! The numbers of an experiment.

use serde::{Deserialize, Serialize};

use crate::lab::skills::SkillsShape;

/// The whole experiment.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Experiment {
    /// How large the world is.
    pub world: SkillsShape,
    /// How many layers the model has, and how wide it is.
    pub model: Shape,
    /// What comes before all arms.
    pub pretrain: Pretrain,
    /// What the arms `ntp` and `ra3` do.
    pub midtrain: Midtrain,
    /// What comes after all arms.
    pub reinforce: Reinforce,
}

/// The model.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shape {
    /// How many layers.
    pub layers: usize,
    /// How many numbers stand for a token.
    pub width: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Self { layers: 1, width: 64 }
    }
}

/// What comes before all arms.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pretrain {
    /// How many steps.
    pub steps: u64,
    /// How many documents a step has, none of which comes twice.
    pub documents: usize,
    /// How many steps come before those, in which all documents say the states: the model learns what
    /// comments are for, and then that they are rare.
    pub taught: u64,
    /// The share of documents that say the states after that.
    pub commented: f64,
    /// The learning rate, which falls to nothing.
    pub rate: f64,
}

impl Default for Pretrain {
    fn default() -> Self {
        Self { steps: 1200, documents: 64, taught: 500, commented: 0.03, rate: 2e-3 }
    }
}

impl Pretrain {
    pub(super) fn all_steps(&self) -> u64 {
        self.taught + self.steps
    }
}

/// What the arms do with plain documents.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Midtrain {
    /// How many rounds of explaining and learning.
    pub rounds: u64,
    /// How many E-steps a round has.
    pub explain_steps: u64,
    /// How many windows an E-step has.
    pub windows: usize,
    /// How many trajectories a window has.
    pub samples: u32,
    /// The learning rate of E-steps.
    pub explain_rate: f64,
    /// What a thought costs.
    pub price: f64,
    /// How many M-steps, in all rounds.
    pub steps: u64,
    /// How many documents an M-step has.
    pub documents: usize,
    /// The learning rate of M-steps.
    pub rate: f64,
}

impl Default for Midtrain {
    fn default() -> Self {
        Self {
            rounds: 1,
            explain_steps: 60,
            windows: 16,
            samples: 8,
            explain_rate: 3e-4,
            price: 0.05,
            steps: 200,
            documents: 64,
            rate: 1e-3,
        }
    }
}

/// What comes after all arms.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reinforce {
    /// How many steps.
    pub steps: u64,
    /// How many prompts a step has.
    pub prompts: usize,
    /// How many answers a prompt gets.
    pub samples: u32,
    /// Into how many updates a step is cut.
    pub updates: usize,
    /// The learning rate.
    pub rate: f64,
    /// After how many steps success is measured.
    pub every: u64,
}

impl Default for Reinforce {
    fn default() -> Self {
        Self { steps: 40, prompts: 16, samples: 8, updates: 2, rate: 3e-4, every: 1 }
    }
}
