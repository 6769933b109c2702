//! Contest problems by the rules of LiveCodeBench's own grader.
//!
//! All tests of a candidate run in one process, where the grader's code (see
//! `drivers/livecodebench.py`) compares as well, because published scores depend on what it does
//! there. Its limits: so many seconds for each test, and the same and one more for each of them all
//! together, and five. Whatever ends the process before the grader can speak is its code -5.

use std::time::Duration;

use datasets::{Case, Problem, TestCase, Tests, Value};
use sandbox::{Limits, Sandbox};

use super::driver::{Driver, Finding, Run};
use super::marshal::{self, Order};
use super::{Judge, MEMORY};
use crate::{Candidate, Error, LiveCodeBenchCode, Outcome, TestCount, Upstream, Verdict};

/// The processor time of each test: the grader's default.
pub(super) const TEST_TIME: Duration = Duration::from_secs(6);

/// What the grader says of a process that told it nothing.
const SILENCE: &str = r#"{"error": "IndexError('list index out of range')", "error_code": -5, "error_message": "TestRunnerError"}"#;

/// The most that is told, most of which is an exception's text.
const REPORT: u64 = 1 << 20;

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_as_livecodebench(
        &self,
        problem: &Problem,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let tests = match &problem.tests {
            Tests::Functional { cases, .. } => cases.iter().map(call).collect::<Vec<_>>(),
            Tests::InputOutput(cases) => cases.iter().map(texts).collect(),
            _ => return Err(self.unsuited(problem, "it is neither a method nor a program")),
        };
        let total = tests.len();
        let function = match &problem.entry_point {
            Some(name) => Value::Str(name.clone()),
            None => Value::None,
        };
        let order = Order::new()
            .value(&function)
            .text(&candidate.source)
            .bytes(&marshal::encode(&Value::List(tests)))
            .seconds(TEST_TIME);
        let report = REPORT + 16 * total as u64;
        let run = self.drive(problem, Driver::LiveCodeBench, order, report, limits(total)).await?;
        Ok(verdict(&run, total))
    }
}

fn call(case: &Case) -> Value {
    Value::List(vec![Value::List(case.arguments.clone()), case.expected.clone()])
}

fn texts(case: &TestCase) -> Value {
    Value::List(vec![Value::Str(case.stdin.clone()), Value::Str(case.expected.clone())])
}

/// The grader's limit on all tests together.
fn limits(tests: usize) -> Limits {
    let tests = u32::try_from(tests).unwrap_or(u32::MAX);
    let cpu = (TEST_TIME + Duration::from_secs(1)).saturating_mul(tests) + Duration::from_secs(5);
    Limits { cpu, wall: cpu.saturating_mul(2), memory: MEMORY, ..Limits::default() }
}

fn verdict(run: &Run, total: usize) -> Verdict {
    let Some(finding) = run.finding() else {
        let (outcome, message) = run.silence();
        let upstream = Upstream::LiveCodeBench {
            results: vec![LiveCodeBenchCode::WrongOutput],
            metadata: SILENCE.to_owned(),
        };
        let tests = TestCount { total, run: 0, passed: 0 };
        return run.tally().verdict(outcome, message, tests, "", Some(upstream));
    };
    let results: Vec<LiveCodeBenchCode> = run.told.iter().filter_map(code).collect();
    let passed = results.iter().filter(|code| **code == LiveCodeBenchCode::Right).count();
    let (outcome, message) = match results.iter().position(|code| *code != LiveCodeBenchCode::Right)
    {
        // Where there is no test, the grader finds none that fails.
        None => (Outcome::Accepted, String::new()),
        Some(at) => (outcome(results[at], &finding), format!("{} on test {at}", said(&finding))),
    };
    let tests = TestCount { total, run: results.len(), passed };
    let upstream = Upstream::LiveCodeBench { results, metadata: finding.text };
    run.tally().verdict(outcome, message, tests, "", Some(upstream))
}

fn code(told: &Value) -> Option<LiveCodeBenchCode> {
    let Value::Int(code) = told else { return None };
    i8::try_from(code).ok()?.try_into().ok()
}

fn outcome(code: LiveCodeBenchCode, finding: &Finding) -> Outcome {
    match code {
        LiveCodeBenchCode::Right => Outcome::Accepted,
        LiveCodeBenchCode::WrongValue | LiveCodeBenchCode::WrongOutput => Outcome::WrongAnswer,
        LiveCodeBenchCode::OutOfTime if finding.name == "idle" => Outcome::Idle,
        LiveCodeBenchCode::OutOfTime => Outcome::TimeLimit,
        // An assertion of the candidate's own is no comparison with what is expected.
        LiveCodeBenchCode::Exception if finding.name == "AssertionError" => Outcome::RuntimeError,
        LiveCodeBenchCode::Exception => finding.outcome(),
    }
}

fn said(finding: &Finding) -> String {
    match (finding.stage.as_str(), finding.name.as_str()) {
        ("wrong", _) => "it gave a wrong answer".to_owned(),
        ("time", _) => format!("it took longer than {TEST_TIME:?}"),
        _ => {
            let place =
                if finding.line > 0 { format!(" (line {})", finding.line) } else { String::new() };
            format!("{}{place}", finding.name)
        }
    }
}
