//! Finds the program in a chat answer.
//!
//! Models wrap programs in Markdown fences, and everybody who grades them cuts the program out a
//! little differently, so the rule is a choice of the profile and each rule is written down here.
//! A hostile answer may do anything with fences: nest them, leave them open, hide one in a thought
//! or in a docstring. Whatever it does, the outcome is defined, and takes one pass over the text.
//!
//! # What is a fenced block
//!
//! CommonMark's rules, as far as they matter for code:
//!
//! - A block opens on a line that holds only three or more backticks (or tildes) and an info string
//!   without backticks: `` ```python3 ``, `` ```py{} ``, `` ```` ``. Inline code opens nothing.
//! - It closes on a line that holds only at least as many of the same character, indented by at
//!   most three columns more than the opening. So a fence of four holds fences of three, and a
//!   fence in an indented docstring closes nothing.
//! - A block left open ends with the text.
//! - A block in a list is indented; as much white space as stands before its opening is taken off
//!   its lines.
//!
//! Zero-width characters and byte order marks before a fence are ignored. Blocks of nothing but
//! white space do not count, so an empty one cannot displace a program.
//!
//! Reasoning is no part of the answer: what stands before the last `</think>` is skipped, and an
//! open `<think>` ends the answer. Only [`Block::BetweenLastMarkers`] does neither, because
//! LiveCodeBench does not.

use std::borrow::Cow;

use datasets::Language;

use crate::syntax;

/// How a program is cut out of an answer.
///
/// ```
/// use benchmarks::{Block, Extraction};
/// use datasets::Language;
///
/// let answer = "First:\n```python\nx = 1\n```\nBetter:\n```python\nx = 2\n```\n";
/// let last = Extraction::of(Block::Last);
/// assert_eq!(last.source_in(answer, Language::Python).as_deref(), Some("x = 2\n"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extraction {
    block: Block,
    whole_text: bool,
}

/// Which part of an answer is the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Block {
    /// The first fenced block.
    First,
    /// The last fenced block.
    Last,
    /// The fenced block with the most bytes, the first of several.
    Longest,
    /// Everything before the first closing fence: the prompt ended by opening the block.
    Open,
    /// The lines between the last two lines that contain three backticks, as LiveCodeBench does it.
    BetweenLastMarkers,
}

impl Extraction {
    /// Take `block`, and nothing where the answer has none.
    pub const fn of(block: Block) -> Self {
        Self { block, whole_text: false }
    }

    /// Where there is no such block, take the whole answer if it is a program.
    pub const fn or_whole_text(self) -> Self {
        Self { whole_text: true, ..self }
    }

    /// The program in `answer`, if there is one.
    pub fn source_in(self, answer: &str, language: Language) -> Option<Cow<'_, str>> {
        let spoken = match self.block {
            Block::BetweenLastMarkers => answer,
            _ => without_thoughts(answer),
        };
        let block = match self.block {
            Block::First => fenced_blocks(spoken).next(),
            Block::Last => fenced_blocks(spoken).last(),
            Block::Longest => fenced_blocks(spoken)
                .reduce(|a, b| if b.source.len() > a.source.len() { b } else { a }),
            Block::Open => until_closed(spoken),
            Block::BetweenLastMarkers => between_last_markers(spoken),
        };
        match block {
            Some(block) => Some(block.dedented()),
            None if self.whole_text => parsable(spoken, language).map(Cow::Borrowed),
            None => None,
        }
    }
}

/// What the model said, as opposed to thought.
fn without_thoughts(answer: &str) -> &str {
    let spoken = answer.rsplit_once("</think>").map_or(answer, |(_, spoken)| spoken);
    spoken.split_once("<think>").map_or(spoken, |(spoken, _)| spoken)
}

/// The lines between two fences.
#[derive(Clone, Copy)]
struct Fenced<'t> {
    source: &'t str,
    /// White space before the opening fence, in bytes.
    indentation: usize,
}

impl<'t> Fenced<'t> {
    /// The source, moved left by the indentation of its fence.
    fn dedented(self) -> Cow<'t, str> {
        if self.indentation == 0 {
            return Cow::Borrowed(self.source);
        }
        let dedent = |line: &'t str| {
            let spaces =
                line.bytes().take(self.indentation).take_while(|byte| b" \t".contains(byte));
            &line[spaces.count()..]
        };
        Cow::Owned(self.source.split_inclusive('\n').map(dedent).collect())
    }
}

/// The fenced blocks of `text` that are not blank, in order.
fn fenced_blocks(text: &str) -> impl Iterator<Item = Fenced<'_>> {
    let mut lines = lines_of(text);
    std::iter::from_fn(move || {
        loop {
            let (start, opening) =
                lines.find_map(|(_, line, next)| Some((next, Fence::opening(line)?)))?;
            let closing = lines.find(|(_, line, _)| opening.is_closed_by(line));
            let end = closing.map_or(text.len(), |(at, ..)| at);
            let source = &text[start..end];
            if !source.trim().is_empty() {
                return Some(Fenced { source, indentation: opening.indentation });
            }
        }
    })
}

/// Each line with where it starts and where the next one does.
fn lines_of(text: &str) -> impl Iterator<Item = (usize, &str, usize)> {
    text.split_inclusive('\n').scan(0, |offset, line| {
        let start = *offset;
        *offset += line.len();
        Some((start, line, *offset))
    })
}

/// A line of backticks or tildes.
#[derive(Clone, Copy)]
struct Fence {
    character: char,
    length: usize,
    indentation: usize,
}

impl Fence {
    /// The fence that `line` opens a block with.
    fn opening(line: &str) -> Option<Self> {
        let (fence, info) = Self::split(line)?;
        let is_inline = fence.character == '`' && info.contains('`');
        (!is_inline).then_some(fence)
    }

    fn is_closed_by(self, line: &str) -> bool {
        let Some((fence, rest)) = Self::split(line) else { return false };
        fence.character == self.character
            && fence.length >= self.length
            && fence.indentation <= self.indentation + 3
            && rest.trim_matches(is_invisible).is_empty()
    }

    /// The fence at the start of `line`, and what follows it.
    fn split(line: &str) -> Option<(Self, &str)> {
        let text = line.trim_start_matches(is_invisible);
        let character = text.chars().next().filter(|first| matches!(first, '`' | '~'))?;
        let rest = text.trim_start_matches(character);
        let length = text.len() - rest.len();
        let indentation = line.bytes().take_while(|byte| b" \t".contains(byte)).count();
        (length >= 3).then_some((Self { character, length, indentation }, rest))
    }
}

/// White space, and characters that take no space at all.
fn is_invisible(character: char) -> bool {
    // Zero-width characters, marks of writing direction, and the byte order mark.
    let takes_no_space = matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    );
    character.is_whitespace() || takes_no_space
}

fn until_closed(text: &str) -> Option<Fenced<'_>> {
    let opening = Fence { character: '`', length: 3, indentation: 0 };
    let closing = lines_of(text).find(|(_, line, _)| opening.is_closed_by(line));
    let source = &text[..closing.map_or(text.len(), |(at, ..)| at)];
    (!source.trim().is_empty()).then_some(Fenced { source, indentation: 0 })
}

fn between_last_markers(text: &str) -> Option<Fenced<'_>> {
    let mut last_two = (None, None);
    for (at, line, next) in lines_of(text) {
        if line.contains("```") {
            last_two = (last_two.1, Some((at, next)));
        }
    }
    let (Some((_, start)), Some((end, _))) = last_two else { return None };
    let lines = &text[start..end];
    Some(Fenced { source: lines.strip_suffix('\n').unwrap_or(lines), indentation: 0 })
}

fn parsable(text: &str, language: Language) -> Option<&str> {
    let parses = match language {
        Language::Python => syntax::parses(text),
        // We read no other language; its compiler will.
        _ => true,
    };
    (parses && !text.trim().is_empty()).then_some(text)
}
