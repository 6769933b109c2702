//! Tests that are code: they run in a process of their own and call the candidate's.
//!
//! The test's process sees stand-ins for the candidate's functions. What it passes to one travels to
//! the candidate's process, what that returns travels back as plain values, and the test goes on with
//! those: its comparisons, loops and imports are its own. See `drivers/referee.py` for the test's side and
//! `drivers/guard.py` for what it lets a candidate do, `drivers/origins.py` for what makes its verdict weak,
//! `drivers/player.py` for the candidate's, `drivers/dialogue.py` for what they share and [`super::relay`] for the
//! way between.
//!
//! Names that the test uses and does not have are looked for in the candidate's program. A test that
//! names one of its classes, or a second function, lets it decide things, which the verdict notes as weak. A test
//! that would have to derive from such a class cannot be split at all; it runs in one process with the
//! candidate, as in the public graders, and is weak as well. So does every such test in a sandbox that does not talk
//! with its programs.

use std::time::Duration;

use datasets::{Problem, Value};
use sandbox::{Dialogue, Ending, Execution, Job, Limits, Sandbox};
use sha2::{Digest, Sha256};

use super::super::driver::{self, Driver, silence};
use super::super::marshal::Order;
use super::super::statements::Statements;
use super::super::tally::Tally;
use super::super::{Judge, limits_around};
use super::calls::OTHERWISE;
use super::relay::{Finding, Heard};
use super::words::around;
use crate::syntax::imports_of;
use crate::{Candidate, Error, Outcome, TestCount, Verdict};

/// What a test calls the function under test beside a right answer, as `drivers/referee.py` has it too.
pub(super) const CANDIDATE: &str = "__candidate__";

/// How much longer than its candidate a test may take: it waits for every answer.
const TEST_FACTOR: u32 = 3;

/// A test that is code.
#[derive(Clone, Copy)]
pub(super) struct Test<'a> {
    /// Source that the test may rely on and the candidate does not decide: the prompt, or a right answer.
    pub(super) beginning: &'a str,
    /// Whether the function under test is called [`CANDIDATE`] in the statements, where its own name is that of the
    /// right answer's.
    pub(super) asks_the_reference: bool,
    /// Source that the statements need. What it defines is the test's; what it imports the candidate
    /// may use as well.
    pub(super) setup: &'a str,
    /// What must not raise, in order.
    pub(super) statements: &'a [String],
    /// The function under test; empty where the statements call what they like.
    pub(super) function: &'a str,
    /// The candidate's time.
    pub(super) time: Duration,
}

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_apart(
        &self,
        problem: &Problem,
        test: Test<'_>,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        if !self.sandbox.talks() || test.changes_surroundings() {
            return self.judge_together(problem, test, candidate).await;
        }
        let failed = |source| Error::Sandbox { problem: problem.id.clone(), source };
        let (test_job, to_test) =
            self.talking(problem, Driver::Referee, TEST_FACTOR * test.time).await?;
        let (candidate_job, to_candidate) =
            self.talking(problem, Driver::Player, test.time).await?;
        let (heard, test_run, candidate_run) = tokio::join!(
            Heard::between(to_test, to_candidate, test.orders(candidate)),
            Box::pin(self.sandbox.run(test_job)),
            Box::pin(self.sandbox.run(candidate_job)),
        );
        let (test_run, candidate_run) = (test_run.map_err(failed)?, candidate_run.map_err(failed)?);
        heard
            .require_both_began(&test_run, &candidate_run)
            .map_err(|said| Error::Driver { problem: problem.id.clone(), said })?;
        if heard.inseparable.is_some() {
            return self.judge_together(problem, test, candidate).await;
        }
        Ok(test.verdict(heard, &test_run, &candidate_run))
    }

    /// A job for one side of a conversation.
    async fn talking(
        &self,
        problem: &Problem,
        driver: Driver,
        time: Duration,
    ) -> Result<(Job, Dialogue), Error> {
        const GRACE: Duration = Duration::from_millis(500);
        // Each waits for the other. Being kept from the processor is not waiting, so a busy machine
        // needs no more room than this.
        const WAITING: Duration = Duration::from_secs(10);
        let limits = Limits { wall: time + WAITING, ..limits_around(time, GRACE) };
        let talk = self.job(problem, driver).await?.limits(limits).dialogue();
        talk.map_err(|source| Error::Sandbox { problem: problem.id.clone(), source })
    }

    /// The test and the candidate in one process, which is what public graders do.
    async fn judge_together(
        &self,
        problem: &Problem,
        test: Test<'_>,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        // Here there is one function of this name: the candidate's.
        let name = if test.asks_the_reference { test.function } else { CANDIDATE };
        let asserts: Vec<_> =
            test.statements.iter().map(|it| it.replace(CANDIDATE, name)).collect();
        let statements =
            Statements { setup: test.setup, asserts: &asserts, time: test.time, is_guarded: false };
        let mut verdict = self.judge_asserts(problem, statements, candidate).await?;
        verdict.weak = true;
        Ok(verdict)
    }
}

impl Heard {
    /// Unless both sides came as far as the candidate's program, nothing is known about it.
    ///
    /// A candidate that ends at once may do so before its test has begun, which is its own fault.
    fn require_both_began(&self, test: &Execution, candidate: &Execution) -> Result<(), String> {
        if !self.candidate_ready {
            return Err(driver::last_words(candidate));
        }
        let at_fault = self.candidate_gone || self.gibberish || self.ended.is_some();
        if self.test_ready || at_fault { Ok(()) } else { Err(driver::last_words(test)) }
    }
}

/// What a test mentions that changes what a program finds around it, or looks at what it leaves there: streams,
/// files, the environment, names in modules, the state of `random`.
const SURROUNDINGS: [&str; 25] = [
    "redirect_stdout",
    "redirect_stderr",
    "capsys",
    "capfd",
    "caplog",
    "assertLogs",
    "catch_warnings",
    "sys.stdin =",
    "sys.stdin=",
    "sys.stdout =",
    "sys.stdout=",
    "sys.stderr =",
    "sys.stderr=",
    "builtins.input",
    "builtins.print",
    "patch(",
    "patch.object(",
    "patch.dict(",
    "monkeypatch",
    "mock_open",
    "os.environ",
    "tempfile",
    "tmp_path",
    "write_text(",
    "random.seed(",
];

impl Test<'_> {
    /// Whether the test makes no sense in another process than the candidate's.
    fn changes_surroundings(&self) -> bool {
        let mut texts = [self.setup].into_iter().chain(self.statements.iter().map(String::as_str));
        texts.any(|text| {
            // Not that of an object, nor what the test defines.
            mentions(text, "open(", &[".", "def "])
                || SURROUNDINGS.iter().any(|word| mentions(text, word, &[]))
        })
    }

    /// What the test's process is told to do, and the candidate's.
    fn orders(&self, candidate: &Candidate) -> (Vec<u8>, Vec<u8>) {
        let statements = Value::List(self.statements.iter().cloned().map(Value::Str).collect());
        let test = Order::new()
            .text(self.beginning)
            .text(self.setup)
            .value(&statements)
            .text(self.function)
            .value(&Value::Bool(self.asks_the_reference))
            .bytes(&self.seed(candidate))
            .seconds(TEST_FACTOR * self.time);
        let imports = imports_of(self.setup);
        let candidate = Order::new().text(&candidate.source).text(&imports).seconds(self.time);
        (test.encode(), candidate.encode())
    }

    /// What the test's random numbers follow from, always the same. A candidate that could draw them as well would
    /// know what it is asked, and often what is expected: this one takes the test to find out, which it does not
    /// have.
    fn seed(&self, candidate: &Candidate) -> Vec<u8> {
        let texts = [self.beginning, self.setup, &candidate.source].into_iter();
        let mut hash = Sha256::new();
        for text in texts.chain(self.statements.iter().map(String::as_str)) {
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        }
        hash.finalize().to_vec()
    }

    fn verdict(&self, heard: Heard, test: &Execution, candidate: &Execution) -> Verdict {
        let passed = heard.findings.iter().filter(|it| **it == Finding::Passed).count();
        let tests = TestCount { total: self.statements.len(), run: heard.findings.len(), passed };
        let (outcome, message) = if candidate.ending == Ending::Violation {
            silence(candidate)
        } else if heard.over && passed == tests.total && tests.run == passed {
            if !heard.asked {
                (Outcome::Ungraded, "its test asks nothing of it".to_owned())
            } else if candidate.usage.cpu > self.time + OTHERWISE {
                (Outcome::TimeLimit, format!("it took longer than {:?}", self.time))
            } else {
                (Outcome::Accepted, String::new())
            }
        } else {
            self.failure(&heard, test, candidate)
        };
        let tally = Tally::of(candidate);
        let mut verdict = tally.verdict(outcome, message, tests, "", None);
        verdict.weak = heard.weak;
        verdict
    }

    fn failure(&self, heard: &Heard, test: &Execution, candidate: &Execution) -> (Outcome, String) {
        if let Some(ended) = &heard.ended {
            return self.ended(ended);
        }
        let failed = heard.findings.iter().enumerate().find_map(|(at, finding)| match finding {
            Finding::Passed => None,
            Finding::Failed { name, text, by_candidate, line } => {
                Some((at, name, text, *by_candidate, *line))
            }
        });
        if let Some((at, name, text, by_candidate, line)) = failed {
            let said = if text.is_empty() { name.clone() } else { format!("{name}: {text}") };
            let said = if line > 0 { format!("{said} (line {line})") } else { said };
            return (outcome_of(name, by_candidate), format!("{said} in test {at}"));
        }
        if heard.gibberish {
            return (Outcome::EarlyExit, "it answered a test with what is no value".to_owned());
        }
        if heard.candidate_gone {
            return silence(candidate);
        }
        // The candidate is alive and the test is not: what it was given led it astray.
        let (_, how) = silence(test);
        (Outcome::WrongAnswer, format!("its test came to no end with what it returned: {how}"))
    }

    /// How the candidate's program failed before or beside its functions.
    fn ended(&self, told: &[Value]) -> (Outcome, String) {
        match driver::Finding::of(told) {
            Some(finding) if finding.how == "timed out" => {
                (finding.outcome(), format!("it took longer than {:?}", self.time))
            }
            Some(finding) => (finding.outcome(), finding.describe()),
            None => (Outcome::EarlyExit, "it ended before its tests did".to_owned()),
        }
    }
}

/// Whether `word` stands in `text`, and not at the end of a longer name or `behind` one of these.
fn mentions(text: &str, word: &str, behind: &[&str]) -> bool {
    around(text, word).any(|(before, _)| !behind.iter().any(|it| before.ends_with(it)))
}

fn outcome_of(exception: &str, by_candidate: bool) -> Outcome {
    match (exception, by_candidate) {
        ("MemoryError", true) => Outcome::MemoryLimit,
        ("SystemExit", true) => Outcome::EarlyExit,
        ("TimeoutException", false) => Outcome::TimeLimit,
        (_, true) | ("NameError", false) => Outcome::RuntimeError,
        (_, false) => Outcome::WrongAnswer,
    }
}
