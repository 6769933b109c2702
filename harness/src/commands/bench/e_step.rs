//! `ra3 bench e-step`: how fast a model explains code, beside how fast it writes.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

/// Compare how fast a model explains code, as in RA3's E-step, with how fast it writes text.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 bench e-step --model .models/SmolLM2-135M-Instruct.Q4_1.gguf
  ra3 bench e-step --model MODEL --corpus src/ --windows 4 --samples 8 --json

Every round does each work in turn, with as many rows; medians over the rounds are shown. The windows are spread
over the corpus. Plain sampling goes on from where they begin, for as many tokens as they have. Of what
is explained the tokens of code count, and those of thoughts do not.")]
pub struct EStepArgs {
    /// The model: a folder as Hugging Face lays it out, or a GGUF file.
    #[arg(long, short, value_name = "MODEL")]
    pub model: PathBuf,
    /// A folder of Python files, a file with a text in each row, or `stdlib`.
    #[arg(long, short, value_name = "CORPUS", default_value = "stdlib")]
    pub corpus: PathBuf,
    /// How many windows an E-step has.
    #[arg(long, value_name = "N", default_value = "4")]
    pub windows: NonZeroUsize,
    /// How many lines a window has.
    #[arg(long, value_name = "N", default_value = "8")]
    pub lines: NonZeroUsize,
    /// How many trajectories go through each window.
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u32).range(2..1000))]
    pub samples: u32,
    /// The most tokens of a thought.
    #[arg(long, value_name = "N", default_value = "16")]
    pub max_thought_tokens: NonZeroUsize,
    /// How many rounds.
    #[arg(long, value_name = "N", default_value = "2")]
    pub rounds: NonZeroUsize,
    /// Of all random numbers.
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
    /// Compute in bf16.
    #[arg(long)]
    pub bf16: bool,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct EStepFindings {
    /// The folder or file of the model.
    pub model: PathBuf,
    /// What was explained.
    pub corpus: PathBuf,
    /// How many rows were computed at once.
    pub rows: usize,
    /// How many lines a window has at most.
    pub lines: usize,
    /// How many threads computed.
    pub threads: usize,
    /// How many rounds there were.
    pub rounds: usize,
    /// The share of lines before which the model thinks.
    pub think_rate: f64,
    /// Each work; the first is plain sampling.
    pub works: Vec<Work>,
}

/// One work.
#[derive(Debug, Serialize)]
pub struct Work {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// How many tokens a round has.
    pub tokens: usize,
    /// The median over rounds.
    pub tokens_per_second: f64,
    /// The same, relative to plain sampling.
    pub of_plain: f64,
}

impl EStepFindings {
    /// The findings as a table.
    pub fn table(&self) -> String {
        let Self { model, rows, lines, threads, rounds, think_rate, works, .. } = self;
        let name = model.file_name().unwrap_or_default().to_string_lossy();
        let mut text = vec![
            format!(
                "{name}: {rows} rows, windows of {lines} lines, {threads} threads, medians of {rounds} rounds, \
                 thoughts before {:.1} % of lines",
                100.0 * think_rate
            ),
            format!("{:<10}{:>8}{:>10}{:>12}", "", "tokens", "tokens/s", "of plain"),
        ];
        text.extend(works.iter().map(|work| {
            format!(
                "{:<10}{:>8}{:>10.1}{:>11.2}x  {}",
                work.name, work.tokens, work.tokens_per_second, work.of_plain, work.meaning
            )
        }));
        text.join("\n")
    }
}
