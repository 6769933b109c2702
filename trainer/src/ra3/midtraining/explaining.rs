//! The first half of a round: E-steps, and programs with thoughts.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;

use super::Midtraining;
use super::event::{Annotated, Event, MidtrainObserver};
use super::explained;
use super::settings::MidtrainingSettings;
use crate::checkpoint::{Checkpoint, CheckpointStore};
use crate::learning::{AdamW, Learner};
use crate::order::Order;
use crate::ra3::Ra3Error;
use crate::ra3::actions::Program;
use crate::ra3::expectation::{Expectation, ExpectationReport};
use crate::ra3::explainer::{Explainer, Thinking};
use crate::sampling::Draw;

impl Midtraining {
    pub(super) fn explainer_store(&self, round: u64) -> CheckpointStore {
        let name = format!("checkpoints/explainer-{round}");
        CheckpointStore::new(self.folder.join(name), self.settings.keep)
    }

    /// Where the explained programs of a round are, a line each.
    pub(super) fn explained_file(&self, round: u64) -> PathBuf {
        self.folder.join(format!("explained/round-{round}.jsonl"))
    }

    /// How many E-steps of a round were saved, and chunks of it explained.
    pub(super) fn explained(
        &self,
        round: u64,
        newest: Option<&Checkpoint>,
    ) -> Result<u64, Ra3Error> {
        let steps = newest.map_or(0, |it| it.progress.step);
        if steps < self.settings.explain_steps {
            return Ok(steps);
        }
        let whole = explained::lines(&self.explained_file(round))?.len();
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

    /// Makes the E-steps of a round from the newest checkpoint of them on, and explains its programs.
    /// False if it was stopped before.
    pub(super) fn explain(
        &self,
        round: u64,
        newest: Option<Checkpoint>,
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
            temperature: settings.expectation.thinking.temperature,
            memory: policy.memory,
            ranks: policy.ranks.clone(),
        };
        let mut made = 0;
        if let Some(checkpoint) = newest {
            checkpoint.restore(&mut explainer)?;
            made = checkpoint.progress.step;
        }
        let before = self.units_before(round);
        let mut saved = made;
        while made < settings.explain_steps {
            if policy.ranks.any(observer.is_stopped())? {
                return Ok(false);
            }
            let report = self.explain_once(round, made, policy, &mut explainer)?;
            let event = Event::Explain { step: before + made, round, report };
            observer.happened(&event).map_err(Ra3Error::Observer)?;
            made += 1;
            let is_last =
                policy.ranks.any(made == settings.explain_steps || observer.is_stopped())?;
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
        let whole = explained::lines(&path)?;
        let done = self.whole_chunks(round, whole.len());
        let ranks = &explainer.ranks;
        let kept = &whole[..whole.len().min(done * chunk)];
        let mut file =
            ranks.is_first().then(|| explained::open(&path, kept)).transpose().map_err(at)?;
        let mut order = Order::new(self.seed(), self.programs.len());
        let thinking = self.settings.expectation.thinking;
        for (number, places) in places.chunks(chunk).enumerate().skip(done) {
            if ranks.any(observer.is_stopped())? {
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
                ranks,
            };
            let (trajectories, effort) = drawing.explain(&programs, 1)?;
            let mut lines = Vec::new();
            for trajectory in &trajectories {
                serde_json::to_writer(&mut lines, trajectory).map_err(|error| at(error.into()))?;
                lines.push(b'\n');
            }
            let flops = explainer.model.flops_per_token() * effort.computed as f64;
            let report = Annotated::of(&trajectories, flops, began.elapsed().as_secs_f64());
            let event = Event::Annotate { step: before + number as u64, round, report };
            observer.happened(&event).map_err(Ra3Error::Observer)?;
            if let Some(file) = &mut file {
                file.write_all(&lines).and_then(|()| file.sync_data()).map_err(at)?;
            }
        }
        // All read what the first has written.
        ranks.wait()?;
        Ok(true)
    }
}
