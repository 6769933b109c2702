//! `ra3 generate`: a model's answers to a prompt, or to all problems of a benchmark.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use datasets::{Dataset, DatasetName, Window};
use serde_json::json;

use super::remote::RemoteArgs;
use super::sampling::{Sampling, SamplingArgs};
use super::{explain, print};
use crate::answers::{AnswerFile, Plan, Settings, Source, gather};
use crate::client::Words;
use crate::interrupt::Interrupt;
use crate::model_place::ModelPlace;
use crate::progress::Progress;
use crate::remote::Remote;
use crate::run_directory::ModelConfig;

/// The arguments of `ra3 generate`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  ra3 generate --model http://127.0.0.1:8000/v1 --benchmark mbpp --style few-shot --out samples.jsonl
  ra3 generate --model SmolLM2.gguf --chat --prompt 'Write a haiku about Rust.'
  ra3 generate --model Qwen2.5-0.5B --prompt 'def fib(n):' --stop $'\\ndef' -n 4 --temperature 0.8
  ra3 generate --model SmolLM2.gguf --benchmark mini -n 10 --temperature 0.8 --out samples.jsonl
  ra3 judge --benchmark mini --samples samples.jsonl

The same seed gives the same answers, however many are drawn at once. Answers to a benchmark are
written the moment each is finished; with --resume those that are there are not drawn again.
FILE.toml beside them keeps by whom and how they were drawn, and --resume mixes them with no others.

A key is read from the environment variable RA3_API_KEY, or from the one that --key-env names.

Exit code 0 when every answer came, 2 when some are missing, 130 on Ctrl-C.")]
pub struct GenerateArgs {
    /// The model: a folder as Hugging Face lays it out, a GGUF file, or the address of an
    /// OpenAI-compatible interface.
    #[arg(long, value_name = "PATH|URL")]
    pub model: ModelPlace,
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
    pub benchmark: Option<DatasetName>,
    /// The benchmark's own file, or a folder of them; may be given more than once. What `ra3 data fetch`
    /// brought by default.
    #[arg(long, value_name = "PATH", requires = "benchmark")]
    pub data: Vec<PathBuf>,
    /// Only the first N problems.
    #[arg(long, value_name = "N", requires = "benchmark")]
    pub limit: Option<usize>,
    /// Ask only about problems posed on this day or later, such as 2024-08-01 (LiveCodeBench).
    #[arg(long, value_name = "DAY", value_parser = Window::day, requires = "benchmark")]
    pub from: Option<String>,
    /// Ask only about problems posed before this day, or at the midnight that it begins with.
    #[arg(long, value_name = "DAY", value_parser = Window::day, requires = "benchmark")]
    pub to: Option<String>,
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
    /// How a model behind an address is asked.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

impl GenerateArgs {
    /// How answers are drawn.
    pub fn sampling(&self) -> Sampling {
        self.sampling.resolved(self.benchmark.map(|name| name.benchmark))
    }
}

/// Answers to a benchmark that were asked for, found possible and not begun.
pub struct Generation {
    /// What is asked.
    pub plan: Arc<Plan>,
    settings: Settings,
    file: AnswerFile,
    out: PathBuf,
    quiet: bool,
}

impl Generation {
    /// Read and check what was asked for.
    ///
    /// # Errors
    ///
    /// There is no such benchmark here, or the file holds something else.
    pub fn of(arguments: &GenerateArgs) -> anyhow::Result<Self> {
        let Some(name) = arguments.benchmark else {
            bail!("`--prompt` or `--benchmark` says what to answer")
        };
        let mut dataset = Dataset::open_all(name, &arguments.data)?;
        let (from, to) = (arguments.from.clone(), arguments.to.clone());
        dataset.posed_within(&Window { from, to });
        if dataset.problems.is_empty() {
            bail!(
                "no problem of {name} is known to have been posed on the days that `--from` and `--to` name"
            );
        }
        let sampling = arguments.sampling();
        let manner = sampling.manner(name.benchmark);
        let plan = Plan::of(&dataset, arguments.limit, manner, sampling.samples_per_task)?;
        let plan = Arc::new(plan);
        let out = arguments.out.clone().context("`--out` names the file of answers")?;
        let file = AnswerFile::open(&out, &plan, arguments.resume)?;
        let settings = Settings {
            benchmark: name.to_string(),
            data_sha256: dataset.sha256,
            model: ModelConfig {
                place: arguments.model.clone(),
                name: None,
                problems: arguments.limit,
                sampling,
                remote: arguments.remote.clone(),
            },
        };
        Ok(Self { plan, settings, file, out, quiet: arguments.quiet })
    }

    /// Ask `source`, the model of that `name` where it has one, for the answers that are not there.
    ///
    /// # Errors
    ///
    /// The model cannot be asked, or did not answer everything; what it answered is in the file.
    pub async fn run(self, source: impl Source, name: Option<String>) -> anyhow::Result<ExitCode> {
        let mut interrupt = Interrupt::listen()?;
        let Self { plan, mut settings, mut file, out, quiet } = self;
        settings.model.name = name;
        if file.counts().answers > 0 {
            settings.require_same(&out)?;
        }
        settings.keep(&out)?;
        let mut progress = Progress::of_answers(quiet, file.counts().answers, plan.total());
        let mut unanswered = Vec::new();
        let gathering = gather(source, &plan, &mut file, &mut unanswered, |_, _| {
            progress.one_more();
            Ok(())
        });
        let gathered = tokio::select! {
            gathered = gathering => Some(gathered),
            () = interrupt.asked() => None,
        };
        progress.end();
        let (total, counts) = (plan.total(), file.counts());
        let Some(gathered) = gathered else {
            let answers = counts.answers;
            explain(&format!("interrupted at {answers} of {total} answers; --resume goes on"));
            return Ok(Interrupt::exit_code());
        };
        gathered.context("stopped, `--resume` goes on")?;
        file.finish()?;
        if !quiet {
            let usage = counts.usage;
            explain(&format!(
                "{} of {total} answers in `{}`, {} tokens written, {} read",
                counts.answers,
                out.display(),
                usage.completion_tokens,
                usage.prompt_tokens
            ));
        }
        for note in counts.shortened.notes(counts.answers, settings.model.max_tokens()) {
            explain(&format!("note: {note}"));
        }
        if let Some(first) = unanswered.first() {
            let failed = unanswered.len();
            bail!(
                "{failed} of {total} requests failed, the first because {}; `--resume` asks again",
                first.why
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Answers of a model behind an address.
///
/// # Errors
///
/// As [`Generation::run`].
pub(crate) async fn run(arguments: GenerateArgs) -> anyhow::Result<ExitCode> {
    let GenerateArgs { model, prompt, remote, json, .. } = &arguments;
    let sampling = &arguments.sampling();
    let ModelPlace::There(endpoint) = model else {
        bail!("a model that is computed here needs libtorch");
    };
    let Some(prompt) = prompt else {
        let generation = Generation::of(&arguments)?;
        let stops = sampling.stops(generation.plan.manner);
        let source = Remote::connect(endpoint, sampling, remote, stops).await?;
        let name = source.name.clone();
        return generation.run(source, Some(name)).await;
    };
    let words = if sampling.chat {
        Words::Question { system: None, text: prompt.clone() }
    } else {
        Words::Beginning(prompt.clone())
    };
    let source = Remote::connect(endpoint, sampling, remote, sampling.stop.clone()).await?;
    let answers = source.answers(words, sampling.samples_per_task).await?;
    for (sample, answer) in answers.into_iter().enumerate() {
        let (text, stop, usage) = (answer.text, answer.finish, answer.usage);
        let row = json!({"sample": sample, "text": text, "stop": stop, "usage": usage});
        print(&if *json { row.to_string() } else { text })?;
    }
    Ok(ExitCode::SUCCESS)
}
