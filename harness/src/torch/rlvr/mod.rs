//! `ra3 rlvr`: problems, a judge and a model put together.

mod config;
pub(crate) mod environment;
mod objective;
pub(crate) mod record;
mod red_team;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail, ensure};
use datasets::{Dataset, Problem};
use harness::commands::rlvr::RlvrArgs;
use harness::commands::{explain, print};
use harness::interrupt::Interrupt;
use harness::manner::Manner;
use harness::training::{CONFIG, TrainingRun};
use trainer::LanguageModel;
use trainer::checkpoint::CheckpointStore;
use trainer::learning::{AdamW, Learner, Memory};
use trainer::model::Precision;
use trainer::rlvr::{Rlvr, State};

use crate::{generation, load};
use config::{Config, MannerKey};
use environment::{Court, JudgedProblem};
use record::{Record, Run};
use red_team::RedTeam;

/// Train as the arguments say.
pub(crate) fn run(arguments: &RlvrArgs) -> anyhow::Result<ExitCode> {
    let (config, folder) = resolve(arguments)?;
    if arguments.show_config {
        print(toml::to_string(&config)?.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = tokio::runtime::Runtime::new().context("failed to start the async runtime")?;
    let stopped = Arc::new(AtomicBool::new(false));
    runtime.spawn(listen(Arc::clone(&stopped)));

    let (problems, held_out) = problems(&config)?;
    let manner = manner(&config);
    let reward = config.reward.kind.reward();
    let court = Arc::new(runtime.block_on(Court::open(manner, reward, config.reward.jobs))?);
    // What learns is kept in f32: small steps add up.
    let kept = if config.model.bf16 { Precision::Mixed } else { Precision::Single };
    let model = load::language_model(&config.model.path, kept)?;
    let environments = |problems: Vec<Problem>| -> anyhow::Result<Vec<JudgedProblem>> {
        let environment = |problem: Problem| {
            let prompt = generation::prompt(&model, manner, &problem)?;
            Ok(JudgedProblem::new(prompt, problem, Arc::clone(&court)))
        };
        problems.into_iter().map(environment).collect()
    };
    let red_team = config.red_team.as_ref().map(|keys| {
        let (problems, runtime) = (problems.clone(), runtime.handle().clone());
        RedTeam::read(&keys.folder, keys.answers, problems, Arc::clone(&court), runtime)
    });
    let red_team = red_team.transpose()?;
    let names = problems.iter().map(|problem| problem.id.clone()).collect();
    let (train, held_out) = (environments(problems)?, environments(held_out)?);

    let settings = config.settings(manner.stops())?;
    let reference = settings
        .objective
        .kl
        .is_some()
        .then(|| model.decoder.frozen_copy(load::frozen(config.model.bf16)));
    let companions = model.companions()?;
    let LanguageModel { decoder, tokenizer, .. } = model;
    let mut learner = Learner {
        optimizer: AdamW::new(decoder.parameters(), config.optimizer()),
        model: decoder,
        schedule: config.schedule(),
        gradient_limit: config.training.gradient_limit,
        temperature: config.training.temperature,
        memory: Memory::default(),
    };
    let steps = settings.steps;
    let rlvr = Rlvr::new(settings, tokenizer, train, held_out, runtime.handle().clone())?;

    let store = CheckpointStore::new(folder.join("checkpoints"), config.training.keep);
    let asked = serde_json::to_value(&config)?;
    let state =
        if arguments.resume { restore(&store, &mut learner, &asked)? } else { State::default() };
    let run = Run { config, names, court, companions, red_team, stopped };
    let mut record = Record::open(&folder, run, state.step, arguments.quiet)?;
    let state = rlvr.train(&mut learner, reference.as_ref(), state, &store, &asked, &mut record)?;
    record.finish()?;
    let report = folder.join("report.html");
    TrainingRun::read(&folder)?.write_report(&report)?;
    explain(&format!("report: {}", report.display()));
    if state.step < steps {
        explain(&format!(
            "stopped after step {} of {steps}; `ra3 rlvr --resume --out {}` goes on",
            state.step,
            folder.display()
        ));
        return Ok(Interrupt::exit_code());
    }
    Ok(ExitCode::SUCCESS)
}

/// What to do, and the folder of the run.
fn resolve(arguments: &RlvrArgs) -> anyhow::Result<(Config, PathBuf)> {
    if let (true, Some(folder)) = (arguments.resume, &arguments.out) {
        return Ok((read(&folder.join(CONFIG), &[])?, folder.clone()));
    }
    let Some(file) = &arguments.config else {
        let least = "[model]\npath = \"MODEL\"\n[data]\nbenchmark = \"mini\"\n";
        return Ok((Config::parse(least, &arguments.set)?, PathBuf::new()));
    };
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let usual = || PathBuf::from(format!("runs/rlvr-{name}"));
    let folder = arguments.out.clone().unwrap_or_else(usual);
    let config = read(file, &arguments.set)?;
    ensure!(
        arguments.show_config || !folder.join(CONFIG).exists(),
        "`{}` holds a run already; `--resume --out` goes on with it, another `--out` begins one",
        folder.display()
    );
    Ok((config, folder))
}

fn read(file: &Path, changes: &[String]) -> anyhow::Result<Config> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("failed to read `{}`", file.display()))?;
    Config::parse(&text, changes).with_context(|| format!("in `{}`", file.display()))
}

/// Remember the first Ctrl-C; the second ends the process at once.
pub(crate) async fn listen(stopped: Arc<AtomicBool>) {
    let Ok(mut interrupt) = Interrupt::listen() else { return };
    interrupt.asked().await;
    explain("this step is finished and saved; Ctrl-C once more ends the run at once");
    stopped.store(true, Ordering::Relaxed);
    interrupt.asked().await;
    trainer::exit_at_once(Interrupt::EXIT);
}

/// The problems to train on, and those to evaluate on.
fn problems(config: &Config) -> anyhow::Result<(Vec<Problem>, Vec<Problem>)> {
    let data = &config.data;
    let mut problems = Dataset::open(data.benchmark, data.file.as_deref())?.problems;
    problems.truncate(data.limit.unwrap_or(usize::MAX));
    if let Some(benchmark) = config.evaluation.benchmark {
        let held_out = Dataset::open(benchmark, config.evaluation.file.as_deref())?.problems;
        return Ok((problems, held_out));
    }
    let held_out = config.evaluation.held_out;
    ensure!(
        held_out < problems.len(),
        "`evaluation.held_out` is {held_out}, and of {} problems none would be left to train on",
        problems.len()
    );
    let held_out = problems.split_off(problems.len() - held_out);
    Ok((problems, held_out))
}

fn manner(config: &Config) -> Manner {
    let benchmark = config.data.benchmark;
    match config.data.manner {
        None => Manner::usual(benchmark, false),
        Some(MannerKey::Ask) => Manner::usual(benchmark, true),
        Some(MannerKey::Continue) => Manner::continuing(benchmark),
    }
}

/// Put `learner` where the newest whole checkpoint was.
fn restore(
    store: &CheckpointStore,
    learner: &mut Learner,
    asked: &serde_json::Value,
) -> anyhow::Result<State> {
    let Some(checkpoint) = store.newest()? else {
        explain("there is no whole checkpoint; the run begins anew");
        return Ok(State::default());
    };
    if checkpoint.progress.config != *asked {
        bail!("`{}` was made with another configuration", checkpoint.folder.display());
    }
    checkpoint.restore(learner)?;
    explain(&format!("goes on from `{}`", checkpoint.folder.display()));
    serde_json::from_value(checkpoint.progress.data.clone())
        .with_context(|| format!("in `{}`", checkpoint.folder.display()))
}
