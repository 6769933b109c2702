//! Problems that whole programs solve, with the limits they set: CodeContests and Codeforces.
//!
//! - CodeContests: Li et al., "Competition-Level Code Generation with AlphaCode", 2022,
//!   arXiv:2203.07814. Rows are JSON, either with one list `tests` or with the three of the published
//!   records (`public_tests`, `private_tests`, `generated_tests`), each `{"input": [...], "output": [...]}`.
//! - Codeforces: the rows of `open-r1/codeforces` as JSON, with `official_tests` and the checker that
//!   comes with them.
//!
//! Some problems have several right answers. Comparing with one of them fails right programs (a correct
//! 1025_B fails 11 of its 151 tests), so such a problem says so here, and only a checker can decide it.

use std::time::Duration;

use crate::row::Row;
use crate::{Error, Language, Problem, TestCase, Tests, Validator, Value};

/// Tests of a program, with its limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Programs {
    /// What is read and what is to be written, in order.
    pub cases: Vec<TestCase>,
    /// The processor time of each test.
    pub time: Duration,
    /// The memory of each test, in bytes.
    pub memory: u64,
    /// How an output is known to be right.
    pub answers: Answers,
    /// Where a program reads and writes.
    pub streams: Streams,
}

/// How an output is known to be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// It is the expected one.
    One,
    /// There are others beside the expected one, and nothing to know them by.
    Several,
    /// A Python program says so: it is given the files of the input, of the expected output and of the
    /// program's, in the order of open-r1, and prints 1 or 100 for a right one.
    Checked {
        /// Its source.
        checker: String,
    },
    /// A validator of Kattis' kind says so.
    Validated(Validator),
    /// A validator of Kattis' kind talks with the program while it runs: what one writes to its standard
    /// output is the standard input of the other.
    Conversed(Validator),
    /// It talks with a judge while it runs, for which there is no program.
    Interactive,
}

/// Where a program reads and writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Streams {
    /// Standard input and output.
    #[default]
    Standard,
    /// The files `input.txt` and `output.txt`.
    Files,
}

/// What CodeContests gives programs for which it names no limits.
const TIME: Duration = Duration::from_secs(10);
const MEMORY: u64 = 256 << 20;

/// The longest time that a row may ask for. A mistaken one must not hold up everything else.
const LONGEST: f64 = 120.0;

/// The most memory that a row may ask for, in MiB.
const LARGEST: f64 = 4096.0;
const MIB: f64 = 1_048_576.0;

/// The problem in a row of CodeContests.
pub(crate) fn codecontests(row: &mut Row) -> Result<Problem, Error> {
    let cases = if row.has("tests") {
        test_list(row, "tests")?
    } else {
        let mut cases = Vec::new();
        for field in ["public_tests", "private_tests", "generated_tests"] {
            cases.extend(test_columns(row, field)?);
        }
        cases
    };
    let programs = Programs {
        cases,
        time: duration(row)?,
        memory: memory(row)?,
        answers: if has_several_answers(row)? { Answers::Several } else { Answers::One },
        streams: streams(row)?,
    };
    Ok(problem(row.string("name")?, row.string("description")?, programs))
}

/// The problem in a row of `open-r1/codeforces`.
pub(crate) fn codeforces(row: &mut Row) -> Result<Problem, Error> {
    let id = row.string("id")?;
    let mut text = |field| text_or_nothing(row, field);
    let mut prompt = format!("{}\n\n{}", text("title")?, text("description")?);
    let interaction = text("interaction_format")?;
    let checker = text("generated_checker")?;
    let answers = match (interaction.is_empty(), checker.is_empty()) {
        (false, _) => Answers::Interactive,
        (true, false) => Answers::Checked { checker },
        (true, true) => Answers::One,
    };
    let sections = [
        ("Input", text("input_format")?),
        ("Output", text("output_format")?),
        ("Interaction", interaction),
        ("Note", text("note")?),
    ];
    let files = text("input_mode")? == "file";
    let programs = Programs {
        cases: test_list(row, "official_tests")?,
        time: Duration::from_secs_f64(
            limit(row, "time_limit", LONGEST)?.unwrap_or(TIME.as_secs_f64()),
        ),
        memory: limit(row, "memory_limit", LARGEST)?.map_or(MEMORY, |mib| (mib * MIB) as u64),
        answers,
        streams: if files { Streams::Files } else { Streams::Standard },
    };
    for (name, text) in sections.into_iter().filter(|(_, text)| !text.is_empty()) {
        prompt += &format!("\n\n{name}\n\n{text}");
    }
    Ok(problem(id, prompt, programs))
}

/// A problem that any whole program may answer.
pub(crate) fn problem(id: String, prompt: String, programs: Programs) -> Problem {
    Problem {
        id,
        prompt,
        language: Language::Python,
        entry_point: None,
        reference: None,
        tests: Tests::Programs(programs),
        contest: None,
    }
}

/// Where a program of CodeContests reads and writes.
///
/// Files of other names are refused: with standard input, or with files called otherwise, every right
/// program would be wrong.
fn streams(row: &mut Row) -> Result<Streams, Error> {
    let input = text_or_nothing(row, "input_file")?;
    let output = text_or_nothing(row, "output_file")?;
    match (input.as_str(), output.as_str()) {
        ("" | "stdin" | "standard input", "" | "stdout" | "standard output") => {
            Ok(Streams::Standard)
        }
        ("input.txt", "output.txt") => Ok(Streams::Files),
        _ => {
            let reason = format!(
                "programs cannot be tested with {input:?} and {output:?}, only with `input.txt` and \
                 `output.txt` or with standard input and output"
            );
            Err(row.bad("input_file", reason))
        }
    }
}

fn has_several_answers(row: &mut Row) -> Result<bool, Error> {
    const FIELD: &str = "multiple_answers";
    match row.optional(FIELD) {
        Value::None => Ok(false),
        Value::Bool(several) => Ok(several),
        other => Err(row.wrong(FIELD.to_owned(), "true or false", &other)),
    }
}

/// A text, which may be missing or null.
fn text_or_nothing(row: &mut Row, field: &'static str) -> Result<String, Error> {
    match row.optional(field) {
        Value::None => Ok(String::new()),
        Value::Str(text) => Ok(text),
        other => Err(row.wrong(field.to_owned(), "a string", &other)),
    }
}

/// A limit that may be missing or null, but is sensible where it is not.
fn limit(row: &mut Row, field: &'static str, most: f64) -> Result<Option<f64>, Error> {
    match row.optional(field) {
        Value::None => Ok(None),
        value => {
            let number = number(&value);
            let number = number.ok_or_else(|| row.wrong(field.to_owned(), "a number", &value))?;
            sensible(number, most).map(Some).map_err(|reason| row.bad(field, reason))
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Int(number) => Some(number.to_string().parse().unwrap_or(f64::INFINITY)),
        _ => None,
    }
}

/// `number`, where it can be a limit.
fn sensible(number: f64, most: f64) -> Result<f64, String> {
    if number > 0.0 && number <= most {
        return Ok(number);
    }
    Err(format!("{number} is no limit; it must be more than 0 and at most {most}"))
}

/// The time in so many seconds, where it can be a limit.
pub(crate) fn sensible_time(seconds: f64) -> Result<Duration, String> {
    sensible(seconds, LONGEST).map(Duration::from_secs_f64)
}

/// `{"seconds": 2, "nanos": 500000000}`, a number of seconds, or nothing, which 0 is as well.
fn duration(row: &mut Row) -> Result<Duration, Error> {
    const FIELD: &str = "time_limit";
    const EXPECTED: &str = "a number of seconds or an object of `seconds` and `nanos`";
    let value = row.optional(FIELD);
    let mut seconds = 0.0;
    match &value {
        Value::None => {}
        Value::Dict(parts) => {
            for (name, part) in parts.iter().filter(|(_, part)| *part != Value::None) {
                let (name, in_a_second) = match name {
                    Value::Str(name) if name == "seconds" => (name, 1.0),
                    Value::Str(name) if name == "nanos" => (name, 1e9),
                    _ => return Err(row.wrong(FIELD.to_owned(), EXPECTED, &value)),
                };
                let wrong = || row.wrong(format!("{FIELD}.{name}"), "a number", part);
                seconds += number(part).ok_or_else(wrong)? / in_a_second;
            }
        }
        other => {
            seconds = number(other).ok_or_else(|| row.wrong(FIELD.to_owned(), EXPECTED, other))?
        }
    }
    if seconds == 0.0 {
        return Ok(TIME);
    }
    sensible_time(seconds).map_err(|reason| row.bad(FIELD, reason))
}

/// A number of bytes, or nothing, which 0 is as well.
fn memory(row: &mut Row) -> Result<u64, Error> {
    const FIELD: &str = "memory_limit_bytes";
    let value = row.optional(FIELD);
    if value == Value::None {
        return Ok(MEMORY);
    }
    match number(&value) {
        None => Err(row.wrong(FIELD.to_owned(), "a number of bytes", &value)),
        Some(0.0) => Ok(MEMORY),
        Some(bytes) if bytes > 0.0 && bytes <= LARGEST * MIB && bytes.fract() == 0.0 => {
            Ok(bytes as u64)
        }
        Some(bytes) => Err(row.bad(FIELD, format!("{bytes} bytes is no limit on memory"))),
    }
}

/// `[{"input": ..., "output": ...}, ...]`.
fn test_list(row: &mut Row, field: &'static str) -> Result<Vec<TestCase>, Error> {
    let tests = match row.take(field)? {
        Value::List(tests) => tests,
        Value::None => Vec::new(),
        other => return Err(row.wrong(field.to_owned(), "a list of tests", &other)),
    };
    let each = tests.into_iter().enumerate().map(|(number, test)| {
        TestCase::read(test).ok_or_else(|| Error::BadField {
            at: row.location(),
            field: format!("{field}[{number}]"),
            reason: "a test is an object with the strings `input` and `output`".to_owned(),
        })
    });
    each.collect()
}

/// `{"input": [...], "output": [...]}`, or nothing.
fn test_columns(row: &mut Row, field: &'static str) -> Result<Vec<TestCase>, Error> {
    let value = row.optional(field);
    if value == Value::None {
        return Ok(Vec::new());
    }
    let column = |name: &str| -> Option<Vec<String>> {
        let Value::Dict(fields) = &value else { return None };
        let (_, column) = fields.iter().find(|(key, _)| *key == Value::Str(name.to_owned()))?;
        let Value::List(texts) = column else { return None };
        let text = |value: &Value| match value {
            Value::Str(text) => Some(text.clone()),
            _ => None,
        };
        texts.iter().map(text).collect()
    };
    match (column("input"), column("output")) {
        (Some(inputs), Some(outputs)) if inputs.len() == outputs.len() => {
            let pairs = inputs.into_iter().zip(outputs);
            Ok(pairs.map(|(stdin, expected)| TestCase { stdin, expected }).collect())
        }
        _ => Err(row.wrong(field.to_owned(), "as many `input` as `output`", &value)),
    }
}
