//! Answers compared with a reference: EvalPlus' way.
//!
//! The original inputs and the added ones are two runs, each in its own process. The added ones
//! are run even where the original ones fail, and a candidate passes when both pass.

use std::time::Duration;

use datasets::{Differential, Problem, Value};
use sandbox::{Limits, Sandbox};

use super::driver::{Driver, Run};
use super::expected::Side;
use super::{Judge, limits_around, text};
use crate::{Candidate, Error, EvalPlusStatus, Outcome, Profile, TestCount, Upstream, Verdict};

/// How much longer than the reference an answer may take on one input.
const REFERENCE_FACTOR: f64 = 4.0;

/// The most time that all inputs of one run have together.
const MOST_TOGETHER: Duration = Duration::from_secs(60);

/// EvalPlus adds a second to that and then waits one more before it kills a program.
const GRACE: Duration = Duration::from_secs(2);

/// The address space that EvalPlus leaves to a program.
///
/// Its limit of 4 GiB counts what the program's process is forked with, and that is the expected
/// values of the whole suite: measured with 0.3.1, they and its own modules take 3.1 to 3.3 GiB for
/// MBPP+ and about 1 GiB for HumanEval+. This is why it fails its own reference for Mbpp/255, whose
/// result takes 1.04 GiB. Here a process holds the values of one task, so the others are left out of
/// its memory and out of its limit.
fn room(suite: Suite) -> u64 {
    match suite {
        Suite::HumanEval => 3 << 30,
        Suite::Mbpp => 900 << 20,
    }
}

/// What the interpreter itself takes.
const INTERPRETER: u64 = 64 << 20;

/// How often a driver holds its order while it takes it apart.
const COPIES: u64 = 3;

/// The two suites of EvalPlus. Some oracles belong to one of them.
#[derive(Clone, Copy)]
enum Suite {
    HumanEval,
    Mbpp,
}

impl Suite {
    fn of(problem: &Problem) -> Self {
        if problem.id.starts_with("Mbpp/") { Self::Mbpp } else { Self::HumanEval }
    }

    fn name(self) -> &'static str {
        match self {
            Self::HumanEval => "humaneval",
            Self::Mbpp => "mbpp",
        }
    }
}

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_differential(
        &self,
        problem: &Problem,
        tests: &Differential,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let expected = self.expected_values(problem, tests).await?;
        let base = self.judge_side(problem, tests.atol, candidate, &expected.base).await?;
        let plus = self.judge_side(problem, tests.atol, candidate, &expected.plus).await?;

        let tests = TestCount {
            total: base.tests.total + plus.tests.total,
            run: base.tests.run + plus.tests.run,
            passed: base.tests.passed + plus.tests.passed,
        };
        let upstream = Upstream::EvalPlus {
            base: base.status,
            plus: plus.status,
            base_fail_tests: base.failed.into_iter().collect(),
            plus_fail_tests: plus.failed.into_iter().collect(),
        };
        let (outcome, message) = match (base.status, plus.status) {
            (EvalPlusStatus::Pass, _) if plus.message.is_empty() => (plus.outcome, plus.message),
            (EvalPlusStatus::Pass, _) => (plus.outcome, format!("added input {}", plus.message)),
            _ => (base.outcome, format!("original input {}", base.message)),
        };
        Ok(base.run.tally().and(plus.run.tally()).verdict(
            outcome,
            message,
            tests,
            "",
            Some(upstream),
        ))
    }

    async fn judge_side(
        &self,
        problem: &Problem,
        atol: f64,
        candidate: &Candidate,
        side: &Side,
    ) -> Result<Judged, Error> {
        let limits = self.input_limits(&side.seconds);
        let together = limits.iter().sum::<Duration>().min(MOST_TOGETHER);
        let suite = Suite::of(problem);
        let order = vec![
            text(suite.name()),
            text(self.entry_point(problem)?),
            text(&candidate.source),
            Value::Bytes(side.inputs.clone()),
            Value::Bytes(side.results.clone()),
            Value::List(limits.iter().map(|limit| Value::Float(limit.as_secs_f64())).collect()),
            Value::Float(atol),
            Value::Bool(self.profile == Profile::EvalPlusMaster),
        ];
        let order_size = (side.inputs.len() + side.results.len()) as u64;
        let address_space = room(suite) + INTERPRETER + COPIES * order_size;
        let job_limits =
            Limits { address_space: Some(address_space), ..limits_around(together, GRACE) };
        let report = (64 << 10) + limits.len() as u64;
        let run = self.drive(problem, Driver::EvalPlus, order, report, job_limits).await?;
        Ok(Judged::from(run, &limits))
    }

    /// The processor time that each input has.
    fn input_limits(&self, reference_seconds: &[f64]) -> Vec<Duration> {
        let least = self.profile.least_input_time();
        reference_seconds
            .iter()
            .map(|seconds| least.max(Duration::from_secs_f64(REFERENCE_FACTOR * seconds.max(0.0))))
            .collect()
    }
}

/// One run over either the original inputs or the added ones.
struct Judged {
    run: Run,
    status: EvalPlusStatus,
    outcome: Outcome,
    message: String,
    tests: TestCount,
    /// The input that EvalPlus names as the failing one: the last that it got a note for, even
    /// where the program died on the one after it.
    failed: Option<usize>,
}

impl Judged {
    fn from(run: Run, limits: &[Duration]) -> Self {
        let each = run.each_test();
        let tests = TestCount {
            total: limits.len(),
            run: each.len(),
            passed: each.iter().filter(|passed| **passed).count(),
        };
        let finding = run.finding();
        let at = each.iter().position(|passed| !passed);
        let (status, outcome, message) = match finding {
            None => {
                let (outcome, message) = run.silence();
                (EvalPlusStatus::Timeout, outcome, format!("{}: {message}", each.len()))
            }
            Some(finding) if finding.how == "pass" && each.len() == limits.len() => {
                (EvalPlusStatus::Pass, Outcome::Accepted, String::new())
            }
            Some(finding) if finding.how == "pass" => {
                let message = "any: EvalPlus 0.3.1 takes no note of a right zero of a polynomial \
                               and then misses it, so it fails every answer to this task";
                (EvalPlusStatus::Fail, Outcome::WrongAnswer, message.to_owned())
            }
            Some(finding) => {
                let message = match (finding.stage.as_str(), at) {
                    _ if finding.name == "MemoryError" => format!(
                        "{}; EvalPlus holds the expected values of the whole suite in the \
                         memory of the program",
                        finding.describe()
                    ),
                    ("time", Some(at)) => format!("it took longer than {:?}", limits[at]),
                    ("wrong", _) if finding.text.is_empty() => "it returned a wrong value".into(),
                    ("wrong", _) => finding.text.clone(),
                    _ => finding.describe(),
                };
                let at = at.map_or("none".to_owned(), |at| at.to_string());
                (EvalPlusStatus::Fail, outcome(&finding), format!("{at}: {message}"))
            }
        };
        let failed = (status != EvalPlusStatus::Pass).then(|| each.len().checked_sub(1)).flatten();
        Self { run, status, outcome, message, tests, failed }
    }
}

fn outcome(finding: &super::driver::Finding) -> Outcome {
    match finding.stage.as_str() {
        "wrong" => Outcome::WrongAnswer,
        _ => finding.outcome(),
    }
}
