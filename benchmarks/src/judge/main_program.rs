//! Answers that are the middle of a program: HumanEval-X.
//!
//! The program passes by ending well. JavaScript's `console.assert` only writes a line, so a program
//! in that language must also be silent, as its authors have it. A candidate that ends well by itself,
//! before its test, passes as well; strict rules therefore have nothing to say here.

use datasets::{Language, Problem};
use sandbox::{Ending, Execution, Limits, Sandbox};

use super::Judge;
use super::stdio::failure;
use super::tally::Tally;
use crate::{Candidate, Checker, Error, Outcome, TestCount, Verdict};

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_main(
        &self,
        problem: &Problem,
        beginning: &str,
        end: &str,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let source = [beginning, &candidate.source, "\n", end].concat();
        let tests = TestCount { total: 1, run: 0, passed: 0 };
        let ready = match self.made_ready(problem, source).await? {
            Ok(ready) => ready,
            Err((outcome, message)) => {
                return Ok(Tally::default().verdict(outcome, message, tests, "", None));
            }
        };
        let cpu = self.profile.program_time();
        let limits = Limits { cpu, wall: 10 * cpu, ..Limits::default() };
        let execution = self.run_job(problem, self.job_of(&ready, limits)).await?;
        let failed = complaint(problem.language, &execution);
        let tests = TestCount { run: 1, passed: usize::from(failed.is_none()), ..tests };
        let (outcome, message) = failed.unwrap_or((Outcome::Accepted, String::new()));
        Ok(Tally::of(&execution).verdict(outcome, message, tests, "", None))
    }
}

fn complaint(language: Language, execution: &Execution) -> Option<(Outcome, String)> {
    let stderr = execution.stderr.text();
    let last = stderr.trim_end().lines().last().unwrap_or_default().to_owned();
    let asserted = match language {
        // Aborting as the first process of its namespace, it ends by another signal than elsewhere.
        Language::Cpp => {
            matches!(execution.ending, Ending::Signalled(_)) && last.contains("Assertion")
        }
        Language::Python => last.starts_with("AssertionError"),
        Language::JavaScript => stderr.contains("Assertion failed"),
        _ => last.contains("assert"),
    };
    if asserted {
        return Some((Outcome::WrongAnswer, last));
    }
    if execution.ending == Ending::Exited(0) {
        let silent = stderr.is_empty() && execution.stdout.bytes.is_empty();
        return (language == Language::JavaScript && !silent)
            .then(|| (Outcome::WrongAnswer, "it wrote something".to_owned()));
    }
    failure(execution, Checker::Tokens, "")
}
