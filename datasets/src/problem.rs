//! One programming problem, whatever benchmark it came from.

use crate::Value;

/// The language a solution is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// CPython 3.
    Python,
}

/// A task statement together with the tests that decide it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Stable identity, such as `HumanEval/0`, `Mbpp/2` or `mini/check/rotate`.
    pub id: String,
    /// What the model is asked, verbatim from the data set.
    ///
    /// HumanEval's prompt is also the beginning of every program that answers it.
    pub prompt: String,
    /// The language the answer must be in.
    pub language: Language,
    /// The function that the tests call, where there is one.
    pub entry_point: Option<String>,
    /// A whole program that solves the problem, where the data set has one.
    pub reference: Option<String>,
    /// How an answer is decided.
    pub tests: Tests,
}

/// How an answer is decided.
#[derive(Clone, Debug)]
pub enum Tests {
    /// Source that defines `check(candidate)`, to be called with the entry point (HumanEval).
    Check {
        /// The source of the test, verbatim.
        source: String,
    },
    /// Statements run after the answer, each of which must not raise (MBPP).
    Asserts {
        /// Source that the tests need. It runs *after* the answer: two of MBPP's setups use a
        /// class that only the answer defines.
        setup: String,
        /// The statements, in order.
        asserts: Vec<String>,
    },
    /// Calls with known results.
    Functional {
        /// The calls, in order.
        cases: Vec<Case>,
        /// How far a float may be from the expected one, absolutely; 0 asks for equality.
        tolerance: f64,
    },
    /// Calls whose results are whatever the reference returns (HumanEval+, MBPP+).
    Differential(Differential),
    /// Standard input and the output expected for it.
    InputOutput(Vec<TestCase>),
}

/// One call with its result.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The positional arguments.
    pub arguments: Vec<Value>,
    /// What must be returned.
    pub expected: Value,
}

/// The inputs of an EvalPlus task; the reference is the oracle.
#[derive(Clone, Debug, PartialEq)]
pub struct Differential {
    /// Argument lists of the original benchmark.
    pub base: Vec<Vec<Value>>,
    /// Argument lists that EvalPlus added.
    pub plus: Vec<Vec<Value>>,
    /// Absolute tolerance for floats, 0 where the task names none.
    pub atol: f64,
}

/// One input with its expected output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    /// Text given on standard input.
    pub stdin: String,
    /// Text expected on standard output.
    pub expected: String,
}
