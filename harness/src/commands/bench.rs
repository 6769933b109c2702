//! `ra3 bench`: how fast this machine does what `ra3` does most.
//!
//! Machines differ, and so do their busy minutes. Everything is therefore measured side by side in
//! one run, in turns, and the medians and their ratios count.

mod contender;
mod e_step;
mod processor_time;
mod sandbox;
mod table;

use std::process::ExitCode;

use clap::{Args, Subcommand};

pub use e_step::{EStepArgs, EStepFindings, Work};

/// Measure this machine.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 bench sandbox
  ra3 bench sandbox --runs 500 --jobs 4 --json
  ra3 bench e-step --model .models/SmolLM2-135M-Instruct.Q4_1.gguf")]
pub struct BenchArgs {
    #[command(subcommand)]
    pub(crate) command: BenchCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum BenchCommand {
    Sandbox(sandbox::SandboxArgs),
    EStep(EStepArgs),
}

/// Carry out one of them.
pub(crate) async fn run(arguments: BenchArgs) -> anyhow::Result<ExitCode> {
    match arguments.command {
        BenchCommand::Sandbox(arguments) => sandbox::run(&arguments).await,
        BenchCommand::EStep(_) => unreachable!("it is a command on a model"),
    }
}
