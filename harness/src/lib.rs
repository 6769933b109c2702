//! `ra3`: judge programs that a model wrote, and train models on the verdicts.
//!
//! The door: it reads the command line, carries out one command and turns what came of it into an
//! exit code. 0 is fine, 2 is bad input or a failure of ours, 130 is Ctrl-C. Results go to stdout,
//! everything else to stderr.
//!
//! Two programs have this door. `ra3-torch` is linked with libtorch and carries out every command;
//! `ra3` starts at once and passes those on models on. A model behind an address is asked by either.

pub mod answers;
pub mod backend;
mod backlog;
pub mod client;
pub mod commands;
mod comparison;
mod court;
mod difference;
mod evaluation;
mod finding;
pub mod interrupt;
pub mod judging;
pub mod live;
pub mod manner;
pub mod midtraining;
pub mod model_place;
pub mod named_data;
mod notes;
pub mod page;
mod picture;
mod progress;
mod remote;
mod report;
mod results;
pub mod run_directory;
mod samples;
mod scoreboard;
mod scores;
mod summary;
mod surrogates;
pub mod tensorboard;
pub mod training;
mod trainings;
pub mod turns;
pub mod watchdog;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

use crate::commands::bench::{BenchArgs, BenchCommand};
use crate::model_place::ModelPlace;
use commands::{annotate, eval, generate, lab, midtrain, rlvr, run as running, score, serve};
use commands::{bench, data, demo, doctor, inspect, judge, launch, report as rendering};

/// Exit code for bad input and for failures of ours, as clap has it for a bad command line.
pub const FAILED: u8 = 2;

/// The command by which `ra3 doctor` asks for libtorch.
pub(crate) const LIBTORCH_FACTS: &str = "libtorch-facts";
/// The program that is linked with libtorch, which lies beside this one.
pub const TORCH_PROGRAM: &str = "ra3-torch";

/// Judge programs that a model wrote.
#[derive(Parser, Debug)]
#[command(
    name = "ra3",
    version,
    after_help = "\
Examples:
  ra3 doctor
  ra3 judge --benchmark humaneval --samples samples.jsonl
  ra3 report runs/humaneval-samples

Set RA3_LOG=debug to see more on stderr."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Demo(demo::DemoArgs),
    Doctor(doctor::DoctorArgs),
    Data(data::DataArgs),
    Run(running::RunArgs),
    Judge(judge::JudgeArgs),
    Report(rendering::ReportArgs),
    Inspect(inspect::InspectArgs),
    #[command(flatten)]
    Model(ModelCommand),
    /// Train in several processes on this machine.
    Launch(launch::LaunchArgs),
    /// What the wasm backend starts; of no use by hand.
    #[command(name = backend::WORKER_COMMAND, hide = true)]
    WasmWorker {
        arguments: Vec<OsString>,
    },
    Bench(bench::BenchArgs),
}

/// A command on a model.
#[derive(Subcommand, Debug)]
pub enum ModelCommand {
    /// Say how likely a model finds each token of a text, given those before it.
    Score(score::ScoreArgs),
    /// Sample answers from a model.
    Generate(Box<generate::GenerateArgs>),
    /// Offer a model at an OpenAI-compatible address.
    Serve(serve::ServeArgs),
    /// Score a model on a benchmark: sample answers, and judge them.
    Eval(Box<eval::EvalArgs>),
    /// Train a model on human programs, and on thoughts of its own between their lines (RA3).
    Midtrain(midtrain::MidtrainArgs),
    /// Have a model write its thoughts between the lines of human programs.
    Annotate(annotate::AnnotateArgs),
    /// Train a model on the verdicts on its own answers.
    Rlvr(rlvr::RlvrArgs),
    /// What `ra3 doctor` asks; of no use by hand.
    #[command(name = LIBTORCH_FACTS, hide = true)]
    LibtorchFacts,
    /// How fast a model explains code, which `ra3 bench` asks.
    #[command(skip)]
    BenchEStep(bench::EStepArgs),
    /// Run an experiment on a world that is small enough to know everything about.
    Lab(lab::LabArgs),
}

impl ModelCommand {
    /// The command with all that it goes on with, and whether its model is behind an address.
    fn resolved(self) -> anyhow::Result<(Self, bool)> {
        let is_there = |place: &ModelPlace| matches!(place, ModelPlace::There(_));
        Ok(match self {
            Self::Generate(arguments) => {
                let is_there = is_there(&arguments.model);
                (Self::Generate(arguments), is_there)
            }
            Self::Eval(arguments) => {
                let arguments = Box::new(arguments.completed()?);
                let is_there = is_there(arguments.place()?);
                (Self::Eval(arguments), is_there)
            }
            other => (other, false),
        })
    }
}

/// Carry out what the command line says, with `on_model` where a model is to be computed here.
pub fn run(on_model: impl FnOnce(ModelCommand) -> anyhow::Result<ExitCode>) -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr();
    let ended = match arguments.command {
        Command::Bench(BenchArgs { command: BenchCommand::EStep(arguments) }) => {
            on_model(ModelCommand::BenchEStep(arguments))
        }
        Command::Model(command) => match command.resolved() {
            Ok((command, true)) => carry_out(Command::Model(command)),
            Ok((command, false)) => on_model(command),
            Err(error) => Err(error),
        },
        command => carry_out(command),
    };
    ended.unwrap_or_else(|error| {
        commands::explain(&format!("error: {}", on_one_line(&error)));
        ExitCode::from(FAILED)
    })
}

fn carry_out(command: Command) -> anyhow::Result<ExitCode> {
    if let Command::WasmWorker { arguments } = command {
        sandbox::wasm_worker(arguments).context("a worker of the wasm backend failed")?;
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = tokio::runtime::Runtime::new().context("failed to start the async runtime")?;
    runtime.block_on(async {
        match command {
            Command::Doctor(arguments) => doctor::run(&arguments),
            Command::Data(arguments) => data::run(arguments).await,
            Command::Run(arguments) => running::run(arguments).await,
            Command::Judge(arguments) => judge::run(arguments).await,
            Command::Report(arguments) => rendering::run(&arguments),
            Command::Inspect(arguments) => inspect::run(&arguments),
            Command::Model(ModelCommand::Generate(arguments)) => generate::run(*arguments).await,
            Command::Model(ModelCommand::Eval(arguments)) => eval::run(*arguments).await,
            Command::Model(_) | Command::WasmWorker { .. } => unreachable!("they need no runtime"),
            Command::Launch(arguments) => launch::run(arguments).await,
            Command::Demo(arguments) => demo::run(arguments).await,
            Command::Bench(arguments) => bench::run(arguments).await,
        }
    })
}

fn log_to_stderr() {
    let asked = std::env::var("RA3_LOG").unwrap_or_default();
    let filter = EnvFilter::try_new(if asked.is_empty() { "warn" } else { &asked });
    let filter = filter.unwrap_or_else(|error| {
        commands::explain(&format!("warning: RA3_LOG is `{asked}`: {error}; `warn` holds"));
        EnvFilter::new("warn")
    });
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    tracing_subscriber::registry().with(lines).with(watchdog::layer()).init();
}

/// The whole chain of causes. File names and task ids may hold line ends; a terminal sees none.
fn on_one_line(error: &anyhow::Error) -> String {
    let chain = format!("{error:#}");
    chain.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
