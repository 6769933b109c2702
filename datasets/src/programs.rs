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

/// The problem in a row of CodeContests.
pub(crate) fn codecontests(row: &mut Row) -> Result<Problem, Error> {
    let cases = if row.has("tests") {
        test_list(row, "tests")?
    } else {
        let mut cases = Vec::new();
        for field in ["public_tests", "private_tests", "generated_tests"] {
            if row.has(field) {
                cases.extend(test_columns(row, field)?);
            }
        }
        cases
    };
    let several = row.has("multiple_answers") && row.take("multiple_answers")? == Value::Bool(true);
    let streams = streams(["input_file", "output_file"].map(|field| text_or_nothing(row, field)));
    let programs = Programs {
        cases,
        time: duration(row)?,
        memory: whole_number(row, "memory_limit_bytes")?.filter(|&it| it > 0).unwrap_or(MEMORY),
        answers: if several { Answers::Several } else { Answers::One },
        streams,
    };
    Ok(problem(row.string("name")?, row.string("description")?, programs))
}

/// The problem in a row of `open-r1/codeforces`.
pub(crate) fn codeforces(row: &mut Row) -> Result<Problem, Error> {
    let id = row.string("id")?;
    let parts =
        ["title", "description", "input_format", "output_format", "interaction_format", "note"];
    let [title, statement, input, output, interaction, note] =
        parts.map(|field| text_or_nothing(row, field));
    let checker = text_or_nothing(row, "generated_checker");
    let answers = match (interaction.is_empty(), checker.is_empty()) {
        (false, _) => Answers::Interactive,
        (true, false) => Answers::Checked { checker },
        (true, true) => Answers::One,
    };
    let files = text_or_nothing(row, "input_mode") == "file";
    let programs = Programs {
        cases: test_list(row, "official_tests")?,
        time: Duration::from_secs_f64(
            limit(row, "time_limit", LONGEST)?.unwrap_or(TIME.as_secs_f64()),
        ),
        memory: limit(row, "memory_limit", LARGEST)?
            .map_or(MEMORY, |mib| (mib * 1_048_576.0) as u64),
        answers,
        streams: if files { Streams::Files } else { Streams::Standard },
    };
    let sections =
        [("Input", input), ("Output", output), ("Interaction", interaction), ("Note", note)];
    let mut prompt = format!("{title}\n\n{statement}");
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

fn streams([input, output]: [String; 2]) -> Streams {
    if input == "input.txt" && output == "output.txt" { Streams::Files } else { Streams::Standard }
}

/// A text, which may be missing or null.
fn text_or_nothing(row: &mut Row, field: &'static str) -> String {
    match row.take(field) {
        Ok(Value::Str(text)) => text,
        _ => String::new(),
    }
}

/// A limit that may be missing or null, but is sensible where it is not.
fn limit(row: &mut Row, field: &'static str, most: f64) -> Result<Option<f64>, Error> {
    let number = match row.take(field) {
        Ok(Value::Float(number)) => number,
        Ok(Value::Int(number)) => number.to_string().parse().unwrap_or(f64::INFINITY),
        _ => return Ok(None),
    };
    if number > 0.0 && number <= most {
        return Ok(Some(number));
    }
    let reason = format!("{number} is no limit; it must be more than 0 and at most {most}");
    Err(Error::BadField { at: row.location(), field: field.to_owned(), reason })
}

/// `{"seconds": 2, "nanos": 500000000}`, or nothing.
fn duration(row: &mut Row) -> Result<Duration, Error> {
    const FIELD: &str = "time_limit";
    let Ok(Value::Dict(fields)) = row.take(FIELD) else { return Ok(TIME) };
    let part = |name: &str| {
        let found = fields.iter().find(|(key, _)| *key == Value::Str(name.to_owned()));
        match found.map(|(_, value)| value) {
            Some(Value::Int(number)) => u64::try_from(number).unwrap_or(u64::MAX) as f64,
            _ => 0.0,
        }
    };
    let seconds = part("seconds") + part("nanos") / 1e9;
    match seconds {
        0.0 => Ok(TIME),
        seconds if seconds <= LONGEST => Ok(Duration::from_secs_f64(seconds)),
        _ => {
            let reason = format!("{seconds} s is no limit; it must be at most {LONGEST}");
            Err(Error::BadField { at: row.location(), field: FIELD.to_owned(), reason })
        }
    }
}

fn whole_number(row: &mut Row, field: &'static str) -> Result<Option<u64>, Error> {
    let Ok(Value::Int(number)) = row.take(field) else { return Ok(None) };
    match u64::try_from(&number) {
        Ok(number) if number <= 4 << 30 => Ok(Some(number)),
        _ => {
            let reason = format!("{number} bytes is no limit on memory");
            Err(Error::BadField { at: row.location(), field: field.to_owned(), reason })
        }
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

/// `{"input": [...], "output": [...]}`.
fn test_columns(row: &mut Row, field: &'static str) -> Result<Vec<TestCase>, Error> {
    let value = row.take(field)?;
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
