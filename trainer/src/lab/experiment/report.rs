//! What an arm came to.

use serde::{Deserialize, Serialize};

/// What is done between pre-training and reinforcement.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arm {
    /// Nothing.
    Base,
    /// Next-token prediction.
    Ntp,
    /// RA3.
    Ra3,
}

/// What a model can do.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Measured {
    /// The share of prompts that it answers right, taking the likeliest token.
    pub success: f64,
    /// The share of lines before which it thinks then.
    pub think_rate: f64,
    /// Of the first lines of segments.
    pub think_at_starts: f64,
    /// Of the others.
    pub think_inside: f64,
    /// The mean negative log-probability of a token of code, without thoughts.
    pub plain_loss: f64,
    /// The same behind thoughts that it draws.
    pub thinking_loss: f64,
}

/// What became of an arm.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ArmReport {
    /// The arm.
    pub arm: Arm,
    /// Of the seed.
    pub seed: u64,
    /// Before reinforcement.
    pub before: Measured,
    /// Success by step of reinforcement, from step 0 on.
    pub curve: Vec<(u64, f64)>,
    /// After reinforcement.
    pub after: Measured,
    /// Mean reward and think rate of each E-step.
    pub explaining: Vec<(f64, f64)>,
}
