//! `ra3 score`: how likely a model finds a text, token by token.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Args;
use serde::Serialize;
use trainer::learning::{Batch, logprobs};
use trainer::model::Precision;
use trainer::{DeviceChoice, LanguageModel};

/// Say how likely a model finds each token of a text, given those before it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 score --model Qwen2.5-0.5B --ids 785,6722,315
  ra3 score --model Qwen2.5-0.5B --ids 785,6722,315 --json | jq .logprobs
  ra3 score --model SmolLM2.gguf --text 'def fib(n):'

There is one number for every token after the first: the natural logarithm of its probability.")]
pub(crate) struct ScoreArgs {
    /// The model: a folder as Hugging Face lays it out, or a GGUF file.
    #[arg(long, value_name = "PATH")]
    model: PathBuf,
    /// The tokens.
    #[arg(long, value_name = "ID,ID,...", value_delimiter = ',', required_unless_present = "text")]
    ids: Vec<u32>,
    /// The text, instead of its tokens.
    #[arg(long, value_name = "TEXT", conflicts_with = "ids")]
    text: Option<String>,
    /// Compute in bf16, faster and to three digits.
    #[arg(long)]
    bf16: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Scores {
    ids: Vec<u32>,
    logprobs: Vec<f32>,
    sum: f64,
}

/// How many tokens' scores are in memory at once.
const CHUNK: usize = 1024;

/// Load the model, score the text and print.
pub(crate) fn run(arguments: ScoreArgs) -> anyhow::Result<ExitCode> {
    let ScoreArgs { model: path, ids, text, bf16, json } = arguments;
    let device = DeviceChoice::Auto.resolve()?;
    let precision = if bf16 { Precision::Half } else { Precision::Single };
    let failed = || format!("failed to load the model `{}`", path.display());
    let (model, ids) = match text {
        None => (LanguageModel::decoder(&path, device, precision).with_context(failed)?, ids),
        Some(text) => {
            let model = LanguageModel::load(&path, device, precision).with_context(failed)?;
            let ids = model.tokenizer.encode(&text)?;
            (model.decoder, ids)
        }
    };
    let (context, vocabulary) = (model.config().context, model.config().vocabulary);
    ensure!(ids.len() > 1, "a text of one token has no token whose probability depends on others");
    ensure!(ids.len() <= context, "{} tokens, and the model's context is {context}", ids.len());
    if let Some(id) = ids.iter().find(|&&id| i64::from(id) >= vocabulary) {
        anyhow::bail!("token {id} is not in the vocabulary, which has {vocabulary}");
    }
    let scored = logprobs(&model, &Batch::new([&ids[..]]), 1.0, CHUNK);
    let logprobs = Vec::<f32>::try_from(scored).context("libtorch gave no vector of numbers")?;
    let sum = logprobs.iter().copied().map(f64::from).sum();
    let scores = Scores { ids, logprobs, sum };
    if json {
        super::print(&serde_json::to_string(&scores)?)?;
    } else {
        super::print(&scores.table())?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Scores {
    fn table(&self) -> String {
        let rows = self.ids[1..].iter().zip(&self.logprobs);
        let mut lines: Vec<String> = rows.map(|(id, it)| format!("{id:>8} {it:>10.5}")).collect();
        lines.push(format!("{:>8} {:>10.5}", "sum", self.sum));
        lines.join("\n")
    }
}
