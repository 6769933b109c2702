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

mod event;
mod explained;
mod explaining;
mod learning;
mod place;
mod settings;

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Ra3Error;
use super::actions::Program;
use super::explainer::Thinking;
use super::held_out::HeldOut;
use super::scoring::Scoring;
use super::thoughts::Marks;
use crate::checkpoint::{CheckpointStore, Progress};
use crate::learning::Learner;
use crate::order::Order;
use crate::tokenizer::Tokenizer;

pub use event::{Annotated, Event, MidtrainObserver};
use place::Reached;
pub use settings::{Algorithm, MidtrainingSettings};

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
        let is_any = programs.iter().any(|program| program.code_tokens() > 0);
        while is_any && sum < tokens {
            let taken = step * each as u64..(step + 1) * each as u64;
            sum += taken.map(|place| programs[order.prompt(place)].code_tokens()).sum::<usize>();
            step += 1;
        }
        step
    }

    /// Where the policy's checkpoints are.
    fn policy_store(&self) -> CheckpointStore {
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
            if checkpoint.progress.config != self.config {
                return Err(Ra3Error::OtherConfiguration { folder: checkpoint.folder });
            }
            checkpoint.restore(policy)?;
            reached = Reached::in_progress(&checkpoint.progress);
        }
        let round = self.round_of(reached.learned);
        let thinks_first =
            |round, reached: Reached| reached.learned == self.first_step(round) && self.thinks();
        // Finding a checkpoint reads all of it, so it is done once.
        let mut explainer = None;
        let begun = if thinks_first(round, reached) {
            let newest = self.explainer_store(round).newest()?;
            let explained = self.explained(round, newest.as_ref())?;
            explainer = Some(newest);
            self.units_before(round) + explained
        } else {
            self.units_of_learning(round, reached.learned)
        };
        observer.begins(begun).map_err(Ra3Error::Observer)?;
        for round in round..self.settings.rounds {
            if self.is_finished(reached) {
                break;
            }
            if thinks_first(round, reached) {
                let newest =
                    explainer.take().map_or_else(|| self.explainer_store(round).newest(), Ok)?;
                if !self.explain(round, newest, policy, observer)? {
                    break;
                }
            }
            self.learn(round, &mut reached, policy, observer)?;
            if policy.ranks.any(observer.is_stopped())? {
                break;
            }
        }
        if self.is_finished(reached) {
            let step = self.units_of_learning(self.round_of(reached.learned), reached.learned);
            self.measure(step, reached.learned, policy, observer)?;
        }
        Ok(self.is_finished(reached))
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
        let (batch_tokens, chunk) = (settings.batch_tokens, policy.memory.chunk);
        let scoring = Scoring { batch_tokens, chunk, ranks: &policy.ranks };
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
        if learner.ranks.is_first() {
            store.save(learner, &progress)?;
        }
        Ok(())
    }
}
