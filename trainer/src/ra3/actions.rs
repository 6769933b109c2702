//! Where the actions of a program begin.
//!
//! An action is a line of Python. It begins at the token that has the line's first character other
//! than white space, and ends before the next one begins: line ends, blank lines and the indent of the
//! next line belong to the action before. So at the beginning of an action the indent is known, a
//! comment at that indent is what a thought would be, and nothing of the line itself has been seen.
//! Tokenizers that merge a line end with the indent behind it do not matter.
//!
//! Lines whose beginning lies inside a token, which tokenizers of code hardly have, are part of the
//! line before.

use serde::{Deserialize, Serialize};

use crate::tokenizer::{Tokenizer, TokenizerError};

/// What counts as one action.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actions {
    /// A line, as the paper has it.
    #[default]
    Lines,
    /// A logical line: those within brackets, within triple quotes or behind a backslash go together.
    LogicalLines,
    /// The whole program: one thought for everything, which is BRiTE.
    Whole,
}

/// A program as tokens, cut into actions.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// What comes before the first action, and all actions.
    pub tokens: Vec<u32>,
    /// The first token of each action. None is 0: something has to say how likely a thought is.
    pub actions: Vec<usize>,
}

impl Program {
    /// A document of `text` behind `prompt`, which has a token at least, and before `end`, which is part
    /// of the last line. The text alone is cut, into logical lines or lines: what has one action for the
    /// whole takes the first of each piece.
    ///
    /// # Errors
    ///
    /// A number is no token.
    pub fn document(
        tokenizer: &Tokenizer,
        prompt: &[u32],
        text: &[u32],
        end: u32,
        actions: Actions,
    ) -> Result<Self, TokenizerError> {
        let mut lines = Lines::new(actions == Actions::LogicalLines);
        let mut beginnings = Vec::new();
        for (place, &token) in (prompt.len()..).zip(text) {
            if lines.push(tokenizer.bytes(token)?) {
                beginnings.push(place);
            }
        }
        Ok(Self { tokens: [prompt, text, &[end]].concat(), actions: beginnings })
    }

    /// The tokens of an action.
    pub fn action(&self, number: usize) -> &[u32] {
        let end = self.actions.get(number + 1).copied().unwrap_or(self.tokens.len());
        &self.tokens[self.actions[number]..end]
    }

    /// The part of the program with the actions from `first` on, up to `count` of them, behind all that
    /// comes before. The actions before are no actions of it.
    pub fn window(&self, first: usize, count: usize) -> Self {
        let last = first.saturating_add(count).min(self.actions.len());
        let end = self.actions.get(last).copied().unwrap_or(self.tokens.len());
        Self { tokens: self.tokens[..end].to_vec(), actions: self.actions[first..last].to_vec() }
    }

    /// The program in pieces of at most `most` tokens, each with the tokens before the first action in
    /// front. An action that is longer by itself is a piece, and cut off.
    pub fn pieces(&self, most: usize) -> Vec<Self> {
        let Some(&from) = self.actions.first() else { return Vec::new() };
        let mut pieces: Vec<Self> = Vec::new();
        for number in 0..self.actions.len() {
            let action = self.action(number);
            let fits = |piece: &&mut Self| piece.tokens.len() + action.len() <= most;
            if pieces.last_mut().filter(fits).is_none() {
                pieces.push(Self { tokens: self.tokens[..from].to_vec(), actions: Vec::new() });
            }
            let Some(piece) = pieces.last_mut() else { unreachable!("one was just put there") };
            piece.actions.push(piece.tokens.len());
            let room = most.saturating_sub(piece.tokens.len()).max(1);
            piece.tokens.extend(action.iter().take(room));
        }
        pieces
    }

    /// How many tokens its actions have.
    pub fn code_tokens(&self) -> usize {
        self.actions.first().map_or(0, |first| self.tokens.len() - first)
    }
}

/// Follows a program byte by byte.
struct Lines {
    /// Whether brackets, triple quotes and backslashes join lines.
    joins: bool,
    /// Whether only white space was seen since the last line end that ends an action.
    is_at_start: bool,
    depth: usize,
    within: Within,
    /// The last bytes, for what takes three: the newest is last.
    recent: [u8; 3],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Code,
    Comment,
    /// A string that ends with this quote, or with three of them.
    Text {
        quote: u8,
        triple: bool,
    },
}

impl Lines {
    fn new(joins: bool) -> Self {
        Self { joins, is_at_start: true, depth: 0, within: Within::Code, recent: [0; 3] }
    }

    /// Takes a token; says whether an action begins with it.
    fn push(&mut self, token: &[u8]) -> bool {
        let begins = self.is_at_start
            && token
                .iter()
                .find(|byte| !byte.is_ascii_whitespace() || **byte == b'\n')
                .is_some_and(|byte| *byte != b'\n');
        for &byte in token {
            self.follow(byte);
        }
        begins
    }

    fn follow(&mut self, byte: u8) {
        if self.joins {
            self.lex(byte);
        }
        let is_joined = self.joins
            && (self.depth > 0
                || matches!(self.within, Within::Text { triple: true, .. })
                || self.recent[2] == b'\\');
        match byte {
            b'\n' if !is_joined => self.is_at_start = true,
            byte if !byte.is_ascii_whitespace() => self.is_at_start = false,
            _ => {}
        }
        self.recent = [self.recent[1], self.recent[2], byte];
    }

    /// Knows as much of Python as is needed to see where brackets and strings end.
    fn lex(&mut self, byte: u8) {
        let [_, second, last] = self.recent;
        match self.within {
            Within::Comment if byte == b'\n' => self.within = Within::Code,
            Within::Comment => {}
            Within::Text { .. } if last == b'\\' => {
                // The byte is escaped, and escapes nothing.
                self.recent[2] = 0;
            }
            Within::Text { quote, triple: true } => {
                if byte == quote && last == quote && second == quote {
                    self.within = Within::Code;
                    self.recent = [0; 3];
                }
            }
            Within::Text { quote, triple: false } => {
                if byte == quote || byte == b'\n' {
                    self.within = Within::Code;
                }
            }
            Within::Code => match byte {
                b'#' => self.within = Within::Comment,
                b'(' | b'[' | b'{' => self.depth += 1,
                b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                b'"' | b'\'' => {
                    let triple = last == byte && second == byte;
                    if triple {
                        self.recent = [0; 3];
                    }
                    self.within = Within::Text { quote: byte, triple };
                }
                _ => {}
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The actions of a text whose tokens are these.
    fn cut(tokens: &[&str], joins: bool) -> Vec<usize> {
        let mut lines = Lines::new(joins);
        let begins = tokens.iter().map(|token| lines.push(token.as_bytes()));
        begins.enumerate().filter_map(|(place, begins)| begins.then_some(place)).collect()
    }

    #[test]
    fn an_action_begins_behind_the_indent_however_it_was_merged() {
        assert_eq!(
            cut(&["def", " f", "():", "\n   ", " return", " 1", "\n", "x"], false),
            [0, 4, 7]
        );
        assert_eq!(cut(&["a", "\n\n", "\n  ", "  ", "b", "\n"], false), [0, 4]);
    }

    #[test]
    fn a_line_that_begins_inside_a_token_is_part_of_the_line_before() {
        assert_eq!(cut(&["a", "\nb", "\n", "c"], false), [0, 3]);
        assert_eq!(cut(&["a\n", "\nb", "\n", "c"], false), [0, 3]);
    }

    #[test]
    fn brackets_and_triple_quotes_join_lines_if_that_is_asked_for() {
        let call: Vec<&str> = "f|(|\n|1|,|\n|)|\n|g".split('|').collect();
        assert_eq!(cut(&call, false).len(), 4);
        assert_eq!(cut(&call, true), [0, 8]);
        let text: Vec<&str> = "\"\"|\"|a \"(|\n|b|\"\"\"|\n|c|\n|d".split('|').collect();
        assert_eq!(cut(&text, true), [0, 7, 9]);
        let escaped: Vec<&str> = "'\\'('|\n|a|\\|\n|b|\n|# (|\n|c".split('|').collect();
        assert_eq!(cut(&escaped, true), [0, 2, 7, 9]);
    }

    #[test]
    fn a_window_keeps_what_comes_before_as_context() {
        let program = Program { tokens: (0..10).collect(), actions: vec![2, 4, 5, 8] };
        let window = program.window(1, 2);
        assert_eq!(window, Program { tokens: (0..8).collect(), actions: vec![4, 5] });
        assert_eq!((window.action(0), window.action(1)), (&[4][..], &[5, 6, 7][..]));
        assert_eq!(program.window(3, 9).tokens.len(), 10);
        assert_eq!(program.code_tokens(), 8);
    }

    #[test]
    fn pieces_hold_whole_actions_and_each_begins_like_the_program() {
        let program = Program { tokens: (0..10).collect(), actions: vec![1, 3, 4, 8] };
        let pieces = program.pieces(5);
        let tokens: Vec<&[u32]> = pieces.iter().map(|piece| &piece.tokens[..]).collect();
        assert_eq!(tokens, [&[0, 1, 2, 3][..], &[0, 4, 5, 6, 7], &[0, 8, 9]]);
        assert_eq!(pieces[0].actions, [1, 3]);
        assert_eq!(program.pieces(3)[2].tokens, [0, 4, 5]);
    }
}
