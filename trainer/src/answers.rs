//! From prompts to answers as texts, each handed on the moment it is finished.

use std::collections::HashMap;

use crate::model::Decoder;
use crate::rollout::Stop;
use crate::sampling::{Request, RequestError, Sample, Sampler, Watcher};
use crate::tokenizer::{Progress, TextStream, Tokenizer, TokenizerError};

/// Draw all answers to all requests, and hand each with its text to `finished`.
///
/// An answer ends at the first of `stops`, which is no part of its text; its tokens are all that
/// were drawn. The first error of `finished` is returned; what is under way then is not handed over
/// any more.
///
/// # Errors
///
/// A request cannot be fulfilled, a token cannot be decoded, or `finished` failed.
pub fn answer<E: From<RequestError> + From<TokenizerError>>(
    decoder: &Decoder,
    tokenizer: &Tokenizer,
    sampler: &Sampler,
    requests: &[Request],
    stops: &[String],
    finished: &mut dyn FnMut(Sample, String) -> Result<(), E>,
) -> Result<(), E> {
    let mut texts = Texts { tokenizer, stops, streams: HashMap::new(), finished, failure: None };
    sampler.run(decoder, requests, &mut texts)?;
    texts.failure.map_or(Ok(()), Err)
}

/// Shows the end of an answer to its text. One that ends of itself did so by a token that is no text; one
/// that was cut off has a last token that no [`Watcher`] was shown.
///
/// # Errors
///
/// The last token is none. The text is at its end all the same.
pub fn end_text(stream: &mut TextStream<'_>, sample: &Sample) -> Result<(), TokenizerError> {
    let last = sample.tokens.last().filter(|_| sample.stop == Stop::Length);
    let shown = last.map_or(Ok(()), |&last| stream.push(last).map(drop));
    stream.finish();
    shown
}

/// Follows answers as texts, since stop strings may lie across tokens.
struct Texts<'a, E> {
    tokenizer: &'a Tokenizer,
    stops: &'a [String],
    streams: HashMap<(u32, u32), TextStream<'a>>,
    finished: &'a mut dyn FnMut(Sample, String) -> Result<(), E>,
    failure: Option<E>,
}

impl<E: From<TokenizerError>> Watcher for Texts<'_, E> {
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
        let mut stream = self
            .streams
            .remove(&(sample.prompt, sample.sample))
            .unwrap_or_else(|| TextStream::new(self.tokenizer, self.stops));
        if let Err(error) = end_text(&mut stream, &sample) {
            self.failure = Some(error.into());
            return;
        }
        self.failure = (self.finished)(sample, stream.text().to_owned()).err();
    }
}
