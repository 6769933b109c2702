//! `ra3`: judge programs that a model wrote, and train models on the verdicts.
//!
//! The door: it reads the command line, carries out one command and turns what came of it into an
//! exit code. 0 is fine, 2 is bad input or a failure of ours, 130 is Ctrl-C. Results go to stdout,
//! everything else to stderr.

mod backend;
mod commands;
mod difference;
mod evaluation;
#[cfg(feature = "train")]
mod generation;
mod interrupt;
mod judging;
mod progress;
mod report;
mod results;
mod run_directory;
mod samples;
mod scoreboard;
mod scores;
mod summary;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use commands::{bench, data, doctor, judge, report as rendering, run};
#[cfg(feature = "train")]
use commands::{generate, score};

/// Exit code for bad input and for failures of ours, as clap has it for a bad command line.
const FAILED: u8 = 2;

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
    Doctor(doctor::DoctorArgs),
    Data(data::DataArgs),
    Run(run::RunArgs),
    Judge(judge::JudgeArgs),
    Report(rendering::ReportArgs),
    #[cfg(feature = "train")]
    Score(score::ScoreArgs),
    #[cfg(feature = "train")]
    Generate(generate::GenerateArgs),
    /// What the wasm backend starts; of no use by hand.
    #[command(name = backend::WORKER_COMMAND, hide = true)]
    WasmWorker {
        arguments: Vec<OsString>,
    },
    Bench(bench::BenchArgs),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr();
    carry_out(arguments.command).unwrap_or_else(|error| {
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
            Command::Run(arguments) => run::run(arguments).await,
            Command::Judge(arguments) => judge::run(arguments).await,
            Command::Report(arguments) => rendering::run(&arguments),
            #[cfg(feature = "train")]
            Command::Score(arguments) => score::run(arguments),
            #[cfg(feature = "train")]
            Command::Generate(arguments) => generate::run(&arguments),
            Command::WasmWorker { .. } => unreachable!("it needs no runtime"),
            Command::Bench(arguments) => bench::run(arguments).await,
        }
    })
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("RA3_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// The whole chain of causes. File names and task ids may hold line ends; a terminal sees none.
fn on_one_line(error: &anyhow::Error) -> String {
    let chain = format!("{error:#}");
    chain.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
