//! A benchmark as a measure of a model in training.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use benchmarks::Reward;
use datasets::{Benchmark, Dataset};
use harness::manner::{Manner, Style};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use trainer::LanguageModel;
use trainer::algorithm::Objective;
use trainer::model::Decoder;
use trainer::ranks::Ranks;
use trainer::rlvr::{Evaluation, Rlvr, Settings};

use crate::generation;
use crate::rlvr::environment::{Grader, JudgedProblem};

/// Which benchmark, and how.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExamKeys {
    /// The benchmark's name.
    #[serde(with = "crate::configuration::name")]
    pub(crate) benchmark: Benchmark,
    /// Its file; what `ra3 data fetch` brought by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<PathBuf>,
    /// Only the first so many problems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<usize>,
    /// How problems are put, by the names that `ra3 generate --style` has. `comments` continues a
    /// prompt and does not stop at comments, which a model that thinks in them needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) style: Option<Style>,
    /// How many answers to each problem.
    #[serde(default = "one")]
    pub(crate) samples: u32,
    /// Divides the scores; at 0 the likeliest token is taken.
    #[serde(default)]
    pub(crate) temperature: f64,
    /// The most tokens of an answer.
    #[serde(default = "usual_tokens")]
    pub(crate) max_tokens: usize,
    /// How many answers are written at once.
    #[serde(default = "usual_rows")]
    pub(crate) rows: NonZeroUsize,
}

fn one() -> u32 {
    1
}

fn usual_tokens() -> usize {
    512
}

fn usual_rows() -> NonZeroUsize {
    NonZeroUsize::new(64).expect("64 is not zero")
}

/// A benchmark that is ready to be sat.
#[derive(Debug)]
pub(crate) struct Exam {
    rlvr: Rlvr<JudgedProblem>,
}

impl Exam {
    pub(crate) fn new(
        keys: &ExamKeys,
        model: &LanguageModel,
        seed: u64,
        runtime: &Handle,
        ranks: Ranks,
    ) -> anyhow::Result<Self> {
        let mut problems = Dataset::open(keys.benchmark, keys.file.as_deref())?.problems;
        problems.truncate(keys.limit.unwrap_or(usize::MAX));
        let manner = match keys.style {
            Some(style) => Manner::of_style(keys.benchmark, style),
            None => Manner::usual(keys.benchmark, false),
        };
        // What is measured is not learnt from, so that what is weak counts as well.
        let grader = Grader::open(manner, Reward::AllOrNothing, true, None);
        let grader = Arc::new(runtime.block_on(grader)?);
        let environment = |problem: &datasets::Problem| -> anyhow::Result<JudgedProblem> {
            let prompt = generation::prompt(model, manner, problem)?;
            Ok(JudgedProblem::new(prompt, problem.clone(), Arc::clone(&grader)))
        };
        let environments = problems.iter().map(environment).collect::<Result<Vec<_>, _>>()?;
        let settings = settings(keys, manner, seed);
        let tokenizer = model.tokenizer.clone();
        let rlvr =
            Rlvr::new(settings, tokenizer, vec![], environments, runtime.clone())?.among(ranks);
        Ok(Self { rlvr })
    }

    /// What `model` earns, which has made so many steps.
    pub(crate) fn sit(&self, model: &Decoder, step: u64) -> anyhow::Result<Evaluation> {
        Ok(self.rlvr.evaluate(model, step)?)
    }
}

fn settings(keys: &ExamKeys, manner: Manner, seed: u64) -> Settings {
    Settings {
        steps: 0,
        objective: Objective::preset("grpo", keys.max_tokens).expect("a known name"),
        overlong: None,
        prompts: 1,
        samples: 1,
        curriculum: false,
        redraws: 0,
        updates: 1,
        max_tokens: keys.max_tokens,
        temperature: 1.0,
        stops: manner.stops(),
        rows: keys.rows,
        batch_tokens: 1,
        seed,
        overlap: false,
        shuffle_rewards: false,
        deadline: Duration::from_secs(600),
        evaluate_every: 1,
        evaluation_samples: keys.samples,
        evaluation_temperature: keys.temperature,
        save_every: 1,
    }
}
