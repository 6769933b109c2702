//! Worlds small enough to know everything about, for checks and for seeing an algorithm work.

mod experiment;
mod skills;

pub use experiment::{
    Arm, ArmReport, Experiment, ExperimentError, Measured, Midtrain, Pretrain, Reinforce,
};
pub use skills::{Skills, SkillsPrompt};
