//! What a thought is made of: a comment line, told by its text and not by one token.

use crate::tokenizer::{Tokenizer, TokenizerError};

/// The tokens that begin a thought, by what they add to a text, and those that end a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Those with which a model says that it is done.
    pub endings: Vec<u32>,
    /// Those whose text, without white space before it, begins with `#`. `#`, ` #`, `##`, `#include`.
    pub openings: Vec<u32>,
}

impl Marks {
    /// The marks of a vocabulary, of which these end a text.
    pub fn of(tokenizer: &Tokenizer, endings: &[u32]) -> Self {
        let opens = |id: &u32| tokenizer.bytes(*id).is_ok_and(begins_a_comment);
        let openings = (0..tokenizer.size() as u32).filter(opens).collect();
        Self { openings, endings: endings.to_vec() }
    }
}

fn begins_a_comment(token: &[u8]) -> bool {
    // A line end before it would make it a comment on a later line.
    token.iter().find(|byte| !matches!(byte, b' ' | b'\t')) == Some(&b'#')
}

/// Whether a comment says nothing.
pub(super) fn is_empty(comment: &str) -> bool {
    !comment.chars().any(char::is_alphanumeric)
}

/// How a thought ends and its line begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ending {
    /// Whether the token that ended the thought stays.
    pub(super) keeps: bool,
    /// What is put in front of the line, so that it stands where it stood.
    pub(super) tokens: Vec<u32>,
}

impl Ending {
    /// The ending of a thought that drew the token `last`, if it ends with it: what has a line end
    /// ends it. `indent` is what stands between the line end before the thought and the thought.
    ///
    /// A token that is the line end with the indent or the beginning of it stays. Another one, for
    /// instance with a deeper indent, would not be Python, and is replaced.
    pub(super) fn by(
        tokenizer: &Tokenizer,
        last: u32,
        indent: &[u8],
    ) -> Result<Option<Self>, TokenizerError> {
        let bytes = tokenizer.bytes(last)?;
        let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else { return Ok(None) };
        let wanted = [b"\n", indent].concat();
        let ending = match wanted.strip_prefix(&bytes[end..]) {
            Some(rest) => Self { keeps: true, tokens: encode(tokenizer, rest)? },
            None => {
                let text = [&bytes[..end], &wanted].concat();
                Self { keeps: false, tokens: encode(tokenizer, &text)? }
            }
        };
        Ok(Some(ending))
    }

    /// The ending of a thought that did not end by itself.
    pub(super) fn forced(tokenizer: &Tokenizer, indent: &[u8]) -> Result<Self, TokenizerError> {
        let wanted = [b"\n", indent].concat();
        Ok(Self { keeps: true, tokens: encode(tokenizer, &wanted)? })
    }
}

/// The white space between the last line end in `tokens` and their end.
pub(super) fn indent(tokenizer: &Tokenizer, tokens: &[u32]) -> Result<Vec<u8>, TokenizerError> {
    let mut indent = Vec::new();
    for &token in tokens.iter().rev() {
        let bytes = tokenizer.bytes(token)?;
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let own = bytes.iter().rev().take_while(|byte| is_blank(byte)).count();
        indent.splice(0..0, bytes[bytes.len() - own..].iter().copied());
        if own < bytes.len() {
            break;
        }
    }
    Ok(indent)
}

fn encode(tokenizer: &Tokenizer, bytes: &[u8]) -> Result<Vec<u32>, TokenizerError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    tokenizer.encode(&String::from_utf8_lossy(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_told_by_its_text() {
        for opening in ["#", " #", "    #", "##", "#!", "# TODO"] {
            assert!(begins_a_comment(opening.as_bytes()), "{opening}");
        }
        for other in ["", " ", "\n#", "a#", "\"#"] {
            assert!(!begins_a_comment(other.as_bytes()), "{other}");
        }
        assert!(is_empty(" # - #") && !is_empty("# a"));
    }
}
