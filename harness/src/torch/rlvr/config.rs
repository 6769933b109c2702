//! What a run is asked to do: every key, its default, and what it becomes in the trainer's terms.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use benchmarks::Reward;
use datasets::Benchmark;
use harness::named_data::NamedData;
use serde::{Deserialize, Serialize};
use trainer::algorithm::{Objective, Overlong};
use trainer::learning::{AdamWOptions, Course, Schedule};
use trainer::rlvr::Settings;

use super::objective::{CorrectionKey, ObjectiveKeys};
use super::server::RolloutKeys;
use crate::configuration::{Model, changed};

/// The whole configuration.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) model: Model,
    pub(crate) data: Data,
    #[serde(default)]
    pub(crate) reward: Rewards,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) red_team: Option<RedTeamKeys>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rollouts: Option<RolloutKeys>,
    #[serde(default)]
    pub(crate) objective: ObjectiveKeys,
    #[serde(default)]
    pub(crate) training: Training,
    #[serde(default)]
    pub(crate) evaluation: EvaluationKeys,
}

/// Which problems it learns from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    /// The benchmark's or training set's name.
    #[serde(with = "crate::configuration::name")]
    pub(crate) benchmark: Benchmark,
    /// Its file; what `ra3 data fetch` brought by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<PathBuf>,
    /// Only the first so many problems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<usize>,
    /// Only the longest so many tests of a problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_tests: Option<NonZeroUsize>,
    /// Benchmarks, as `NAME` or `NAME=FILE`, whose problems are not trained on: those that share thirteen
    /// words in a row with one of them are taken out, and listed in data.json. Problems of
    /// `evaluation.benchmark` are always taken out.
    #[serde(default, with = "crate::configuration::names")]
    pub(crate) decontaminate: Vec<NamedData>,
    /// `ask` poses a question in the model's chat template, `continue` has it go on where the prompt
    /// ends; the benchmark's usual way by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) manner: Option<MannerKey>,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            benchmark: Benchmark::Mini,
            file: None,
            limit: None,
            max_tests: None,
            decontaminate: Vec::new(),
            manner: None,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MannerKey {
    Ask,
    Continue,
}

/// What a verdict is worth.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Rewards {
    /// `all-or-nothing`, `pass-fraction` or `weighted-sum`; open-r1's names for them, `pass_fail`, `partial`
    /// and `weighted_sum`, do as well.
    pub(crate) kind: RewardKind,
    /// Pay for what an answer has passed by a weak verdict, in which it had a say. Else it is left out and
    /// counted: a policy finds out which answers have one.
    pub(crate) pay_weak: bool,
    /// How many programs run at a time; one a core by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Within how many tokens of the limit an answer's reward falls by up to 1; 0 for no penalty.
    pub(crate) overlong_cache: usize,
    /// How many seconds the last rewards of a step may take.
    pub(crate) deadline_seconds: u64,
    /// Give the rewards of a step to its answers at random: a control, in which nothing can be learnt.
    pub(crate) shuffle: bool,
}

impl Default for Rewards {
    fn default() -> Self {
        Self {
            kind: RewardKind::AllOrNothing,
            pay_weak: false,
            jobs: None,
            overlong_cache: 0,
            deadline_seconds: 600,
            shuffle: false,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RewardKind {
    #[serde(alias = "pass_fail")]
    AllOrNothing,
    #[serde(alias = "partial")]
    PassFraction,
    #[serde(alias = "weighted_sum")]
    WeightedSum,
}

impl RewardKind {
    pub(crate) fn reward(self) -> Reward {
        match self {
            Self::AllOrNothing => Reward::AllOrNothing,
            Self::PassFraction => Reward::PassFraction,
            Self::WeightedSum => Reward::WeightedSum,
        }
    }
}

/// Attackers beside the policy, none of which may earn anything.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedTeamKeys {
    /// Python programs that attack by themselves or in a function `f`.
    pub(crate) folder: PathBuf,
    /// How many of them are judged after each step.
    pub(crate) answers: usize,
}

/// How it learns.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Training {
    pub(crate) steps: u64,
    /// How many prompts a step answers.
    pub(crate) prompts: usize,
    /// How many answers to each.
    pub(crate) samples: u32,
    /// Into how many updates a step is cut.
    pub(crate) updates: usize,
    /// Write the answers of the next step while this one learns. They are one step old then, and
    /// corrected for it as `objective.correction` says, `truncated` if it says nothing. Takes memory for a
    /// second copy of the weights.
    pub(crate) overlap: bool,
    /// Let prompts rest whose answers all earned the same: once, then twice, up to 16 rounds.
    pub(crate) curriculum: bool,
    /// How often a step draws more prompts for groups that were dropped.
    pub(crate) redraws: usize,
    pub(crate) max_tokens: usize,
    pub(crate) temperature: f64,
    /// How many answers are written at once.
    pub(crate) rows: NonZeroUsize,
    /// The most tokens of a batch while learning.
    pub(crate) batch_tokens: usize,
    pub(crate) learning_rate: f64,
    /// Over how many updates the learning rate rises.
    pub(crate) warmup: u64,
    pub(crate) weight_decay: f64,
    pub(crate) beta1: f64,
    pub(crate) beta2: f64,
    pub(crate) gradient_limit: f64,
    pub(crate) seed: u64,
    /// After how many steps there is a checkpoint.
    pub(crate) save_every: u64,
    /// How many checkpoints are kept.
    pub(crate) keep: usize,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            steps: 100,
            prompts: 32,
            samples: 8,
            updates: 1,
            overlap: false,
            curriculum: false,
            redraws: 3,
            max_tokens: 1024,
            temperature: 1.0,
            rows: NonZeroUsize::new(64).expect("64 is not zero"),
            batch_tokens: 8192,
            learning_rate: 1e-6,
            warmup: 0,
            weight_decay: 0.0,
            beta1: 0.9,
            beta2: 0.95,
            gradient_limit: 1.0,
            seed: 0,
            save_every: 10,
            keep: 2,
        }
    }
}

/// How it is measured meanwhile.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EvaluationKeys {
    /// Another benchmark to evaluate on.
    #[serde(with = "crate::configuration::optional_name", skip_serializing_if = "Option::is_none")]
    pub(crate) benchmark: Option<Benchmark>,
    /// Its file; what `ra3 data fetch` brought by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<PathBuf>,
    /// Without another benchmark: the last so many problems of the data, which are not trained on.
    pub(crate) held_out: usize,
    /// After how many steps.
    pub(crate) every: u64,
    /// How many answers to each problem.
    pub(crate) samples: u32,
    /// Divides the scores; at 0 the likeliest token is taken.
    pub(crate) temperature: f64,
}

impl Default for EvaluationKeys {
    fn default() -> Self {
        Self { benchmark: None, file: None, held_out: 0, every: 10, samples: 1, temperature: 0.0 }
    }
}

impl Config {
    /// The configuration that `text` gives, with these `KEY=VALUE` changes.
    pub(crate) fn parse(text: &str, changes: &[String]) -> anyhow::Result<Self> {
        let config: Self = changed(text, changes)?;
        config.check()?;
        Ok(config)
    }

    /// What is wrong is said before a model is loaded.
    fn check(&self) -> anyhow::Result<()> {
        let Training { prompts, samples, max_tokens, temperature, learning_rate, .. } =
            self.training;
        ensure!(!self.model.path.as_os_str().is_empty(), "`model.path` says which model to train");
        ensure!(prompts > 0, "`training.prompts` must be at least 1");
        ensure!(samples > 1, "`training.samples` must be at least 2: answers are compared");
        ensure!(max_tokens > 0, "`training.max_tokens` must be at least 1");
        ensure!(
            temperature > 0.0,
            "`training.temperature` must be above 0: answers that are all alike teach nothing"
        );
        ensure!(learning_rate >= 0.0, "`training.learning_rate` must not be negative");
        ensure!(
            self.evaluation.held_out == 0 || self.evaluation.benchmark.is_none(),
            "`evaluation.held_out` and `evaluation.benchmark` exclude each other"
        );
        ensure!(
            self.evaluation.samples > 0,
            "`evaluation.samples` must be at least 1; `evaluation.held_out = 0` evaluates nothing"
        );
        self.objective()?;
        Ok(())
    }

    /// The run in the trainer's terms, with answers that end at `stops`.
    pub(crate) fn settings(&self, stops: Vec<String>) -> anyhow::Result<Settings> {
        let (training, evaluation) = (&self.training, &self.evaluation);
        let cache = self.reward.overlong_cache;
        Ok(Settings {
            steps: training.steps,
            objective: self.objective()?,
            overlong: (cache > 0).then_some(Overlong { longest: training.max_tokens, cache }),
            prompts: training.prompts,
            samples: training.samples,
            curriculum: training.curriculum,
            redraws: training.redraws,
            updates: training.updates,
            max_tokens: training.max_tokens,
            temperature: training.temperature,
            stops,
            rows: training.rows,
            batch_tokens: training.batch_tokens,
            seed: training.seed,
            overlap: training.overlap,
            deadline: Duration::from_secs(self.reward.deadline_seconds),
            shuffle_rewards: self.reward.shuffle,
            evaluate_every: evaluation.every,
            evaluation_samples: evaluation.samples,
            evaluation_temperature: evaluation.temperature,
            save_every: training.save_every,
        })
    }

    /// What is minimised. Answers of other weights are corrected for, unless the configuration says how.
    fn objective(&self) -> anyhow::Result<Objective> {
        let mut keys = self.objective.clone();
        if self.training.overlap || self.rollouts.is_some() {
            keys.correction = keys.correction.or(Some(CorrectionKey::Truncated));
        }
        keys.resolve(self.training.max_tokens)
    }

    pub(crate) fn optimizer(&self) -> AdamWOptions {
        let Training { beta1, beta2, weight_decay, .. } = self.training;
        AdamWOptions { beta1, beta2, weight_decay, ..AdamWOptions::default() }
    }

    pub(crate) fn schedule(&self) -> Schedule {
        let Training { learning_rate: peak, warmup, .. } = self.training;
        Schedule { peak, warmup, course: Course::Constant }
    }
}

#[cfg(test)]
mod tests {
    use trainer::algorithm::{Correction, Surrogate};

    use super::*;

    const LEAST: &str = "[model]\npath = \"m\"\n[data]\nbenchmark = \"mini\"\n";

    #[test]
    fn the_least_configuration_is_enough_and_survives_being_written() {
        let config = Config::parse(LEAST, &[]).unwrap();
        let written = toml::to_string(&config).unwrap();
        assert_eq!(Config::parse(&written, &[]).unwrap(), config);
    }

    #[test]
    fn keys_can_be_changed_and_a_word_is_a_string() {
        let changes = ["training.steps=7", "objective.preset=dapo", "objective.clip_high=0.3"];
        let config = Config::parse(LEAST, &changes.map(str::to_owned)).unwrap();
        assert_eq!(config.training.steps, 7);
        let objective = config.objective.resolve(1024).unwrap();
        assert_eq!(objective.surrogate, Surrogate::Clipped { low: 0.2, high: 0.3, dual: None });
        assert!(objective.drop_equal_groups);
    }

    #[test]
    fn rewards_may_be_called_as_open_r1_calls_them() {
        for (theirs, ours) in [
            ("pass_fail", "all-or-nothing"),
            ("partial", "pass-fraction"),
            ("weighted_sum", "weighted-sum"),
        ] {
            let kind = |name| {
                let change = format!("reward.kind={name}");
                Config::parse(LEAST, &[change]).unwrap().reward.kind
            };
            assert_eq!(kind(theirs), kind(ours));
        }
    }

    #[test]
    fn answers_drawn_ahead_are_corrected_unless_somebody_says_otherwise() {
        let correction = |changes: &[&str]| {
            let changes: Vec<String> = changes.iter().map(|it| (*it).to_owned()).collect();
            let config = Config::parse(LEAST, &changes).unwrap();
            config.settings(Vec::new()).unwrap().objective.correction
        };
        assert_eq!(correction(&[]), None);
        let overlap = "training.overlap=true";
        assert_eq!(correction(&[overlap]), Some(Correction::Truncated { cap: 2.0 }));
        let mask = "objective.correction=sequence-mask";
        assert_eq!(correction(&[overlap, mask]), Some(Correction::SequenceMask { cap: 3.0 }));
        assert_eq!(correction(&[overlap, "objective.correction=none"]), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (change, named) in [
            ("training.step=7", "step"),
            ("training.samples=1", "training.samples"),
            ("training.temperature=0", "training.temperature"),
            ("objective.preset=ppo", "grpo, dr-grpo, dapo, deepcoder"),
            ("nonsense", "KEY=VALUE"),
        ] {
            let error = Config::parse(LEAST, &[change.to_owned()]).unwrap_err();
            assert!(format!("{error:#}").contains(named), "{change}: {error:#}");
        }
    }
}
