//! What a judge decided.

use serde::{Deserialize, Serialize};

/// How a candidate, or one test of it, went. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every test passed.
    Accepted,
    /// It ran to its end and was wrong.
    WrongAnswer,
    /// What it wrote is not of the form that was asked for.
    PresentationError,
    /// It raised an exception, exited with an error or was killed by a signal of its own making.
    RuntimeError,
    /// It is not a program: the text does not compile.
    CompileError,
    /// It used up its processor time.
    TimeLimit,
    /// It waited for something until its wall-clock time was up.
    Idle,
    /// It used up its memory.
    MemoryLimit,
    /// It wrote too much.
    OutputLimit,
    /// It ended before the tests were through, as `os._exit(0)` does.
    EarlyExit,
    /// It made a system call that no honest program makes.
    SecurityViolation,
    /// There was no program to judge.
    NoCode,
    /// The program that was to check its answer failed. Nothing is known about the candidate, and it
    /// earns no reward, not even 0.
    CheckerFailed,
    /// We failed. Nothing is known about the candidate, and it earns no reward, not even 0.
    Ungraded,
}

impl Outcome {
    /// Whether the candidate passed; `None` where we cannot say.
    pub fn passed(self) -> Option<bool> {
        (!matches!(self, Self::Ungraded | Self::CheckerFailed)).then_some(self == Self::Accepted)
    }
}

/// The decision on one candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// How it went over all.
    pub outcome: Outcome,
    /// How many tests there are, how many were run, and how many of those passed.
    pub tests: TestCount,
    /// What became of each test, in order, as far as they were run; empty where the judge only knows
    /// the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub each: Vec<Outcome>,
    /// Whether the candidate had a say in its tests, so that it could have decided them itself: by operators of
    /// its own making, or in one process with them. Only strict rules know this; it is counted in reports.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weak: bool,
    /// What the public grader of the profile would have recorded, where the profile mirrors one.
    pub upstream: Option<Upstream>,
    /// Processor seconds over all runs of this candidate.
    pub cpu_seconds: f64,
    /// Wall-clock seconds over all runs of this candidate.
    pub wall_seconds: f64,
    /// Seconds over all runs that the candidate was kept waiting for a processor.
    #[serde(default)]
    pub waited_seconds: f64,
    /// Whether its time ran out on a busy machine, so that it was run once more with nothing of ours
    /// beside it; the verdict is that of the second run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
    /// Peak resident memory in bytes over all runs.
    pub memory: u64,
    /// Why it failed, for people: the exception, the failing test or our own error.
    pub message: String,
    /// The last part of what it wrote to standard error.
    pub stderr: String,
}

/// Tests by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCount {
    /// How many the problem has.
    pub total: usize,
    /// How many were run; a judge may stop at the first failure.
    pub run: usize,
    /// How many of those passed.
    pub passed: usize,
}

/// A verdict in a public grader's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "grader", rename_all = "kebab-case")]
pub enum Upstream {
    /// `openai/human-eval`: `passed`, `timed out` or `failed: ...`.
    HumanEval {
        /// The `result` field of its results file.
        result: String,
    },
    /// EvalPlus: the original tests and the added ones, each with the inputs that failed.
    EvalPlus {
        /// Status on the original inputs.
        base: EvalPlusStatus,
        /// Status on the added inputs.
        plus: EvalPlusStatus,
        /// Indices of failing original inputs.
        base_fail_tests: Vec<usize>,
        /// Indices of failing added inputs.
        plus_fail_tests: Vec<usize>,
    },
    /// LiveCodeBench: a code for each test up to the first that failed.
    #[serde(rename = "livecodebench")]
    LiveCodeBench {
        /// The codes.
        results: Vec<LiveCodeBenchCode>,
        /// What the grader says beside them, as JSON.
        metadata: String,
    },
}

/// What LiveCodeBench's grader says of one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "i8", try_from = "i8")]
pub enum LiveCodeBenchCode {
    /// `True`: it passed.
    Right,
    /// `False`: a method returned something else.
    WrongValue,
    /// `-2`: a program wrote something else, or its process was lost.
    WrongOutput,
    /// `-3`: it took too long.
    OutOfTime,
    /// `-4`: it raised an exception, or there was nothing to call.
    Exception,
}

impl From<LiveCodeBenchCode> for i8 {
    /// The number; `True` and `False` are 1 and 0.
    fn from(code: LiveCodeBenchCode) -> Self {
        match code {
            LiveCodeBenchCode::Right => 1,
            LiveCodeBenchCode::WrongValue => 0,
            LiveCodeBenchCode::WrongOutput => -2,
            LiveCodeBenchCode::OutOfTime => -3,
            LiveCodeBenchCode::Exception => -4,
        }
    }
}

impl TryFrom<i8> for LiveCodeBenchCode {
    type Error = String;

    fn try_from(number: i8) -> Result<Self, String> {
        [Self::Right, Self::WrongValue, Self::WrongOutput, Self::OutOfTime, Self::Exception]
            .into_iter()
            .find(|code| i8::from(*code) == number)
            .ok_or_else(|| format!("LiveCodeBench has no code {number}"))
    }
}

/// EvalPlus' three statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvalPlusStatus {
    /// Every input gave the expected result.
    Pass,
    /// Some input did not.
    Fail,
    /// The process died or never answered.
    Timeout,
}
