//! Answers whose tests are claims: calls go in, results come out, and they are compared here.

use std::time::Duration;

use datasets::{Problem, Shapes};
use sandbox::Sandbox;

use super::super::Judge;
use super::super::driver::{Driver, Finding};
use super::super::length::at_length;
use super::super::marshal;
use super::calls::{self, Answer, Called, Calls};
use super::claims::Claim;
use crate::syntax::imports_of;
use crate::{Candidate, Error, Outcome, TestCount, Verdict};

/// What claims are about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    /// Source of the tests, of which the candidate finds what it imports.
    pub(super) setup: &'a str,
    /// The candidate's function.
    pub(super) function: &'a str,
    /// The processor time of all calls together.
    pub(super) time: Duration,
}

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_claims(
        &self,
        problem: &Problem,
        About { setup, function, time }: About<'_>,
        claims: &[Claim],
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let inputs = marshal::encode_calls(claims.iter().map(|claim| &claim.arguments));
        let imports = imports_of(setup);
        let calls = Calls {
            driver: Driver::Calls,
            setup: &imports,
            function,
            inputs: &inputs,
            each: &[],
            together: time,
            goes_on: true,
            shapes: &Shapes::default(),
            expected_bytes: inputs.len() as u64,
            limits: calls::limits(time),
        };
        let called = self.call(problem, candidate, calls).await?;
        let holds = |(answer, claim): (&(Answer, f64), &Claim)| claim.is_met_by(&answer.0);
        let answers = called.answers.iter().zip(claims);
        let met: Vec<bool> = at_length(called.run.bytes(), || answers.map(holds).collect());
        Ok(verdict(called, &met, claims.len(), time))
    }
}

impl Claim {
    fn is_met_by(&self, answer: &Answer) -> bool {
        match answer {
            Answer::Value(_) => answer.value().is_some_and(|it| self.expectation.holds(&it)),
            Answer::Object(_) => self.expectation.holds_for_an_object(),
            Answer::Large | Answer::Raised(_) => false,
        }
    }
}

/// The verdict on calls of which `met` says which were answered rightly, out of `total`.
pub(super) fn verdict(called: Called, met: &[bool], total: usize, time: Duration) -> Verdict {
    let Called { run, answers, late } = called;
    let passed = met.iter().filter(|it| **it).count();
    let tests = TestCount { total, run: met.len(), passed };
    let wrong = met.iter().position(|met| !met);
    let finding = run.finding();
    let (outcome, message) = match (&finding, wrong) {
        (None, _) => run.silence(),
        (Some(finding), _) if finding.how == "timed out" => too_late(finding, met.len(), time),
        (Some(_), None) if let Some(at) = late => {
            (Outcome::TimeLimit, format!("it took longer than it may in call {at}"))
        }
        (Some(finding), None) if finding.how == "failed" => (finding.outcome(), finding.describe()),
        (Some(_), Some(at)) => {
            let (answer, _) = &answers[at];
            let outcome = match answer {
                Answer::Raised(words) => raised(words),
                Answer::Value(_) | Answer::Object(_) | Answer::Large => Outcome::WrongAnswer,
            };
            (outcome, format!("{} in call {at}", answer.complaint()))
        }
        (Some(_), None) if passed < total => {
            (Outcome::OutputLimit, "it returned more than it may".to_owned())
        }
        (Some(_), None) => (Outcome::Accepted, String::new()),
    };
    let written = finding.map(|finding| finding.written).unwrap_or_default();
    run.tally().verdict(outcome, message, tests, &written, None)
}

fn too_late(finding: &Finding, at: usize, time: Duration) -> (Outcome, String) {
    (finding.outcome(), format!("it took longer than {time:?} in call {at}"))
}

/// The outcome of an exception in words.
fn raised(words: &str) -> Outcome {
    match words.split([':', ' ']).next() {
        Some("MemoryError") => Outcome::MemoryLimit,
        Some("SystemExit") => Outcome::EarlyExit,
        _ => Outcome::RuntimeError,
    }
}
