//! The Python programs that run a candidate, and what they tell.
//!
//! A driver is one script: `stage.py`, which all share, what some share, and its own part. What is defined there a
//! warm interpreter has, and a run is the call of `start`. It gets its order on
//! standard input and tells its findings on the report channel, both as [`marshal`] values, so that
//! nothing lies in the candidate's working folder and nothing it prints is mistaken for a finding.
//!
//! A driver and the candidate share an interpreter, as they do in the public graders. What it tells
//! is therefore as trustworthy as theirs, and no more.

use datasets::Value;
use sandbox::{Ending, Execution, Job, Sandbox, Script};

use super::length::at_length;
use super::marshal;
use super::tally::Tally;
use crate::{Error, Outcome};

/// One of the drivers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Driver {
    /// An answer and its test as one program.
    Program,
    /// An answer, then statements.
    Statements,
    /// Calls compared with the reference's results.
    EvalPlus,
    /// The reference's results.
    Reference,
    /// Calls whose results are handed back.
    Functional,
    /// The tests of a contest problem.
    LiveCodeBench,
    /// Calls whose results are handed back plain, for the strict judge.
    Calls,
    /// The same, of the method of a contest problem.
    Method,
    /// An answer that is used by a test in another process.
    Player,
    /// A test that uses an answer in another process.
    Referee,
}

impl Driver {
    /// How many there are.
    pub(super) const COUNT: usize = Self::Referee as usize + 1;

    /// Every driver.
    const ALL: [Self; Self::COUNT] = [
        Self::Program,
        Self::Statements,
        Self::EvalPlus,
        Self::Reference,
        Self::Functional,
        Self::LiveCodeBench,
        Self::Calls,
        Self::Method,
        Self::Player,
        Self::Referee,
    ];

    pub(super) fn script(self) -> Script {
        Script { beginning: self.definitions(), rehearsal: self.rehearsal(), end: "start()" }
    }

    /// The run of a small answer. Drivers that take things away from the whole interpreter have none.
    fn rehearsal(self) -> &'static str {
        match self {
            Self::Program => r"rehearse('\n'.join([SMALL, *CHECKS]), 1.0)",
            Self::Statements => "rehearse(SMALL, '', CHECKS, 1.0, True)",
            Self::Functional => "rehearse('nearest', SMALL, CALLS, 1.0)",
            Self::Calls | Self::Method => {
                "rehearse(SMALL, '', 'nearest', CALLS, [1.0, 1.0], 1.0, True, [])"
            }
            Self::Player => {
                r#"rehearse_with((SMALL, "", 1.0), ("names", "nearest", False),
                    *[("call", 0, ("p", [*arguments]), ("p", {})) for arguments in load(CALLS)])"#
            }
            Self::Referee => {
                r#"rehearse_with(("", "", CHECKS, "nearest", False, bytes(32), 1.0),
                    ("done", (("t", ("h", 0, "function", "nearest")),)),
                    ("done", ("p", [1.0, 2.0]), [], 0), ("done", ("p", None), []))"#
            }
            Self::EvalPlus | Self::Reference | Self::LiveCodeBench => "",
        }
    }

    /// What its script begins with.
    pub(super) fn definitions(self) -> &'static [&'static str] {
        macro_rules! script {
            ($($file:literal),+) => {
                &[include_str!("drivers/stage.py"), $(include_str!($file)),+]
            };
        }
        macro_rules! conversation {
            ($($file:literal),+) => {
                script!(
                    "drivers/plain.py",
                    "drivers/values.py",
                    "drivers/doubles.py",
                    "drivers/raising.py",
                    "drivers/sharing.py",
                    "drivers/dialogue.py",
                    $($file),+
                )
            };
        }
        match self {
            Self::Program => script!("drivers/program.py"),
            Self::Statements => script!("drivers/statements.py"),
            Self::EvalPlus => script!("drivers/evalplus.py"),
            Self::Reference => script!("drivers/reference.py"),
            Self::Functional => script!("drivers/functional.py"),
            Self::LiveCodeBench => script!("drivers/imports.py", "drivers/livecodebench.py"),
            Self::Calls => script!("drivers/plain.py", "drivers/calling.py", "drivers/calls.py"),
            Self::Method => script!(
                "drivers/plain.py",
                "drivers/calling.py",
                "drivers/imports.py",
                "drivers/nodes.py",
                "drivers/method.py"
            ),
            Self::Player => conversation!("drivers/player.py"),
            Self::Referee => {
                conversation!("drivers/guard.py", "drivers/origins.py", "drivers/referee.py")
            }
        }
    }
}

/// The programs that judging runs again and again, for a sandbox to know.
pub fn scripts() -> Vec<Script> {
    Driver::ALL.map(Driver::script).into()
}

/// A finished run of a driver.
pub(super) struct Run {
    execution: Execution,
    /// What it told after the candidate began.
    pub(super) told: Vec<Value>,
}

impl Run {
    /// Run `job`, which is a driver's, for the problem that is called `problem`.
    pub(super) async fn of(job: Job, sandbox: &impl Sandbox, problem: &str) -> Result<Self, Error> {
        // A sandbox's future may hold whole buffers, and a stack holds several copies of a future.
        let execution = Box::pin(sandbox.run(job))
            .await
            .map_err(|source| Error::Sandbox { problem: problem.to_owned(), source })?;
        let report = &execution.report.bytes;
        let mut told = at_length(report.len(), || marshal::decode_all(report));
        if told.first() != Some(&Value::None) {
            return Err(Error::Driver {
                problem: problem.to_owned(),
                said: last_words(&execution),
            });
        }
        told.remove(0);
        Ok(Self { execution, told })
    }

    /// What the driver said at the end, where it lived to say it. Where the program was stopped at what no honest
    /// one does, somebody else has said it.
    pub(super) fn finding(&self) -> Option<Finding> {
        self.told.iter().rev().find_map(Finding::read).filter(|_| !self.is_violation())
    }

    /// Whether the program was stopped at what no honest one does. That outweighs all that it has told.
    pub(super) fn is_violation(&self) -> bool {
        self.execution.ending == Ending::Violation
    }

    /// What each test gave, in order, as far as it was told.
    pub(super) fn each_test(&self) -> Vec<bool> {
        self.told
            .iter()
            .filter_map(|value| if let Value::Bool(passed) = value { Some(*passed) } else { None })
            .collect()
    }

    /// How many bytes it told.
    pub(super) fn bytes(&self) -> usize {
        self.execution.report.bytes.len()
    }

    /// What the run used.
    pub(super) fn tally(&self) -> Tally {
        Tally::of(&self.execution)
    }

    /// Why there is no finding.
    pub(super) fn silence(&self) -> (Outcome, String) {
        silence(&self.execution)
    }

    /// How it ended and what it said last, for a failure of ours.
    pub(super) fn last_words(&self) -> String {
        last_words(&self.execution)
    }
}

/// What a driver says at its end.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// Its verdict in the grader's own words.
    pub(super) how: String,
    /// How far the candidate had come: `compile`, `run`, `setup`, `test`.
    pub(super) stage: String,
    /// The name of the exception.
    pub(super) name: String,
    /// The text of the exception.
    pub(super) text: String,
    /// The line of the program it came from, or 0.
    pub(super) line: u64,
    /// The end of what the candidate wrote.
    pub(super) written: String,
}

impl Finding {
    fn read(value: &Value) -> Option<Self> {
        if let Value::Tuple(fields) = value { Self::of(fields) } else { None }
    }

    /// The finding that these fields are.
    pub(super) fn of(fields: &[Value]) -> Option<Self> {
        let [how, stage, name, text, Value::Int(line), written] = fields else { return None };
        let word = |value: &Value| match value {
            Value::Str(text) => Some(text.clone()),
            _ => None,
        };
        Some(Self {
            how: word(how)?,
            stage: word(stage)?,
            name: word(name)?,
            text: word(text)?,
            line: line.try_into().unwrap_or(0),
            written: word(written)?,
        })
    }

    /// The outcome of an exception.
    pub(super) fn outcome(&self) -> Outcome {
        match (self.stage.as_str(), self.name.as_str()) {
            ("compile", _) => Outcome::CompileError,
            (_, "idle") => Outcome::Idle,
            (_, "cpu") => Outcome::TimeLimit,
            (_, "AssertionError") => Outcome::WrongAnswer,
            (_, "MemoryError") => Outcome::MemoryLimit,
            (_, "SystemExit") => Outcome::EarlyExit,
            _ => Outcome::RuntimeError,
        }
    }

    /// The exception in a line for people.
    pub(super) fn describe(&self) -> String {
        let mut said = self.name.clone();
        if !self.text.is_empty() {
            said = format!("{said}: {}", self.text);
        }
        if self.line > 0 {
            said = format!("{said} (line {})", self.line);
        }
        said
    }
}

/// What it means that a program ended without a word from its driver.
pub(super) fn silence(execution: &Execution) -> (Outcome, String) {
    if execution.out_of_memory() {
        return (Outcome::MemoryLimit, "it ran out of memory".to_owned());
    }
    match execution.ending {
        Ending::Exited(code) => {
            (Outcome::EarlyExit, format!("it ended with exit code {code} before its tests did"))
        }
        Ending::Signalled(signal) => {
            (Outcome::RuntimeError, format!("it was killed by signal {signal}"))
        }
        Ending::CpuLimit => (Outcome::TimeLimit, "it used up its processor time".to_owned()),
        Ending::Idle => (Outcome::Idle, "it waited until its time was up".to_owned()),
        Ending::MemoryLimit => (Outcome::MemoryLimit, "it used more memory than it may".to_owned()),
        Ending::ProcessLimit => (Outcome::RuntimeError, "it had too many threads".to_owned()),
        Ending::OutputLimit => (Outcome::OutputLimit, "it wrote more than it may".to_owned()),
        Ending::Violation => (
            Outcome::SecurityViolation,
            "it made a system call that no honest program makes".to_owned(),
        ),
    }
}

/// How a driver ended and what it said last.
pub(super) fn last_words(execution: &Execution) -> String {
    let stderr = execution.stderr.text();
    let last = stderr.trim_end().lines().last().unwrap_or("it said nothing");
    format!("{:?}, {last}", execution.ending)
}
