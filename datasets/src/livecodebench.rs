//! LiveCodeBench: contest problems with their dates, for reading from standard input or as a method.
//!
//! Jain et al., "LiveCodeBench: Holistic and Contamination Free Evaluation of Large Language Models
//! for Code", 2024, arXiv:2403.07974. A row is one of `code_generation_lite`; its releases are the
//! files `test.jsonl` to `test6.jsonl`, each of which holds what a release added, so that several of
//! them one after the other are a release. Rows do not say which release they are of; what tells
//! problems apart that a model may have seen is the date of the contest.
//!
//! Tests that nobody should find by searching the web are packed, see [`packed`]. Public and
//! private ones are one list, in this order, as they are to the official grader.

mod packed;

use crate::row::Row;
use crate::{Case, Error, Language, Problem, Shapes, TestCase, Tests, Value, Window};

/// How far a float may be from the expected one: what LeetCode grants, and says that it grants.
///
/// The official grader grants nothing; its profile does not look at this.
const TOLERANCE: f64 = 1e-5;

/// Where and when a problem was posed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contest {
    /// The title of the problem.
    pub title: String,
    /// Who posed it: `leetcode`, `codeforces` or `atcoder`.
    pub platform: String,
    /// The contest.
    pub contest_id: String,
    /// When it was held, as `2023-08-21T00:00:00`.
    pub date: String,
    /// What an answer must begin with; empty for programs that read standard input.
    pub starter_code: String,
    /// `easy`, `medium` or `hard`.
    pub difficulty: String,
}

/// The problem in a row of `code_generation_lite`.
pub(crate) fn problem(row: &mut Row) -> Result<Problem, Error> {
    let mut cases = test_cases(row, "public_test_cases")?;
    cases.extend(test_cases(row, "private_test_cases")?);
    let function = function(row)?;
    let tests = match &function {
        None => Tests::InputOutput(cases),
        Some(_) => {
            let calls = (0..).zip(cases).map(|(number, case)| call(row, number, &case));
            let cases = calls.collect::<Result<_, _>>()?;
            Tests::Functional { cases, tolerance: TOLERANCE, shapes: Shapes::default() }
        }
    };
    Ok(Problem {
        id: name(row, "question_id")?,
        prompt: row.string("question_content")?,
        language: Language::Python,
        entry_point: function,
        reference: None,
        tests,
        contest: Some(contest(row)?),
    })
}

fn contest(row: &mut Row) -> Result<Contest, Error> {
    Ok(Contest {
        title: row.string("question_title")?,
        platform: row.string("platform")?,
        contest_id: name(row, "contest_id")?,
        date: date(row)?,
        starter_code: row.string("starter_code")?,
        difficulty: row.string("difficulty")?,
    })
}

/// The date in the one form in which dates are in the order of their letters.
fn date(row: &mut Row) -> Result<String, Error> {
    const FIELD: &str = "contest_date";
    let text = row.string(FIELD)?;
    moment(&text).ok_or_else(|| {
        row.bad(FIELD, format!("`{text}` is no date in the form of 2024-08-01T00:00:00"))
    })
}

/// A day, which is its midnight, or a day and a time. A part of a second is left out.
fn moment(text: &str) -> Option<String> {
    let (day, time) = text.split_at_checked("2024-08-01".len())?;
    let day = Window::day(day).ok()?;
    if time.is_empty() {
        return Some(format!("{day}T00:00:00"));
    }
    let time = time.strip_prefix(['T', ' '])?;
    let (time, part) = time.split_once('.').unwrap_or((time, ""));
    let numbers: Vec<&str> = time.split(':').collect();
    let is_within = |number: &str, most: u8| {
        number.len() == 2
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && number.parse::<u8>().is_ok_and(|number| number <= most)
    };
    let is_time = numbers.len() == 3
        && numbers.iter().zip([23, 59, 59]).all(|(number, most)| is_within(number, most))
        && part.bytes().all(|byte| byte.is_ascii_digit());
    is_time.then(|| format!("{day}T{time}"))
}

/// A name that some files write as a number.
fn name(row: &mut Row, field: &'static str) -> Result<String, Error> {
    match row.take(field)? {
        Value::Str(name) => Ok(name),
        Value::Int(number) => Ok(number.to_string()),
        other => Err(row.wrong(field.to_owned(), "a string", &other)),
    }
}

/// The method to call, which `metadata` names where there is one.
fn function(row: &mut Row) -> Result<Option<String>, Error> {
    const FIELD: &str = "metadata";
    let metadata = match row.take(FIELD)? {
        Value::Str(text) => json(row, FIELD, &text)?,
        other => other,
    };
    let Value::Dict(fields) = metadata else {
        return Err(row.wrong(FIELD.to_owned(), "an object", &metadata));
    };
    let named = fields.into_iter().find(|(key, _)| *key == Value::Str("func_name".to_owned()));
    match named.map(|(_, name)| name) {
        None | Some(Value::None) => Ok(None),
        Some(Value::Str(name)) => Ok(Some(name)),
        Some(other) => Err(row.wrong("metadata.func_name".to_owned(), "a string", &other)),
    }
}

/// The tests in `field`: JSON, or JSON that is packed.
fn test_cases(row: &mut Row, field: &'static str) -> Result<Vec<TestCase>, Error> {
    let tests = match row.take(field)? {
        // What is packed is base64, of which no text is a list in JSON.
        Value::Str(text) if text.trim_start().starts_with('[') => json(row, field, &text)?,
        // The official loader fails on it as well, while unpacking nothing.
        Value::Str(text) if text.trim().is_empty() => {
            return Err(row.bad(field, "it is empty, and no tests are `[]`".to_owned()));
        }
        Value::Str(text) => {
            let unpacked = packed::text(&text).map_err(|reason| row.bad(field, reason))?;
            json(row, field, &unpacked)?
        }
        other => other,
    };
    let Value::List(tests) = tests else {
        return Err(row.wrong(field.to_owned(), "a list of tests", &tests));
    };
    let each = tests.into_iter().enumerate().map(|(number, test)| {
        TestCase::read(test).ok_or_else(|| {
            let place = format!("{field}[{number}]");
            Error::BadField {
                at: row.location(),
                field: place,
                reason: "a test is an object with the strings `input` and `output`".to_owned(),
            }
        })
    });
    each.collect()
}

/// The call that a test of a method is: one argument a line, as JSON.
fn call(row: &Row, number: usize, case: &TestCase) -> Result<Case, Error> {
    let value = |text: &str| {
        Value::from_json(text)
            .map_err(|error| row.bad("test_cases", format!("test {number}: {error}")))
    };
    let arguments = case.stdin.split('\n').map(value).collect::<Result<_, _>>()?;
    Ok(Case { arguments, expected: value(&case.expected)? })
}

fn json(row: &Row, field: &'static str, text: &str) -> Result<Value, Error> {
    Value::from_json(text).map_err(|error| row.bad(field, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_come_in_one_form() {
        for (text, expected) in [
            ("2024-08-01T07:30:00", "2024-08-01T07:30:00"),
            ("2024-08-01 07:30:00", "2024-08-01T07:30:00"),
            ("2024-08-01", "2024-08-01T00:00:00"),
            ("2024-08-01T00:00:00.000", "2024-08-01T00:00:00"),
        ] {
            assert_eq!(moment(text).as_deref(), Some(expected));
        }
        for text in [
            "yesterday",
            "",
            "2024-08-01T",
            "2024-08-01Z",
            "2024-8-1",
            "2024-13-01T00:00:00",
            "2024-08-01T24:00:00",
            "2024-08-01T07:30",
            "2024-08-01T7:30:000",
            "2024-08-01T00:00:00+02:00",
            "2024-08-01T00:00:00.0é",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
