//! Decides on candidates.
//!
//! # Theory of operation
//!
//! A [`Judge`] turns a problem and a candidate into one or two jobs for the sandbox, each a Python
//! driver (see [`driver`]) in a fresh process, and reads a verdict out of what came back. Which
//! jobs, is the profile's and the form of test's business; there is a file for each way:
//!
//! | test form | driver | file |
//! |---|---|---|
//! | `check(candidate)` | `program.py` | [`program`] |
//! | asserts | `statements.py` | [`statements`] |
//! | calls compared with a reference | `evalplus.py`, `reference.py` | [`evalplus`], [`expected`] |
//! | contest problems, as LiveCodeBench tests them | `livecodebench.py` | [`livecodebench`] |
//! | calls with known results | `functional.py` | [`functional`] |
//! | a program around the answer | none | [`main_program`] |
//! | standard input and output, with limits of the problem | none | [`programs`] |
//! | standard input and output | none: the candidate is the script | [`stdio`] |
//!
//! A program's failure is a [`Verdict`]; only what is our own fault is an [`Error`]. To tell them
//! apart, a driver says so when it is about to hand over to the candidate: whatever happens before
//! is ours, whatever happens after is the candidate's.
//!
//! The profile `strict-1` decides everything in ways of its own; see [`strict`].
//!
//! The profiles that mirror public graders share those graders' weakness: the test runs in the
//! candidate's interpreter, where a determined candidate can reach it. They exist to reproduce
//! published numbers, not to hand out rewards.

mod assembly;
mod cache;
mod compiled;
mod conversation;
mod driver;
mod evalplus;
mod expected;
mod functional;
mod go_imports;
mod length;
mod livecodebench;
mod main_program;
mod marshal;
mod program;
mod programs;
mod statements;
mod stdio;
mod strict;
mod tally;
mod toolchain;
mod validator;

use std::path::PathBuf;
use std::time::Duration;

use datasets::{Problem, Tests};
use sandbox::{Job, Limits, Python, Sandbox};

use crate::{Candidate, Checker, Error, Outcome, Profile, Verdict};

use compiled::{CompiledDrivers, NotCompiled};
pub use driver::scripts;
use driver::{Driver, Run};
use expected::{Expected, ExpectedValues};
use marshal::Order;
use statements::Statements;
use strict::{KnownClaims, References};
use validator::KnownValidators;

/// The most memory a candidate has: what EvalPlus gives, and plenty for the others.
const MEMORY: u64 = 4 << 30;

/// Decides on candidates by one profile's rules.
#[derive(Debug)]
pub struct Judge<S> {
    sandbox: S,
    python: Python,
    profile: Profile,
    expected: ExpectedValues<Expected>,
    references: ExpectedValues<References>,
    claims: KnownClaims,
    drivers: CompiledDrivers,
    validators: KnownValidators,
    checker: Option<Checker>,
    runs_all: bool,
}

impl<S: Sandbox> Judge<S> {
    /// A judge that runs candidates in `sandbox` with `python` and decides by `profile`.
    pub fn new(sandbox: S, python: Python, profile: Profile) -> Self {
        let (expected, references) = (ExpectedValues::default(), ExpectedValues::default());
        let (claims, drivers) = (KnownClaims::default(), CompiledDrivers::default());
        let (validators, checker, runs_all) = (KnownValidators::default(), None, false);
        Self {
            validators,
            sandbox,
            python,
            profile,
            expected,
            references,
            claims,
            drivers,
            checker,
            runs_all,
        }
    }

    /// Keep the expected values that references compute in `folder`, from one judge to the next.
    ///
    /// By default each judge computes them anew.
    #[must_use]
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        self.expected = ExpectedValues::in_folder(folder.clone());
        self.references = ExpectedValues::in_folder(folder);
        self
    }

    /// Compare the outputs of programs by `checker`, whatever the rules say.
    #[must_use]
    pub fn compare_by(mut self, checker: Checker) -> Self {
        self.checker = Some(checker);
        self
    }

    /// Run programs on every test, also after one that failed. What each came to is in
    /// [`Verdict::each`].
    #[must_use]
    pub fn run_all(mut self) -> Self {
        self.runs_all = true;
        self
    }

    /// The rules this judge decides by.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The sandbox candidates run in.
    pub fn sandbox(&self) -> &S {
        &self.sandbox
    }

    /// Make sure that the expected values of `problem` are there, where it needs any, and say how much
    /// processor time the reference took for them.
    ///
    /// [`Judge::judge`] does so by itself. Doing it beforehand only moves the work, which is done
    /// once however many callers ask.
    pub async fn prepare(&self, problem: &Problem) -> Result<Duration, Error> {
        self.require_suitable(problem)?;
        let seconds: f64 = match &problem.tests {
            Tests::Differential(tests) if self.profile == Profile::Strict1 => {
                self.references(problem, tests).await?.seconds.iter().sum()
            }
            Tests::Differential(tests) => {
                let expected = self.expected_values(problem, tests).await?;
                expected.base.seconds.iter().chain(&expected.plus.seconds).sum()
            }
            _ => 0.0,
        };
        Ok(Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }

    /// Decide whether `candidate` solves `problem`.
    ///
    /// # Errors
    ///
    /// An error is a failure of ours and says nothing about the candidate.
    pub async fn judge(&self, problem: &Problem, candidate: &Candidate) -> Result<Verdict, Error> {
        self.require_suitable(problem)?;
        let mut verdict = self.decide(problem, candidate).await?;
        // Public graders run an empty answer like any other; only its name is ours.
        let decided = !matches!(
            verdict.outcome,
            Outcome::Accepted | Outcome::Ungraded | Outcome::CheckerFailed
        );
        if candidate.source.trim().is_empty() && decided {
            verdict.outcome = Outcome::NoCode;
        }
        Ok(verdict)
    }

    async fn decide(&self, problem: &Problem, candidate: &Candidate) -> Result<Verdict, Error> {
        if self.profile == Profile::Strict1 {
            return self.judge_strictly(problem, candidate).await;
        }
        if self.profile == Profile::LiveCodeBench28fef95 {
            return self.judge_as_livecodebench(problem, candidate).await;
        }
        match &problem.tests {
            Tests::Programs(programs) => self.judge_programs(problem, programs, candidate).await,
            Tests::Main { beginning, end } => {
                self.judge_main(problem, beginning, end, candidate).await
            }
            Tests::Check { source } => self.judge_check(problem, source, candidate).await,
            Tests::Asserts { setup, asserts } => {
                let time = self.profile.program_time();
                let statements = Statements { setup, asserts, time, is_guarded: true };
                self.judge_asserts(problem, statements, candidate).await
            }
            Tests::Differential(tests) => self.judge_differential(problem, tests, candidate).await,
            Tests::Functional { cases, tolerance, .. } => {
                self.judge_functional(problem, cases, *tolerance, candidate).await
            }
            Tests::InputOutput(cases) => {
                self.judge_stdio(problem, cases, self.own_manner(), candidate).await
            }
        }
    }

    fn require_suitable(&self, problem: &Problem) -> Result<(), Error> {
        if self.profile.suits(problem) {
            return Ok(());
        }
        Err(self.unsuited(problem, "it has no rule for this form of test"))
    }

    fn unsuited(&self, problem: &Problem, reason: &'static str) -> Error {
        Error::Unsuited { profile: self.profile, problem: problem.id.clone(), reason }
    }

    /// The function that the tests of `problem` call.
    fn entry_point<'a>(&self, problem: &'a Problem) -> Result<&'a str, Error> {
        problem
            .entry_point
            .as_deref()
            .ok_or_else(|| self.unsuited(problem, "it names no function to call"))
    }

    async fn drive(
        &self,
        problem: &Problem,
        driver: Driver,
        order: Order,
        report: u64,
        limits: Limits,
    ) -> Result<Run, Error> {
        let job = self.job(problem, driver).await?.limits(limits).stdin(order.encode());
        Run::of(job.report(report), &self.sandbox, &problem.id).await
    }

    /// A job that runs `driver`, which still wants its order.
    async fn job(&self, problem: &Problem, driver: Driver) -> Result<Job, Error> {
        let script = driver.script();
        if self.sandbox.knows(&script) {
            return Ok(Job::script(&self.python, script).without_site());
        }
        let program = self.drivers.program(driver, &self.sandbox, &self.python).await;
        let program = program.map_err(|error| {
            let problem = problem.id.clone();
            match error {
                NotCompiled::Sandbox(source) => Error::Sandbox { problem, source },
                NotCompiled::Said(said) => Error::Driver { problem, said },
            }
        })?;
        Ok(Job::python(&self.python, program).without_site())
    }
}

/// Limits around a driver that itself stops its candidate after `time`.
///
/// The driver's clock raises an exception that the candidate may catch, as the public graders' does;
/// `grace` later the sandbox ends it. Half a second more is for the interpreter to start. Wall-clock
/// time only ends what waits without the driver noticing, so even a machine that runs ten programs
/// per core must not reach it.
fn limits_around(time: Duration, grace: Duration) -> Limits {
    let cpu = time + grace + Duration::from_millis(500);
    Limits { cpu, wall: 10 * cpu, memory: MEMORY, ..Limits::default() }
}

/// Read `bytes` as a candidate's messages.
#[cfg(feature = "fuzzing")]
pub fn fuzz_messages(bytes: &[u8]) {
    let _ = marshal::decode_all(bytes);
    if let Some(value) = marshal::decode(bytes) {
        let written = marshal::encode(&value);
        let again = marshal::decode(&written).expect("what is written can be read");
        // Bytes are compared, because no NaN equals itself.
        assert_eq!(marshal::encode(&again), written);
    }
}
