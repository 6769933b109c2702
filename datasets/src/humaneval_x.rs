//! HumanEval-X: HumanEval's functions in several languages, each with a test as a program.
//!
//! Zheng et al., "CodeGeeX: A Pre-Trained Model for Code Generation with Multilingual Benchmarking on
//! HumanEval-X", 2023, arXiv:2303.17568. Each language is a file of its own; the names of its tasks
//! say which. What upstream puts before a program in some languages is put here.
//!
//! Left out: `example_test`, `text` and `declaration`, which its other tasks use.

use crate::row::Row;
use crate::{Error, Language, Problem, Tests};

/// What upstream includes in C++ programs that do not themselves.
const CPP: [&str; 8] = [
    "using namespace std;",
    "#include<stdlib.h>",
    "#include<algorithm>",
    "#include<string>",
    "#include<vector>",
    "#include<stdio.h>",
    "#include<math.h>",
    "#include<climits>",
];

/// What upstream imports in Python programs, but for numpy, which not every machine has.
const PYTHON: &str = "import math\nimport re\nimport sys\nimport copy\nimport datetime\n\
                      import itertools\nimport collections\nimport heapq\nimport statistics\n\
                      import functools\nimport hashlib\nimport string\n\
                      from typing import *\nfrom collections import *\n";

/// The problem in a row of any of its files.
pub(crate) fn problem(row: &mut Row) -> Result<Problem, Error> {
    let id = row.string("task_id")?;
    let language = language(row, &id)?;
    let prompt = prompt(row, language)?;
    let reference = [prompt.as_str(), &row.string("canonical_solution")?].concat();
    Ok(Problem {
        tests: Tests::Main {
            beginning: beginning(row, language, &prompt)?,
            end: row.string("test")?,
        },
        id,
        prompt,
        language,
        entry_point: None,
        reference: Some(reference),
        contest: None,
    })
}

fn language(row: &Row, id: &str) -> Result<Language, Error> {
    match id.split('/').next() {
        Some("Python") => Ok(Language::Python),
        Some("CPP") => Ok(Language::Cpp),
        Some("JavaScript") => Ok(Language::JavaScript),
        Some("Go") => Ok(Language::Go),
        Some("Java") => Ok(Language::Java),
        Some("Rust") => Ok(Language::Rust),
        _ => {
            let reason = format!("`{id}` names no language of HumanEval-X");
            Err(Error::BadField { at: row.location(), field: "task_id".to_owned(), reason })
        }
    }
}

/// What a model continues. In Rust it is the comment only, and the function's head stands elsewhere.
fn prompt(row: &mut Row, language: Language) -> Result<String, Error> {
    let prompt = row.string("prompt")?;
    if language != Language::Rust {
        return Ok(prompt);
    }
    Ok([row.string("declaration")?, prompt].concat())
}

fn beginning(row: &mut Row, language: Language, prompt: &str) -> Result<String, Error> {
    Ok(match language {
        Language::Cpp => {
            let missing = CPP.iter().filter(|line| !prompt.contains(**line));
            let (namespace, includes): (Vec<&str>, Vec<&str>) =
                missing.partition(|line| line.starts_with("using"));
            includes.into_iter().chain(namespace).map(|line| format!("{line}\n")).collect()
        }
        Language::Python => PYTHON.to_owned(),
        Language::Go => row.string("test_setup")?,
        Language::Rust => "fn main() {}\n".to_owned(),
        _ => String::new(),
    })
}
