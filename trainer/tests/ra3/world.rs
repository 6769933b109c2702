//! A model of a few thousand parameters and documents for it.

use std::path::Path;

use tch::Device;
use trainer::checkpoint::CheckpointStore;
use trainer::lab::{Skills, SkillsShape};
use trainer::learning::{AdamW, AdamWOptions, Learner, Memory, Schedule};
use trainer::model::{Decoder, InitialWeights, Precision};
use trainer::ra3::{
    Algorithm, Event, Expectation, Horizon, LineScore, LossOn, Marks, MidtrainObserver,
    Midtraining, MidtrainingSettings, Program, Reuse, Rewards, Thinking,
};
use trainer::ranks::Ranks;
use trainer::tokenizer::Tokenizer;

pub(crate) struct Small {
    pub(crate) world: Skills,
    pub(crate) tokenizer: Tokenizer,
    pub(crate) marks: Marks,
}

impl Small {
    pub(crate) fn new() -> Self {
        tch::set_num_threads(1);
        let world = Skills::new(3, SkillsShape { length: 3, ..SkillsShape::default() });
        let tokenizer = world.tokenizer().unwrap();
        let marks = Marks::of(&tokenizer, &[0]);
        Self { world, tokenizer, marks }
    }

    pub(crate) fn model(&self) -> Decoder {
        let config = self.world.model(&self.tokenizer, 2, 16).unwrap();
        let weights = InitialWeights { seed: 5, deviation: 0.3 };
        Decoder::new(config, &weights, Device::Cpu, Precision::Single).unwrap()
    }

    pub(crate) fn learner(&self) -> Learner {
        let model = self.model();
        let options = AdamWOptions { weight_decay: 0.0, ..AdamWOptions::default() };
        Learner {
            optimizer: AdamW::new(model.parameters(), options),
            model,
            schedule: Schedule::constant(3e-3),
            gradient_limit: 1.0,
            temperature: 1.0,
            memory: Memory::default(),
            ranks: Ranks::default(),
        }
    }

    pub(crate) fn programs(&self, count: u32) -> Vec<Program> {
        let program = |number| {
            let prompt = self.world.prompt(1, number);
            self.world.document(&self.tokenizer, &prompt, false).unwrap()
        };
        (0..count).map(program).collect()
    }
}

pub(crate) fn thinking(rows: usize) -> Thinking {
    Thinking {
        temperature: 1.0,
        max_tokens: 5.try_into().unwrap(),
        rows: rows.try_into().unwrap(),
        seed: 11,
        step: 0,
    }
}

pub(crate) fn expectation() -> Expectation {
    Expectation {
        samples: 4,
        rewards: Rewards::default(),
        score: LineScore::Mean,
        horizon: Horizon::default(),
        thinking: thinking(8),
        reuse: Reuse::default(),
        batch_tokens: 200,
    }
}

pub(crate) fn settings(algorithm: Algorithm) -> MidtrainingSettings {
    MidtrainingSettings {
        algorithm,
        rounds: 2,
        explain_steps: 3,
        windows: 3,
        lines: 4,
        expectation: expectation(),
        explain_schedule: Schedule::constant(3e-3),
        explain_optimizer: AdamWOptions::default(),
        steps: 6,
        programs: 4,
        total_tokens: None,
        loss_on: LossOn::All,
        batch_tokens: 200,
        chunk: 5,
        evaluate_every: 3,
        save_every: 1,
        keep: 2,
    }
}

/// Remembers what happened, and stops after so many units of work.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Event>,
    pub(crate) begun: u64,
    pub(crate) fails_after: Option<usize>,
    pub(crate) stops_after: Option<usize>,
}

impl Seen {
    fn units(&self) -> usize {
        self.events.iter().filter(|it| !matches!(it, Event::HeldOut { .. })).count()
    }
}

impl MidtrainObserver for Seen {
    fn begins(&mut self, done: u64) -> Result<(), String> {
        self.begun = done;
        Ok(())
    }

    fn happened(&mut self, event: &Event) -> Result<(), String> {
        // What a process that is killed does after its last word is nothing.
        if self.fails_after.is_some_and(|most| self.units() >= most) {
            return Err("killed".to_owned());
        }
        self.events.push(event.clone());
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.stops_after.is_some_and(|most| self.units() >= most)
    }
}

/// Trains in `folder` from where it stands, and gives the parameters' bits at the end.
pub(crate) fn train(
    folder: &Path,
    settings: MidtrainingSettings,
    seen: &mut dyn MidtrainObserver,
) -> Option<Vec<u32>> {
    let small = Small::new();
    let voice = (small.tokenizer.clone(), small.marks.clone());
    let (programs, held_out) = (small.programs(10), small.programs(12).split_off(10));
    let null = serde_json::Value::Null;
    let run = Midtraining::new(settings, voice, (programs, held_out), folder, null).unwrap();
    let mut policy = small.learner();
    let ended = run.train(&mut policy, seen);
    matches!(ended, Ok(true)).then(|| bits(&policy.model))
}

pub(crate) fn bits(model: &Decoder) -> Vec<u32> {
    let numbers = model
        .parameters()
        .iter()
        .flat_map(|it| Vec::<f32>::try_from(it.tensor.detach().reshape([-1_i64])).unwrap());
    numbers.map(f32::to_bits).collect()
}

pub(crate) fn newest_step(folder: &Path) -> Option<u64> {
    CheckpointStore::new(folder, 1).newest().unwrap().map(|it| it.progress.step)
}
