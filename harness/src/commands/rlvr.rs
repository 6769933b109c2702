//! `ra3 rlvr`: reinforcement learning from the verdicts on a model's own answers.

use clap::Args;

use super::training::TrainingArgs;

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
model that was best on held-out problems, as other tools load it), report.html, and tensorboard/.

Ctrl-C ends the run after the step that is being made, and saves it; --resume goes on, also after a
kill or a power cut, and ends where the run would have ended, to the bit.")]
pub struct RlvrArgs {
    /// What all trainings are asked.
    #[command(flatten)]
    pub training: TrainingArgs,
}
