//! Finds the program in a chat answer.

use std::borrow::Cow;

use datasets::Language;

/// Where in an answer the program stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extraction {
    /// In the first fenced block.
    First,
    /// In the last fenced block.
    Last,
    /// In the longest fenced block.
    Longest,
}

impl Extraction {
    /// The program in `answer`, if there is one.
    pub fn source_in(self, answer: &str, _language: Language) -> Option<Cow<'_, str>> {
        let mut parts = answer.split("```");
        parts.nth(1).map(Cow::Borrowed)
    }
}
