//! `ra3 rlvr`: problems, a judge and a model put together.

mod config;
pub(crate) mod environment;
mod objective;
mod problems;
mod record;
mod red_team;
mod server;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use datasets::Problem;
use harness::commands::rlvr::RlvrArgs;
use harness::commands::{explain, print};
use harness::manner::Manner;
use harness::run_directory::write_file;
use harness::training::TrainingRun;
use trainer::checkpoint::CheckpointStore;
use trainer::learning::{AdamW, Learner, Memory};
use trainer::rlvr::{Rlvr, State};
use trainer::{Environment, LanguageModel};

use crate::{generation, load, sitting};
use config::{Config, MannerKey, Rewards, Training};
use environment::{Grader, JudgedProblem};
use problems::Problems;
use record::{Helper, Record, Run};
use red_team::RedTeam;
use server::Server;

/// Train as the arguments say.
pub(crate) fn run(arguments: &RlvrArgs) -> anyhow::Result<ExitCode> {
    let arguments = &arguments.training;
    let least = "[model]\npath = \"MODEL\"\n[data]\nbenchmark = \"mini\"\n";
    let (config, folder) = sitting::resolve("rlvr", arguments, least, Config::parse)?;
    if arguments.show_config {
        print(toml::to_string(&config)?.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let (runtime, stopped) = sitting::begin()?;
    let asked = serde_json::to_value(&config)?;
    let ranks = sitting::meet(&asked)?;

    let left = Problems::open(&config)?;
    let left_out = left.record();
    if ranks.is_first() {
        left.tell();
    }
    let Problems { train: problems, held_out, .. } = left;
    let manner = manner(&config);
    let Rewards { kind, pay_weak, jobs, .. } = config.reward;
    let grader = Arc::new(runtime.block_on(Grader::open(manner, kind.reward(), pay_weak, jobs))?);
    let model = config.model.load()?;
    let environments = |problems: Vec<Problem>| -> anyhow::Result<Vec<JudgedProblem>> {
        let environment = |problem: Problem| {
            let prompt = generation::prompt(&model, manner, &problem)?;
            Ok(JudgedProblem::new(prompt, problem, Arc::clone(&grader)))
        };
        problems.into_iter().map(environment).collect()
    };
    let red_team = config.red_team.as_ref().map(|keys| {
        let (problems, runtime) = (problems.clone(), runtime.handle().clone());
        RedTeam::read(&keys.folder, keys.answers, problems, Arc::clone(&grader), runtime)
    });
    let red_team = red_team.transpose()?;
    let names: Vec<String> = problems.iter().map(|problem| problem.id.clone()).collect();
    let (train, held_out) = (environments(problems)?, environments(held_out)?);
    check_batches(&config, &model, names.iter().zip(&train))?;

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
        ranks: ranks.clone(),
    };
    let steps = settings.steps;
    let writer = match (&config.rollouts, train.first()) {
        (Some(keys), Some(first)) => {
            let prompt = tokenizer.encode(first.prompt())?;
            let (training, stops) = (&config.training, manner.stops());
            let server = Server::connect(keys, training, &stops, &prompt);
            Some(runtime.block_on(server)?.writer())
        }
        _ => None,
    };
    let mut rlvr = Rlvr::new(settings, tokenizer, train, held_out, runtime.handle().clone())?
        .among(ranks.clone());
    if let Some(writer) = writer {
        rlvr = rlvr.written_by(writer);
    }

    let store = CheckpointStore::new(folder.join("checkpoints"), config.training.keep);
    let state =
        if arguments.resume { restore(&store, &mut learner, &asked)? } else { State::default() };
    if !ranks.is_first() {
        let mut helper = Helper { stopped };
        let state =
            rlvr.train(&mut learner, reference.as_ref(), state, &store, &asked, &mut helper)?;
        ranks.part()?;
        return Ok(sitting::exit_code(state.step == steps));
    }
    let run = Run { config, names, companions, red_team, stopped };
    let mut record = Record::open(&folder, run, state.step, arguments.quiet)?;
    write_file(&folder, problems::DATA, left_out.as_bytes())?;
    let state = rlvr.train(&mut learner, reference.as_ref(), state, &store, &asked, &mut record)?;
    record.finish()?;
    ranks.part()?;
    let report = folder.join("report.html");
    TrainingRun::read(&folder)?.write_report(&report)?;
    explain(&format!("report: {}", report.display()));
    if state.step < steps {
        explain(&format!(
            "stopped after step {} of {steps}; `ra3 rlvr --resume --out {}` goes on",
            state.step,
            folder.display()
        ));
    }
    Ok(sitting::exit_code(state.step == steps))
}

/// A prompt and an answer are learnt together, so there must be room for both.
fn check_batches<'a>(
    config: &Config,
    model: &LanguageModel,
    problems: impl Iterator<Item = (&'a String, &'a JudgedProblem)>,
) -> anyhow::Result<()> {
    let Training { batch_tokens, max_tokens, .. } = config.training;
    for (name, problem) in problems {
        let prompt = model.tokenizer.encode(problem.prompt())?.len();
        let longest = (prompt + max_tokens).min(model.decoder.config().context);
        ensure!(
            longest <= batch_tokens,
            "`training.batch_tokens` is {batch_tokens}, and {name} with an answer of \
             `training.max_tokens` takes {longest}"
        );
    }
    Ok(())
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
        if learner.ranks.is_first() {
            explain("there is no whole checkpoint; the run begins anew");
        }
        return Ok(State::default());
    };
    if checkpoint.progress.config != *asked {
        bail!("`{}` was made with another configuration", checkpoint.folder.display());
    }
    checkpoint.restore(learner)?;
    if learner.ranks.is_first() {
        explain(&format!("goes on from `{}`", checkpoint.folder.display()));
    }
    serde_json::from_value(checkpoint.progress.data.clone())
        .with_context(|| format!("in `{}`", checkpoint.folder.display()))
}
