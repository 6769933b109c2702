//! The arms' end: reinforcement learning.

use std::time::Duration;

use serde_json::Value;

use super::error::ExperimentError;
use super::report::Arm;
use super::{Run, learner};
use crate::algorithm::Objective;
use crate::checkpoint::CheckpointStore;
use crate::lab::skills::SkillsPrompt;
use crate::learning::{Learner, Schedule};
use crate::model::Decoder;
use crate::rlvr::{Evaluation, Observer, Rlvr, Settings, State, StepReport};
use crate::rollout::Group;

impl Run<'_> {
    pub(super) fn reinforce(
        &self,
        arm: Arm,
        model: Decoder,
    ) -> Result<(Decoder, Vec<(u64, f64)>), ExperimentError> {
        let it = self.experiment.reinforce;
        let max_tokens = self.longest();
        let settings = Settings {
            steps: it.steps,
            objective: Objective::preset("deepcoder", max_tokens).expect("a known name"),
            overlong: None,
            prompts: it.prompts,
            samples: it.samples,
            curriculum: false,
            redraws: 0,
            updates: it.updates,
            max_tokens,
            temperature: 1.0,
            stops: Vec::new(),
            rows: self.thinking().rows,
            batch_tokens: 1 << 16,
            seed: self.seed,
            overlap: false,
            shuffle_rewards: false,
            deadline: Duration::from_secs(600),
            evaluate_every: it.every,
            evaluation_samples: 1,
            evaluation_temperature: 0.0,
            save_every: u64::MAX,
        };
        // Prompts of this seed that documents of neither training were about.
        let first = u32::MAX / 2;
        let count = it.steps as u32 * it.prompts as u32;
        let train = (first..first + count).map(|number| self.world.prompt(self.seed, number));
        let environments = |prompts: Vec<SkillsPrompt>| {
            prompts.iter().map(|it| self.world.environment(it)).collect::<Vec<_>>()
        };
        let (train, held_out) =
            (environments(train.collect()), environments(self.held_out().collect()));
        let rlvr =
            Rlvr::new(settings, self.tokenizer.clone(), train, held_out, self.runtime.clone())?;
        let mut learner = learner(model, Schedule::constant(it.rate));
        let store = self.folder.join(format!("seed-{}-{arm:?}-rlvr", self.seed));
        let store = CheckpointStore::new(store, 1);
        let mut curve = Curve(Vec::new());
        let state = State::default();
        rlvr.train(&mut learner, None, state, &store, &Value::Null, &mut curve)?;
        Ok((learner.model, curve.0))
    }
}

/// Keeps success by step.
struct Curve(Vec<(u64, f64)>);

impl Observer for Curve {
    fn step(&mut self, _: &StepReport, _: &[Group]) -> Result<(), String> {
        Ok(())
    }

    fn evaluated(&mut self, evaluation: &Evaluation, _: &Learner) -> Result<(), String> {
        self.0.push((evaluation.step, evaluation.reward));
        Ok(())
    }

    fn saved(&mut self, _: u64) -> Result<(), String> {
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        false
    }
}
