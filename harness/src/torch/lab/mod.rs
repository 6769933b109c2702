//! `ra3 lab`: experiments on small worlds.

mod bound;
mod page;
mod results;
mod tracked_skills;

use std::process::ExitCode;

use harness::commands::lab::{LabArgs, LabCommand};

/// Run the experiment that the arguments name.
pub(crate) fn run(arguments: LabArgs) -> anyhow::Result<ExitCode> {
    match arguments.experiment {
        LabCommand::TrackedSkills(arguments) => tracked_skills::run(&arguments),
        LabCommand::Bound(arguments) => bound::run(&arguments),
    }
}
