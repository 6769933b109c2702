//! Training sets: problems that others collected to learn from.
//!
//! | name | rows of | tests |
//! |---|---|---|
//! | `leetcode` | `newfacade/LeetCodeDataset` (arXiv:2504.14655) | calls of a method |
//! | `acecode` | `TIGER-Lab/AceCode-87K` (arXiv:2502.01718) | asserts |
//! | `taco` | `BAAI/TACO` (arXiv:2312.14852) | input and output, or calls |
//! | `deepcoder` | `agentica-org/DeepCoder-Preview-Dataset` | input and output, or calls |
//! | `areal-code` | `inclusionAI/AReaL-boba-2-RL-Code` (arXiv:2505.24298) | input and output, or calls |
//! | `kodcode` | `KodCode/KodCode-V1` (arXiv:2503.02951) | test functions |
//!
//! These were made in bulk, and some of their rows make no sense. A benchmark with such a row is
//! broken; a training set goes on without it, and says which and why: a [`Refusal`]. A file of which
//! nothing is understood is an error, since it is most likely of another set.
//!
//! What becomes a contest problem (the first and the middle three) is judged by the rules that this
//! project has for those of LiveCodeBench. Their own limits of time and memory are left out, as are
//! solutions beyond the first.

mod acecode;
mod cap;
mod kodcode;
mod leetcode;
mod signature;
mod tables;

use std::collections::HashSet;

use crate::error::{Error, Position};
use crate::row::Row;
use crate::{Contest, Language, Problem, Tests, Value};

/// A training set this crate can load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrainingSet {
    /// LeetCodeDataset: methods to write, called with known results.
    LeetCode,
    /// AceCode-87K: functions to write, with asserts that a model wrote.
    AceCode,
    /// TACO: contest problems by topic.
    Taco,
    /// DeepCoder-Preview: contest problems of three collections.
    DeepCoder,
    /// AReaL-boba-2-RL-Code: those, filtered, and others.
    Areal,
    /// KodCode-V1: synthetic problems with test functions.
    KodCode,
}

impl TrainingSet {
    /// Every training set, in the order in which they are listed to people.
    pub const ALL: [Self; 6] =
        [Self::LeetCode, Self::AceCode, Self::Taco, Self::DeepCoder, Self::Areal, Self::KodCode];

    /// Where its authors publish it.
    pub fn url(self) -> &'static str {
        match self {
            Self::LeetCode => "https://huggingface.co/datasets/newfacade/LeetCodeDataset",
            Self::AceCode => "https://huggingface.co/datasets/TIGER-Lab/AceCode-87K",
            Self::Taco => "https://huggingface.co/datasets/BAAI/TACO",
            Self::DeepCoder => {
                "https://huggingface.co/datasets/agentica-org/DeepCoder-Preview-Dataset"
            }
            Self::Areal => "https://huggingface.co/datasets/inclusionAI/AReaL-boba-2-RL-Code",
            Self::KodCode => "https://huggingface.co/datasets/KodCode/KodCode-V1",
        }
    }

    /// The licence that its authors or their card name, as others report it; statements of contests
    /// may belong to those who held them.
    pub fn licence(self) -> &'static str {
        match self {
            Self::LeetCode | Self::Taco | Self::Areal => "Apache-2.0",
            Self::DeepCoder => "MIT",
            Self::AceCode => "not known",
            Self::KodCode => "CC-BY-NC-4.0",
        }
    }

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeetCode => "leetcode",
            Self::AceCode => "acecode",
            Self::Taco => "taco",
            Self::DeepCoder => "deepcoder",
            Self::Areal => "areal-code",
            Self::KodCode => "kodcode",
        }
    }

    /// The fields that may hold the name of a problem; where a row has none, its number is the name.
    fn name_fields(self) -> &'static [&'static str] {
        match self {
            Self::LeetCode => &["task_id"],
            Self::AceCode => &["id"],
            Self::Areal => &["query_id"],
            Self::KodCode => &["question_id", "conversation_id"],
            // TACO's `name` is empty in most rows and repeated in others.
            Self::Taco | Self::DeepCoder => &[],
        }
    }

    fn problem(self, id: String, row: &mut Row) -> Result<Problem, Error> {
        match self {
            Self::LeetCode => leetcode::problem(id, row),
            Self::AceCode => acecode::problem(id, row),
            Self::Taco => tables::taco(id, row),
            Self::DeepCoder => tables::deepcoder(id, row),
            Self::Areal => tables::areal(id, row),
            Self::KodCode => kodcode::problem(id, row),
        }
    }
}

/// A row of a training set that is no problem to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the problem would be called.
    pub id: String,
    /// Where the row stands in the file.
    pub position: Position,
    /// What is the matter with it.
    pub reason: String,
}

/// The problems in the rows of some files, and the rows that are none.
pub(crate) fn problems(
    set: TrainingSet,
    files: Vec<Vec<Row>>,
) -> Result<(Vec<Problem>, Vec<Refusal>), Error> {
    let (mut problems, mut refused) = (Vec::new(), Vec::new());
    let mut names = HashSet::new();
    let mut first_error = None;
    for (mut row, number) in numbered(files) {
        let position = row.position();
        let id = name(set, &mut row, number);
        let refusal = |id, reason| Refusal { id, position, reason };
        if names.contains(&id) {
            let reason = "a problem of this name was there before".to_owned();
            refused.push(refusal(id, reason));
            continue;
        }
        match set.problem(id.clone(), &mut row) {
            Ok(problem) => {
                names.insert(id);
                problems.push(problem);
            }
            Err(error) => {
                refused.push(refusal(id, error.reason()));
                first_error.get_or_insert(error);
            }
        }
    }
    match first_error {
        Some(error) if problems.is_empty() => Err(error),
        _ => Ok((problems, refused)),
    }
}

/// The rows with their numbers, which go on from file to file.
fn numbered(files: Vec<Vec<Row>>) -> impl Iterator<Item = (Row, usize)> {
    let mut before = 0;
    files.into_iter().flat_map(move |rows| {
        let earlier = before;
        before += rows.last().map_or(0, |row| row.position().number());
        rows.into_iter().map(move |row| {
            let number = earlier + row.position().number();
            (row, number)
        })
    })
}

fn name(set: TrainingSet, row: &mut Row, number: usize) -> String {
    let named = set.name_fields().iter().find_map(|&field| match row.take(field) {
        Ok(Value::Str(name)) if !name.is_empty() => Some(name),
        Ok(Value::Int(number)) => Some(number.to_string()),
        _ => None,
    });
    let name = named.unwrap_or_else(|| number.to_string());
    format!("{}/{name}", set.name())
}

/// A problem whose tests are those of a contest.
fn contest_problem(id: String, statement: String, posed: Posed, tests: Tests) -> Problem {
    let Posed { set, entry_point, starter_code, difficulty, reference } = posed;
    let mut prompt = statement;
    let begun = starter_code.trim();
    // What an answer must be called can be known from here alone.
    if !begun.is_empty() && !prompt.contains(begun) {
        prompt += &format!("\n\nBegin with this:\n```python\n{begun}\n```");
    }
    Problem {
        id,
        prompt,
        language: Language::Python,
        entry_point,
        reference,
        tests,
        contest: Some(Contest {
            title: String::new(),
            platform: set.name().to_owned(),
            contest_id: String::new(),
            date: String::new(),
            starter_code,
            difficulty,
        }),
    }
}

/// What a row says about its problem beside statement and tests.
struct Posed {
    set: TrainingSet,
    entry_point: Option<String>,
    starter_code: String,
    difficulty: String,
    reference: Option<String>,
}

/// The complaint that a row's field is not as it must be.
fn bad(row: &Row, field: &str, reason: impl Into<String>) -> Error {
    Error::BadField { at: row.location(), field: field.to_owned(), reason: reason.into() }
}

/// A text that may be missing, null, or of another type.
fn text_or_nothing(row: &mut Row, field: &'static str) -> String {
    match row.take(field) {
        Ok(Value::Str(text)) => text,
        _ => String::new(),
    }
}

/// The value of `key` in an object, if it is one and has it.
fn entry<'a>(object: &'a Value, key: &str) -> Option<&'a Value> {
    let Value::Dict(fields) = object else { return None };
    fields.iter().find(|(name, _)| matches!(name, Value::Str(name) if name == key)).map(|it| &it.1)
}

/// The text of `key` in an object; an empty one is none.
fn text_entry<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    match entry(object, key) {
        Some(Value::Str(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}
