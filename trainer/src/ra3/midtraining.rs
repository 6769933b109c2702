//! The rounds of RA3: explain, annotate, learn, and again.
//!
//! # Theory of operation
//!
//! The policy learns `steps` M-steps in all, in an order of programs that depends on the seed alone.
//! The rounds divide them evenly. Before its M-steps, a round has E-steps by a copy of the policy, and
//! then the copy explains exactly the programs that the M-steps will take. So the baseline, which has
//! no thoughts, learns from the same programs in the same order with the same optimizer.
//!
//! Where a run stands is what lies in its folder: the policy's checkpoints say how many M-steps were
//! made; those of a round's explainer how many E-steps; and the file of a round's explained programs
//! how many were explained. Programs are explained in chunks that do not depend on each other. Each of
//! the three can be cut off anywhere, and goes on to the same bits.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Ra3Error;
use super::actions::Program;
use super::expectation::{Expectation, ExpectationReport};
use super::explainer::{Explainer, Thinking};
use super::held_out::HeldOut;
use super::maximization::{LossOn, MaximizationReport, maximize};
use super::scoring::Scoring;
use super::thoughts::Marks;
use super::trajectory::Trajectory;
use crate::checkpoint::{CheckpointStore, Progress};
use crate::learning::{AdamW, AdamWOptions, Learner, Schedule};
use crate::order::Order;
use crate::sampling::Draw;
use crate::tokenizer::Tokenizer;

/// What is trained.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Thoughts by reinforcement learning, then next-token prediction.
    #[default]
    Ra3,
    /// The same with one thought for a whole program.
    Brite,
    /// Next-token prediction alone.
    Ntp,
}

/// How a mid-training goes.
#[derive(Clone, Debug)]
pub struct MidtrainingSettings {
    /// What is trained. What an action is was decided when programs were cut.
    pub algorithm: Algorithm,
    /// How many rounds there are.
    pub rounds: u64,
    /// How many E-steps a round has; 20 to 100 in the paper.
    pub explain_steps: u64,
    /// How many windows an E-step has; the paper's batch is 32.
    pub windows: usize,
    /// How many lines a window has at most; 32.
    pub lines: usize,
    /// How an E-step goes. Its random numbers' step is set by the run.
    pub expectation: Expectation,
    /// The learning rate of E-steps.
    pub explain_schedule: Schedule,
    /// The optimizer of E-steps.
    pub explain_optimizer: AdamWOptions,
    /// How many M-steps there are, in all rounds.
    pub steps: u64,
    /// How many programs an M-step has.
    pub programs: usize,
    /// Ends before the last step when so many tokens were learnt, thoughts included.
    pub total_tokens: Option<usize>,
    /// Which tokens M-steps learn.
    pub loss_on: LossOn,
    /// The most tokens of a batch of an M-step.
    pub batch_tokens: usize,
    /// How many programs are explained at a time.
    pub chunk: usize,
    /// After how many M-steps there is a measurement, which is also before the first and after the
    /// last.
    pub evaluate_every: u64,
    /// After how many E-steps or M-steps there is a checkpoint.
    pub save_every: u64,
    /// How many checkpoints are kept.
    pub keep: usize,
}

/// A part of a run.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// E-steps.
    Explain,
    /// The explanation of the programs of the round's M-steps.
    Annotate,
    /// M-steps.
    Learn,
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
    /// How long it took.
    pub seconds: f64,
}

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

/// A run.
#[derive(Debug)]
pub struct Midtraining {
    settings: MidtrainingSettings,
    tokenizer: Tokenizer,
    marks: Marks,
    programs: Vec<Program>,
    held_out: Vec<Program>,
    folder: PathBuf,
    config: Value,
}

impl Midtraining {
    /// A run in `folder` that learns from some programs and is measured on others. `config` is what a
    /// checkpoint remembers of it.
    ///
    /// # Errors
    ///
    /// There is no program.
    pub fn new(
        settings: MidtrainingSettings,
        (tokenizer, marks): (Tokenizer, Marks),
        (programs, held_out): (Vec<Program>, Vec<Program>),
        folder: &Path,
        config: Value,
    ) -> Result<Self, Ra3Error> {
        let usable = |it: Vec<Program>| -> Vec<Program> {
            it.into_iter().filter(|program| !program.actions.is_empty()).collect()
        };
        let (programs, held_out) = (usable(programs), usable(held_out));
        if programs.is_empty() {
            return Err(Ra3Error::NoPrograms);
        }
        let folder = folder.to_owned();
        Ok(Self { settings, tokenizer, marks, programs, held_out, folder, config })
    }

    /// The number of M-steps in which `tokens` tokens of code are learnt, or a few more.
    pub fn steps_for(programs: &[Program], seed: u64, each: usize, tokens: usize) -> u64 {
        let (mut order, mut step, mut sum) = (Order::new(seed, programs.len()), 0, 0);
        while sum < tokens {
            let taken = step * each as u64..(step + 1) * each as u64;
            sum += taken.map(|place| programs[order.prompt(place)].code_tokens()).sum::<usize>();
            step += 1;
        }
        step
    }

    /// Where the policy's checkpoints are.
    pub fn policy_store(&self) -> CheckpointStore {
        CheckpointStore::new(self.folder.join("checkpoints/policy"), self.settings.keep)
    }

    /// Trains `policy` from where the folder says to the end, or until somebody asks to stop. Says
    /// whether it came to the end.
    ///
    /// # Errors
    ///
    /// The optimizer or the disk failed, or the observer. The last checkpoints are whole.
    pub fn train(
        &self,
        policy: &mut Learner,
        observer: &mut dyn MidtrainObserver,
    ) -> Result<bool, Ra3Error> {
        let mut reached = Reached::default();
        if let Some(checkpoint) = self.policy_store().newest()? {
            checkpoint.restore(policy)?;
            reached = Reached::in_progress(&checkpoint.progress);
        }
        let round = self.round_of(reached.learned);
        let is_new = reached.learned == self.first_step(round) && self.thinks();
        let begun = match is_new {
            true => self.units_before(round) + self.explained(round)?,
            false => self.units_of_learning(round, reached.learned),
        };
        observer.begins(begun).map_err(Ra3Error::Observer)?;
        for round in round..self.settings.rounds {
            let is_new = reached.learned == self.first_step(round) && self.thinks();
            if self.is_finished(reached) || (is_new && !self.explain(round, policy, observer)?) {
                break;
            }
            self.learn(round, &mut reached, policy, observer)?;
            if observer.is_stopped() {
                break;
            }
        }
        if self.is_finished(reached) {
            let step = self.units_of_learning(self.round_of(reached.learned), reached.learned);
            self.measure(step, reached.learned, policy, observer)?;
        }
        Ok(self.is_finished(reached))
    }

    fn is_finished(&self, reached: Reached) -> bool {
        let most = self.settings.total_tokens;
        reached.learned >= self.settings.steps || most.is_some_and(|most| reached.tokens >= most)
    }

    /// Whether there are thoughts: not where they are infinitely dear.
    fn thinks(&self) -> bool {
        let price = self.settings.expectation.rewards.thought;
        self.settings.algorithm != Algorithm::Ntp && price != f64::INFINITY
    }

    /// The first M-step of a round.
    fn first_step(&self, round: u64) -> u64 {
        round * self.settings.steps / self.settings.rounds
    }

    fn round_of(&self, learned: u64) -> u64 {
        let last = self.settings.rounds.saturating_sub(1);
        (0..=last).rev().find(|&round| self.first_step(round) <= learned).unwrap_or(0)
    }

    fn chunks(&self, round: u64) -> u64 {
        let steps = self.first_step(round + 1) - self.first_step(round);
        (steps * self.settings.programs as u64).div_ceil(self.settings.chunk as u64)
    }

    /// Units of work before a round.
    fn units_before(&self, round: u64) -> u64 {
        let thinking =
            if self.thinks() { (0..round).map(|it| self.units_of_thinking(it)).sum() } else { 0 };
        self.first_step(round) + thinking
    }

    /// Units of work before M-step `learned`, which is one of `round`.
    fn units_of_learning(&self, round: u64, learned: u64) -> u64 {
        let thinking = if self.thinks() { self.units_of_thinking(round) } else { 0 };
        self.units_before(round) + thinking + learned - self.first_step(round)
    }

    fn units_of_thinking(&self, round: u64) -> u64 {
        self.settings.explain_steps + self.chunks(round)
    }

    fn explainer_store(&self, round: u64) -> CheckpointStore {
        let name = format!("checkpoints/explainer-{round}");
        CheckpointStore::new(self.folder.join(name), self.settings.keep)
    }

    /// Where the explained programs of a round are, a line each.
    pub fn explained_file(&self, round: u64) -> PathBuf {
        self.folder.join(format!("explained/round-{round}.jsonl"))
    }

    /// How many E-steps of a round were saved, and chunks of it explained.
    fn explained(&self, round: u64) -> Result<u64, Ra3Error> {
        let steps = self.explainer_store(round).newest()?.map_or(0, |it| it.progress.step);
        if steps < self.settings.explain_steps {
            return Ok(steps);
        }
        let whole = read_whole(&self.explained_file(round))?.len();
        Ok(steps + self.whole_chunks(round, whole) as u64)
    }

    /// How many chunks of a round are whole, of whose programs so many were written.
    fn whole_chunks(&self, round: u64, written: usize) -> usize {
        let chunk = self.settings.chunk.max(1);
        if written == self.programs_of(round).count() {
            written.div_ceil(chunk)
        } else {
            written / chunk
        }
    }

    /// The places in the order of programs that the M-steps of a round take.
    fn programs_of(&self, round: u64) -> std::ops::Range<u64> {
        let each = self.settings.programs as u64;
        self.first_step(round) * each..self.first_step(round + 1) * each
    }

    /// Makes the E-steps of a round, and explains its programs. False if it was stopped before.
    fn explain(
        &self,
        round: u64,
        policy: &Learner,
        observer: &mut dyn MidtrainObserver,
    ) -> Result<bool, Ra3Error> {
        let settings = &self.settings;
        let store = self.explainer_store(round);
        let model = policy.model.copy();
        let mut explainer = Learner {
            optimizer: AdamW::new(model.parameters(), settings.explain_optimizer),
            model,
            schedule: settings.explain_schedule,
            gradient_limit: policy.gradient_limit,
            temperature: 1.0,
            memory: policy.memory,
        };
        let mut made = 0;
        if let Some(checkpoint) = store.newest()? {
            checkpoint.restore(&mut explainer)?;
            made = checkpoint.progress.step;
        }
        let before = self.units_before(round);
        let mut saved = made;
        while made < settings.explain_steps {
            if observer.is_stopped() {
                return Ok(false);
            }
            let report = self.explain_once(round, made, policy, &mut explainer)?;
            let event = Event::Explain { step: before + made, round, report };
            observer.happened(&event).map_err(Ra3Error::Observer)?;
            made += 1;
            let is_last = made == settings.explain_steps || observer.is_stopped();
            if is_last || made - saved >= settings.save_every.max(1) {
                self.save(&store, &explainer, made, Value::Null)?;
                saved = made;
                observer.saved().map_err(Ra3Error::Observer)?;
            }
        }
        self.annotate(round, &explainer, before + made, observer)
    }

    fn explain_once(
        &self,
        round: u64,
        made: u64,
        policy: &Learner,
        explainer: &mut Learner,
    ) -> Result<ExpectationReport, Ra3Error> {
        let settings = &self.settings;
        let step = (round * settings.explain_steps + made) as u32;
        let thinking = Thinking { step, ..settings.expectation.thinking };
        let expectation = Expectation { thinking, ..settings.expectation };
        let windows = self.windows(step);
        let voice = (&self.tokenizer, &self.marks);
        expectation.step(explainer, &policy.model, voice, &windows)
    }

    /// The windows of an E-step: any programs, from any line on.
    fn windows(&self, step: u32) -> Vec<(u32, Program)> {
        let MidtrainingSettings { windows, lines, ref expectation, .. } = self.settings;
        let below = |number: usize, position: u32, bound: usize| {
            // No trajectory has this number.
            let (prompt, sample) = (number as u32, u32::MAX);
            let draw = Draw { seed: expectation.thinking.seed, step, prompt, sample, position };
            (draw.uniform() * bound as f64) as usize
        };
        let window = |number| {
            let program = &self.programs[below(number, 0, self.programs.len())];
            let starts = program.actions.len().saturating_sub(lines) + 1;
            (number as u32, program.window(below(number, 1, starts), lines))
        };
        (0..windows).map(window).collect()
    }

    /// Explains the programs of a round that are not explained yet. False if it was stopped before.
    fn annotate(
        &self,
        round: u64,
        explainer: &Learner,
        before: u64,
        observer: &mut dyn MidtrainObserver,
    ) -> Result<bool, Ra3Error> {
        let path = self.explained_file(round);
        let at = |source| Ra3Error::Explained { path: path.clone(), source };
        let places: Vec<u64> = self.programs_of(round).collect();
        let chunk = self.settings.chunk.max(1);
        let whole = read_whole(&path)?;
        let done = self.whole_chunks(round, whole.len());
        let mut file = open_with(&path, &whole[..whole.len().min(done * chunk)]).map_err(at)?;
        let mut order = Order::new(self.seed(), self.programs.len());
        let thinking = self.settings.expectation.thinking;
        for (number, places) in places.chunks(chunk).enumerate().skip(done) {
            if observer.is_stopped() {
                return Ok(false);
            }
            let began = Instant::now();
            let programs: Vec<(u32, &Program)> = places
                .iter()
                .map(|&place| (place as u32, &self.programs[order.prompt(place)]))
                .collect();
            let drawing = Explainer {
                model: &explainer.model,
                tokenizer: &self.tokenizer,
                marks: &self.marks,
                // No E-step has this number.
                thinking: Thinking { step: u32::MAX - round as u32, ..thinking },
            };
            let (trajectories, _) = drawing.explain(&programs, 1)?;
            let mut lines = Vec::new();
            for trajectory in &trajectories {
                serde_json::to_writer(&mut lines, trajectory).map_err(|error| at(error.into()))?;
                lines.push(b'\n');
            }
            let report = annotated(&trajectories, began.elapsed().as_secs_f64());
            let event = Event::Annotate { step: before + number as u64, round, report };
            observer.happened(&event).map_err(Ra3Error::Observer)?;
            file.write_all(&lines).and_then(|()| file.sync_data()).map_err(at)?;
        }
        Ok(true)
    }

    /// Makes the M-steps of a round.
    fn learn(
        &self,
        round: u64,
        reached: &mut Reached,
        policy: &mut Learner,
        observer: &mut dyn MidtrainObserver,
    ) -> Result<(), Ra3Error> {
        let settings = &self.settings;
        let mut source = self.source(round)?;
        let (last, store) = (self.first_step(round + 1), self.policy_store());
        let mut saved = reached.learned;
        while reached.learned < last && !self.is_finished(*reached) && !observer.is_stopped() {
            let learned = reached.learned;
            let step = self.units_of_learning(round, learned);
            if learned.is_multiple_of(settings.evaluate_every.max(1)) {
                self.measure(step, learned, policy, observer)?;
            }
            let each = settings.programs as u64;
            let places = learned * each..(learned + 1) * each;
            let programs = places.map(|it| source.trajectory(it)).collect::<Result<Vec<_>, _>>()?;
            let report = maximize(policy, &programs, settings.loss_on, settings.batch_tokens)?;
            let event = Event::Learn { step, round, learned, report };
            observer.happened(&event).map_err(Ra3Error::Observer)?;
            reached.learned += 1;
            reached.tokens += report.tokens;
            let is_last =
                reached.learned == last || self.is_finished(*reached) || observer.is_stopped();
            if is_last || reached.learned - saved >= settings.save_every.max(1) {
                let data = serde_json::to_value(*reached).expect("numbers are JSON");
                self.save(&store, policy, reached.learned, data)?;
                saved = reached.learned;
                observer.saved().map_err(Ra3Error::Observer)?;
            }
        }
        Ok(())
    }

    /// What the M-steps of a round learn from.
    fn source(&self, round: u64) -> Result<Source<'_>, Ra3Error> {
        let path = self.explained_file(round);
        let explained = if self.thinks() { Some(read_whole(&path)?) } else { None };
        Ok(Source {
            programs: &self.programs,
            order: Order::new(self.seed(), self.programs.len()),
            first: self.programs_of(round).start,
            explained,
            path,
        })
    }

    fn measure(
        &self,
        step: u64,
        learned: u64,
        policy: &Learner,
        observer: &mut dyn MidtrainObserver,
    ) -> Result<(), Ra3Error> {
        observer.measured(step, learned, policy).map_err(Ra3Error::Observer)?;
        if self.held_out.is_empty() {
            return Ok(());
        }
        let settings = &self.settings;
        // No E-step has this number, and programs are explained with the same numbers every time.
        let thinking = Thinking { step: u32::MAX / 2, ..settings.expectation.thinking };
        let scoring = Scoring { batch_tokens: settings.batch_tokens, chunk: policy.memory.chunk };
        let voice = (&self.tokenizer, &self.marks);
        let thinks = (settings.algorithm != Algorithm::Ntp).then_some(thinking);
        let report = HeldOut::measure(&policy.model, voice, &self.held_out, thinks, scoring)?;
        observer.happened(&Event::HeldOut { step, learned, report }).map_err(Ra3Error::Observer)
    }

    fn seed(&self) -> u64 {
        self.settings.expectation.thinking.seed
    }

    fn save(
        &self,
        store: &CheckpointStore,
        learner: &Learner,
        step: u64,
        data: Value,
    ) -> Result<(), Ra3Error> {
        let (seed, config) = (self.seed(), self.config.clone());
        let progress = Progress { step, seed, data, config, updates: 0 };
        store.save(learner, &progress)?;
        Ok(())
    }
}

/// Where the M-steps stand.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
struct Reached {
    /// How many were made.
    learned: u64,
    /// How many tokens were learnt in them.
    tokens: usize,
}

impl Reached {
    /// What a checkpoint says. One of another hand says how many steps there were.
    fn in_progress(progress: &Progress) -> Self {
        let said = serde_json::from_value(progress.data.clone());
        said.unwrap_or(Self { learned: progress.step, tokens: 0 })
    }
}

/// The programs of a round, as they are learnt.
struct Source<'a> {
    programs: &'a [Program],
    order: Order,
    /// The place of the round's first program.
    first: u64,
    /// A line for each program, where there are thoughts.
    explained: Option<Vec<Vec<u8>>>,
    path: PathBuf,
}

impl Source<'_> {
    /// The program that is learnt after `place` others.
    fn trajectory(&mut self, place: u64) -> Result<Trajectory, Ra3Error> {
        let Some(explained) = &self.explained else {
            let program = &self.programs[self.order.prompt(place)];
            let tokens = program.tokens.clone();
            return Ok(Trajectory::plain(place as u32, tokens, &program.actions));
        };
        let at = |source| Ra3Error::Explained { path: self.path.clone(), source };
        let line = explained
            .get((place - self.first) as usize)
            .ok_or_else(|| at(io::ErrorKind::UnexpectedEof.into()))?;
        serde_json::from_slice(line).map_err(|error| at(error.into()))
    }
}

fn annotated(trajectories: &[Trajectory], seconds: f64) -> Annotated {
    let thoughts = || trajectories.iter().flat_map(Trajectory::thoughts);
    Annotated {
        programs: trajectories.len(),
        lines: trajectories.iter().map(|it| it.choices.len()).sum(),
        code_tokens: trajectories.iter().map(Trajectory::code_tokens).sum(),
        thoughts: thoughts().count(),
        thought_tokens: thoughts().map(|it| it.length).sum(),
        seconds,
    }
}

/// The whole lines of a file; none if it is not there.
fn read_whole(path: &Path) -> Result<Vec<Vec<u8>>, Ra3Error> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|source| Ra3Error::Explained { path: path.to_owned(), source })?,
    };
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    Ok(lines.filter(|line| line.ends_with(b"\n")).map(<[u8]>::to_vec).collect())
}

/// A file to add lines to, which has these already.
fn open_with(path: &Path, lines: &[Vec<u8>]) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().append(true).create(true).open(path)?;
    file.set_len(lines.iter().map(|line| line.len() as u64).sum())?;
    Ok(file)
}
