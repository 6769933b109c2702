//! `ra3 report`: the report of a finished run, drawn anew.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::print;
use crate::run_directory::{Finished, REPORT, write_report};
use crate::training::TrainingRun;

/// Draw the report of a finished run anew.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 report runs/humaneval-samples
  ra3 report runs/humaneval-samples --out scores.html

Prints where the report is.")]
pub(crate) struct ReportArgs {
    /// The folder of the run.
    #[arg(value_name = "DIR")]
    run: PathBuf,
    /// The file to write; report.html in the folder of the run by default.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Read the run and write its report.
pub(crate) fn run(arguments: &ReportArgs) -> anyhow::Result<ExitCode> {
    let path = arguments.out.clone().unwrap_or_else(|| arguments.run.join(REPORT));
    if TrainingRun::is_in(&arguments.run) {
        TrainingRun::read(&arguments.run)?.write_report(&path)?;
    } else {
        let Finished(run) = Finished::read(&arguments.run)?;
        write_report(&path, &run)?;
    }
    print(&path.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}
