//! What every command that trains is asked: what to do, and where.

use std::path::PathBuf;

use clap::Args;

/// What all trainings are asked.
#[derive(Args, Debug)]
pub struct TrainingArgs {
    /// What to do, as TOML.
    #[arg(long, short, value_name = "FILE", required_unless_present_any = ["resume", "show_config"])]
    pub config: Option<PathBuf>,
    /// Change a key of the configuration; the value is TOML. May be given more than once.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// The folder of the run; runs/COMMAND-CONFIG by default.
    #[arg(long, short, value_name = "DIR", required_if_eq("resume", "true"))]
    pub out: Option<PathBuf>,
    /// Go on with the run that the folder holds.
    #[arg(long, conflicts_with_all = ["config", "set"])]
    pub resume: bool,
    /// Print the configuration as it would be used, and do nothing.
    #[arg(long)]
    pub show_config: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub quiet: bool,
}
