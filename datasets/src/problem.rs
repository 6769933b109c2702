//! One programming problem, whatever benchmark it came from.

use crate::{Contest, Programs, Shapes, Value};

/// The language a solution is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// CPython 3.
    Python,
    /// C++17.
    Cpp,
    /// JavaScript as node runs it.
    JavaScript,
    /// Go.
    Go,
    /// Java.
    Java,
    /// Rust.
    Rust,
    /// TypeScript, with its types checked.
    TypeScript,
}

impl Language {
    /// Its name, as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Cpp => "C++",
            Self::JavaScript => "JavaScript",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::Rust => "Rust",
            Self::TypeScript => "TypeScript",
        }
    }
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
    /// Where and when it was posed, where the data set says so.
    pub contest: Option<Contest>,
}

/// How an answer is decided.
#[derive(Clone, Debug)]
pub enum Tests {
    /// Source that defines `check(candidate)`, to be called with the entry point (HumanEval).
    Check {
        /// The source of the test, verbatim.
        source: String,
    },
    /// Source around the answer, with which it is a program that ends well when it is right
    /// (HumanEval-X).
    Main {
        /// What comes before the answer.
        beginning: String,
        /// What comes after it.
        end: String,
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
        /// What their values stand for.
        shapes: Shapes,
    },
    /// Calls whose results are whatever the reference returns (HumanEval+, MBPP+).
    Differential(Differential),
    /// Standard input and the output expected for it.
    InputOutput(Vec<TestCase>),
    /// The same, with limits and perhaps with several right answers.
    Programs(Programs),
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

impl TestCase {
    /// The test in an object with `input` and `output`.
    pub(crate) fn read(test: Value) -> Option<Self> {
        let Value::Dict(fields) = test else { return None };
        let (mut stdin, mut expected) = (None, None);
        for (key, value) in fields {
            match (key, value) {
                (Value::Str(key), Value::Str(text)) if key == "input" => stdin = Some(text),
                (Value::Str(key), Value::Str(text)) if key == "output" => expected = Some(text),
                _ => {}
            }
        }
        Some(Self { stdin: stdin?, expected: expected? })
    }
}
