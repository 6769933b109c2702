//! Answers that are the middle of a program: HumanEval-X and MultiPL-E.
//!
//! The program passes by ending well. JavaScript's `console.assert` only writes a line, so a program
//! that is tested by it must also be silent, as the authors of HumanEval-X have it. A candidate that ends well by itself,
//! before its test, passes as well; strict rules therefore have nothing to say here.

use datasets::{Language, Problem};
use sandbox::{Ending, Execution, Limits, Sandbox};

use super::Judge;
use super::assembly::assemble;
use super::stdio::failure;
use super::tally::Tally;
use super::toolchain::{Ready, usual};
use crate::{Candidate, Checker, Error, Outcome, TestCount, Verdict};

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_main(
        &self,
        problem: &Problem,
        beginning: &str,
        end: &str,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let assembly = assemble(problem.language, beginning, &candidate.source, end);
        let tests = TestCount { total: 1, run: 0, passed: 0 };
        let made = match assembly.toolchain.or_else(|| usual(problem.language)) {
            Some(with) => self.made_by(with, problem, assembly.source, &assembly.beside).await?,
            None => Ok(Ready::Script(assembly.source)),
        };
        let ready = match (made, assembly.lacks) {
            (Ok(ready), _) => ready,
            (Err((Outcome::CompileError, _)), Some(lacking)) => {
                let message = format!("it uses `{lacking}`, which is not here");
                return Ok(Tally::default().verdict(Outcome::Ungraded, message, tests, "", None));
            }
            (Err((outcome, message)), _) => {
                return Ok(Tally::default().verdict(outcome, message, tests, "", None));
            }
        };
        let cpu = self.profile.program_time();
        let limits = Limits { cpu, wall: 10 * cpu, ..Limits::default() };
        let execution = self.run_job(problem, self.job_of(&ready, limits)).await?;
        let failed = complaint(problem.language, end, &execution);
        let tests = TestCount { run: 1, passed: usize::from(failed.is_none()), ..tests };
        let (outcome, message) = failed.unwrap_or((Outcome::Accepted, String::new()));
        Ok(Tally::of(&execution).verdict(outcome, message, tests, "", None))
    }
}

fn complaint(language: Language, end: &str, execution: &Execution) -> Option<(Outcome, String)> {
    let (stdout, stderr) = (execution.stdout.text(), execution.stderr.text());
    let said = |text: &str, mark: &str| {
        text.lines().find(|line| line.contains(mark)).map(|line| line.trim().to_owned())
    };
    let ended_well = execution.ending == Ending::Exited(0);
    let only_written = end.contains("console.assert");
    let asserted = match language {
        Language::JavaScript if only_written => said(&stderr, "Assertion failed"),
        _ if ended_well => None,
        Language::Cpp if !matches!(execution.ending, Ending::Signalled(_)) => None,
        // Aborting as the first process of its namespace, it ends by another signal than elsewhere.
        Language::Cpp => said(stderr.trim_end().lines().last().unwrap_or_default(), "Assertion"),
        Language::Python => {
            let last = stderr.trim_end().lines().last().unwrap_or_default();
            last.starts_with("AssertionError").then(|| last.to_owned())
        }
        Language::JavaScript | Language::TypeScript | Language::Java => {
            said(&stderr, "AssertionError")
        }
        // A test that panics ends otherwise.
        Language::Go if execution.ending == Ending::Exited(1) => {
            said(&stdout, "_test.go:").or_else(|| said(&stdout, "--- FAIL"))
        }
        Language::Go => None,
        Language::Rust => said(&stdout, "assertion").or_else(|| said(&stderr, "assertion")),
    };
    if let Some(line) = asserted {
        return Some((Outcome::WrongAnswer, line));
    }
    if ended_well {
        let silent = stderr.is_empty() && execution.stdout.bytes.is_empty();
        return (only_written && !silent)
            .then(|| (Outcome::WrongAnswer, "it wrote something".to_owned()));
    }
    failure(execution, Checker::Tokens, "")
}
