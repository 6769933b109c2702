//! AceCode-87K: a question and asserts, all written by a model.
//!
//! Left out: `inferences`, answers of models with the share of tests that each passes.

use super::bad;
use crate::row::Row;
use crate::{Error, Language, Problem, Tests};

/// The problem in a row.
pub(super) fn problem(id: String, row: &mut Row) -> Result<Problem, Error> {
    let asserts = row.strings("test_cases")?;
    let entry_point = entry_point(&asserts).map_err(|reason| bad(row, "test_cases", reason))?;
    Ok(Problem {
        id,
        prompt: row.string("question")?,
        language: Language::Python,
        entry_point: Some(entry_point),
        reference: None,
        tests: Tests::Asserts { setup: String::new(), asserts },
        contest: None,
    })
}

/// The function that every assert calls first.
fn entry_point(asserts: &[String]) -> Result<String, String> {
    let mut known: Option<&str> = None;
    for (number, assert) in asserts.iter().enumerate() {
        let called = called(assert).ok_or_else(|| format!("test {number} asserts no call"))?;
        let first = *known.get_or_insert(called);
        if called != first {
            return Err(format!("test {number} calls `{called}`, and test 0 `{first}`"));
        }
    }
    known.map(str::to_owned).ok_or_else(|| "it has no tests".to_owned())
}

/// The first name in an assert that is called and is none of Python's own.
fn called(assert: &str) -> Option<&str> {
    const AROUND: [&str; 12] = [
        "abs",
        "all",
        "any",
        "bool",
        "isclose",
        "isinstance",
        "len",
        "list",
        "round",
        "set",
        "sorted",
        "tuple",
    ];
    let condition = assert.trim().strip_prefix("assert")?;
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let names = condition.match_indices('(').filter_map(|(at, _)| {
        let before = &condition[..at];
        let start = before.rfind(|character| !is_name(character)).map_or(0, |at| at + 1);
        let name = &before[start..];
        (name.starts_with(|first: char| first.is_alphabetic() || first == '_')).then_some(name)
    });
    names.into_iter().find(|name| !AROUND.contains(name) && !["assert", "not"].contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_under_test_is_the_one_that_all_asserts_call() {
        let of = |asserts: &[&str]| {
            entry_point(&asserts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
        };
        let asserts = ["assert f(1) == 2", "assert (f(g(2))) == 3", "assert sorted(f(3)) == [1]"];
        assert_eq!(of(&asserts).unwrap(), "f");
        assert_eq!(of(&["assert not f(1)", "assert abs(f(1) - 2) < 1"]).unwrap(), "f");
        assert_eq!(
            of(&["assert f(1)", "assert g(1)"]).unwrap_err(),
            "test 1 calls `g`, and test 0 `f`"
        );
        assert_eq!(of(&["print(f(1))"]).unwrap_err(), "test 0 asserts no call");
        assert_eq!(of(&[]).unwrap_err(), "it has no tests");
    }
}
