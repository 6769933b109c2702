//! Contest problems whose tests are a table of inputs and outputs: TACO, DeepCoder and AReaL.
//!
//! The table comes in two shapes: `{"inputs": [...], "outputs": [...], "fn_name": ...}` as APPS
//! introduced it, and a list of `{"input": ..., "output": ..., "testtype": ...}` as LiveCodeBench has
//! it. With the name of a function its tests are calls, otherwise they are standard input and output.
//!
//! The arguments of a call are a list, or text with one JSON value a line. What it returns is often
//! wrapped in a list of one; graders of APPS accept it both ways, and we must know which is meant: where
//! every result of a problem is a list of one, it is taken to be a wrapper.

use super::{Posed, TrainingSet, bad, contest_problem, entry, text_entry, text_or_nothing};
use crate::row::Row;
use crate::{Case, Error, Problem, Shapes, TestCase, Tests, Value};

/// How far a float may be from the expected one, as for the calls of LiveCodeBench.
const TOLERANCE: f64 = 1e-5;

/// The problem in a row of TACO.
pub(super) fn taco(id: String, row: &mut Row) -> Result<Problem, Error> {
    problem(TrainingSet::Taco, id, row, "question", "input_output")
}

/// The problem in a row of any part of DeepCoder.
pub(super) fn deepcoder(id: String, row: &mut Row) -> Result<Problem, Error> {
    problem(TrainingSet::DeepCoder, id, row, "problem", "tests")
}

/// The problem in a row of AReaL-boba-2-RL-Code.
pub(super) fn areal(id: String, row: &mut Row) -> Result<Problem, Error> {
    let language = text_or_nothing(row, "language");
    if !language.is_empty() && !language.eq_ignore_ascii_case("python") {
        return Err(bad(row, "language", format!("it asks for {language}")));
    }
    problem(TrainingSet::Areal, id, row, "prompt", "input_output")
}

fn problem(
    set: TrainingSet,
    id: String,
    row: &mut Row,
    statement: &'static str,
    field: &'static str,
) -> Result<Problem, Error> {
    let statement = row.string(statement)?;
    let table = unpacked(row.take(field)?).map_err(|reason| bad(row, field, reason))?;
    let metadata = row.take("metadata").ok().and_then(|it| unpacked(it).ok());
    let mut table = Table::of(table).map_err(|reason| bad(row, field, reason))?;
    let outside = metadata.as_ref().and_then(|it| text_entry(it, "func_name"));
    table.function = table.function.or_else(|| outside.map(str::to_owned));
    let entry_point = table.function.clone();
    let tests = table.tests().map_err(|reason| bad(row, field, reason))?;
    let posed = Posed {
        set,
        entry_point,
        starter_code: text_or_nothing(row, "starter_code"),
        difficulty: text_or_nothing(row, "difficulty").to_lowercase(),
        reference: first_solution(row),
    };
    Ok(contest_problem(id, statement, posed, tests))
}

/// JSON in a string, or what is no string as it is.
fn unpacked(value: Value) -> Result<Value, String> {
    match value {
        Value::Str(text) => Value::from_json(&text).map_err(|error| error.to_string()),
        other => Ok(other),
    }
}

fn first_solution(row: &mut Row) -> Option<String> {
    let Ok(Value::List(solutions)) = unpacked(row.take("solutions").ok()?) else { return None };
    match solutions.into_iter().next() {
        Some(Value::Str(solution)) => Some(solution),
        _ => None,
    }
}

/// Inputs and outputs side by side, and the function they are for.
struct Table {
    function: Option<String>,
    rows: Vec<(Value, Value)>,
}

impl Table {
    fn of(value: Value) -> Result<Self, String> {
        if let Value::List(tests) = &value {
            return Self::of_list(tests);
        }
        if entry(&value, "remote") == Some(&Value::Bool(true)) {
            return Err("its tests are not in the row".to_owned());
        }
        let column = |key: &str| match entry(&value, key) {
            Some(Value::List(items)) => Ok(items.clone()),
            _ => Err(format!("it has no list `{key}`")),
        };
        let (inputs, outputs) = (column("inputs")?, column("outputs")?);
        if inputs.len() != outputs.len() {
            return Err(format!("there are {} inputs and {} outputs", inputs.len(), outputs.len()));
        }
        let function = text_entry(&value, "fn_name").map(str::to_owned);
        Ok(Self { function, rows: inputs.into_iter().zip(outputs).collect() })
    }

    fn of_list(tests: &[Value]) -> Result<Self, String> {
        let mut functions = tests.iter().map(|test| {
            let inner = entry(test, "metadata").and_then(|it| text_entry(it, "func_name"));
            text_entry(test, "fn_name").or(inner)
        });
        let function = functions.next().flatten();
        if functions.any(|other| other != function) {
            return Err("its tests are not all of one function".to_owned());
        }
        let pair = |test: &Value| match (entry(test, "input"), entry(test, "output")) {
            (Some(input), Some(output)) => Ok((input.clone(), output.clone())),
            _ => Err("a test is an object with `input` and `output`".to_owned()),
        };
        let rows = tests.iter().map(pair).collect::<Result<_, String>>()?;
        Ok(Self { function: function.map(str::to_owned), rows })
    }

    fn tests(self) -> Result<Tests, String> {
        if self.rows.is_empty() {
            return Err("it has no tests".to_owned());
        }
        let numbered = (0..).zip(self.rows);
        if self.function.is_none() {
            let case = |(number, (input, output))| {
                let text = |value, part| {
                    lines(value).ok_or_else(|| format!("the {part} of test {number} is no text"))
                };
                Ok(TestCase { stdin: text(input, "input")?, expected: text(output, "output")? })
            };
            return Ok(Tests::InputOutput(numbered.map(case).collect::<Result<_, String>>()?));
        }
        let call = |(number, (input, output))| {
            let failed = |reason: String| format!("test {number}: {reason}");
            let written = matches!(input, Value::Str(_));
            let arguments = arguments(input).map_err(failed)?;
            let expected = result(output, written).map_err(failed)?;
            Ok(Case { arguments, expected })
        };
        let mut cases = numbered.map(call).collect::<Result<Vec<Case>, String>>()?;
        unwrap_all(&mut cases);
        Ok(Tests::Functional { cases, tolerance: TOLERANCE, shapes: Shapes::default() })
    }
}

/// Text, which may be a list of lines.
fn lines(value: Value) -> Option<String> {
    let line = |value: Value| match value {
        Value::Str(line) => Some(line),
        _ => None,
    };
    match value {
        Value::List(items) => {
            let items = items.into_iter().map(line).collect::<Option<Vec<_>>>()?;
            Some(items.join("\n"))
        }
        text => line(text),
    }
}

fn arguments(input: Value) -> Result<Vec<Value>, String> {
    match input {
        Value::List(arguments) => Ok(arguments),
        Value::Str(text) => text.trim().lines().map(json).collect(),
        other => Err(format!("its arguments are {}", other.kind())),
    }
}

/// A result is written as JSON where the arguments are; else it stands there as it is.
fn result(output: Value, written: bool) -> Result<Value, String> {
    match output {
        Value::Str(text) if written => json(&text),
        other => Ok(other),
    }
}

fn json(text: &str) -> Result<Value, String> {
    Value::from_json(text).map_err(|error| error.to_string())
}

/// Take results out of the lists that wrap them, where every one is wrapped.
fn unwrap_all(cases: &mut [Case]) {
    let wrapped = |case: &Case| matches!(&case.expected, Value::List(items) if items.len() == 1);
    if !cases.iter().all(wrapped) {
        return;
    }
    for case in cases {
        if let Value::List(items) = &mut case.expected {
            case.expected = items.remove(0);
        }
    }
}
