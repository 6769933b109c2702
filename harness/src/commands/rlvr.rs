//! `ra3 rlvr`: reinforcement learning from the verdicts on a model's own answers.

use std::path::PathBuf;

use clap::Args;

/// The arguments of `ra3 rlvr`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 rlvr --config rlvr.toml
  ra3 rlvr --config rlvr.toml --set training.steps=100 --set objective.preset='\"dapo\"' --out runs/mine
  ra3 rlvr --resume --out runs/mine

The least that a configuration says:

  [model]
  path = \"Qwen2.5-Coder-0.5B\"
  [data]
  benchmark = \"mini\"

`ra3 rlvr --show-config` prints every key with its default. The folder of the run has config.toml,
events.jsonl, samples.jsonl (every answer with its tokens and verdict), checkpoints/, best/ (the
model that was best on held-out problems, as other tools load it) and report.html.

Ctrl-C ends the run after the step that is being made, and saves it; --resume goes on, also after a
kill or a power cut, and ends where the run would have ended, to the bit.")]
pub struct RlvrArgs {
    /// What to do, as TOML.
    #[arg(long, short, value_name = "FILE", required_unless_present_any = ["resume", "show_config"])]
    pub config: Option<PathBuf>,
    /// Change a key of the configuration; the value is TOML. May be given more than once.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// The folder of the run; runs/rlvr-CONFIG by default.
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
