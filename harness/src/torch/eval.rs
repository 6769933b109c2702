//! `ra3 eval` on a model that is computed here.

use std::process::ExitCode;

use harness::commands::eval::EvalArgs;
use harness::live::LiveEvaluation;

use crate::generate::{local, runtime};

/// Sample, judge and print.
pub(crate) fn run(arguments: &EvalArgs) -> anyhow::Result<ExitCode> {
    // What is wrong with the data or the folder is said before the model is loaded.
    let evaluation = LiveEvaluation::of(arguments)?;
    arguments.place()?.require_present()?;
    let source = local(arguments.place()?, arguments.sampling(), arguments.quiet)?;
    runtime()?.block_on(evaluation.run(source, None))
}
