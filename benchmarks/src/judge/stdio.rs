//! Answers that are whole programs: text in on standard input, text out on standard output.
//!
//! The candidate runs as a script, once for each test, and the expected text never enters its
//! process. Two outputs are the same when they have the same lines, leaving aside white space at
//! both ends of each line and blank lines at both ends of the text.

use std::time::Duration;

use datasets::{Problem, TestCase};
use sandbox::{Ending, Execution, Job, Limits, Sandbox};

use super::Judge;
use super::driver::silence;
use super::tally::Tally;
use crate::{Candidate, Error, Outcome, TestCount, Verdict};

/// The most a program may print; a correct answer to our problems prints far less.
const OUTPUT: u64 = 4 << 20;

impl<S: Sandbox> Judge<S> {
    /// The first test that fails ends the judging, since each may cost a whole time limit.
    pub(super) async fn judge_stdio(
        &self,
        problem: &Problem,
        cases: &[TestCase],
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let mut tests = TestCount { total: cases.len(), run: 0, passed: 0 };
        let mut tally = Tally::default();
        for (number, case) in cases.iter().enumerate() {
            let execution = self.run_script(problem, candidate, case).await?;
            tally = tally.and(Tally::of(&execution));
            tests.run += 1;
            if let Some((outcome, message)) = failure(&execution, &case.expected) {
                let message = format!("{message} on test {number}");
                return Ok(tally.verdict(outcome, message, tests, "", None));
            }
            tests.passed += 1;
        }
        Ok(tally.verdict(Outcome::Accepted, String::new(), tests, "", None))
    }

    async fn run_script(
        &self,
        problem: &Problem,
        candidate: &Candidate,
        case: &TestCase,
    ) -> Result<Execution, Error> {
        // The interpreter's start is not the candidate's.
        let cpu = self.profile.program_time() + Duration::from_millis(100);
        let limits = Limits { cpu, wall: 10 * cpu, output: OUTPUT, ..Limits::default() };
        let job = Job::python(&self.python, candidate.source.as_str())
            .stdin(case.stdin.as_bytes())
            .limits(limits);
        Box::pin(self.sandbox.run(job))
            .await
            .map_err(|source| Error::Sandbox { problem: problem.id.clone(), source })
    }
}

/// What is wrong with a run, or nothing.
fn failure(execution: &Execution, expected: &str) -> Option<(Outcome, String)> {
    if execution.ending != Ending::Exited(0) {
        let stderr = execution.stderr.text();
        let last = stderr.trim_end().lines().last().unwrap_or_default();
        return Some(match execution.ending {
            Ending::Exited(_) if execution.out_of_memory() => silence(execution),
            Ending::Exited(_) if is_syntax_error(&stderr) => {
                (Outcome::CompileError, last.to_owned())
            }
            Ending::Exited(code) => {
                (Outcome::RuntimeError, format!("it ended with exit code {code}: {last}"))
            }
            _ => silence(execution),
        });
    }
    let written = execution.stdout.text();
    let line = first_difference(&written, expected)?;
    Some((Outcome::WrongAnswer, format!("line {line} of its output is not the expected one")))
}

/// Whether the interpreter refused the script itself: the place it names last is in the script and
/// in no function or module of it.
fn is_syntax_error(stderr: &str) -> bool {
    let last = stderr.trim_end().lines().last().unwrap_or_default();
    let mut places = stderr.lines().rev().filter(|line| line.trim_start().starts_with("File \""));
    let place = places.next().unwrap_or_default();
    ["SyntaxError", "IndentationError", "TabError"].iter().any(|name| last.starts_with(name))
        && place.contains("main.py\", line ")
        && !place.contains(", in ")
}

/// The number of the first line in which two texts differ, counted from 1.
fn first_difference(written: &str, expected: &str) -> Option<usize> {
    let lines = |text: &str| text.trim().lines().map(|line| line.trim().to_owned()).collect();
    let (written, expected): (Vec<String>, Vec<String>) = (lines(written), lines(expected));
    let common = written.iter().zip(&expected).take_while(|(one, other)| one == other).count();
    (common < written.len().max(expected.len())).then_some(common + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_lines_and_around_the_text_is_nothing() {
        assert_eq!(first_difference("1 2 \r\n 3\n\n", "1 2\n3"), None);
    }

    #[test]
    fn white_space_within_a_line_and_blank_lines_within_the_text_count() {
        assert_eq!(first_difference("1  2", "1 2"), Some(1));
        assert_eq!(first_difference("1\n\n2", "1\n2"), Some(2));
    }

    #[test]
    fn a_syntax_error_is_the_scripts_own_only_where_the_script_is_refused() {
        let refused = "  File \"/box/main.py\", line 1\n    print(3\n         ^\n\
                       SyntaxError: '(' was never closed\n";
        assert!(is_syntax_error(refused));
        let raised = "Traceback (most recent call last):\n  File \"/box/main.py\", line 2, in \
                      <module>\n    exec('print(3')\n  File \"<string>\", line 1\n    print(3\n\
                      SyntaxError: '(' was never closed\n";
        assert!(!is_syntax_error(raised));
        assert!(!is_syntax_error("ValueError: no\n"));
    }

    #[test]
    fn a_missing_last_line_is_a_difference() {
        assert_eq!(first_difference("1", "1\n2"), Some(2));
        assert_eq!(first_difference("", "1"), Some(1));
    }
}
