//! `ra3 midtrain`: programs and a model put together.

mod config;
mod record;

use std::process::ExitCode;

use anyhow::ensure;
use harness::commands::midtrain::MidtrainArgs;
use harness::commands::{explain, print};
use harness::midtraining::MidtrainingRun;
use trainer::LanguageModel;
use trainer::learning::{AdamW, Learner, Memory};
use trainer::ra3::{Midtraining, Program};

use crate::configuration::remembered;
use crate::corpus::{self, Voice};
use crate::exam::Exam;
use crate::sitting;
use config::Config;
use record::{Helper, Record};

/// Train as the arguments say.
pub(crate) fn run(arguments: &MidtrainArgs) -> anyhow::Result<ExitCode> {
    let arguments = &arguments.training;
    let least = "[model]\npath = \"MODEL\"\n[data]\ncorpus = \"stdlib\"\n";
    let (config, folder) = sitting::resolve("midtrain", arguments, least, Config::parse)?;
    if arguments.show_config {
        print(toml::to_string(&config)?.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let (runtime, stopped) = sitting::begin()?;
    let asked = remembered(&config)?;
    let ranks = sitting::meet(&asked)?;
    let model = config.model.load()?;
    let context = model.decoder.config().context;
    ensure!(
        config.data.piece_tokens <= context,
        "`data.piece_tokens` is {}, and the model's context is {context}",
        config.data.piece_tokens
    );
    let voice = Voice::of(&model)?;
    let (programs, held_out) = programs(&config, &model, &voice, ranks.is_first())?;
    let seed = config.training.seed;
    let exam = |keys| Exam::new(keys, &model, seed, runtime.handle(), ranks.clone());
    let exams = config.evaluation.exams.iter().map(exam).collect::<Result<Vec<_>, _>>()?;
    let companions = model.companions()?;
    let LanguageModel { decoder, tokenizer, .. } = model;

    let tokens = config.m_step.code_tokens;
    let steps = Midtraining::steps_for(&programs, seed, config.m_step.pieces, tokens);
    ensure!(
        config.m_step.rounds <= steps,
        "`m_step.rounds` is {}, and `m_step.code_tokens` is enough for {steps} steps",
        config.m_step.rounds
    );
    let mut policy = Learner {
        optimizer: AdamW::new(decoder.parameters(), config.optimizer()),
        model: decoder,
        schedule: config.schedule(steps),
        gradient_limit: config.training.gradient_limit,
        temperature: 1.0,
        memory: Memory::default(),
        ranks: ranks.clone(),
    };
    let programs = (programs, held_out);
    let voice = (tokenizer, voice.marks);
    let training = Midtraining::new(config.settings(steps), voice, programs, &folder, asked)?;
    if !ranks.is_first() {
        let is_done = training.train(&mut policy, &mut Helper { exams, stopped })?;
        ranks.part()?;
        return Ok(sitting::exit_code(is_done));
    }
    let mut record = Record::open(&folder, config, exams, stopped, steps, arguments.quiet)?;
    let is_done = training.train(&mut policy, &mut record)?;
    record.finish()?;
    ranks.part()?;
    if is_done {
        let model = folder.join("model");
        let path = &record.config().model.path;
        sitting::export(&policy.model, path, &companions, &model)?;
        explain(&format!("model: {}", model.display()));
    }
    let report = folder.join("report.html");
    MidtrainingRun::read(&folder)?.write_report(&report)?;
    explain(&format!("report: {}", report.display()));
    if !is_done {
        let folder = folder.display();
        explain(&format!("stopped; `ra3 midtrain --resume --out {folder}` goes on"));
    }
    Ok(sitting::exit_code(is_done))
}

/// The pieces to learn from, and those to measure on.
fn programs(
    config: &Config,
    model: &LanguageModel,
    voice: &Voice,
    is_told: bool,
) -> anyhow::Result<(Vec<Program>, Vec<Program>)> {
    let data = &config.data;
    let mut corpus = corpus::open(&data.corpus)?;
    corpus.documents.truncate(data.limit.unwrap_or(usize::MAX));
    let held_out = corpus.split_off_every(data.held_out_every);
    let pieces = |documents: &[datasets::Document]| {
        corpus::pieces(model, voice, documents, config.actions(), data.piece_tokens)
    };
    let (programs, mut held_out) = (pieces(&corpus.documents)?, pieces(&held_out)?);
    held_out.truncate(data.held_out_pieces);
    let tokens: usize = programs.iter().map(Program::code_tokens).sum();
    let shape = format!(
        "{} documents ({} left out): {} pieces with {tokens} tokens to learn from, {} to measure on",
        corpus.documents.len(),
        corpus.left_out,
        programs.len(),
        held_out.len()
    );
    if is_told {
        explain(&shape);
    }
    Ok((programs, held_out))
}
