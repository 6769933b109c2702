//! KodCode-V1: a question and test functions in the manner of pytest.
//!
//! Each test function becomes one test: the module of tests, then a call of that function. It runs as a
//! program apart from the answer, whose names it finds without importing them, so the import of
//! `solution` is taken out.
//!
//! Left out: what needs pytest itself (fixtures, parameters, `raises`), since an answer would be
//! judged by whether this machine has that.

use super::{bad, entry, text_entry, text_or_nothing};
use crate::row::Row;
use crate::{Error, Language, Problem, Tests, Value};

/// The problem in a row.
pub(super) fn problem(id: String, row: &mut Row) -> Result<Problem, Error> {
    let source = match text_or_nothing(row, "test") {
        test if test.is_empty() => row.string("test_code")?,
        test => test,
    };
    let asserts = tests(&source).map_err(|reason| bad(row, "test", reason))?;
    let info = match row.take("test_info") {
        Ok(Value::List(infos)) => infos.into_iter().next().unwrap_or(Value::None),
        Ok(info) if entry(&info, "function_name").is_some() => info,
        _ => Value::None,
    };
    let entry_point = text_entry(&info, "function_name").map(str::to_owned);
    let mut prompt = row.string("question")?;
    let unsaid = |name: &&str| !prompt.contains(*name);
    // A test can call only what the answer was told to define.
    if entry_point.as_deref().filter(unsaid).is_some()
        && let Some(declaration) = text_entry(&info, "function_declaration")
    {
        prompt += &format!("\n\nBegin with this:\n```python\n{declaration}\n```");
    }
    let reference = match text_or_nothing(row, "solution") {
        solution if solution.is_empty() => text_or_nothing(row, "solution_code"),
        solution => solution,
    };
    Ok(Problem {
        id,
        prompt,
        language: Language::Python,
        entry_point,
        reference: (!reference.is_empty()).then_some(reference),
        tests: Tests::Asserts { setup: String::new(), asserts },
        contest: None,
    })
}

/// A program for each test function in `source`.
fn tests(source: &str) -> Result<Vec<String>, String> {
    if ["pytest", "unittest"].iter().any(|tool| source.contains(tool)) {
        return Err("it needs a test tool, which an answer must not depend on".to_owned());
    }
    let mut module = String::with_capacity(source.len());
    let mut functions = Vec::new();
    for line in source.lines() {
        if let Some(names) = line.trim_start().strip_prefix("from solution import ") {
            if names.contains(" as ") || names.contains('(') || line.starts_with(' ') {
                return Err(format!("`{}` cannot be taken out", line.trim()));
            }
            continue;
        }
        if let Some(signature) = line.strip_prefix("def test") {
            let (name, parameters) = signature.split_once('(').unwrap_or_default();
            if !parameters.trim_start().starts_with(')') {
                return Err(format!("`test{name}` takes arguments"));
            }
            functions.push(format!("test{name}()"));
        }
        module.push_str(line);
        module.push('\n');
    }
    if module.contains("import solution") || module.contains("solution.") {
        return Err("it uses the answer as a module".to_owned());
    }
    if functions.is_empty() {
        return Err("it has no test functions".to_owned());
    }
    Ok(functions.iter().map(|call| format!("{module}{call}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_function_is_a_program_that_calls_it() {
        let source = "from solution import f\nimport math\n\ndef test_one():\n    assert f(1) == 2\n\
                      \ndef test_two():\n    assert f(2) == 3\n";
        let programs = tests(source).unwrap();
        assert_eq!(programs.len(), 2);
        assert!(programs[0].starts_with("import math\n") && programs[0].ends_with("test_one()\n"));
        assert!(programs[1].ends_with("test_two()\n"));
    }

    #[test]
    fn what_cannot_run_by_itself_is_refused() {
        let complaint = |source| tests(source).unwrap_err();
        insta::assert_snapshot!(complaint("import pytest"), @"it needs a test tool, which an answer must not depend on");
        insta::assert_snapshot!(complaint("from solution import f as g"), @"`from solution import f as g` cannot be taken out");
        insta::assert_snapshot!(complaint("def test_f(tmp_path):\n    pass"), @"`test_f` takes arguments");
        insta::assert_snapshot!(complaint("import solution\ndef test_f():\n    pass"), @"it uses the answer as a module");
        insta::assert_snapshot!(complaint("assert f(1)"), @"it has no test functions");
    }
}
