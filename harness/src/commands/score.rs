//! `ra3 score`: how likely a model finds a text, token by token.

use std::path::PathBuf;

use clap::Args;

/// The arguments of `ra3 score`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 score --model Qwen2.5-0.5B --ids 785,6722,315
  ra3 score --model Qwen2.5-0.5B --ids 785,6722,315 --json | jq .logprobs
  ra3 score --model SmolLM2.gguf --text 'def fib(n):'

There is one number for every token after the first: the natural logarithm of its probability.")]
pub struct ScoreArgs {
    /// The model: a folder as Hugging Face lays it out, or a GGUF file.
    #[arg(long, value_name = "PATH")]
    pub model: PathBuf,
    /// The tokens.
    #[arg(long, value_name = "ID,ID,...", value_delimiter = ',', required_unless_present = "text")]
    pub ids: Vec<u32>,
    /// The text, instead of its tokens.
    #[arg(long, value_name = "TEXT", conflicts_with = "ids")]
    pub text: Option<String>,
    /// Compute in bf16, faster and to three digits.
    #[arg(long)]
    pub bf16: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
