//! `ra3 midtrain`: human programs, and a model's own thoughts between their lines.

use clap::Args;

use super::training::TrainingArgs;

/// The arguments of `ra3 midtrain`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 midtrain --config harness/recipes/ra3-smollm2.toml
  ra3 midtrain --config ra3.toml --set algorithm=ntp --out runs/ntp
  ra3 midtrain --resume --out runs/midtrain-ra3

The least that a configuration says:

  [model]
  path = \"Qwen2.5-1.5B\"
  [data]
  corpus = \"programs.jsonl.gz\"

`algorithm` is ra3, ntp (next-token prediction, its baseline) or brite (one thought a program).
`data.corpus` is a folder of Python files, a file with a text in each row, or \"stdlib\", the standard
library of the Python that is installed. `ra3 midtrain --show-config` prints every key with its default.

The folder of the run has config.toml, events.jsonl (steps, rewards, think rate, losses), explained/
(every program with its thoughts), checkpoints/, model/ (the model at the end, as other tools load it)
and report.html.

Ctrl-C ends the run after the step that is being made, and saves it; --resume goes on, also after a
kill or a power cut, and ends where the run would have ended, to the bit.")]
pub struct MidtrainArgs {
    /// What all trainings are asked.
    #[command(flatten)]
    pub training: TrainingArgs,
}
