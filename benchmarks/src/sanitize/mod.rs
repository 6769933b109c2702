//! Cuts a model's answer down to the program in it, as EvalPlus does before it grades.
//!
//! First the longest run of lines that is Python ([`window`]), then, of that, the imports and those
//! definitions that the entry point needs ([`definitions`]). A program that starts with an example
//! call, a model that talks before and after: both come out as the bare solution.
//!
//! The result is that of `evalplus.sanitize` 0.3.1 on CPython 3.11, quirks included: functions that
//! return nothing are dropped, and so are decorated ones. EvalPlus parses every pair of first and
//! last line; here the work is bounded by a multiple of the text's length. The rest that differs:
//!
//! - Where no two lines together are Python, the first line is what remains. If that is not Python
//!   either, it is kept whole; EvalPlus picks whatever fragments its forgiving parser finds in it.
//! - A text contrived to be read over and over gets the best window found within the bound.
//! - EvalPlus stops looking for a `return` in a function after some rare shapes of statements, such
//!   as half a dozen empty `with` blocks in a row. That is not imitated.

mod breaks;
mod definitions;
mod lines;
mod window;

use crate::syntax;

/// The program in `text` that defines `entry_point`.
///
/// Without an entry point every definition stays. Text without any definition or import comes back
/// as its longest run of lines that is Python.
///
/// ```
/// let answer = "Sure!\n\ndef double(x):\n    return 2 * x\n\nprint(double(4))\nHope this helps.";
/// assert_eq!(benchmarks::sanitize(answer, Some("double")), "def double(x):\n    return 2 * x");
/// ```
pub fn sanitize(text: &str, entry_point: Option<&str>) -> String {
    syntax::on_parser_stack(|| {
        let window = window::longest(text);
        let definitions = definitions::needed_by(entry_point, window);
        match definitions.trim_matches(is_python_space) {
            "" => window.to_owned(),
            kept => kept.to_owned(),
        }
    })
}

/// What `str.strip` of Python removes: a few control characters more than Unicode's white space.
fn is_python_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}
