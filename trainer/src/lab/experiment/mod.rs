//! Does RA3 find the thoughts that pay? One seed of the tracked skills, arm by arm.
//!
//! ```text
//!   pre-train   documents, of which a few say the hidden states in comments
//!      |
//!      +-- base                                       --+
//!      +-- ntp   plain documents, next token             +-- GRPO: 1 if every line is right
//!      +-- ra3   the same documents with own thoughts  --+
//! ```
//!
//! Everything but the world is the trainer's own: the model, the sampler, [`Midtraining`] and
//! [`Rlvr`]. The world is the same for all seeds; what differs is the initial weights and everything
//! that is drawn.

mod error;
mod measure;
mod midtrain;
mod reinforce;
mod report;
mod settings;

use std::path::Path;

use tch::Device;
use tokio::runtime::Handle;

use super::skills::Skills;
use crate::learning::{AdamW, AdamWOptions, Course, Learner, Memory, Schedule};
use crate::model::{Config, ConfigError, Decoder, InitialWeights, Precision};
use crate::ra3::{Algorithm, LossOn, Marks, Program, Trajectory, maximize};
use crate::ranks::Ranks;
use crate::tokenizer::Tokenizer;

pub use error::ExperimentError;
pub use report::{Arm, ArmReport, Measured};
pub use settings::{Experiment, Midtrain, Pretrain, Reinforce, Shape};

/// Of the prompts that nothing is trained on, in every seed.
const HELD_OUT: u64 = 1 << 40;

/// One seed of an experiment.
struct Run<'a> {
    experiment: &'a Experiment,
    world: Skills,
    tokenizer: Tokenizer,
    marks: Marks,
    seed: u64,
    folder: &'a Path,
    runtime: &'a Handle,
}

impl Experiment {
    /// Runs the arms for one seed, with files in `folder`, which should be empty.
    ///
    /// # Errors
    ///
    /// A shape or a file is not possible, or a gradient is not finite.
    pub fn run(
        &self,
        seed: u64,
        arms: &[Arm],
        folder: &Path,
        runtime: &Handle,
        told: &mut dyn FnMut(&str),
    ) -> Result<Vec<ArmReport>, ExperimentError> {
        let world = Skills::new(1234, self.world);
        let tokenizer = world.tokenizer()?;
        let marks = Marks::of(&tokenizer, &[0]);
        let run = Run { experiment: self, world, tokenizer, marks, seed, folder, runtime };
        let base = run.pretrain(told)?;
        let arm = |&arm: &Arm| run.arm(arm, &base, told);
        arms.iter().map(arm).collect()
    }
}

impl Run<'_> {
    fn config(&self) -> Result<Config, ConfigError> {
        let Shape { layers, width } = self.experiment.model;
        self.world.model(&self.tokenizer, layers, width)
    }

    fn pretrain(&self, told: &mut dyn FnMut(&str)) -> Result<Decoder, ExperimentError> {
        let Pretrain { documents, taught, commented, rate, .. } = self.experiment.pretrain;
        let steps = self.experiment.pretrain.all_steps();
        let weights = InitialWeights { seed: self.seed, deviation: 0.05 };
        let device = Device::Cpu;
        let model = match Decoder::new(self.config()?, &weights, device, Precision::Single) {
            Ok(model) => model,
            Err(never) => unreachable!("every parameter is there: {never}"),
        };
        let course = Course::Cosine { steps, floor: 0.0 };
        let mut learner = learner(model, Schedule { peak: rate, warmup: 50, course });
        for step in 0..steps {
            let first = step as usize * documents;
            let document = |number: usize| {
                // Evenly spread, so that no step is without them for long.
                let says = |it: usize| (it as f64 * commented).floor();
                let is_commented = step < taught || says(number + 1) > says(number);
                let prompt = self.world.prompt(self.seed, number as u32);
                self.world.document(&self.tokenizer, &prompt, is_commented)
            };
            let programs: Vec<Program> =
                (first..first + documents).map(document).collect::<Result<_, _>>()?;
            let programs: Vec<Trajectory> =
                programs.iter().map(|it| Trajectory::plain(0, it)).collect();
            let report = maximize(&mut learner, &programs, LossOn::All, 1 << 16)?;
            if step % 300 == 299 {
                told(&format!("pre-training step {}: loss {:.4}", step + 1, report.loss));
            }
        }
        Ok(learner.model)
    }

    fn arm(
        &self,
        arm: Arm,
        base: &Decoder,
        told: &mut dyn FnMut(&str),
    ) -> Result<ArmReport, ExperimentError> {
        let mut explaining = Vec::new();
        let model = match arm {
            Arm::Base => base.copy(),
            Arm::Ntp => self.midtrain(Algorithm::Ntp, base, &mut explaining)?,
            Arm::Ra3 => self.midtrain(Algorithm::Ra3, base, &mut explaining)?,
        };
        let before = self.measure(&model)?;
        told(&format!("{arm:?} before reinforcement: {before:.3?}"));
        let (model, curve) = self.reinforce(arm, model)?;
        let after = self.measure(&model)?;
        let ends: Vec<String> = curve.iter().map(|(_, success)| format!("{success:.2}")).collect();
        told(&format!("{arm:?} success by step of reinforcement: {}", ends.join(" ")));
        Ok(ArmReport { arm, seed: self.seed, before, curve, after, explaining })
    }
}

fn learner(model: Decoder, schedule: Schedule) -> Learner {
    let options = AdamWOptions { weight_decay: 0.01, ..AdamWOptions::default() };
    Learner {
        optimizer: AdamW::new(model.parameters(), options),
        model,
        schedule,
        gradient_limit: 1.0,
        temperature: 1.0,
        memory: Memory { chunk: 1 << 16, ..Memory::default() },
        ranks: Ranks::default(),
    }
}
