//! The arms' middle: RA3 and its baseline.

use serde_json::Value;

use super::error::ExperimentError;
use super::settings::{Midtrain, Pretrain};
use super::{Run, learner};
use crate::learning::{AdamWOptions, Schedule};
use crate::model::Decoder;
use crate::ra3::{
    Algorithm, Event, Expectation, Horizon, LineScore, LossOn, MidtrainObserver, Midtraining,
    MidtrainingSettings, Reuse, Rewards, Thinking,
};

impl Run<'_> {
    pub(super) fn midtrain(
        &self,
        algorithm: Algorithm,
        base: &Decoder,
        explaining: &mut Vec<(f64, f64)>,
    ) -> Result<Decoder, ExperimentError> {
        let Midtrain { steps, documents, .. } = self.experiment.midtrain;
        // None of them was seen in pre-training.
        let Pretrain { documents: each, .. } = self.experiment.pretrain;
        let first = self.experiment.pretrain.all_steps() as usize * each;
        let document = |number: usize| {
            let prompt = self.world.prompt(self.seed, (first + number) as u32);
            self.world.document(&self.tokenizer, &prompt, false)
        };
        let count = steps as usize * documents;
        let programs = (0..count).map(document).collect::<Result<Vec<_>, _>>()?;
        let folder = self.folder.join(format!("seed-{}-{algorithm:?}", self.seed));
        let voice = (self.tokenizer.clone(), self.marks.clone());
        let settings = self.midtraining(algorithm);
        let schedule = Schedule::constant(self.experiment.midtrain.rate);
        let mut policy = learner(base.copy(), schedule);
        let run = Midtraining::new(settings, voice, (programs, vec![]), &folder, Value::Null)?;
        run.train(&mut policy, &mut Explaining(explaining))?;
        Ok(policy.model)
    }

    fn midtraining(&self, algorithm: Algorithm) -> MidtrainingSettings {
        let it = self.experiment.midtrain;
        MidtrainingSettings {
            algorithm,
            rounds: it.rounds,
            explain_steps: it.explain_steps,
            windows: it.windows,
            lines: usize::MAX,
            expectation: Expectation {
                samples: it.samples,
                rewards: Rewards { thought: it.price, ..Rewards::default() },
                score: LineScore::Mean,
                horizon: Horizon::default(),
                thinking: self.thinking(),
                reuse: Reuse::default(),
                batch_tokens: 1 << 16,
            },
            explain_schedule: Schedule::constant(it.explain_rate),
            explain_optimizer: AdamWOptions { weight_decay: 0.01, ..AdamWOptions::default() },
            steps: it.steps,
            programs: it.documents,
            total_tokens: None,
            loss_on: LossOn::All,
            batch_tokens: 1 << 16,
            chunk: 256,
            evaluate_every: u64::MAX,
            save_every: u64::MAX,
            keep: 1,
        }
    }

    pub(super) fn thinking(&self) -> Thinking {
        let count = |number: usize| number.try_into().expect("it is not zero");
        Thinking {
            temperature: 1.0,
            max_tokens: count(6),
            rows: count(256),
            seed: self.seed,
            step: 0,
        }
    }
}

/// Keeps what E-steps came to.
struct Explaining<'a>(&'a mut Vec<(f64, f64)>);

impl MidtrainObserver for Explaining<'_> {
    fn happened(&mut self, event: &Event) -> Result<(), String> {
        if let Event::Explain { report, .. } = event {
            self.0.push((report.reward, report.think_rate));
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        false
    }
}
