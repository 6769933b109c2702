//! `ra3 generate` on a model that is computed here.

use std::process::ExitCode;

use anyhow::{Context, bail};
use harness::commands::generate::{GenerateArgs, Generation};
use harness::commands::print;
use harness::commands::sampling::Sampling;
use harness::model_place::ModelPlace;
use serde::Serialize;
use tokio::runtime::Runtime;
use trainer::answer;
use trainer::sampling::Request;

use crate::generation;
use crate::local::Local;

/// An answer to a prompt.
#[derive(Debug, Serialize)]
struct Answer {
    sample: u32,
    text: String,
    stop: String,
    tokens: Vec<u32>,
    logprobs: Vec<f32>,
}

/// Load the model, sample, and print or write.
pub(crate) fn run(arguments: &GenerateArgs) -> anyhow::Result<ExitCode> {
    let source = local(&arguments.model, arguments.sampling(), arguments.quiet)?;
    match &arguments.prompt {
        Some(prompt) => answer_prompt(arguments, &source, prompt),
        // What is wrong with the data or the file is said before the model is loaded.
        None => {
            let generation = Generation::of(arguments)?;
            runtime()?.block_on(generation.run(source, None))
        }
    }
}

/// The model at `place`, which is here.
pub(crate) fn local(place: &ModelPlace, sampling: Sampling, quiet: bool) -> anyhow::Result<Local> {
    let ModelPlace::Here(path) = place else { bail!("{place} is not computed here") };
    Ok(Local { path: path.clone(), sampling, quiet })
}

pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    Runtime::new().context("failed to start the async runtime")
}

fn answer_prompt(
    arguments: &GenerateArgs,
    source: &Local,
    prompt: &str,
) -> anyhow::Result<ExitCode> {
    let model = source.load()?;
    let text = if source.sampling.chat {
        generation::conversation(&model, None, prompt.to_owned())?
    } else {
        prompt.to_owned()
    };
    let ids = model.tokenizer.encode(&text)?;
    let requests = [Request { prompt: 0, ids, samples: source.sampling.samples_per_task }];
    let sampler = source.sampler(&model);
    let (decoder, tokenizer) = (&model.decoder, &model.tokenizer);
    answer::<anyhow::Error>(
        decoder,
        tokenizer,
        &sampler,
        &requests,
        &source.sampling.stop,
        &mut |sample, text| {
            if !arguments.json {
                return print(&text);
            }
            let stop = format!("{:?}", sample.stop);
            let (sample, tokens, logprobs) = (sample.sample, sample.tokens, sample.logprobs);
            print(&serde_json::to_string(&Answer { sample, text, stop, tokens, logprobs })?)
        },
    )?;
    Ok(ExitCode::SUCCESS)
}
