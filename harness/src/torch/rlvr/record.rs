//! The folder of a run: what happened, line by line, and what a person sees meanwhile.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use benchmarks::Outcome;
use harness::commands::explain;
use harness::run_directory::write_file;
use harness::tensorboard::EventFile;
use harness::training::{CONFIG, EVENTS, SAMPLES, TrainingRun};
use serde::Serialize;
use trainer::Group;
use trainer::learning::Learner;
use trainer::ranks::Ranks;
use trainer::rlvr::{Evaluation, Observer, StepReport};

use super::config::Config;
use super::environment::Grader;
use super::red_team::{Attacks, RedTeam};
use crate::sitting::{export, open_up_to};

/// A line of events.jsonl.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event<'a> {
    Step(&'a StepReport),
    Evaluation(&'a Evaluation),
    Attacks(Attacks),
}

/// A line of samples.jsonl.
#[derive(Serialize)]
struct SampleRow<'a> {
    step: u64,
    task_id: &'a str,
    sample: u32,
    reward: f32,
    verdict: Option<Outcome>,
    message: Option<&'a str>,
    stop: String,
    text: &'a str,
    tokens: &'a [u32],
    logprobs: &'a [f32],
}

/// Keeps the records of a run.
pub(crate) struct Record {
    folder: PathBuf,
    events: File,
    curves: EventFile,
    samples: File,
    quiet: bool,
    started: Instant,
    /// The step of this sitting's beginning.
    first: u64,
    best: Option<f64>,
    violations: usize,
    run: Run,
}

/// What a run is made of, as far as its records tell of it.
pub(crate) struct Run {
    pub(crate) config: Config,
    /// The names of the problems that it trains on.
    pub(crate) names: Vec<String>,
    pub(crate) grader: Arc<Grader>,
    /// What lies beside the weights of a model that came without a folder.
    pub(crate) companions: Vec<(&'static str, String)>,
    /// Attackers beside the policy.
    pub(crate) red_team: Option<RedTeam>,
    /// Whether somebody asked it to stop.
    pub(crate) stopped: Arc<AtomicBool>,
    /// Who answers and judges beside this process.
    pub(crate) ranks: Ranks,
}

/// What is known of an answer: its prompt, its text, and what was decided on it.
type Decided = (String, String, Outcome, String);

/// What all ranks decided since they were last asked for it.
fn decided(grader: &Grader, ranks: &Ranks) -> anyhow::Result<Vec<Decided>> {
    let own = grader.ledger.take().into_iter().map(|((prompt, answer), verdict)| {
        (prompt, answer, verdict.outcome, verdict.message.clone())
    });
    Ok(ranks.gather(own.collect::<Vec<_>>())?.into_iter().flatten().collect())
}

/// Does its part of a run of which another rank keeps the records.
pub(super) struct Helper {
    pub(super) grader: Arc<Grader>,
    pub(super) stopped: Arc<AtomicBool>,
    pub(super) ranks: Ranks,
}

impl Observer for Helper {
    fn step(&mut self, _: &StepReport, _: &[Group]) -> Result<(), String> {
        decided(&self.grader, &self.ranks).map_err(|error| format!("{error:#}"))?;
        Ok(())
    }

    fn evaluated(&mut self, _: &Evaluation, _: &Learner) -> Result<(), String> {
        self.grader.ledger.take();
        Ok(())
    }

    fn saved(&mut self, _: u64) -> Result<(), String> {
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

impl Record {
    /// The records in `folder` of a run that goes on at `step`. What is there of that step and later
    /// ones, from before a crash, is made again and therefore removed.
    pub(crate) fn open(folder: &Path, run: Run, step: u64, quiet: bool) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("failed to make `{}`", folder.display()))?;
        write_file(folder, CONFIG, toml::to_string(&run.config)?.as_bytes())?;
        Ok(Self {
            events: open_up_to(&folder.join(EVENTS), step)?,
            curves: EventFile::create(folder, step)?,
            samples: open_up_to(&folder.join(SAMPLES), step)?,
            best: TrainingRun::best_in(folder)?,
            folder: folder.to_owned(),
            quiet,
            started: Instant::now(),
            first: step,
            violations: 0,
            run,
        })
    }

    /// Bring everything to the disk.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        let synced = self.events.sync_all().and_then(|()| self.samples.sync_all());
        synced.with_context(|| format!("failed to write to `{}`", self.folder.display()))
    }

    fn write(&mut self, event: Event<'_>) -> anyhow::Result<()> {
        let event = serde_json::to_value(event)?;
        self.events.write_all(format!("{event}\n").as_bytes()).with_context(|| {
            format!("failed to write to `{}`", self.folder.join(EVENTS).display())
        })?;
        self.curves.add(&event)
    }

    fn write_samples(&mut self, step: u64, groups: &[Group]) -> anyhow::Result<()> {
        let verdicts: HashMap<_, _> = decided(&self.run.grader, &self.run.ranks)?
            .into_iter()
            .map(|(prompt, answer, outcome, message)| ((prompt, answer), (outcome, message)))
            .collect();
        let mut lines = Vec::new();
        for group in groups {
            for rollout in &group.rollouts {
                let completion = &rollout.completion;
                let key = (group.prompt.clone(), completion.text.clone());
                let verdict = verdicts.get(&key);
                let outcome = verdict.map(|it| it.0);
                self.violations += usize::from(outcome == Some(Outcome::SecurityViolation));
                let row = SampleRow {
                    step,
                    task_id: self.run.names.get(group.task).map_or("", String::as_str),
                    sample: rollout.sample,
                    reward: rollout.reward,
                    verdict: outcome,
                    message: verdict.map(|it| it.1.as_str()),
                    stop: format!("{:?}", completion.stop),
                    text: &completion.text,
                    tokens: &completion.tokens,
                    logprobs: &completion.logprobs,
                };
                serde_json::to_writer(&mut lines, &row)?;
                lines.push(b'\n');
            }
        }
        self.samples.write_all(&lines).with_context(|| {
            format!("failed to write to `{}`", self.folder.join(SAMPLES).display())
        })
    }

    fn attack(&mut self, step: u64) -> anyhow::Result<()> {
        let Some(red_team) = &self.run.red_team else { return Ok(()) };
        let attacks = red_team.attack(step)?;
        self.write(Event::Attacks(attacks))?;
        if !self.quiet {
            explain(&format!(
                "    red team: {} attacks, {} rewarded, {} violations, {} ungraded",
                attacks.answers, attacks.rewarded, attacks.violations, attacks.ungraded
            ));
        }
        Ok(())
    }

    fn show(&self, report: &StepReport) {
        let done = report.step + 1 - self.first;
        let left = (self.run.config.training.steps - report.step - 1) as f64;
        let minutes = self.started.elapsed().as_secs_f64() / done as f64 * left / 60.0;
        let seconds = report.seconds;
        let violations = match self.violations {
            0 => String::new(),
            count => format!("  {count} violations"),
        };
        explain(&format!(
            "step {}/{}  reward {:.3}  mixed {}/{}  length {:.0}  loss {:+.4}  norm {:.2}  gap {:.0e}  \
             {:.0} s (waited {:.1} %)  {minutes:.0} min left{violations}",
            report.step + 1,
            self.run.config.training.steps,
            report.reward,
            report.mixed_groups,
            report.groups,
            report.length,
            report.loss,
            report.gradient_norm,
            report.gap,
            seconds.total(),
            100.0 * seconds.waiting / seconds.total().max(1e-9),
        ));
    }

    fn keep_best(&mut self, evaluation: &Evaluation, learner: &Learner) -> anyhow::Result<()> {
        if self.best.is_some_and(|best| best >= evaluation.reward) {
            return Ok(());
        }
        self.best = Some(evaluation.reward);
        if evaluation.step == 0 {
            // That is the model that the run began with.
            return Ok(());
        }
        let best = self.folder.join("best");
        export(&learner.model, &self.run.config.model.path, &self.run.companions, &best)?;
        Ok(())
    }
}

impl Observer for Record {
    fn step(&mut self, report: &StepReport, groups: &[Group]) -> Result<(), String> {
        self.write_samples(report.step, groups)
            .and_then(|()| self.write(Event::Step(report)))
            .map_err(|error| format!("{error:#}"))?;
        if !self.quiet {
            self.show(report);
        }
        self.attack(report.step).map_err(|error| format!("{error:#}"))
    }

    fn evaluated(&mut self, evaluation: &Evaluation, learner: &Learner) -> Result<(), String> {
        // Answers to held-out problems are no part of the samples.
        self.run.grader.ledger.take();
        self.write(Event::Evaluation(evaluation))
            .and_then(|()| self.keep_best(evaluation, learner))
            .map_err(|error| format!("{error:#}"))?;
        if !self.quiet {
            explain(&format!(
                "after {} steps: held-out reward {:.3} ± {:.3} over {} problems ({:.0} s)",
                evaluation.step,
                evaluation.reward,
                evaluation.margin,
                evaluation.by_prompt.len(),
                evaluation.seconds,
            ));
        }
        Ok(())
    }

    fn saved(&mut self, _step: u64) -> Result<(), String> {
        self.finish().map_err(|error| format!("{error:#}"))
    }

    fn is_stopped(&self) -> bool {
        self.run.stopped.load(Ordering::Relaxed)
    }
}
