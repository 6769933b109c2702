//! Small problems made from templates, to train a small model on and to measure it by.
//!
//! There are more of them than a person would write one by one, and they are easier than the other
//! embedded ones: a model of a hundred million parameters solves some of them, so that it has
//! something to learn from. The table is `mini/templates.toml`. What a function must return is not
//! in it: the reference says, as in HumanEval+.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::problem::Differential;
use crate::{Language, Problem, Tests, Value};

const TABLE: &str = include_str!("../mini/templates.toml");

/// What a problem is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// To learn from.
    #[default]
    Train,
    /// To measure by.
    Test,
}

/// A problem from a template.
#[derive(Clone, Debug)]
pub struct TemplateProblem {
    /// The problem, with its right solution as the reference.
    pub problem: Problem,
    /// What it is for.
    pub split: Split,
    /// Whole programs that are nearly right and must fail.
    pub wrong: Vec<String>,
}

/// Every problem from a template, family by family.
pub fn problems() -> &'static [TemplateProblem] {
    static PROBLEMS: LazyLock<Vec<TemplateProblem>> = LazyLock::new(|| {
        let table: Table = toml::from_str(TABLE).expect("the tests have read this table");
        table.family.iter().flat_map(Family::problems).collect()
    });
    &PROBLEMS
}

/// What the problems are made from, to identify them by.
pub(crate) fn bytes() -> &'static [u8] {
    TABLE.as_bytes()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    family: Vec<Family>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    name: String,
    #[serde(default)]
    split: Split,
    arguments: String,
    /// The names of the functions, where there are no numbers.
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    numbers: Vec<i64>,
    wordings: Vec<String>,
    body: String,
    wrong: Vec<String>,
    inputs: Vec<String>,
}

impl Family {
    fn problems(&self) -> Vec<TemplateProblem> {
        if self.numbers.is_empty() {
            let named = self.names.iter().zip(&self.wordings);
            return named
                .map(|(name, wording)| self.problem(name, wording, 0, self.split))
                .collect();
        }
        let last = self.numbers.len() - 1;
        let wordings = self.wordings.iter().cycle();
        let numbered = self.numbers.iter().zip(wordings).enumerate();
        let problem = |(place, (&number, wording)): (usize, (&i64, &String))| {
            let split = if place == last { Split::Test } else { self.split };
            self.problem(&format!("{}_{number}", self.name), wording, number, split)
        };
        numbered.map(problem).collect()
    }

    fn problem(&self, name: &str, wording: &str, number: i64, split: Split) -> TemplateProblem {
        let fill = |text: &str| text.replace("{n}", &number.to_string());
        let head = format!("def {name}({}):\n", self.arguments);
        let program = |body: &str| format!("{head}    {}\n", fill(body));
        let input = |text: &String| match Value::from_python(&fill(text)) {
            Ok(Value::Tuple(arguments)) => arguments,
            other => panic!("`{text}` of {name} is no tuple but {other:?}"),
        };
        let folder = match split {
            Split::Train => "train",
            Split::Test => "test",
        };
        TemplateProblem {
            problem: Problem {
                id: format!("mini-{folder}/{name}"),
                prompt: format!("{head}    \"\"\"{}\"\"\"\n", fill(wording)),
                language: Language::Python,
                entry_point: Some(name.to_owned()),
                reference: Some(program(&self.body)),
                tests: Tests::Differential(Differential {
                    base: self.inputs.iter().map(input).collect(),
                    plus: Vec::new(),
                    atol: 0.0,
                }),
                contest: None,
            },
            split,
            wrong: self.wrong.iter().map(|body| program(body)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_enough_to_learn_from_and_others_to_measure_by() {
        let count = |split| problems().iter().filter(|it| it.split == split).count();
        assert!(count(Split::Train) >= 160, "{}", count(Split::Train));
        assert!(count(Split::Test) >= 40, "{}", count(Split::Test));
    }

    #[test]
    fn no_name_and_no_wording_is_in_both_splits() {
        let of = |split, part: fn(&Problem) -> String| -> BTreeSet<String> {
            let all = problems().iter().filter(|it| it.split == split);
            all.map(|it| part(&it.problem)).collect()
        };
        let name = |problem: &Problem| problem.entry_point.clone().unwrap_or_default();
        assert_eq!(of(Split::Train, name).intersection(&of(Split::Test, name)).next(), None);
        let prompt = |problem: &Problem| problem.prompt.clone();
        assert_eq!(of(Split::Train, prompt).intersection(&of(Split::Test, prompt)).next(), None);
    }

    #[test]
    fn every_problem_has_a_name_of_its_own() {
        let names: BTreeSet<_> = problems().iter().map(|it| &it.problem.id).collect();
        assert_eq!(names.len(), problems().len());
    }

    #[test]
    fn a_problem_reads_as_a_person_would_write_it() {
        let problem = &problems()[0].problem;
        assert_eq!(problem.prompt, "def add_3(x):\n    \"\"\"Return x plus 3.\"\"\"\n");
        assert_eq!(problem.reference.as_deref(), Some("def add_3(x):\n    return x + 3\n"));
    }
}
