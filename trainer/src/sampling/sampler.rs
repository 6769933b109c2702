//! Rows that are kept busy.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::rc::Rc;

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

/// How the answers to one prompt are drawn, where prompts differ in that.
#[derive(Clone, Debug, PartialEq)]
pub struct Manner {
    /// From which distribution.
    pub filter: Filter,
    /// How many tokens an answer has at most; every answer has one.
    pub max_tokens: usize,
    /// The key of the random numbers, but for the number of the answer and the place in it.
    pub seed: u64,
    /// Part of the key.
    pub step: u32,
    /// Part of the key.
    pub prompt: u32,
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

/// Brings requests while others are being answered.
pub trait Desk: Watcher {
    /// The next request. Where nothing else `is_going_on`, it may wait for one; none then means that
    /// there will be no more. What it brings must have passed [`Request::check`].
    fn next(&mut self, is_going_on: bool) -> Option<(Request, Manner)>;
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
            request.check(model)?;
        }
        let context = model.config().context;
        let longest = requests.iter().map(|it| it.ids.len()).max().unwrap_or(0);
        let length = (longest + self.max_tokens).min(context);
        let waiting = requests.iter().filter(|it| it.samples > 0).collect();
        let mut list = List { sampler: self, waiting, watcher };
        serve(model, self.rows, length, &self.stop_ids, &mut list);
        Ok(())
    }
}

/// Answers what `desk` brings until it brings nothing more: so many answers at once, none of them with
/// its prompt longer than `length` tokens, and each ended by any of `stop_ids`.
pub fn serve(
    model: &Decoder,
    rows: NonZeroUsize,
    length: usize,
    stop_ids: &[u32],
    desk: &mut dyn Desk,
) {
    let model = &model.packed();
    let (kind, device) = (model.kind(), model.device());
    let cache = KeyValueCache::new(model.config(), rows.get(), length, kind, device);
    let (places, reading, rows) = (rows.get(), None, Vec::new());
    Run { model, stop_ids, desk, cache, places, length, reading, rows }.finish();
}

impl Request {
    /// Whether `model` can answer this.
    ///
    /// # Errors
    ///
    /// The prompt is empty or too long, or holds what is no token.
    pub fn check(&self, model: &Decoder) -> Result<(), RequestError> {
        let (prompt, tokens) = (self.prompt, self.ids.len());
        let (context, vocabulary) = (model.config().context, model.config().vocabulary);
        if tokens == 0 {
            return Err(RequestError::Empty { prompt });
        }
        if tokens >= context {
            return Err(RequestError::TooLong { prompt, tokens, context });
        }
        match self.ids.iter().find(|&&id| i64::from(id) >= vocabulary) {
            Some(&id) => Err(RequestError::UnknownToken { prompt, id, vocabulary }),
            None => Ok(()),
        }
    }
}

/// Requests that are all known, and answered in one manner.
struct List<'a> {
    sampler: &'a Sampler,
    waiting: VecDeque<&'a Request>,
    watcher: &'a mut dyn Watcher,
}

impl Watcher for List<'_> {
    fn token(&mut self, sample: &Sample) -> Option<Stop> {
        self.watcher.token(sample)
    }

    fn finished(&mut self, sample: Sample) {
        self.watcher.finished(sample);
    }
}

impl Desk for List<'_> {
    fn next(&mut self, _: bool) -> Option<(Request, Manner)> {
        let request = self.waiting.pop_front()?;
        let &Sampler { filter, max_tokens, seed, step, .. } = self.sampler;
        let prompt = request.prompt;
        Some((request.clone(), Manner { filter, max_tokens, seed, step, prompt }))
    }
}

/// A run on its way.
struct Run<'a> {
    model: &'a Decoder,
    stop_ids: &'a [u32],
    desk: &'a mut dyn Desk,
    cache: KeyValueCache,
    places: usize,
    length: usize,
    /// A prompt of whose answers some have no row yet.
    reading: Option<Reading>,
    /// The answers being written, in the order of the cache's rows.
    rows: Vec<Row>,
}

struct Reading {
    request: Request,
    manner: Rc<Manner>,
    prompt: Prompt,
    next_sample: u32,
}

struct Row {
    sample: Sample,
    manner: Rc<Manner>,
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
            let drawn = draw(self.stop_ids, &scores, &mut self.rows);
            // From the end, so that the row that takes a freed place was looked at before.
            for (place, stop) in drawn.into_iter().enumerate().rev() {
                if let Some(stop) = stop.or_else(|| self.desk.token(&self.rows[place].sample)) {
                    self.cache.swap_remove(place);
                    let row = self.rows.swap_remove(place);
                    self.desk.finished(Sample { stop, ..row.sample });
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
            let room = (self.places - self.cache.rows()) as u32;
            let count = room.min(reading.request.samples - reading.next_sample);
            let samples = reading.next_sample..reading.next_sample + count;
            let mut rows: Vec<Row> = samples.map(|it| self.row(&reading, it)).collect();
            let scores = reading.prompt.logits.expand([i64::from(count), -1], false);
            let drawn = draw(self.stop_ids, &scores, &mut rows);
            for (row, stop) in rows.into_iter().zip(drawn) {
                match stop.or_else(|| self.desk.token(&row.sample)) {
                    Some(stop) => self.desk.finished(Sample { stop, ..row.sample }),
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

    fn row(&self, reading: &Reading, sample: u32) -> Row {
        let Reading { request, manner, .. } = reading;
        let room = self.length - request.ids.len();
        let sample = Sample {
            prompt: request.prompt,
            sample,
            tokens: Vec::new(),
            logprobs: Vec::new(),
            stop: Stop::Length,
        };
        Row { sample, max_tokens: manner.max_tokens.min(room), manner: Rc::clone(manner) }
    }
}

impl Run<'_> {
    fn read_next(&mut self) -> Option<Reading> {
        let (request, manner) = self.desk.next(!self.rows.is_empty())?;
        let prompt = self.model.read_prompt(&request.ids);
        Some(Reading { request, manner: Rc::new(manner), prompt, next_sample: 0 })
    }
}

/// Draws a token for every row, and says which rows end with it.
fn draw(stop_ids: &[u32], scores: &Tensor, rows: &mut [Row]) -> Vec<Option<Stop>> {
    let number = |row: &Row| {
        let Manner { seed, step, prompt, .. } = *row.manner;
        let (sample, position) = (row.sample.sample, row.sample.tokens.len() as u32);
        Draw { seed, step, prompt, sample, position }.uniform()
    };
    let numbers: Vec<f64> = rows.iter().map(number).collect();
    let filters: Vec<Filter> = rows.iter().map(|row| row.manner.filter).collect();
    let drawn = sample(&filters, scores, &numbers);
    let ends = rows.iter_mut().zip(drawn).map(|(row, (id, logprob))| {
        row.sample.tokens.push(id);
        row.sample.logprobs.push(logprob);
        if stop_ids.contains(&id) {
            Some(Stop::EndOfText)
        } else {
            (row.sample.tokens.len() >= row.max_tokens).then_some(Stop::Length)
        }
    });
    ends.collect()
}

/// A token for every row of scores by the row's own filter and number, and its log-probability.
fn sample(filters: &[Filter], scores: &Tensor, numbers: &[f64]) -> Vec<(u32, f32)> {
    if let Some(filter) = filters.first()
        && filters.iter().all(|it| it == filter)
    {
        return filter.sample(scores, numbers);
    }
    let mut drawn = vec![(0, 0.0); filters.len()];
    let mut left: Vec<usize> = (0..filters.len()).collect();
    while let Some(&first) = left.first() {
        let filter = filters[first];
        let (alike, others): (Vec<usize>, Vec<usize>) =
            left.into_iter().partition(|&row| filters[row] == filter);
        let places: Vec<i64> = alike.iter().map(|&row| row as i64).collect();
        let places = Tensor::from_slice(&places).to_device(scores.device());
        let own: Vec<f64> = alike.iter().map(|&row| numbers[row]).collect();
        for (row, pair) in
            alike.into_iter().zip(filter.sample(&scores.index_select(0, &places), &own))
        {
            drawn[row] = pair;
        }
        left = others;
    }
    drawn
}
