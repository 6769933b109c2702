//! What `ra3 doctor` asks of the program that is linked with libtorch.

use std::process::ExitCode;

use harness::commands::print;
use trainer::Facts;

/// Print the facts as JSON.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    print(&serde_json::to_string(&Facts::gather())?)?;
    Ok(ExitCode::SUCCESS)
}
