//! Answers that are whole programs: text in on standard input, text out on standard output.
//!
//! The candidate runs as a script, once for each test, and the expected text never enters its
//! process. A [`Checker`] says whether two outputs are the same.

use std::time::Duration;

use datasets::{Problem, TestCase};
use sandbox::{Ending, Execution, Job, Limits, Sandbox};

use super::driver::silence;
use super::length::at_length;
use super::tally::Tally;
use super::{Judge, MEMORY};
use crate::{Candidate, Checker, Error, Outcome, TestCount, Verdict};

/// What any program may print; most answers are far shorter.
pub(super) const OUTPUT: u64 = 4 << 20;

/// The most a program may print where this is expected of it.
pub(super) fn most_output(expected: &str) -> u64 {
    OUTPUT.max(2 * expected.len() as u64)
}

/// How programs are tested.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Compares what was written with what is expected.
    pub(super) checker: Checker,
    /// The processor time of each test.
    pub(super) time: Duration,
}

impl<S: Sandbox> Judge<S> {
    /// How our own problems are tested.
    pub(super) fn own_manner(&self) -> Manner {
        Manner { checker: Checker::Lines, time: self.profile.program_time() }
    }

    /// The first test that fails ends the judging, since each may cost a whole time limit.
    pub(super) async fn judge_stdio(
        &self,
        problem: &Problem,
        cases: &[TestCase],
        manner: Manner,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let mut tests = TestCount { total: cases.len(), run: 0, passed: 0 };
        let mut tally = Tally::default();
        for (number, case) in cases.iter().enumerate() {
            let execution = self.run_script(problem, candidate, case, manner.time).await?;
            tally = tally.and(Tally::of(&execution));
            tests.run += 1;
            if let Some((outcome, message)) = failure(&execution, manner.checker, &case.expected) {
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
        time: Duration,
    ) -> Result<Execution, Error> {
        // The interpreter's start is not the candidate's.
        let cpu = time + Duration::from_millis(100);
        let output = most_output(&case.expected);
        let limits = Limits { cpu, wall: 10 * cpu, memory: MEMORY, output, ..Limits::default() };
        let job = Job::python(&self.python, candidate.source.as_str())
            .stdin(case.stdin.as_bytes())
            .limits(limits);
        Box::pin(self.sandbox.run(job))
            .await
            .map_err(|source| Error::Sandbox { problem: problem.id.clone(), source })
    }
}

/// What is wrong with a run, or nothing.
pub(super) fn failure(
    execution: &Execution,
    checker: Checker,
    expected: &str,
) -> Option<(Outcome, String)> {
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
    let written = &execution.stdout;
    at_length(written.bytes.len() + expected.len(), || {
        checker.grade(&written.text(), expected).failure()
    })
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
