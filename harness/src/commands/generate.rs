//! `ra3 generate`: a model's answers to a prompt, or to all problems of a benchmark.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use datasets::{Benchmark, Dataset, Problem};
use serde::{Deserialize, Serialize};
use trainer::model::Precision;
use trainer::sampling::{Filter, Request, Sampler};
use trainer::{DeviceChoice, LanguageModel};

use super::{explain, print};
use crate::generation::{self, Manner};

/// Sample answers from a model.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 generate --model SmolLM2.gguf --chat --prompt 'Write a haiku about Rust.'
  ra3 generate --model Qwen2.5-0.5B --prompt 'def fib(n):' --stop $'\\ndef' -n 4 --temperature 0.8
  ra3 generate --model SmolLM2.gguf --benchmark mini -n 10 --temperature 0.8 --out samples.jsonl
  ra3 judge --benchmark mini --samples samples.jsonl

The same seed gives the same answers, however many are drawn at once. Answers to a benchmark are
written the moment each is finished; with --resume those that are there are not drawn again.")]
pub(crate) struct GenerateArgs {
    /// The model: a folder as Hugging Face lays it out, or a GGUF file.
    #[arg(long, value_name = "PATH")]
    model: PathBuf,
    /// A text to continue, or with --chat to answer to.
    #[arg(
        long,
        value_name = "TEXT",
        conflicts_with = "benchmark",
        required_unless_present = "benchmark"
    )]
    prompt: Option<String>,
    /// A benchmark to answer all problems of.
    #[arg(long, short, value_name = "NAME", requires = "out")]
    benchmark: Option<Benchmark>,
    /// The benchmark's own file; what `ra3 data fetch` brought by default.
    #[arg(long, value_name = "FILE", requires = "benchmark")]
    data: Option<PathBuf>,
    /// Only the first N problems.
    #[arg(long, value_name = "N", requires = "benchmark")]
    limit: Option<usize>,
    /// Ask through the model's chat template. Only HumanEval is continued without.
    #[arg(long)]
    chat: bool,
    /// How many answers to each prompt.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    samples_per_task: u32,
    /// Divides the scores; at 0 the likeliest token is taken.
    #[arg(long, value_name = "T", default_value_t = 0.0, value_parser = not_negative)]
    temperature: f64,
    /// Draw only from the K likeliest tokens; 0 means from all.
    #[arg(long, value_name = "K", default_value_t = 0)]
    top_k: usize,
    /// Draw only from the likeliest tokens that together have this probability.
    #[arg(long, value_name = "P", default_value_t = 1.0, value_parser = part)]
    top_p: f64,
    /// Draw only tokens at least this many times as likely as the likeliest.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = part)]
    min_p: f64,
    /// The most tokens of an answer.
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: u32,
    /// End an answer before this text; may be given more than once.
    #[arg(long, value_name = "TEXT")]
    stop: Vec<String>,
    /// Of all random numbers.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How many answers are written at once.
    #[arg(long, value_name = "N", default_value = "16")]
    rows: NonZeroUsize,
    /// Compute in bf16, faster and to three digits.
    #[arg(long)]
    bf16: bool,
    /// The file that answers to a benchmark are added to.
    #[arg(long, short, value_name = "FILE", requires = "benchmark")]
    out: Option<PathBuf>,
    /// Draw only what the file lacks.
    #[arg(long, requires = "out")]
    resume: bool,
    /// Print each answer to --prompt as a JSON object with its tokens.
    #[arg(long, conflicts_with = "benchmark")]
    json: bool,
    /// Show no progress.
    #[arg(long, short)]
    quiet: bool,
}

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
    let precision = if arguments.bf16 { Precision::Half } else { Precision::Single };
    let load = || {
        LanguageModel::load(&arguments.model, device, precision)
            .with_context(|| format!("failed to load the model `{}`", arguments.model.display()))
    };
    match (&arguments.prompt, arguments.benchmark) {
        (Some(prompt), _) => arguments.answer(&load()?, prompt)?,
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

impl GenerateArgs {
    fn sampler(&self, model: &LanguageModel) -> Sampler {
        let Self { temperature, top_k, top_p, min_p, .. } = *self;
        Sampler {
            rows: self.rows,
            filter: Filter { temperature, top_k, top_p, min_p },
            max_tokens: self.max_tokens as usize,
            stop_ids: model.decoder.config().stop_ids.clone(),
            seed: self.seed,
            step: 0,
        }
    }

    fn answer(&self, model: &LanguageModel, prompt: &str) -> anyhow::Result<()> {
        let text = if self.chat {
            generation::conversation(model, None, prompt.to_owned())?
        } else {
            prompt.to_owned()
        };
        let ids = model.tokenizer.encode(&text)?;
        let requests = [Request { prompt: 0, ids, samples: self.samples_per_task }];
        let sampler = self.sampler(model);
        generation::generate(model, &sampler, &requests, &self.stop, &mut |sample, text| {
            if !self.json {
                return print(&text);
            }
            let stop = format!("{:?}", sample.stop);
            let (sample, tokens, logprobs) = (sample.sample, sample.tokens, sample.logprobs);
            print(&serde_json::to_string(&Answer { sample, text, stop, tokens, logprobs })?)
        })
    }
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
        let manner = Manner::usual(benchmark, arguments.chat);
        let mut requests = Vec::with_capacity(problems.len());
        for (number, problem) in problems.iter().enumerate() {
            let ids = model.tokenizer.encode(&manner.prompt(model, problem)?)?;
            let is_there = |sample| there.contains(&Key { task_id: problem.id.clone(), sample });
            // Answers are keyed by their number, so what is there need not be drawn to go on, but a
            // request begins with its first.
            if !(0..arguments.samples_per_task).all(is_there) {
                let samples = arguments.samples_per_task;
                requests.push(Request { prompt: number as u32, ids, samples });
            }
        }
        let stops: Vec<String> = manner.stops().into_iter().chain(arguments.stop.clone()).collect();
        let total: usize = requests.iter().map(|request| request.samples as usize).sum();
        let (started, mut answers, mut tokens) = (Instant::now(), 0, 0);
        let sampler = arguments.sampler(model);
        generation::generate(model, &sampler, &requests, &stops, &mut |sample, text| {
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
        })?;
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
