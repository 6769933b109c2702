//! `ra3 eval` on a model that is computed here.

use std::process::ExitCode;

use anyhow::{Context, ensure};
use harness::commands::eval::EvalArgs;
use harness::commands::judge;

use crate::generate;

/// Sample, judge and print.
pub(crate) fn run(arguments: &EvalArgs) -> anyhow::Result<ExitCode> {
    let folder = arguments.folder();
    // That there is a run already is said before hours of sampling.
    ensure!(
        arguments.resume || !folder.exists(),
        "`{}` is there already; `--resume` goes on with it, another `--out` begins anew",
        folder.display()
    );
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("failed to make `{}`", parent.display()))?;
    }
    generate::run(&arguments.generating())?;
    let runtime = tokio::runtime::Runtime::new().context("failed to start the async runtime")?;
    runtime.block_on(judge::run(arguments.judging()))
}
