//! The folder of a mid-training: what happened, line by line, and what a person sees meanwhile.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use harness::commands::explain;
use harness::run_directory::write_file;
use harness::tensorboard::EventFile;
use harness::training::{CONFIG, EVENTS};
use serde::Serialize;
use trainer::learning::Learner;
use trainer::ra3::{Event, MidtrainObserver};
use trainer::rlvr::Evaluation;

use super::config::Config;
use crate::exam::Exam;
use crate::sitting::open_up_to;

/// A line of events.jsonl that the trainer knows nothing of.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Judged<'a> {
    Exam {
        /// Units of work before it.
        step: u64,
        learned: u64,
        benchmark: String,
        reward: f64,
        margin: f64,
        by_prompt: &'a [Option<f64>],
        ungraded: usize,
        seconds: f64,
    },
}

/// Does its part of a run of which another rank keeps the records.
pub(super) struct Helper {
    pub(super) exams: Vec<Exam>,
    pub(super) stopped: Arc<AtomicBool>,
}

impl MidtrainObserver for Helper {
    fn happened(&mut self, _: &Event) -> Result<(), String> {
        Ok(())
    }

    fn measured(&mut self, _: u64, learned: u64, policy: &Learner) -> Result<(), String> {
        for exam in &self.exams {
            exam.sit(&policy.model, learned).map_err(|error| format!("{error:#}"))?;
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// Keeps the records of a run.
pub(super) struct Record {
    folder: PathBuf,
    /// None until it is known where the run goes on.
    events: Option<(File, EventFile)>,
    config: Config,
    exams: Vec<Exam>,
    stopped: Arc<AtomicBool>,
    /// How many M-steps the run has.
    steps: u64,
    quiet: bool,
}

impl Record {
    pub(super) fn open(
        folder: &Path,
        config: Config,
        exams: Vec<Exam>,
        stopped: Arc<AtomicBool>,
        steps: u64,
        quiet: bool,
    ) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("failed to make `{}`", folder.display()))?;
        write_file(folder, CONFIG, toml::to_string(&config)?.as_bytes())?;
        let folder = folder.to_owned();
        Ok(Self { folder, events: None, config, exams, stopped, steps, quiet })
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Bring everything to the disk.
    pub(super) fn finish(&self) -> anyhow::Result<()> {
        let synced = self.events.as_ref().map_or(Ok(()), |(file, _)| file.sync_all());
        synced.with_context(|| format!("failed to write to `{}`", self.folder.display()))
    }

    fn write(&mut self, event: &impl Serialize) -> anyhow::Result<()> {
        let event = serde_json::to_value(event)?;
        let path = self.folder.join(EVENTS);
        let (file, curves) =
            self.events.as_mut().context("nothing happens before the beginning")?;
        file.write_all(format!("{event}\n").as_bytes())
            .with_context(|| format!("failed to write to `{}`", path.display()))?;
        curves.add(&event)
    }

    fn sit(&mut self, step: u64, learned: u64, policy: &Learner) -> anyhow::Result<()> {
        for number in 0..self.exams.len() {
            let evaluation = self.exams[number].sit(&policy.model, learned)?;
            let benchmark = self.config.evaluation.exams[number].benchmark.to_string();
            let Evaluation { reward, margin, ref by_prompt, ungraded, seconds, .. } = evaluation;
            self.say(&format!(
                "after {learned} M-steps: {benchmark} {reward:.3} ± {margin:.3} ({seconds:.0} s)"
            ));
            self.write(&Judged::Exam {
                step,
                learned,
                benchmark,
                reward,
                margin,
                by_prompt,
                ungraded,
                seconds,
            })?;
        }
        Ok(())
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            explain(text);
        }
    }

    fn show(&self, event: &Event) {
        let text = match event {
            Event::Explain { round, report: it, .. } => format!(
                "round {} E-step  reward {:+.4}  gain {:+.3}  think {:.1} %  length {:.1}  malformed {:.0} %  \
                 norm {:.2}  gap {:.0e}  {:.0} s",
                round + 1,
                it.reward,
                it.gain,
                100.0 * it.think_rate,
                it.thought_length,
                100.0 * it.malformed,
                it.gradient_norm,
                it.gap,
                it.seconds.iter().sum::<f64>(),
            ),
            Event::Annotate { round, report: it, .. } => format!(
                "round {} explained {} pieces  think {:.1} %  {:.0} tokens of code a second",
                round + 1,
                it.programs,
                100.0 * it.thoughts as f64 / it.lines.max(1) as f64,
                it.code_tokens as f64 / it.seconds.max(1e-9),
            ),
            Event::Learn { learned, report: it, .. } => format!(
                "M-step {}/{}  loss {:.4}  of code {:.4}  norm {:.2}  rate {:.1e}  {:.0} s",
                learned + 1,
                self.steps,
                it.loss,
                it.code_loss,
                it.gradient_norm,
                it.rate,
                it.seconds,
            ),
            Event::HeldOut { learned, report: it, .. } => format!(
                "after {learned} M-steps: held-out code {:.4} without thoughts, {:.4} with; think {:.1} %, \
                 length {:.1}",
                it.plain_loss,
                it.thinking_loss,
                100.0 * it.think_rate,
                it.thought_length,
            ),
        };
        self.say(&text);
    }
}

impl MidtrainObserver for Record {
    fn begins(&mut self, done: u64) -> Result<(), String> {
        let files = open_up_to(&self.folder.join(EVENTS), done)
            .and_then(|file| Ok((file, EventFile::create(&self.folder, done)?)));
        self.events = Some(files.map_err(|error| format!("{error:#}"))?);
        if done > 0 {
            self.say(&format!("goes on after {done} steps and chunks"));
        }
        Ok(())
    }

    fn happened(&mut self, event: &Event) -> Result<(), String> {
        self.show(event);
        self.write(event).map_err(|error| format!("{error:#}"))
    }

    fn measured(&mut self, step: u64, learned: u64, policy: &Learner) -> Result<(), String> {
        self.sit(step, learned, policy).map_err(|error| format!("{error:#}"))
    }

    fn saved(&mut self) -> Result<(), String> {
        self.finish().map_err(|error| format!("{error:#}"))
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}
