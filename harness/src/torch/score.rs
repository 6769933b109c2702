//! `ra3 score`: how likely a model finds a text, token by token.

use std::process::ExitCode;

use anyhow::{Context, ensure};
use harness::commands::print;
use harness::commands::score::ScoreArgs;
use serde::Serialize;
use trainer::learning::{Batch, logprobs};

use crate::load;

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
    let precision = load::frozen(bf16);
    let (model, ids) = match text {
        None => (load::decoder(&path, precision)?, ids),
        Some(text) => {
            let model = load::language_model(&path, precision)?;
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
        print(&serde_json::to_string(&scores)?)?;
    } else {
        print(&scores.table())?;
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
