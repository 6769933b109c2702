//! MBPP: small tasks in plain English, each with a few asserts.
//!
//! Austin et al., "Program Synthesis with Large Language Models", 2021, arXiv:2108.07732. The full
//! file (974 tasks) has the fields `text` and `test_setup_code`; the sanitized one (427 tasks, with
//! statements and tests mended by hand) has `prompt` and `test_imports` in their place.
//!
//! Left out: `challenge_test_list`, which the benchmark does not count.

use crate::row::Row;
use crate::{Error, Language, Problem, Tests};

/// The problem in a row of either file.
pub(crate) fn problem(row: &mut Row) -> Result<Problem, Error> {
    let prompt = row.string(if row.has("prompt") { "prompt" } else { "text" })?;
    let setup = match row.has("test_imports") {
        true => row.strings("test_imports")?.join("\n"),
        false => row.string("test_setup_code")?,
    };
    let reference = row.string("code")?;
    let asserts = row.strings("test_list")?;
    Ok(Problem {
        id: format!("Mbpp/{}", row.natural("task_id")?),
        prompt,
        language: Language::Python,
        entry_point: tested_function(&reference, &asserts),
        reference: Some(reference),
        tests: Tests::Asserts { setup, asserts },
        contest: None,
    })
}

/// The function of `reference` that every assert calls: MBPP names it nowhere else.
fn tested_function(reference: &str, asserts: &[String]) -> Option<String> {
    let mut names = reference.lines().filter_map(|line| {
        let name = line.strip_prefix("def ")?.split('(').next()?.trim();
        (!name.is_empty()).then_some(name)
    });
    let tested = |name: &&str| asserts.iter().all(|assert| calls(assert, name));
    names.rfind(tested).map(str::to_owned)
}

fn calls(source: &str, name: &str) -> bool {
    source.match_indices(name).any(|(start, _)| {
        let before = source[..start].chars().next_back();
        let after = source[start + name.len()..].trim_start();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.')
            && after.starts_with('(')
    })
}

/// The part of MBPP that a task is in, as the paper divides it by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MbppSplit {
    /// Tasks 1 to 10: examples to put into a prompt.
    Prompt,
    /// Tasks 11 to 510: what published scores count.
    Test,
    /// Tasks 511 to 600.
    Validation,
    /// Tasks 601 to 974.
    Train,
}

impl MbppSplit {
    /// The split of a problem, or `None` where it is not one of MBPP or MBPP+.
    pub fn of(problem: &Problem) -> Option<Self> {
        match problem.id.strip_prefix("Mbpp/")?.parse::<u32>().ok()? {
            1..=10 => Some(Self::Prompt),
            11..=510 => Some(Self::Test),
            511..=600 => Some(Self::Validation),
            601..=974 => Some(Self::Train),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tested(reference: &str, asserts: &[&str]) -> Option<String> {
        let asserts: Vec<String> = asserts.iter().map(|&text| text.to_owned()).collect();
        tested_function(reference, &asserts)
    }

    #[test]
    fn the_tested_function_is_the_one_that_every_assert_calls() {
        let reference =
            "import math\ndef square(x):\n  return x*x\ndef area (r): \n  return square(r)";
        assert_eq!(
            tested(reference, &["assert area(1) == 1", "assert (area (2)) == 4"]),
            Some("area".into())
        );
        assert_eq!(tested(reference, &["assert subarea(1) == 1"]), None);
        assert_eq!(tested(reference, &["assert area(1)", "assert square(2)"]), None);
    }
}
