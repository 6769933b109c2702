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

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tch::Device;
use tokio::runtime::Handle;

use super::skills::{Skills, SkillsPrompt, SkillsShape};
use crate::algorithm::Objective;
use crate::answers::answer;
use crate::checkpoint::CheckpointStore;
use crate::learning::{AdamW, AdamWOptions, Course, Learner, Memory, Schedule};
use crate::model::{Config, ConfigError, Decoder, InitialWeights, Precision};
use crate::ra3::{
    Algorithm, Event, Expectation, HeldOut, Horizon, LineScore, LossOn, Marks, MidtrainObserver,
    Midtraining, MidtrainingSettings, Program, Ra3Error, Rewards, Scoring, Thinking, Trajectory,
    maximize,
};
use crate::rlvr::{Evaluation, Observer, Rlvr, RlvrError, Settings, State, StepReport};
use crate::rollout::Group;
use crate::sampling::{Filter, Request, RequestError, Sampler};
use crate::tokenizer::{Tokenizer, TokenizerError};

/// Of the prompts that nothing is trained on, in every seed.
const HELD_OUT: u64 = 1 << 40;

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
    fn all_steps(&self) -> u64 {
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

/// An experiment that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// The model cannot have this shape.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The world's text.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// Pre-training or an arm.
    #[error(transparent)]
    Ra3(#[from] Ra3Error),
    /// Reinforcement.
    #[error(transparent)]
    Rlvr(#[from] RlvrError),
    /// A prompt.
    #[error(transparent)]
    Request(#[from] RequestError),
}

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
            let plain = |it: &Program| Trajectory::plain(0, it.tokens.clone(), &it.actions);
            let programs: Vec<Trajectory> = programs.iter().map(plain).collect();
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

    fn midtrain(
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
        let constant = |peak| Schedule { peak, warmup: 0, course: Course::Constant };
        let mut policy = learner(base.copy(), constant(self.experiment.midtrain.rate));
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
                batch_tokens: 1 << 16,
            },
            explain_schedule: Schedule {
                peak: it.explain_rate,
                warmup: 0,
                course: Course::Constant,
            },
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

    fn thinking(&self) -> Thinking {
        let count = |number: usize| number.try_into().expect("it is not zero");
        Thinking { max_tokens: count(6), rows: count(256), seed: self.seed, step: 0 }
    }

    fn held_out(&self) -> impl Iterator<Item = SkillsPrompt> {
        (0..256).map(|number| self.world.prompt(HELD_OUT, number))
    }

    fn measure(&self, model: &Decoder) -> Result<Measured, ExperimentError> {
        let prompts: Vec<SkillsPrompt> = self.held_out().collect();
        let documents = prompts.iter().map(|it| self.world.document(&self.tokenizer, it, false));
        let documents = documents.collect::<Result<Vec<_>, _>>()?;
        let voice = (&self.tokenizer, &self.marks);
        let scoring = Scoring { batch_tokens: 1 << 16, chunk: 1 << 12 };
        let thinking = Some(self.thinking());
        let held_out = HeldOut::measure(model, voice, &documents, thinking, scoring)?;
        let mut measured = Measured {
            plain_loss: held_out.plain_loss,
            thinking_loss: held_out.thinking_loss,
            ..Measured::default()
        };
        let requests = documents.iter().zip(0..).map(|(document, prompt)| Request {
            prompt,
            ids: document.tokens[..document.actions[0]].to_vec(),
            samples: 1,
        });
        let sampler = Sampler {
            rows: self.thinking().rows,
            filter: Filter { temperature: 0.0, ..Filter::default() },
            max_tokens: self.longest(),
            stop_ids: vec![0],
            seed: self.seed,
            step: 0,
        };
        let each = 1.0 / prompts.len() as f64;
        let requests: Vec<Request> = requests.collect();
        answer::<ExperimentError>(
            model,
            &self.tokenizer,
            &sampler,
            &requests,
            &[],
            &mut |sample, text| {
                let prompt = &prompts[sample.prompt as usize];
                measured.success += each * f64::from(u8::from(self.world.is_right(prompt, &text)));
                let (starts, inside) = thoughts(&text);
                let segments = self.experiment.world.length as f64;
                let others = segments * (Skills::SEGMENT - 1) as f64;
                measured.think_at_starts += each * starts as f64 / segments;
                measured.think_inside += each * inside as f64 / others;
                measured.think_rate += each * (starts + inside) as f64 / (segments + others);
                Ok(())
            },
        )?;
        Ok(measured)
    }

    /// The tokens of a program with a thought before every line.
    fn longest(&self) -> usize {
        self.experiment.world.length * Skills::SEGMENT * 6 + 2
    }

    fn reinforce(
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
            redraws: 0,
            updates: it.updates,
            max_tokens,
            temperature: 1.0,
            stops: Vec::new(),
            rows: self.thinking().rows,
            batch_tokens: 1 << 16,
            seed: self.seed,
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
        let schedule = Schedule { peak: it.rate, warmup: 0, course: Course::Constant };
        let mut learner = learner(model, schedule);
        let store = self.folder.join(format!("seed-{}-{arm:?}-rlvr", self.seed));
        let store = CheckpointStore::new(store, 1);
        let mut curve = Curve(Vec::new());
        let state = State::default();
        rlvr.train(&mut learner, None, state, &store, &Value::Null, &mut curve)?;
        Ok((learner.model, curve.0))
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
    }
}

/// How many comments come before the first lines of segments, and before the others.
fn thoughts(text: &str) -> (usize, usize) {
    let (mut starts, mut inside) = (0, 0);
    for (comment, line) in text.lines().zip(text.lines().skip(1)) {
        if comment.starts_with('#') && !line.starts_with('#') {
            if line.starts_with('x') { starts += 1 } else { inside += 1 }
        }
    }
    (starts, inside)
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
