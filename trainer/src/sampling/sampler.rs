//! Rows that are kept busy.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use tch::Tensor;

use super::distribution::Filter;
use super::random::Draw;
use crate::model::{Decoder, KeyValueCache, Prompt};
use crate::rollout::Stop;

/// How answers are drawn.
#[derive(Clone, Debug)]
pub struct Sampler {
    /// How many answers are written at once.
    pub rows: NonZeroUsize,
    /// From which distribution.
    pub filter: Filter,
    /// How many tokens an answer has at most; every answer has one.
    pub max_tokens: usize,
    /// An answer ends with any of these, and has it as its last token.
    pub stop_ids: Vec<u32>,
    /// Of all random numbers.
    pub seed: u64,
    /// Of the training; part of the key of the random numbers.
    pub step: u32,
}

/// Some answers to a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The number of the prompt, by which its random numbers are looked up.
    pub prompt: u32,
    /// Its tokens.
    pub ids: Vec<u32>,
    /// How many answers.
    pub samples: u32,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The number of the prompt.
    pub prompt: u32,
    /// The number of the answer.
    pub sample: u32,
    /// Its tokens.
    pub tokens: Vec<u32>,
    /// The log-probability of each in the distribution that it was drawn from.
    pub logprobs: Vec<f32>,
    /// Why it ended.
    pub stop: Stop,
}

/// A request that cannot be fulfilled. It is refused before anything is sampled.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RequestError {
    /// There is nothing to answer to.
    #[error("prompt {prompt} has no token")]
    Empty {
        /// The number of the prompt.
        prompt: u32,
    },
    /// There is no room for an answer.
    #[error("prompt {prompt} has {tokens} tokens, and the model's context is {context}")]
    TooLong {
        /// The number of the prompt.
        prompt: u32,
        /// How long it is.
        tokens: usize,
        /// How many positions the model has.
        context: usize,
    },
    /// A token is not in the vocabulary.
    #[error("prompt {prompt} holds the token {id}, and the vocabulary ends before {vocabulary}")]
    UnknownToken {
        /// The number of the prompt.
        prompt: u32,
        /// The token.
        id: u32,
        /// How many tokens there are.
        vocabulary: i64,
    },
}

/// Sees answers as they are written.
pub trait Watcher {
    /// A token was drawn; `Some` ends the answer with it.
    fn token(&mut self, _sample: &Sample) -> Option<Stop> {
        None
    }

    /// An answer is finished.
    fn finished(&mut self, sample: Sample);
}

impl<F: FnMut(Sample)> Watcher for F {
    fn finished(&mut self, sample: Sample) {
        self(sample);
    }
}

impl Sampler {
    /// Draws all answers to all requests, and hands each to `watcher` when it is finished.
    ///
    /// # Errors
    ///
    /// A prompt is empty or too long, or holds what is no token. Nothing was sampled then.
    pub fn run(
        &self,
        model: &Decoder,
        requests: &[Request],
        watcher: &mut dyn Watcher,
    ) -> Result<(), RequestError> {
        for request in requests {
            check(model, request)?;
        }
        let context = model.config().context;
        let longest = requests.iter().map(|it| it.ids.len()).max().unwrap_or(0);
        let length = (longest + self.max_tokens).min(context);
        let cache = KeyValueCache::new(
            model.config(),
            self.rows.get(),
            length,
            model.kind(),
            model.device(),
        );
        let waiting = requests.iter().filter(|it| it.samples > 0).collect();
        Run { sampler: self, model, watcher, cache, waiting, reading: None, rows: Vec::new() }
            .finish();
        Ok(())
    }
}

fn check(model: &Decoder, request: &Request) -> Result<(), RequestError> {
    let (prompt, tokens) = (request.prompt, request.ids.len());
    let (context, vocabulary) = (model.config().context, model.config().vocabulary);
    if tokens == 0 {
        return Err(RequestError::Empty { prompt });
    }
    if tokens >= context {
        return Err(RequestError::TooLong { prompt, tokens, context });
    }
    match request.ids.iter().find(|&&id| i64::from(id) >= vocabulary) {
        Some(&id) => Err(RequestError::UnknownToken { prompt, id, vocabulary }),
        None => Ok(()),
    }
}

/// A run on its way.
struct Run<'a> {
    sampler: &'a Sampler,
    model: &'a Decoder,
    watcher: &'a mut dyn Watcher,
    cache: KeyValueCache,
    waiting: VecDeque<&'a Request>,
    /// A prompt of whose answers some have no row yet.
    reading: Option<Reading<'a>>,
    /// The answers being written, in the order of the cache's rows.
    rows: Vec<Row>,
}

struct Reading<'a> {
    request: &'a Request,
    prompt: Prompt,
    next_sample: u32,
}

struct Row {
    sample: Sample,
    max_tokens: usize,
}

impl Run<'_> {
    fn finish(mut self) {
        loop {
            self.admit();
            if self.rows.is_empty() {
                return;
            }
            let last = |row: &Row| *row.sample.tokens.last().expect("a row begins with a token");
            let ids: Vec<u32> = self.rows.iter().map(last).collect();
            let scores = self.model.step(&ids, &mut self.cache);
            let drawn = draw(self.sampler, &scores, &mut self.rows);
            // From the end, so that the row that takes a freed place was looked at before.
            for (place, stop) in drawn.into_iter().enumerate().rev() {
                if let Some(stop) = stop.or_else(|| self.watcher.token(&self.rows[place].sample)) {
                    self.cache.swap_remove(place);
                    let row = self.rows.swap_remove(place);
                    self.watcher.finished(Sample { stop, ..row.sample });
                }
            }
        }
    }

    /// Gives rows to answers that wait, as long as there are both.
    fn admit(&mut self) {
        while self.cache.has_room() {
            let Some(mut reading) = self.reading.take().or_else(|| self.read_next()) else {
                return;
            };
            let room = (self.sampler.rows.get() - self.cache.rows()) as u32;
            let count = room.min(reading.request.samples - reading.next_sample);
            let samples = reading.next_sample..reading.next_sample + count;
            let mut rows: Vec<Row> = samples.map(|it| self.row(reading.request, it)).collect();
            let scores = reading.prompt.logits.expand([i64::from(count), -1], false);
            let drawn = draw(self.sampler, &scores, &mut rows);
            for (row, stop) in rows.into_iter().zip(drawn) {
                match stop.or_else(|| self.watcher.token(&row.sample)) {
                    Some(stop) => self.watcher.finished(Sample { stop, ..row.sample }),
                    None => {
                        self.cache.add(&reading.prompt);
                        self.rows.push(row);
                    }
                }
            }
            reading.next_sample += count;
            if reading.next_sample < reading.request.samples {
                self.reading = Some(reading);
            }
        }
    }

    fn row(&self, request: &Request, sample: u32) -> Row {
        let room = self.model.config().context - request.ids.len();
        let sample = Sample {
            prompt: request.prompt,
            sample,
            tokens: Vec::new(),
            logprobs: Vec::new(),
            stop: Stop::Length,
        };
        Row { sample, max_tokens: self.sampler.max_tokens.min(room) }
    }
}

impl<'a> Run<'a> {
    fn read_next(&mut self) -> Option<Reading<'a>> {
        let request = self.waiting.pop_front()?;
        let prompt = self.model.read_prompt(&request.ids);
        Some(Reading { request, prompt, next_sample: 0 })
    }
}

/// Draws a token for every row, and says which rows end with it.
fn draw(sampler: &Sampler, scores: &Tensor, rows: &mut [Row]) -> Vec<Option<Stop>> {
    let number = |row: &Row| {
        let Sample { prompt, sample, ref tokens, .. } = row.sample;
        let (seed, step, position) = (sampler.seed, sampler.step, tokens.len() as u32);
        Draw { seed, step, prompt, sample, position }.uniform()
    };
    let numbers: Vec<f64> = rows.iter().map(number).collect();
    let drawn = sampler.filter.sample(scores, &numbers);
    let ends = rows.iter_mut().zip(drawn).map(|(row, (id, logprob))| {
        row.sample.tokens.push(id);
        row.sample.logprobs.push(logprob);
        if sampler.stop_ids.contains(&id) {
            Some(Stop::EndOfText)
        } else {
            (row.sample.tokens.len() >= row.max_tokens).then_some(Stop::Length)
        }
    });
    ends.collect()
}
