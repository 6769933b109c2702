//! Answers that did not end where the model would have ended them.
//!
//! They are judged as they are, and most of them fail. That says little about the model, so whoever
//! reads a score is told how many there are.

use serde::{Deserialize, Serialize};

/// How many answers did not end where the model would have ended them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shortened {
    /// Those that had as many tokens as were allowed.
    pub cut: usize,
    /// Those that a filter of the server withheld, in part or whole.
    pub filtered: usize,
}

impl Shortened {
    /// Count an answer that ended for this reason, in the words of the interface.
    pub(super) fn add(&mut self, finish_reason: Option<&str>) {
        match finish_reason {
            Some("length") => self.cut += 1,
            Some("content_filter") => self.filtered += 1,
            _ => {}
        }
    }

    /// What a person must know of these among so many `answers`, a sentence each. Without `max_tokens` the
    /// limit was the server's own.
    pub fn notes(self, answers: usize, max_tokens: Option<u32>) -> Vec<String> {
        let limit = max_tokens.map_or_else(
            || "at the server's own limit of tokens".to_owned(),
            |tokens| format!("at --max-tokens {tokens}"),
        );
        let kinds = [
            (self.cut, format!("cut {limit}")),
            (self.filtered, "withheld by a filter".to_owned()),
        ];
        let kinds = kinds.into_iter().filter(|(count, _)| *count > 0);
        kinds
            .map(|(count, how)| match count {
                1 => format!("1 of {answers} answers was {how}; it counts as it is."),
                _ => format!("{count} of {answers} answers were {how}; they count as they are."),
            })
            .collect()
    }
}
