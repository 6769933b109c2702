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
const EFFORT: usize = 16;

/// Bytes that may be parsed in any case, a fraction of a second's work: short texts get the exact
/// answer, however contrived.
const LEAST_EFFORT: usize = 4 << 20;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn longest_on_its_stack(text: &str) -> &str {
        syntax::on_parser_stack(|| longest(text))
    }

    /// EvalPlus' own search: every pair of lines.
    fn longest_of_all(text: &str) -> &str {
        let lines = Lines::new(text);
        let mut best = Window::default();
        for first in 0..lines.count() {
            for last in first + 1..lines.count() {
                let nonblank = lines.nonblank(first, last);
                if nonblank > best.nonblank && syntax::parse(lines.text(first, last)).is_some() {
                    best = Window { first, last, nonblank };
                }
            }
        }
        lines.text(best.first, best.last)
    }

    #[test]
    fn prose_around_a_program_is_left_out() {
        let program = "import math\n\ndef f():\n    return math.pi\n";
        let answer = format!("Sure, here it is:\n\n{program}\nThat is it.");
        assert_eq!(longest_on_its_stack(&answer).trim(), program.trim());
    }

    #[test]
    fn a_body_that_is_cut_off_keeps_what_is_complete() {
        let answer = "def f():\n    x = 1\n    if x:\n        y = (1 +";
        assert_eq!(longest_on_its_stack(answer), "def f():\n    x = 1");
    }

    #[test]
    fn a_try_without_its_handler_ends_the_window_before_it() {
        let answer = "x = 1\ny = 2\ntry:\n    a()\n    b()\nprose comes here";
        assert_eq!(longest_on_its_stack(answer), "x = 1\ny = 2");
    }

    #[test]
    fn a_docstring_longer_than_the_lines_before_it_is_no_fault() {
        let answer = format!("x = 1\n\"\"\"\n{}\"\"\"\ny = 2", "It's prose.\n".repeat(100));
        assert_eq!(longest_on_its_stack(&answer), answer);
    }

    #[test]
    fn the_first_of_equally_long_windows_counts_with_the_blank_lines_before_it() {
        let answer = "no code\n\n\nx = 1\ny = 2\n\nno code\na = 1\nb = 2";
        assert_eq!(longest_on_its_stack(answer), "\n\nx = 1\ny = 2");
    }

    #[test]
    fn a_window_has_two_lines_or_is_the_first_line() {
        assert_eq!(longest_on_its_stack("no code\nx = 1\nno code"), "no code");
        assert_eq!(longest_on_its_stack("no code\nx = 1\n\nno code"), "x = 1\n");
        assert_eq!(longest_on_its_stack(""), "");
    }

    fn texts() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            Just(""),
            Just("x = 1"),
            Just("    x = 2"),
            Just("        y"),
            Just("def f():"),
            Just("    def g():"),
            Just("class A:"),
            Just("try:"),
            Just("    try:"),
            Just("except E:"),
            Just("    except: pass"),
            Just("finally:"),
            Just("else:"),
            Just("if x:"),
            Just("@d"),
            Just("\"\"\""),
            Just("    '''"),
            Just("    \"\"\" Doc. \"\"\""),
            Just("# note"),
            Just("    # deep note"),
            Just("x = ("),
            Just("    1,"),
            Just(")"),
            Just("y = {'a':"),
            Just("}"),
            Just("Here is prose."),
            Just("It's prose"),
            Just("- item"),
            Just("x = \\"),
            Just("   "),
            Just("f'{x'"),
            Just("for i in x: pass"),
            Just("match x:"),
            Just("    case 1:"),
            Just("try: x"),
            Just("\tx = 3"),
            Just("return"),
            Just("x; y = 1;"),
            Just("lambda:"),
        ];
        prop::collection::vec(line, 0..14).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn the_search_finds_what_trying_every_pair_finds(text in texts()) {
            prop_assert_eq!(longest_on_its_stack(&text), syntax::on_parser_stack(|| longest_of_all(&text)));
        }
    }
}
