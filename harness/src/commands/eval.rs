//! `ra3 eval`: a model's score on a benchmark, from the model alone.

use std::ffi::OsString;
use std::path::PathBuf;

use benchmarks::Profile;
use clap::Args;
use datasets::Benchmark;

use super::generate::{GenerateArgs, SamplingArgs};
use super::judge::{JudgeArgs, Rules};
use crate::run_directory::holds_a_run;

/// The arguments of `ra3 eval`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  ra3 eval --model Qwen2.5-0.5B --benchmark humaneval
  ra3 eval --model SmolLM2.gguf --benchmark mini-test -n 4 --temperature 0.6 --json
  ra3 eval --model runs/demo/best --benchmark mbpp --profile strict-1 --out runs/best-mbpp
  ra3 eval --model Qwen2.5-0.5B --benchmark humaneval --resume

The same as `ra3 generate` and `ra3 judge` one after the other: the answers are in DIR.jsonl, the
verdicts and the report in DIR. With --resume nothing that is there is drawn or judged again.")]
pub struct EvalArgs {
    /// The model: a folder as Hugging Face lays it out, or a GGUF file.
    #[arg(long, value_name = "PATH")]
    pub model: PathBuf,
    /// The benchmark.
    #[arg(long, short, value_name = "NAME")]
    pub benchmark: Benchmark,
    /// The benchmark's own file; what `ra3 data fetch` brought by default.
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Only the first N problems.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// How answers are drawn.
    #[command(flatten)]
    pub sampling: SamplingArgs,
    /// The rules to judge by; those of the benchmark's published scores by default.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<Profile>,
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
}

impl EvalArgs {
    /// The folder of results.
    pub fn folder(&self) -> PathBuf {
        let model = self.model.file_stem().unwrap_or_default().to_string_lossy();
        let usual = || PathBuf::from(format!("runs/{}-{model}", self.benchmark));
        self.out.clone().unwrap_or_else(usual)
    }

    /// The file of answers, beside the folder.
    fn answers(&self) -> PathBuf {
        let mut name: OsString = self.folder().into_os_string();
        name.push(".jsonl");
        name.into()
    }

    /// The first half.
    pub fn generating(&self) -> GenerateArgs {
        GenerateArgs {
            model: self.model.clone(),
            prompt: None,
            benchmark: Some(self.benchmark),
            data: self.data.clone(),
            limit: self.limit,
            sampling: self.sampling.clone(),
            out: Some(self.answers()),
            resume: self.resume,
            json: false,
            quiet: self.quiet,
        }
    }

    /// The second half.
    pub fn judging(&self) -> JudgeArgs {
        let folder = self.folder();
        JudgeArgs {
            benchmark: Some(self.benchmark),
            samples: Some(self.answers()),
            data: self.data.clone(),
            profile: self.profile.map(Rules::One),
            resume: self.resume && holds_a_run(&folder),
            out: Some(folder),
            allow_missing: self.limit.is_some(),
            json: self.json,
            quiet: self.quiet,
            ..JudgeArgs::default()
        }
    }
}
