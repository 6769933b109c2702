//! `ra3 generate` on a model that is computed here.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use datasets::{Benchmark, Dataset, Problem};
use harness::commands::generate::{GenerateArgs, SamplingArgs};
use harness::commands::{explain, print};
use harness::manner::Manner;
use serde::{Deserialize, Serialize};
use trainer::model::Precision;
use trainer::sampling::{Filter, Request, Sampler};
use trainer::{DeviceChoice, LanguageModel, answer};

use crate::generation;

/// An answer to a prompt.
#[derive(Debug, Serialize)]
struct Answer {
    sample: u32,
    text: String,
    stop: String,
    tokens: Vec<u32>,
    logprobs: Vec<f32>,
}

/// What tells one row of a file of answers from another.
#[derive(Deserialize, PartialEq, Eq, Hash)]
struct Key {
    task_id: String,
    sample: u32,
}

/// Load the model, sample, and print or write.
pub(crate) fn run(arguments: &GenerateArgs) -> anyhow::Result<ExitCode> {
    let device = DeviceChoice::Auto.resolve()?;
    let precision = if arguments.sampling.bf16 { Precision::Half } else { Precision::Single };
    let load = || {
        LanguageModel::load(&arguments.model, device, precision)
            .with_context(|| format!("failed to load the model `{}`", arguments.model.display()))
    };
    match (&arguments.prompt, arguments.benchmark) {
        (Some(prompt), _) => answer_prompt(arguments, &load()?, prompt)?,
        (None, Some(benchmark)) => {
            // What is wrong with the data or the file is said before the model is loaded.
            let dataset = Dataset::open(benchmark, arguments.data.as_deref())?;
            let out = arguments.out.as_deref().expect("the command line asks for it");
            let (file, there) = open(out, arguments.resume)?;
            let most = arguments.limit.unwrap_or(usize::MAX).min(dataset.problems.len());
            let answers = Answers { arguments, benchmark, problems: &dataset.problems[..most] };
            answers.write(&load()?, file, &there)?;
        }
        (None, None) => bail!("`--prompt` or `--benchmark` says what to answer"),
    }
    Ok(ExitCode::SUCCESS)
}

fn sampler(arguments: &SamplingArgs, model: &LanguageModel) -> Sampler {
    let &SamplingArgs { temperature, top_k, top_p, min_p, .. } = arguments;
    Sampler {
        rows: arguments.rows,
        filter: Filter { temperature, top_k, top_p, min_p },
        max_tokens: arguments.max_tokens as usize,
        stop_ids: model.decoder.config().stop_ids.clone(),
        seed: arguments.seed,
        step: 0,
    }
}

fn answer_prompt(
    arguments: &GenerateArgs,
    model: &LanguageModel,
    prompt: &str,
) -> anyhow::Result<()> {
    let text = if arguments.sampling.chat {
        generation::conversation(model, None, prompt.to_owned())?
    } else {
        prompt.to_owned()
    };
    let ids = model.tokenizer.encode(&text)?;
    let requests = [Request { prompt: 0, ids, samples: arguments.sampling.samples_per_task }];
    let sampler = sampler(&arguments.sampling, model);
    let (decoder, tokenizer) = (&model.decoder, &model.tokenizer);
    answer::<anyhow::Error>(
        decoder,
        tokenizer,
        &sampler,
        &requests,
        &arguments.sampling.stop,
        &mut |sample, text| {
            if !arguments.json {
                return print(&text);
            }
            let stop = format!("{:?}", sample.stop);
            let (sample, tokens, logprobs) = (sample.sample, sample.tokens, sample.logprobs);
            print(&serde_json::to_string(&Answer { sample, text, stop, tokens, logprobs })?)
        },
    )
}

/// The answers to a benchmark's problems.
struct Answers<'a> {
    arguments: &'a GenerateArgs,
    benchmark: Benchmark,
    problems: &'a [Problem],
}

impl Answers<'_> {
    fn write(
        &self,
        model: &LanguageModel,
        mut file: File,
        there: &HashSet<Key>,
    ) -> anyhow::Result<()> {
        let Self { arguments, benchmark, problems } = *self;
        let manner = Manner::usual(benchmark, arguments.sampling.chat);
        let mut requests = Vec::with_capacity(problems.len());
        for (number, problem) in problems.iter().enumerate() {
            let ids = model.tokenizer.encode(&generation::prompt(model, manner, problem)?)?;
            let is_there = |sample| there.contains(&Key { task_id: problem.id.clone(), sample });
            // Answers are keyed by their number, so what is there need not be drawn to go on, but a
            // request begins with its first.
            if !(0..arguments.sampling.samples_per_task).all(is_there) {
                let samples = arguments.sampling.samples_per_task;
                requests.push(Request { prompt: number as u32, ids, samples });
            }
        }
        let stops: Vec<String> =
            manner.stops().into_iter().chain(arguments.sampling.stop.clone()).collect();
        let total: usize = requests.iter().map(|request| request.samples as usize).sum();
        let (started, mut answers, mut tokens) = (Instant::now(), 0, 0);
        let sampler = sampler(&arguments.sampling, model);
        let (decoder, tokenizer) = (&model.decoder, &model.tokenizer);
        answer::<anyhow::Error>(
            decoder,
            tokenizer,
            &sampler,
            &requests,
            &stops,
            &mut |sample, text| {
                answers += 1;
                tokens += sample.tokens.len();
                let problem = &problems[sample.prompt as usize];
                let key = Key { task_id: problem.id.clone(), sample: sample.sample };
                if !there.contains(&key) {
                    let row = manner.row(problem, sample.sample, text);
                    let line = format!("{}\n", serde_json::to_string(&row)?);
                    file.write_all(line.as_bytes()).context("failed to write an answer")?;
                }
                if !arguments.quiet && (answers % 16 == 0 || answers == total) {
                    let seconds = started.elapsed().as_secs_f64();
                    let left = seconds / answers as f64 * (total - answers) as f64;
                    let rate = tokens as f64 / seconds;
                    explain(&format!(
                        "{answers} of {total} answers, {rate:.0} tokens/s, {left:.0} s left"
                    ));
                }
                Ok(())
            },
        )?;
        file.sync_all().context("failed to write the answers to disk")
    }
}

/// The file to add answers to, and which are in it.
fn open(path: &Path, resume: bool) -> anyhow::Result<(File, HashSet<Key>)> {
    let doing = || format!("failed to open `{}`", path.display());
    if !resume {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        let file =
            file.with_context(doing).context("--resume goes on with a file that is there")?;
        return Ok((file, HashSet::new()));
    }
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.with_context(doing)?,
    };
    // A line that was cut off by a power failure is not there.
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let file = OpenOptions::new().append(true).create(true).open(path).with_context(doing)?;
    file.set_len(whole as u64).with_context(doing)?;
    let keys = text[..whole].lines().map(serde_json::from_str).collect::<Result<_, _>>();
    let keys = keys.with_context(|| format!("`{}` is no file of answers", path.display()))?;
    Ok((file, keys))
}
