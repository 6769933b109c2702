//! MultiPL-E: HumanEval and MBPP, translated by rules into other languages.
//!
//! Cassano et al., "MultiPL-E: A Scalable and Polyglot Approach to Benchmarking Neural Code Generation",
//! 2022, arXiv:2208.08227. A row is a prompt that ends within a function, and a program's end with its
//! asserts; what comes between them is the answer.
//!
//! Left out: the languages that this project does not run, which are refused by name, and `original`,
//! `doctests` and `prompt_terminology`, which say how the row was made.

use crate::row::Row;
use crate::{Error, Language, Problem, Tests};

/// The problem in a row of any of its files.
pub(crate) fn problem(row: &mut Row) -> Result<Problem, Error> {
    Ok(Problem {
        id: row.string("name")?,
        language: language(row)?,
        prompt: row.string("prompt")?,
        tests: Tests::Main { beginning: String::new(), end: row.string("tests")? },
        entry_point: None,
        reference: None,
        contest: None,
    })
}

fn language(row: &mut Row) -> Result<Language, Error> {
    let name = row.string("language")?;
    match name.as_str() {
        "py" => Ok(Language::Python),
        "cpp" => Ok(Language::Cpp),
        "js" => Ok(Language::JavaScript),
        "ts" => Ok(Language::TypeScript),
        "go" | "go_test.go" => Ok(Language::Go),
        "java" => Ok(Language::Java),
        "rs" => Ok(Language::Rust),
        _ => {
            let reason = format!(
                "`{name}` is a language that is not run here; py, cpp, js, ts, go, java and rs are"
            );
            Err(Error::BadField { at: row.location(), field: "language".to_owned(), reason })
        }
    }
}
