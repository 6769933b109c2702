//! How answers are drawn: arguments that `ra3 generate` and `ra3 eval` share.

use std::num::NonZeroUsize;

use clap::Args;
use datasets::Benchmark;
use serde::{Deserialize, Serialize};

use crate::manner::{Manner, Style};

/// The most tokens of an answer to anything but a contest problem: as many as lm-eval allows, and more than
/// EvalPlus does (768). What is cut is lost, and what is not written costs nothing.
const MAX_TOKENS: u32 = 1024;

/// The most tokens of an answer to a contest problem. LiveCodeBench's own client allows 2000.
const MAX_CONTEST_TOKENS: u32 = 2048;

/// How answers are drawn, as far as somebody said so.
#[derive(Args, Clone, Debug, Default)]
pub struct SamplingArgs {
    /// How the problems of a benchmark are put; by default HumanEval is continued and all else asked.
    #[arg(long, value_name = "NAME", conflicts_with = "chat")]
    pub(crate) style: Option<Style>,
    /// Ask through the model's chat template. Only HumanEval is continued without.
    #[arg(long)]
    pub(crate) chat: bool,
    /// How many answers to each prompt; 1 by default.
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) samples_per_task: Option<u32>,
    /// Divides the scores; at 0, the default, the likeliest token is taken.
    #[arg(long, value_name = "T", value_parser = not_negative)]
    pub(crate) temperature: Option<f64>,
    /// Draw only from the K likeliest tokens; from all by default, which 0 means as well.
    #[arg(long, value_name = "K")]
    pub(crate) top_k: Option<usize>,
    /// Draw only from the likeliest tokens that together have this probability; 1 by default.
    #[arg(long, value_name = "P", value_parser = part)]
    pub(crate) top_p: Option<f64>,
    /// Draw only tokens at least this many times as likely as the likeliest; 0 by default.
    #[arg(long, value_name = "P", value_parser = part)]
    pub(crate) min_p: Option<f64>,
    /// The most tokens of an answer; 1024 by default, and 2048 for contest problems.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_tokens: Option<u32>,
    /// End an answer before this text; may be given more than once.
    #[arg(long, value_name = "TEXT", value_parser = not_empty)]
    pub(crate) stop: Vec<String>,
    /// Of all random numbers; 0 by default.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// How many answers are written at once; 16 by default.
    #[arg(long, value_name = "N")]
    pub(crate) rows: Option<NonZeroUsize>,
    /// Compute in bf16, faster and to three digits.
    #[arg(long)]
    pub(crate) bf16: bool,
}

/// How answers are drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// How the problems of a benchmark are put, where that is not the usual way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    /// Whether the model is asked through its chat template also where it could continue.
    pub chat: bool,
    /// How many answers to each prompt.
    pub samples_per_task: u32,
    /// Divides the scores; at 0 the likeliest token is taken.
    pub temperature: f64,
    /// Draw only from the K likeliest tokens; 0 means from all.
    pub top_k: usize,
    /// Draw only from the likeliest tokens that together have this probability.
    pub top_p: f64,
    /// Draw only tokens at least this many times as likely as the likeliest.
    pub min_p: f64,
    /// The most tokens of an answer.
    pub max_tokens: u32,
    /// The texts that end an answer, beside those of its manner.
    pub stop: Vec<String>,
    /// Of all random numbers.
    pub seed: u64,
    /// How many answers are written at once.
    pub rows: NonZeroUsize,
    /// Whether to compute in bf16.
    pub bf16: bool,
}

/// What is not said.
impl Default for Sampling {
    fn default() -> Self {
        Self {
            style: None,
            chat: false,
            samples_per_task: 1,
            temperature: 0.0,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            max_tokens: MAX_TOKENS,
            stop: Vec::new(),
            seed: 0,
            rows: const { NonZeroUsize::new(16).expect("it is not 0") },
            bf16: false,
        }
    }
}

impl SamplingArgs {
    /// These arguments, with those of an `earlier` run where they say nothing.
    pub(crate) fn completed_from(self, earlier: Sampling) -> Self {
        let Sampling { style, chat, stop, bf16, .. } = earlier;
        Self {
            style: self.style.or(style),
            chat: self.chat || chat,
            samples_per_task: self.samples_per_task.or(Some(earlier.samples_per_task)),
            temperature: self.temperature.or(Some(earlier.temperature)),
            top_k: self.top_k.or(Some(earlier.top_k)),
            top_p: self.top_p.or(Some(earlier.top_p)),
            min_p: self.min_p.or(Some(earlier.min_p)),
            max_tokens: self.max_tokens.or(Some(earlier.max_tokens)),
            stop: if self.stop.is_empty() { stop } else { self.stop },
            seed: self.seed.or(Some(earlier.seed)),
            rows: self.rows.or(Some(earlier.rows)),
            bf16: self.bf16 || bf16,
        }
    }

    /// What they say, and what is usual for `benchmark` where they say nothing.
    pub fn resolved(&self, benchmark: Option<Benchmark>) -> Sampling {
        let is_contest = benchmark.is_some_and(Benchmark::is_contest);
        let max_tokens = if is_contest { MAX_CONTEST_TOKENS } else { MAX_TOKENS };
        let usual = Sampling { max_tokens, ..Sampling::default() };
        Sampling {
            style: self.style,
            chat: self.chat,
            samples_per_task: self.samples_per_task.unwrap_or(usual.samples_per_task),
            temperature: self.temperature.unwrap_or(usual.temperature),
            top_k: self.top_k.unwrap_or(usual.top_k),
            top_p: self.top_p.unwrap_or(usual.top_p),
            min_p: self.min_p.unwrap_or(usual.min_p),
            max_tokens: self.max_tokens.unwrap_or(usual.max_tokens),
            stop: self.stop.clone(),
            seed: self.seed.unwrap_or(usual.seed),
            rows: self.rows.unwrap_or(usual.rows),
            bf16: self.bf16,
        }
    }
}

impl Sampling {
    /// How problems of `benchmark` are put to the model.
    pub(crate) fn manner(&self, benchmark: Benchmark) -> Manner {
        match self.style {
            Some(style) => Manner::of_style(benchmark, style),
            None => Manner::usual(benchmark, self.chat),
        }
    }

    /// The strings that end an answer in this manner.
    pub fn stops(&self, manner: Manner) -> Vec<String> {
        manner.stops().into_iter().chain(self.stop.iter().cloned()).collect()
    }
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

/// Every answer would end before its first character.
fn not_empty(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        sampling: SamplingArgs,
    }

    fn said(words: &[&str]) -> Result<SamplingArgs, clap::Error> {
        let line = Line::try_parse_from([&["ra3"], words].concat());
        line.map(|line| line.sampling)
    }

    #[test]
    fn what_is_not_said_is_as_it_was_or_as_usual() {
        assert_eq!(said(&[]).unwrap().resolved(None), Sampling::default());
        let words = ["-n", "3", "--temperature", "0.8", "--stop", "\ndef", "--bf16"];
        let earlier = said(&words).unwrap().resolved(None);
        let again =
            |words: &[&str]| said(words).unwrap().completed_from(earlier.clone()).resolved(None);
        assert_eq!(again(&[]), earlier);
        let more = Sampling { samples_per_task: 5, temperature: 0.0, ..earlier.clone() };
        assert_eq!(again(&["-n", "5", "--temperature", "0"]), more);
    }

    #[test]
    fn an_answer_to_a_contest_problem_may_be_longer_unless_somebody_says_otherwise() {
        let most =
            |words: &[&str], benchmark| said(words).unwrap().resolved(Some(benchmark)).max_tokens;
        assert_eq!(most(&[], Benchmark::HumanEval), 1024);
        assert_eq!(most(&[], Benchmark::LiveCodeBench), 2048);
        assert_eq!(most(&["--max-tokens", "7"], Benchmark::LiveCodeBench), 7);
    }

    #[test]
    fn an_answer_cannot_end_before_nothing() {
        let error = said(&["--stop", ""]).unwrap_err().to_string();
        assert!(error.contains("must not be empty"), "{error}");
    }
}
