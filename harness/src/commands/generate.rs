//! `ra3 generate`: a model's answers to a prompt, or to all problems of a benchmark.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use datasets::Benchmark;

/// The arguments of `ra3 generate`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 generate --model SmolLM2.gguf --chat --prompt 'Write a haiku about Rust.'
  ra3 generate --model Qwen2.5-0.5B --prompt 'def fib(n):' --stop $'\\ndef' -n 4 --temperature 0.8
  ra3 generate --model SmolLM2.gguf --benchmark mini -n 10 --temperature 0.8 --out samples.jsonl
  ra3 judge --benchmark mini --samples samples.jsonl

The same seed gives the same answers, however many are drawn at once. Answers to a benchmark are
written the moment each is finished; with --resume those that are there are not drawn again.")]
pub struct GenerateArgs {
    /// The model: a folder as Hugging Face lays it out, or a GGUF file.
    #[arg(long, value_name = "PATH")]
    pub model: PathBuf,
    /// A text to continue, or with --chat to answer to.
    #[arg(
        long,
        value_name = "TEXT",
        conflicts_with = "benchmark",
        required_unless_present = "benchmark"
    )]
    pub prompt: Option<String>,
    /// A benchmark to answer all problems of.
    #[arg(long, short, value_name = "NAME", requires = "out")]
    pub benchmark: Option<Benchmark>,
    /// The benchmark's own file; what `ra3 data fetch` brought by default.
    #[arg(long, value_name = "FILE", requires = "benchmark")]
    pub data: Option<PathBuf>,
    /// Only the first N problems.
    #[arg(long, value_name = "N", requires = "benchmark")]
    pub limit: Option<usize>,
    /// How answers are drawn.
    #[command(flatten)]
    pub sampling: SamplingArgs,
    /// The file that answers to a benchmark are added to.
    #[arg(long, short, value_name = "FILE", requires = "benchmark")]
    pub out: Option<PathBuf>,
    /// Draw only what the file lacks.
    #[arg(long, requires = "out")]
    pub resume: bool,
    /// Print each answer to --prompt as a JSON object with its tokens.
    #[arg(long, conflicts_with = "benchmark")]
    pub json: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub quiet: bool,
}

/// How answers are drawn.
#[derive(Args, Clone, Debug)]
pub struct SamplingArgs {
    /// Ask through the model's chat template. Only HumanEval is continued without.
    #[arg(long)]
    pub chat: bool,
    /// How many answers to each prompt.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub samples_per_task: u32,
    /// Divides the scores; at 0 the likeliest token is taken.
    #[arg(long, value_name = "T", default_value_t = 0.0, value_parser = not_negative)]
    pub temperature: f64,
    /// Draw only from the K likeliest tokens; 0 means from all.
    #[arg(long, value_name = "K", default_value_t = 0)]
    pub top_k: usize,
    /// Draw only from the likeliest tokens that together have this probability.
    #[arg(long, value_name = "P", default_value_t = 1.0, value_parser = part)]
    pub top_p: f64,
    /// Draw only tokens at least this many times as likely as the likeliest.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = part)]
    pub min_p: f64,
    /// The most tokens of an answer.
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: u32,
    /// End an answer before this text; may be given more than once.
    #[arg(long, value_name = "TEXT")]
    pub stop: Vec<String>,
    /// Of all random numbers.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// How many answers are written at once.
    #[arg(long, value_name = "N", default_value = "16")]
    pub rows: NonZeroUsize,
    /// Compute in bf16, faster and to three digits.
    #[arg(long)]
    pub bf16: bool,
}

fn not_negative(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| (0.0..=100.0).contains(number))
        .ok_or_else(|| "must be a number from 0 to 100".to_owned())
}

fn part(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| "must be a number from 0 to 1".to_owned())
}
