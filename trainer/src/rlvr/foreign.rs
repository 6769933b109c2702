//! Answers that somebody else writes, such as a server with a copy of the policy.
//!
//! What is learnt from are the tokens that were drawn there and the probabilities that they were drawn with,
//! so whoever writes names both: a text that is tokenised again may be other tokens, and nobody knows how
//! likely those were. The weights there are older than the ones that learn, and the kernels are others; that
//! is what the objective's correction is for. An answer that does not come is left out and counted, as is one
//! that cannot be graded.
//!
//! Held-out prompts are answered here all the same: they measure the weights that learn.

use std::fmt::Debug;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Rlvr;
use super::rollouts::Graded;
use crate::environment::Environment;
use crate::rollout::{Completion, Stop};
use crate::sampling::{Draw, Request, Sampler};
use crate::tokenizer::{Progress, TextStream};

/// Writes answers in the place of the policy.
pub trait Writer: Debug + Send + Sync {
    /// One answer.
    fn write(&self, asked: Asked) -> Writing<'_>;
}

/// An answer that is being written, or why there is none.
pub type Writing<'a> = Pin<Box<dyn Future<Output = Result<Written, String>> + Send + 'a>>;

/// What is asked of a [`Writer`], beside what all answers of a run have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The tokens of the prompt.
    pub ids: Vec<u32>,
    /// Of the random numbers.
    pub seed: u64,
}

/// An answer as it was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Its tokens; the one that ends a text among them.
    pub tokens: Vec<u32>,
    /// The log-probability of each in the distribution that it was drawn from.
    pub logprobs: Vec<f32>,
    /// Whether it ended for its length.
    pub is_cut: bool,
}

impl<E: Environment + 'static> Rlvr<E> {
    /// Has `writer` answer `requests`, as many at once as there are rows, and hands each answer to `written`
    /// when it is there. What does not come is returned.
    pub(super) fn ask(
        &self,
        writer: &Arc<dyn Writer>,
        sampler: &Sampler,
        requests: &[Request],
        written: &mut dyn FnMut((u32, u32), Completion),
    ) -> Vec<Graded> {
        let places = Arc::new(Semaphore::new(sampler.rows.get()));
        let mut asking = JoinSet::new();
        for request in requests {
            for sample in 0..request.samples {
                let place = (request.prompt, sample);
                let asked = Asked { ids: request.ids.clone(), seed: seed(sampler, place) };
                let (writer, places) = (Arc::clone(writer), Arc::clone(&places));
                let write = async move {
                    let _place = places.acquire().await.expect("the semaphore is never closed");
                    (place, writer.write(asked).await)
                };
                asking.spawn_on(write, &self.runtime);
            }
        }
        let mut missing = Vec::new();
        while let Some(joined) = self.runtime.block_on(asking.join_next()) {
            let (place, answer) = joined.unwrap_or_else(|error| resume_unwind(error.into_panic()));
            match answer.and_then(|answer| self.completion(sampler, answer)) {
                Ok(completion) => written(place, completion),
                Err(reason) => missing.push((place, nothing(), Err(reason))),
            }
        }
        missing
    }

    /// An answer with its text, which ends at the first stop string whatever the writer made of those.
    fn completion(&self, sampler: &Sampler, written: Written) -> Result<Completion, String> {
        let Written { mut tokens, mut logprobs, is_cut } = written;
        if tokens.is_empty() || tokens.len() != logprobs.len() {
            let (tokens, logprobs) = (tokens.len(), logprobs.len());
            return Err(format!("an answer has {tokens} tokens and {logprobs} log-probabilities"));
        }
        if let Some(odd) = logprobs.iter().find(|it| !(it.is_finite() && **it <= 1e-3)) {
            return Err(format!("{odd} is no log-probability of a token that was drawn"));
        }
        let mut stream = TextStream::new(&self.tokenizer, &self.settings.stops);
        let mut stop = if is_cut { Stop::Length } else { Stop::EndOfText };
        for place in 0..tokens.len() {
            if sampler.stop_ids.contains(&tokens[place]) {
                // That token is no text.
                stop = Stop::EndOfText;
                tokens.truncate(place + 1);
                break;
            }
            if stream.push(tokens[place]).map_err(|error| error.to_string())? == Progress::Stopped {
                stop = Stop::StopString;
                tokens.truncate(place + 1);
                break;
            }
        }
        stream.finish();
        logprobs.truncate(tokens.len());
        Ok(Completion { tokens, logprobs, text: stream.text().to_owned(), stop })
    }
}

/// The seed of an answer.
fn seed(sampler: &Sampler, (prompt, sample): (u32, u32)) -> u64 {
    let &Sampler { seed, step, .. } = sampler;
    // No token has this place.
    let number = Draw { seed, step, prompt, sample, position: u32::MAX }.uniform();
    // A number that JSON can carry anywhere.
    (number * (1_u64 << 48) as f64) as u64
}

/// Stands for an answer that did not come.
fn nothing() -> Completion {
    Completion { tokens: vec![], logprobs: vec![], text: String::new(), stop: Stop::Length }
}
