//! `ra3 eval`: a model's score on a benchmark, from the model alone.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use benchmarks::Profile;
use clap::Args;
use datasets::{DatasetName, Window};

use super::conditions::ConditionArgs;
use super::judge::{JudgeArgs, Rules, at_least_one};
use super::remote::RemoteArgs;
use super::sampling::{Sampling, SamplingArgs};
use crate::live::LiveEvaluation;
use crate::model_place::ModelPlace;
use crate::remote::Remote;
use crate::run_directory::{ModelConfig, RUNS, RunConfig};

/// The arguments of `ra3 eval`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  ra3 eval --model http://127.0.0.1:8000/v1 --benchmark humaneval -n 10 --temperature 0.8
  ra3 eval --model https://api.example.com/v1 --model-name large --benchmark mbpp --price 0.15,0.60
  ra3 eval --model Qwen2.5-0.5B --benchmark humaneval
  ra3 eval --model SmolLM2.gguf --benchmark mini-test -n 4 --temperature 0.6 --json
  ra3 eval --model Qwen2.5-0.5B --benchmark mbpp --backend wasm --timeout-retries 1
  ra3 eval --resume --out runs/humaneval-Qwen2.5-0.5B -n 20

Each answer is judged while others are still being written. The folder of results has the answers,
and all that `ra3 judge` leaves. With --resume nothing that is there is asked or judged again. What
the command line does not say is then as it was; -n and --limit may grow, and nothing that an answer
or a verdict depends on may be another; a server may move, if it still has the model of that name.
No option replaces a run: its answers cost time or money.

A key is read from the environment variable RA3_API_KEY, or from the one that --key-env names.

Exit code 0 when every answer came and was judged, 2 when some are missing, 130 on Ctrl-C.")]
pub struct EvalArgs {
    /// The model: a folder as Hugging Face lays it out, a GGUF file, or the address of an
    /// OpenAI-compatible interface.
    #[arg(long, value_name = "PATH|URL", required_unless_present = "resume")]
    pub model: Option<ModelPlace>,
    /// The benchmark.
    #[arg(long, short, value_name = "NAME", required_unless_present = "resume")]
    pub benchmark: Option<DatasetName>,
    /// The benchmark's own file, or a folder of them; may be given more than once. What `ra3 data fetch`
    /// brought by default.
    #[arg(long, value_name = "PATH")]
    pub data: Vec<PathBuf>,
    /// Only the first N problems.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub limit: Option<usize>,
    /// Ask only about problems posed on this day or later, such as 2024-08-01 (LiveCodeBench).
    #[arg(long, value_name = "DAY", value_parser = Window::day)]
    pub from: Option<String>,
    /// Ask only about problems posed before this day, or at the midnight that it begins with.
    #[arg(long, value_name = "DAY", value_parser = Window::day)]
    pub to: Option<String>,
    /// How answers are drawn.
    #[command(flatten)]
    pub sampling: SamplingArgs,
    /// The rules to judge by; those of the benchmark's published scores by default.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<Profile>,
    /// Under which conditions answers are judged.
    #[command(flatten)]
    pub conditions: ConditionArgs,
    /// The k of each pass@k; those with too few samples are left out. 1,10,100 by default.
    #[arg(long, value_name = "K,...", value_delimiter = ',', value_parser = at_least_one)]
    pub k: Vec<usize>,
    /// The folder of results; runs/BENCHMARK-MODEL by default.
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with an evaluation that was interrupted.
    #[arg(long)]
    pub resume: bool,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub quiet: bool,
    /// How a model behind an address is asked.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

impl EvalArgs {
    /// These arguments, with those of the run that is gone on with where they say nothing.
    ///
    /// # Errors
    ///
    /// There is no such run.
    pub fn completed(self) -> anyhow::Result<Self> {
        if !self.resume {
            return Ok(self);
        }
        let folder = self.folder()?;
        let earlier = RunConfig::read(&folder)?;
        let judging = JudgeArgs::of(&earlier)?;
        let asked = earlier.model.with_context(|| {
            format!("`{}` holds no evaluation of a model, but judged samples", folder.display())
        })?;
        let remote = RemoteArgs { model_name: asked.name, ..asked.remote };
        Ok(Self {
            model: self.model.or(Some(asked.place)),
            benchmark: self.benchmark.or(judging.benchmark),
            data: if self.data.is_empty() { judging.data } else { self.data },
            limit: self.limit.or(asked.problems),
            profile: self.profile.or(earlier.profile.parse().ok()),
            from: self.from.or(judging.from),
            to: self.to.or(judging.to),
            sampling: self.sampling.completed_from(asked.sampling),
            conditions: self.conditions.or(judging.conditions),
            k: if self.k.is_empty() { judging.k } else { self.k },
            remote: self.remote.completed_from(remote),
            out: Some(folder),
            ..self
        })
    }

    /// Where the model is, once the arguments are complete.
    ///
    /// # Errors
    ///
    /// Nobody said.
    pub fn place(&self) -> anyhow::Result<&ModelPlace> {
        self.model.as_ref().context("`--model` says which model is evaluated")
    }

    /// The folder of results.
    ///
    /// # Errors
    ///
    /// Nobody named it, or what its name is made of.
    pub fn folder(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.out {
            return Ok(folder.clone());
        }
        let (Some(benchmark), Some(place)) = (self.benchmark, &self.model) else {
            anyhow::bail!("`--resume` needs `--out DIR`, or `--model` and `--benchmark`");
        };
        if self.resume && self.remote.model_name.is_none() && matches!(place, ModelPlace::There(_))
        {
            return earlier_folder(benchmark, place);
        }
        let name = self.remote.model_name.clone().unwrap_or_else(|| place.label());
        let name = name.replace(|c: char| !c.is_alphanumeric() && !"._-+".contains(c), "-");
        Ok(Path::new(RUNS).join(format!("{benchmark}-{name}")))
    }

    /// How answers are drawn.
    pub fn sampling(&self) -> Sampling {
        self.sampling.resolved(self.benchmark.map(|name| name.benchmark))
    }

    /// What is asked of whom.
    pub(crate) fn model_config(&self) -> anyhow::Result<ModelConfig> {
        Ok(ModelConfig {
            place: self.place()?.clone(),
            name: None,
            problems: self.limit,
            sampling: self.sampling(),
            remote: self.remote.clone(),
        })
    }

    /// How the answers are judged.
    pub(crate) fn judging(&self) -> JudgeArgs {
        JudgeArgs {
            benchmark: self.benchmark,
            data: self.data.clone(),
            profile: self.profile.map(Rules::One),
            from: self.from.clone(),
            to: self.to.clone(),
            conditions: self.conditions.clone(),
            k: self.k.clone(),
            allow_missing: true,
            ..JudgeArgs::default()
        }
    }
}

/// The folder of the only run in which the model at `place` was asked about `benchmark`.
fn earlier_folder(benchmark: DatasetName, place: &ModelPlace) -> anyhow::Result<PathBuf> {
    let is_asked = |folder: &PathBuf| {
        let config = RunConfig::read(folder).ok().filter(|it| it.benchmark == benchmark.name());
        config.and_then(|config| config.model).is_some_and(|model| model.place == *place)
    };
    let folders = std::fs::read_dir(RUNS).into_iter().flatten().flatten().map(|it| it.path());
    let mut folders: Vec<PathBuf> = folders.filter(is_asked).collect();
    folders.sort();
    match &folders[..] {
        [only] => Ok(only.clone()),
        [] => anyhow::bail!("`{RUNS}` has no evaluation of {place} on {benchmark} to go on with"),
        several => {
            let names: Vec<String> = several.iter().map(|it| it.display().to_string()).collect();
            let names = names.join(", ");
            anyhow::bail!("{place} was asked about {benchmark} in {names}; `--out` names one")
        }
    }
}

/// Evaluate a model behind an address.
///
/// # Errors
///
/// As [`LiveEvaluation::run`].
pub(crate) async fn run(mut arguments: EvalArgs) -> anyhow::Result<ExitCode> {
    let ModelPlace::There(endpoint) = &arguments.place()?.clone() else {
        anyhow::bail!("a model that is computed here needs libtorch");
    };
    let sampling = arguments.sampling();
    let benchmark = arguments.benchmark.context("`--benchmark` says what is answered")?.benchmark;
    let stops = sampling.stops(sampling.manner(benchmark));
    // A folder that nobody named is called as the model is, which the server must say first.
    let named_by_server = match (&arguments.out, &arguments.remote.model_name) {
        (None, None) => {
            Some(Remote::connect(endpoint, &sampling, &arguments.remote, stops.clone()).await?)
        }
        _ => None,
    };
    if let Some(source) = &named_by_server {
        arguments.remote.model_name = Some(source.name.clone());
    }
    let evaluation = LiveEvaluation::of(&arguments)?;
    let source = match named_by_server {
        Some(source) => source,
        None => Remote::connect(endpoint, &sampling, &arguments.remote, stops).await?,
    };
    let name = source.name.clone();
    if evaluation.is_move_of(&name) {
        source.require_served(endpoint).await?;
    }
    evaluation.run(source, Some(name)).await
}
