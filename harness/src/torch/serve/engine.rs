//! The thread on which a served model draws.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use tokio::sync::mpsc::UnboundedSender;
use trainer::Stop;
use trainer::end_text;
use trainer::model::Decoder;
use trainer::sampling::{Desk, Manner, Request, Sample, Watcher, serve};
use trainer::tokenizer::{Progress, TextStream, Tokenizer};

/// Some answers to one prompt, and who waits for them.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) ids: Vec<u32>,
    pub(super) samples: u32,
    pub(super) manner: Manner,
    pub(super) stops: Vec<String>,
    /// The number of its first answer in the reply.
    pub(super) first: u32,
    pub(super) news: UnboundedSender<News>,
}

/// What became of an answer.
#[derive(Debug)]
pub(super) enum News {
    /// It goes on with this text, perhaps of several tokens, or of none that can be shown yet.
    Text { index: u32, text: String, tokens: Vec<Token> },
    /// It is finished.
    Finished { index: u32, stop: Stop, tokens: usize },
    /// The request cannot be answered.
    Refused(String),
}

/// A token that was drawn.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) id: u32,
    pub(super) logprob: f32,
}

/// Takes jobs to the thread.
#[derive(Clone, Debug)]
pub(super) struct Engine(SyncSender<Job>);

impl Engine {
    /// An engine that draws from `decoder` until every copy of it is gone.
    pub(super) fn start(
        decoder: Decoder,
        tokenizer: Tokenizer,
        (rows, context, queue): (NonZeroUsize, usize, usize),
    ) -> Self {
        let (sender, jobs) = sync_channel(queue);
        std::thread::spawn(move || {
            let stop_ids = decoder.config().stop_ids.clone();
            let (next, clients) = (0, HashMap::new());
            let (decoder, tokenizer) = (&decoder, &tokenizer);
            let mut counter = Counter { decoder, tokenizer, context, jobs, next, clients };
            serve(decoder, rows, context, &stop_ids, &mut counter);
        });
        Self(sender)
    }

    /// Whether there was room for `job`.
    pub(super) fn take(&self, job: Job) -> Result<(), Full> {
        self.0.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Full::Busy,
            TrySendError::Disconnected(_) => Full::Gone,
        })
    }
}

/// Why a job was not taken.
#[derive(Debug)]
pub(super) enum Full {
    /// Too many wait.
    Busy,
    /// The thread has ended, which it should not.
    Gone,
}

/// Where jobs become requests, and samples become news.
struct Counter<'a> {
    decoder: &'a Decoder,
    tokenizer: &'a Tokenizer,
    context: usize,
    jobs: Receiver<Job>,
    next: u32,
    /// Who waits for the answers to a request, by its number.
    clients: HashMap<u32, Client<'a>>,
}

struct Client<'a> {
    stops: Vec<String>,
    first: u32,
    left: u32,
    news: UnboundedSender<News>,
    texts: HashMap<u32, Text<'a>>,
}

struct Text<'a> {
    stream: TextStream<'a>,
    /// Drawn and not told.
    tokens: Vec<Token>,
}

impl<'a> Client<'a> {
    fn text(&mut self, sample: u32, tokenizer: &'a Tokenizer) -> &mut Text<'a> {
        let stops = || TextStream::new(tokenizer, self.stops.clone());
        let new = || Text { stream: stops(), tokens: Vec::new() };
        self.texts.entry(sample).or_insert_with(new)
    }
}

impl Counter<'_> {
    fn admit(&mut self, job: Job) -> Option<(Request, Manner)> {
        let Job { ids, samples, manner, stops, first, news } = job;
        let (prompt, tokens) = (self.next, ids.len());
        let request = Request { prompt, ids, samples };
        let refusal = match request.check(self.decoder) {
            Err(error) => Some(error.to_string()),
            Ok(()) if tokens >= self.context => Some(format!(
                "the prompt has {tokens} tokens, and there is room for {} with an answer",
                self.context
            )),
            Ok(()) => None,
        };
        if let Some(reason) = refusal {
            // Who does not listen any more does not mind.
            let _ = news.send(News::Refused(reason));
            return None;
        }
        self.next = self.next.wrapping_add(1);
        let client = Client { stops, first, left: samples, news, texts: HashMap::new() };
        self.clients.insert(prompt, client);
        Some((request, manner))
    }
}

impl Desk for Counter<'_> {
    fn next(&mut self, is_going_on: bool) -> Option<(Request, Manner)> {
        loop {
            let job = if is_going_on { self.jobs.try_recv().ok() } else { self.jobs.recv().ok() };
            if let Some(admitted) = self.admit(job?) {
                return Some(admitted);
            }
        }
    }
}

impl Watcher for Counter<'_> {
    fn token(&mut self, sample: &Sample) -> Option<Stop> {
        let tokenizer = self.tokenizer;
        let client = self.clients.get_mut(&sample.prompt)?;
        // Nobody reads it: the row is better used by others.
        if client.news.is_closed() {
            return Some(Stop::Length);
        }
        let (&id, &logprob) = sample.tokens.last().zip(sample.logprobs.last())?;
        let index = client.first + sample.sample;
        let text = client.text(sample.sample, tokenizer);
        text.tokens.push(Token { id, logprob });
        // The vocabulary of the model may be larger than the tokenizer's; such a token is no text.
        let progress = text.stream.push(id).unwrap_or(Progress::Going);
        let fresh = text.stream.fresh().to_owned();
        if !fresh.is_empty() {
            let tokens = std::mem::take(&mut text.tokens);
            let _ = client.news.send(News::Text { index, text: fresh, tokens });
        }
        (progress == Progress::Stopped).then_some(Stop::StopString)
    }

    fn finished(&mut self, sample: Sample) {
        let tokenizer = self.tokenizer;
        let Some(client) = self.clients.get_mut(&sample.prompt) else { return };
        let index = client.first + sample.sample;
        let text = client.text(sample.sample, tokenizer);
        // The last token of an answer that ends by itself or for its length was not shown to us.
        if sample.stop != Stop::StopString
            && let Some((&id, &logprob)) = sample.tokens.last().zip(sample.logprobs.last())
        {
            text.tokens.push(Token { id, logprob });
        }
        // A token that is no text adds none.
        let _ = end_text(&mut text.stream, &sample);
        let (fresh, tokens) = (text.stream.fresh().to_owned(), std::mem::take(&mut text.tokens));
        let _ = client.news.send(News::Text { index, text: fresh, tokens });
        let (stop, tokens) = (sample.stop, sample.tokens.len());
        let _ = client.news.send(News::Finished { index, stop, tokens });
        client.texts.remove(&sample.sample);
        client.left -= 1;
        if client.left == 0 {
            self.clients.remove(&sample.prompt);
        }
    }
}
