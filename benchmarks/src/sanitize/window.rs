//! The longest run of lines that is Python.
//!
//! # Theory of operation
//!
//! EvalPlus parses every pair of first and last line and keeps the window with the most lines that
//! are not blank, the first of several. That is quadratic in parses, each linear in the text, and a
//! long answer takes minutes. Three facts lead to the same window with few parses:
//!
//! - Python is read from left to right. If a text that starts at some line has its first fault on a
//!   later line, then every window from the same start either ends before that line or is faulty.
//! - A window can end only where a statement does: after a logical line that opens no block, is no
//!   decorator and is no `try` that still waits for its `except`. The last such place before the
//!   fault is the best one, and one parse confirms it.
//! - A line that began a statement at the top level while another window was read needs no reading
//!   of its own: it would meet the same fault and have fewer lines.
//!
//! Where the fault lies is found by doubling, so that prose in front of a program is given up after
//! two lines. Text can still be contrived to be read over and over (`(` on every line). The work is
//! therefore bounded by a multiple of the text's length; when that is spent the best window found
//! so far stands.

use super::breaks::Breaks;
use super::lines::Lines;
use crate::syntax::{self, Reading};

/// Bytes that may be parsed for each byte of text. Ordinary answers need fewer than eight.
const EFFORT: usize = 32;

/// Bytes that may be parsed in any case, about half a second's work: short texts get the exact
/// answer, however contrived.
const LEAST_EFFORT: usize = 16 << 20;

/// The longest run of lines of `text` that is Python, the first of several; its first line if none
/// of two lines or more is. Call it within [`syntax::on_parser_stack`].
pub(super) fn longest(text: &str) -> &str {
    let mut search = Search::new(text);
    let last = search.lines.last();
    for first in 0..=last {
        if search.lines.nonblank(first, last) <= search.best.nonblank {
            break;
        }
        if !search.covered[first] && search.lines.may_start_a_module(first) {
            let Ok(()) = search.from(first) else { break };
        }
    }
    search.lines.text(search.best.first, search.best.last)
}

/// A window by its first and last line.
#[derive(Clone, Copy, Default)]
struct Window {
    first: usize,
    last: usize,
    /// How many of its lines are not blank.
    nonblank: usize,
}

/// The effort is spent.
struct Spent;

struct Search<'t> {
    lines: Lines<'t>,
    /// Lines that began a statement while a window was read.
    covered: Vec<bool>,
    best: Window,
    /// Bytes that may still be parsed.
    effort: usize,
}

impl<'t> Search<'t> {
    fn new(text: &'t str) -> Self {
        let lines = Lines::new(text);
        let covered = vec![false; lines.count()];
        let effort = LEAST_EFFORT.max(text.len().saturating_mul(EFFORT));
        Self { lines, covered, best: Window::default(), effort }
    }

    /// Look for the best window that starts at line `first`.
    fn from(&mut self, first: usize) -> Result<(), Spent> {
        let Some(reach) = self.reach(first)? else { return Ok(()) };
        let breaks = Breaks::before(reach.end, first, &self.lines, &reach.reading);
        for lines in breaks.covered {
            self.covered[lines].fill(true);
        }
        for last in breaks.ends.into_iter().rev() {
            let nonblank = self.lines.nonblank(first, last);
            if nonblank <= self.best.nonblank {
                break;
            }
            if self.read(first, last)?.is_some_and(|reading| reading.fault.is_none()) {
                self.best = Window { first, last, nonblank };
                break;
            }
        }
        Ok(())
    }

    /// How far the text can be read from line `first`; `None` if it nests too deep at once.
    fn reach(&mut self, first: usize) -> Result<Option<Reach>, Spent> {
        let mut reach = None;
        for height in (1..).map(|doublings| 1 << doublings) {
            let last = self.lines.last().min(first + height - 1);
            let Some(reading) = self.read(first, last)? else { break };
            let start = self.lines.start(first);
            let end = match &reading.fault {
                Some(fault) => self.lines.line_of(start + fault.start),
                None => last + 1,
            };
            let is_settled = reading.is_faulty_however_it_goes_on();
            reach = Some(Reach { reading, end });
            if last == self.lines.last() || is_settled {
                break;
            }
        }
        Ok(reach)
    }

    fn read(&mut self, first: usize, last: usize) -> Result<Option<Reading>, Spent> {
        let text = self.lines.text(first, last);
        self.effort = self.effort.checked_sub(text.len()).ok_or(Spent)?;
        Ok(syntax::read(text))
    }
}

/// A text read from some line on.
struct Reach {
    reading: Reading,
    /// The line of the first fault, or the line after the last that was read.
    end: usize,
}
