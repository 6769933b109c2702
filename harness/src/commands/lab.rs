//! `ra3 lab`: experiments that are small enough to know everything about.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// The arguments of `ra3 lab`.
#[derive(Args, Debug)]
pub struct LabArgs {
    /// Which experiment.
    #[command(subcommand)]
    pub experiment: LabCommand,
}

/// An experiment.
#[derive(Subcommand, Debug)]
pub enum LabCommand {
    /// Does RA3 find the thoughts that pay, and does reinforcement learning profit?
    TrackedSkills(TrackedSkillsArgs),
    /// The temporal bound of a world that can be enumerated.
    Bound(BoundArgs),
}

/// The arguments of `ra3 lab tracked-skills`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 lab tracked-skills --seeds 5
  ra3 lab tracked-skills --arms ntp,ra3 --seeds 1 --set pretrain.steps=500
  ra3 lab tracked-skills --config tracked-skills.toml --out runs/skills --json

A prompt names skills, each a permutation of hidden states; a program has two lines for each skill, which
tell a bit of the state each. Writing the state down before them, as a comment, makes them easy. Models are
pre-trained on programs of which few have such comments, then trained on programs without any: by next-token
prediction (ntp), by RA3 (ra3), or not at all (base); and then by GRPO, with a reward of 1 if all lines are
right. Seeds that are in results.jsonl of the folder are not run again.")]
pub struct TrackedSkillsArgs {
    /// What is done between pre-training and GRPO.
    #[arg(long, value_delimiter = ',', default_value = "base,ntp,ra3")]
    pub arms: Vec<ArmName>,
    /// How many seeds, from 1 on.
    #[arg(long, value_name = "N", default_value = "5")]
    pub seeds: u64,
    /// How many seeds at a time; one a core by default.
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// The numbers of the experiment, as TOML.
    #[arg(long, short, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Change one of them; the value is TOML. May be given more than once.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// The folder of the results.
    #[arg(long, short, value_name = "DIR", default_value = "runs/tracked-skills")]
    pub out: PathBuf,
    /// Print the numbers of the experiment, and do nothing.
    #[arg(long)]
    pub show_config: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub quiet: bool,
}

/// What is done between pre-training and reinforcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ArmName {
    /// Nothing.
    Base,
    /// Next-token prediction.
    Ntp,
    /// RA3.
    Ra3,
}

/// The arguments of `ra3 lab bound`.
#[derive(Args, Debug)]
pub struct BoundArgs {
    /// Of the world.
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
    /// How many thoughts there are.
    #[arg(long, value_name = "N", default_value = "3")]
    pub thoughts: NonZeroUsize,
    /// The prior probability to go on.
    #[arg(long, value_name = "P", default_value = "0.7")]
    pub alpha: f64,
    /// How many lines there are.
    #[arg(long, value_name = "N", default_value = "4")]
    pub lines: NonZeroUsize,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
