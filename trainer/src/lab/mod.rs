//! Worlds small enough to know everything about, for checks and for seeing an algorithm work.

mod experiment;
mod skills;

pub use experiment::{
    Arm, ArmReport, Experiment, ExperimentError, Measured, Midtrain, Pretrain, Reinforce, Shape,
};
pub use skills::{Skills, SkillsPrompt, SkillsShape};

/// Has libtorch use one thread for each computation from now on, in the whole process: models this
/// small are computed fastest so, and several seeds at a time keep the cores busy.
pub fn compute_with_one_thread() {
    tch::set_num_threads(1);
}
