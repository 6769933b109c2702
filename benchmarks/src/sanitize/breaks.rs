//! The places between statements, where a window may start or end.

use std::ops::Range;

use ruff_python_ast::token::TokenKind;
use ruff_text_size::Ranged;

use super::lines::Lines;
use crate::syntax::Reading;

/// What was learnt about the lines of a window while it was read.
#[derive(Default)]
pub(super) struct Breaks {
    /// Last lines of windows that are complete, in order.
    pub(super) ends: Vec<usize>,
    /// Lines that need not be tried as starts: to start there is to read on from here.
    pub(super) covered: Vec<Range<usize>>,
}

impl Breaks {
    /// The breaks of a window that was read from line `first`, up to the line of its fault.
    pub(super) fn before(fault: usize, first: usize, lines: &Lines<'_>, reading: &Reading) -> Self {
        let mut walk = Walk::new(first, lines);
        for token in reading.module.tokens() {
            let line = lines.line_of(lines.start(first) + token.start().to_usize());
            if line >= fault {
                break;
            }
            walk.take(token.kind(), line);
        }
        walk.leave_gap(fault);
        walk.breaks
    }
}

/// The state between two tokens.
struct Walk<'l, 't> {
    lines: &'l Lines<'t>,
    first: usize,
    /// Where the gap between two logical lines began, if the walk is in one.
    gap: Option<usize>,
    /// Whether a window may end in this gap. An empty module is complete.
    is_complete: bool,
    /// The first token of the last logical line.
    head: TokenKind,
    /// The last token that is not a line break or a comment.
    previous: TokenKind,
    /// For each block around this place, whether it is the body of a `try`.
    blocks: Vec<bool>,
    breaks: Breaks,
}

impl<'l, 't> Walk<'l, 't> {
    fn new(first: usize, lines: &'l Lines<'t>) -> Self {
        Self {
            lines,
            first,
            gap: Some(first),
            is_complete: true,
            head: TokenKind::EndOfFile,
            previous: TokenKind::EndOfFile,
            blocks: Vec::new(),
            breaks: Breaks::default(),
        }
    }

    fn take(&mut self, token: TokenKind, line: usize) {
        match token {
            TokenKind::Comment | TokenKind::NonLogicalNewline => {}
            TokenKind::Indent => self.blocks.push(self.head == TokenKind::Try),
            TokenKind::Dedent => drop(self.blocks.pop()),
            TokenKind::Newline => self.enter_gap(line + 1),
            _ => {
                if self.leave_gap(line) {
                    self.head = token;
                    self.breaks.covered.push(line..line + 1);
                }
                self.previous = token;
            }
        }
    }

    fn enter_gap(&mut self, line: usize) {
        let wants_more = self.previous == TokenKind::Colon
            || matches!(self.head, TokenKind::At | TokenKind::Try)
            || self.blocks.contains(&true);
        self.is_complete = !wants_more;
        self.gap = Some(line);
    }

    /// Whether there was a gap to leave.
    fn leave_gap(&mut self, line: usize) -> bool {
        let Some(start) = self.gap.take() else { return false };
        if self.is_complete {
            self.breaks.ends.extend(self.lines.window_end(self.first, line));
            self.breaks.covered.push(start..line);
        }
        true
    }
}
