//! Text that grows token by token, and the strings that end it.
//!
//! Two things can be cut by the border between tokens. A character of several bytes: its first
//! bytes wait until the rest is there. A stop string: text that may be the beginning of one is not
//! shown until it is clear that it is none, so that no reader ever sees a part of it.
//!
//! At its end a stream has the text that [`Tokenizer::decode`] would give for all its tokens, up to
//! the first stop string.

use std::borrow::Cow;

use super::vocabulary::{Tokenizer, TokenizerError};

/// Decodes tokens as they are sampled.
///
/// ```no_run
/// # fn main() -> Result<(), trainer::tokenizer::TokenizerError> {
/// # let tokenizer = trainer::tokenizer::Tokenizer::from_folder("model".as_ref())?;
/// # let sampled = [1, 2];
/// use trainer::tokenizer::{Progress, TextStream};
///
/// let stops = ["\nclass".to_owned()];
/// let mut stream = TextStream::new(&tokenizer, &stops);
/// for id in sampled {
///     let progress = stream.push(id)?;
///     print!("{}", stream.fresh());
///     if progress == Progress::Stopped {
///         break;
///     }
/// }
/// stream.finish();
/// print!("{}", stream.fresh());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TextStream<'a> {
    tokenizer: &'a Tokenizer,
    stops: Cow<'a, [String]>,
    /// Whole characters.
    text: String,
    /// The first bytes of a character whose others are still to come.
    partial: Vec<u8>,
    /// How much of the text may be shown.
    shown: usize,
    /// How much of the text was handed out.
    taken: usize,
    ended: bool,
}

/// Whether a text goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// No stop string has occurred.
    Going,
    /// One has. It is not part of the text, and neither is what followed it.
    Stopped,
}

impl<'a> TextStream<'a> {
    /// An empty text that ends at any of `stops`. Empty stop strings are ignored.
    pub fn new(tokenizer: &'a Tokenizer, stops: impl Into<Cow<'a, [String]>>) -> Self {
        let (text, partial, stops) = (String::new(), Vec::new(), stops.into());
        Self { tokenizer, stops, text, partial, shown: 0, taken: 0, ended: false }
    }

    /// Adds a token.
    ///
    /// # Errors
    ///
    /// The number is no token.
    pub fn push(&mut self, id: u32) -> Result<Progress, TokenizerError> {
        let bytes = self.tokenizer.bytes(id)?;
        if self.ended {
            return Ok(Progress::Stopped);
        }
        self.partial.extend_from_slice(bytes);
        let old = self.text.len();
        self.take_whole_characters();
        Ok(self.look_for_stops(old))
    }

    /// Says that no token follows: what waited for one is text now.
    pub fn finish(&mut self) {
        if self.ended {
            return;
        }
        self.ended = true;
        let partial = std::mem::take(&mut self.partial);
        self.text.push_str(&String::from_utf8_lossy(&partial));
        self.shown = self.text.len();
    }

    /// What can be shown and was not handed out before.
    pub fn fresh(&mut self) -> &str {
        let start = std::mem::replace(&mut self.taken, self.shown);
        &self.text[start..self.shown]
    }

    /// The text so far, without what may turn out to begin a stop string.
    pub fn text(&self) -> &str {
        &self.text[..self.shown]
    }

    /// Moves everything but an unfinished last character into the text.
    fn take_whole_characters(&mut self) {
        let chunks = self.partial.utf8_chunks();
        let mut waiting = 0;
        for chunk in chunks {
            self.text.push_str(chunk.valid());
            waiting = 0;
            if !chunk.invalid().is_empty() {
                waiting = chunk.invalid().len();
                self.text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        let keep = self.partial.len() - waiting;
        let unfinished = is_unfinished(&self.partial[keep..]);
        if unfinished {
            self.text.pop();
            self.partial.drain(..keep);
        } else {
            self.partial.clear();
        }
    }

    fn look_for_stops(&mut self, old: usize) -> Progress {
        let stops = || self.stops.iter().filter(|stop| !stop.is_empty());
        let longest = stops().map(String::len).max().unwrap_or(0);
        // A stop string that ends in new text begins at most its length before.
        let from = self.text.floor_char_boundary(old.saturating_sub(longest));
        let found = stops().filter_map(|stop| self.text[from..].find(stop.as_str())).min();
        if let Some(position) = found {
            self.text.truncate(from + position);
            self.partial.clear();
            self.shown = self.text.len();
            self.ended = true;
            return Progress::Stopped;
        }
        let held = stops().map(|stop| beginning_at_end(&self.text, stop)).max().unwrap_or(0);
        self.shown = self.text.len() - held;
        Progress::Going
    }
}

/// Whether bytes are the beginning of a character, of which more bytes may come.
fn is_unfinished(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// The length of the longest end of `text` that is a beginning of `stop`.
fn beginning_at_end(text: &str, stop: &str) -> usize {
    let beginnings = stop.char_indices().map(|(index, _)| &stop[..index]).rev();
    beginnings.filter(|beginning| text.ends_with(beginning)).map(str::len).next().unwrap_or(0)
}
