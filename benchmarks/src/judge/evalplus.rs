//! Answers compared with a reference: EvalPlus' way.
//!
//! The original inputs and the added ones are two runs, each in its own process. The added ones
//! are run even where the original ones fail, and a candidate passes when both pass.

use std::time::Duration;

use datasets::{Differential, Problem, Value};
use sandbox::{Limits, Sandbox};

use super::driver::{Driver, Finding, Run};
use super::expected::Side;
use super::marshal::Order;
use super::{Judge, limits_around};
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
        let tally = base.run.tally().and(plus.run.tally());
        let (outcome, message) = if base.status == EvalPlusStatus::Pass {
            (plus.outcome, plus.sentence("added"))
        } else {
            (base.outcome, base.sentence("original"))
        };
        Ok(tally.verdict(outcome, message, tests, "", Some(upstream)))
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
        let seconds = limits.iter().map(|limit| Value::Float(limit.as_secs_f64())).collect();
        let order = Order::new()
            .text(suite.name())
            .text(self.entry_point(problem)?)
            .text(&candidate.source)
            .bytes(&side.inputs)
            .bytes(&side.results)
            .value(&Value::List(seconds))
            .value(&Value::Float(atol))
            .value(&Value::Bool(self.profile == Profile::EvalPlusMaster));
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
    /// The input that decided it, where one did.
    at: Option<usize>,
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
        let wrong = each.iter().position(|passed| !passed);
        let all_noted = each.len() == limits.len() && wrong.is_none();
        let (status, outcome, message, at) = match run.finding() {
            None => {
                let (outcome, message) = run.silence();
                let at = (each.len() < limits.len()).then_some(each.len());
                (EvalPlusStatus::Timeout, outcome, message, at)
            }
            Some(finding) if finding.how == "pass" && all_noted => {
                (EvalPlusStatus::Pass, Outcome::Accepted, String::new(), None)
            }
            Some(finding) if finding.how == "pass" => {
                (EvalPlusStatus::Fail, Outcome::WrongAnswer, UNNOTED.to_owned(), None)
            }
            Some(finding) => {
                let limit = wrong.and_then(|at| limits.get(at));
                (EvalPlusStatus::Fail, outcome(&finding), describe(&finding, limit), wrong)
            }
        };
        let failed = (status != EvalPlusStatus::Pass).then(|| each.len().checked_sub(1)).flatten();
        Self { run, status, outcome, message, tests, at, failed }
    }

    /// Why it failed, with the input that showed it; `side` says which inputs these are.
    fn sentence(self, side: &str) -> String {
        match self.at {
            Some(at) => format!("{side} input {at}: {}", self.message),
            None => self.message,
        }
    }
}

/// Why 0.3.1 fails what passed every comparison.
const UNNOTED: &str = "EvalPlus 0.3.1 takes no note of a right zero of a polynomial and then misses \
                       it, so it fails every answer to this task";

fn outcome(finding: &Finding) -> Outcome {
    match finding.stage.as_str() {
        "wrong" => Outcome::WrongAnswer,
        _ => finding.outcome(),
    }
}

fn describe(finding: &Finding, limit: Option<&Duration>) -> String {
    match (finding.stage.as_str(), limit) {
        _ if finding.name == "MemoryError" => format!(
            "{}; EvalPlus holds the expected values of the whole suite in the memory of the program",
            finding.describe()
        ),
        ("time", Some(limit)) => format!("it took longer than {limit:?}"),
        ("wrong", _) if finding.text.is_empty() => "it returned a wrong value".to_owned(),
        ("wrong", _) => finding.text.clone(),
        _ => finding.describe(),
    }
}
