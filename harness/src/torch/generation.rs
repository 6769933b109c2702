//! From prompts to a model's answers, each handed on as a text the moment it is finished.

use std::collections::HashMap;

use anyhow::{Context, bail};
use datasets::Problem;
use harness::manner::{Manner, Question};
use trainer::chat::{Message, Role};
use trainer::sampling::{Request, Sample, Sampler, Watcher};
use trainer::tokenizer::{Progress, TextStream, Tokenizer};
use trainer::{LanguageModel, Stop};

/// What `model` is to continue for `problem`.
pub(crate) fn prompt(
    model: &LanguageModel,
    manner: Manner,
    problem: &Problem,
) -> anyhow::Result<String> {
    let Question { system, text } = manner
        .question(problem)
        .with_context(|| format!("{} cannot be asked in this manner", problem.id))?;
    match manner {
        Manner::Continue(_) => Ok(text),
        Manner::Ask(..) => conversation(model, system, text),
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
