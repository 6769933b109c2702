//! `ra3 annotate`: human programs with a model's thoughts between their lines.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

/// The arguments of `ra3 annotate`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 annotate --model runs/midtrain-ra3/model --corpus src/ --out annotated
  ra3 annotate --model runs/midtrain-ra3/model --corpus stdlib --limit 20 --out annotated --seed 1

Writes annotated.jsonl, a row for each piece of a program with its text, which is valid Python where the
program was, its thoughts and what each gained; and annotated.html, which shows lines coloured by what the
thought before them gained: the log-probability of a token behind the thoughts, less that without. Within a
text in triple quotes a thought is part of the text; --logical-lines has none there.")]
pub struct AnnotateArgs {
    /// The model: a folder as Hugging Face lays it out, or a GGUF file.
    #[arg(long, short, value_name = "MODEL")]
    pub model: PathBuf,
    /// A folder of Python files, a file with a text in each row, or `stdlib`.
    #[arg(long, short, value_name = "CORPUS")]
    pub corpus: PathBuf,
    /// The folder to write to.
    #[arg(long, short, value_name = "DIR")]
    pub out: PathBuf,
    /// Only the first so many pieces.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// The most tokens of a piece of a program.
    #[arg(long, value_name = "N", default_value = "512")]
    pub piece_tokens: usize,
    /// The most tokens of a thought.
    #[arg(long, value_name = "N", default_value = "16")]
    pub max_thought_tokens: NonZeroUsize,
    /// Divides the scores of thoughts, and of whether there is one.
    #[arg(long, value_name = "T", default_value = "1", value_parser = temperature)]
    pub temperature: f64,
    /// Lines within brackets and triple quotes are one action.
    #[arg(long)]
    pub logical_lines: bool,
    /// Of all random numbers.
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
    /// Compute in bf16.
    #[arg(long)]
    pub bf16: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub quiet: bool,
}

fn temperature(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(it) if it > 0.0 && it.is_finite() => Ok(it),
        _ => Err("must be a number above 0".to_owned()),
    }
}
