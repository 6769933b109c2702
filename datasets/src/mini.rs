//! The problems that are part of the program, with solutions right, wrong and slow.
//!
//! They need no download, so the first run of the program, its demonstration and most of its tests
//! stand on them. Each is one TOML file `mini/FORM/NAME.toml` that a person can write and review;
//! the wrong and slow solutions are there to prove that the tests tell them apart.
//!
//! Reading them cannot fail in a program that passed its tests, which read every one.

use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::{Case, Error, Language, Problem, Shapes, TestCase, Tests, Value};

/// Answers to some of them, right and wrong ones: a file of samples for a first look.
pub const COMPLETIONS: &str = include_str!("../mini/completions.jsonl");

/// The form of an embedded problem, which is how it is asked and tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A function to complete, tested by `check(candidate)`.
    Check,
    /// A task in English, tested by asserts.
    Asserts,
    /// A function to write, tested by calls with typed arguments and known results.
    Functional,
    /// A program to write, tested by its output.
    Stdio,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Check, Self::Asserts, Self::Functional, Self::Stdio];

    /// The name of its folder, and the second part of every id.
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Asserts => "asserts",
            Self::Functional => "functional",
            Self::Stdio => "stdio",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An embedded problem.
#[derive(Clone, Debug)]
pub struct MiniProblem {
    /// The problem, with its right solution as the reference.
    pub problem: Problem,
    /// Its form.
    pub form: Form,
    /// What it is about, on one line.
    pub title: String,
    /// What it exercises, such as `strings`.
    pub tags: Vec<String>,
    /// Solutions that are nearly right and must fail.
    pub wrong: Vec<Flawed>,
    /// A solution that is right in principle and must exceed the time limit.
    pub slow: Flawed,
}

/// A solution that must not pass.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flawed {
    /// What is the matter with it.
    pub why: String,
    /// The whole program.
    pub source: String,
}

/// Every embedded problem, by form and then by name.
pub fn problems() -> &'static [MiniProblem] {
    static PROBLEMS: LazyLock<Vec<MiniProblem>> = LazyLock::new(|| {
        let read = FILES.iter().map(|(form, name, text)| parse(form, name, text));
        read.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{error}"))
    });
    &PROBLEMS
}

/// The texts of all embedded problems with their ids, to identify them by.
pub(crate) fn bytes() -> Vec<u8> {
    let each = FILES.iter().flat_map(|(form, name, text)| [form, "/", name, "\n", text]);
    each.collect::<String>().into_bytes()
}

/// Form, name and text of every file.
const FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/mini.rs"));

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    prompt: String,
    entry_point: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    tests: FileTests,
    solutions: Solutions,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTests {
    check: Option<String>,
    setup: Option<String>,
    asserts: Option<Vec<String>>,
    cases: Option<Vec<FileCase>>,
    tolerance: Option<f64>,
    io: Option<Vec<FileIo>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCase {
    arguments: String,
    expected: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileIo {
    stdin: String,
    stdout: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Solutions {
    reference: String,
    wrong: Vec<Flawed>,
    slow: Flawed,
}

fn parse(form: &str, name: &str, text: &str) -> Result<MiniProblem, Error> {
    let id = format!("mini/{form}/{name}");
    let bad = |reason| Error::BadEmbedded { id: id.clone(), reason };
    let form = Form::ALL.into_iter().find(|known| known.name() == form);
    let form = form.ok_or_else(|| bad("there is no such form".to_owned()))?;
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        bad(format!("line {line}: {}", error.message()))
    })?;
    if (form == Form::Stdio) != file.entry_point.is_none() {
        return Err(bad("`entry_point` is for every form but stdio".to_owned()));
    }
    let problem = Problem {
        tests: tests(form, file.tests).map_err(bad)?,
        id,
        prompt: file.prompt,
        language: Language::Python,
        entry_point: file.entry_point,
        reference: Some(file.solutions.reference),
        contest: None,
    };
    let Solutions { wrong, slow, .. } = file.solutions;
    Ok(MiniProblem { problem, form, title: file.title, tags: file.tags, wrong, slow })
}

/// The tests of a form; those of another form are refused.
fn tests(form: Form, tests: FileTests) -> Result<Tests, String> {
    let FileTests { check, setup, asserts, cases, tolerance, io } = tests;
    match (form, check, asserts, cases, io) {
        (Form::Check, Some(source), None, None, None) => Ok(Tests::Check { source }),
        (Form::Asserts, None, Some(asserts), None, None) => {
            Ok(Tests::Asserts { setup: setup.unwrap_or_default(), asserts })
        }
        (Form::Functional, None, None, Some(cases), None) => {
            let cases = cases.iter().map(case).collect::<Result<_, _>>()?;
            let tolerance = tolerance.unwrap_or(0.0);
            Ok(Tests::Functional { cases, tolerance, shapes: Shapes::default() })
        }
        (Form::Stdio, None, None, None, Some(io)) => {
            let cases =
                io.into_iter().map(|FileIo { stdin, stdout }| TestCase { stdin, expected: stdout });
            Ok(Tests::InputOutput(cases.collect()))
        }
        _ => Err(format!("its tests are not those of the form {form}, and those alone")),
    }
}

fn case(case: &FileCase) -> Result<Case, String> {
    let value =
        |text: &str| Value::from_python(text).map_err(|error| format!("in `{text}`, {error}"));
    match value(&case.arguments)? {
        Value::Tuple(arguments) => Ok(Case { arguments, expected: value(&case.expected)? }),
        other => {
            Err(format!("the arguments `{}` are {} and no tuple", case.arguments, other.kind()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOLUTIONS: &str = "
        [solutions]
        reference = 'r'
        wrong = [{ why = 'a', source = 'b' }, { why = 'c', source = 'd' }]
        slow = { why = 'e', source = 'f' }";

    fn parsed(form: &str, head: &str) -> Result<MiniProblem, String> {
        let text = format!("title = 't'\nprompt = 'p'\n{head}\n{SOLUTIONS}");
        parse(form, "x", &text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_functional_problem_has_typed_cases() {
        let cases = r#"
            entry_point = "f"
            [tests]
            tolerance = 1e-6
            cases = [{ arguments = "([1, 2], 'a')", expected = "{'a': (1,)}" }]"#;
        let problem = parsed("functional", cases).unwrap().problem;
        assert_eq!(problem.id, "mini/functional/x");
        let Tests::Functional { cases, tolerance, .. } = problem.tests else { panic!() };
        assert_eq!(tolerance, 1e-6);
        assert_eq!(cases[0].arguments.len(), 2);
        assert_eq!(cases[0].expected.to_python(), "{'a': (1,)}");
    }

    #[test]
    fn a_file_that_is_not_as_agreed_is_refused_with_its_place() {
        let complaint = |form, head| parsed(form, head).unwrap_err();
        insta::assert_snapshot!(complaint("stdio", "tags = [1]"), @"embedded problem `mini/stdio/x`: line 3: invalid type: integer `1`, expected a string");
        insta::assert_snapshot!(complaint("puzzle", ""), @"embedded problem `mini/puzzle/x`: there is no such form");
        insta::assert_snapshot!(complaint("check", "[tests]\ncheck = ''"), @"embedded problem `mini/check/x`: `entry_point` is for every form but stdio");
        insta::assert_snapshot!(complaint("stdio", "[tests]\ncheck = ''"), @"embedded problem `mini/stdio/x`: its tests are not those of the form stdio, and those alone");
        let cases = "entry_point = 'f'\n[tests]\ncases = [{ arguments = '(1)', expected = '1' }]";
        insta::assert_snapshot!(complaint("functional", cases), @"embedded problem `mini/functional/x`: the arguments `(1)` are an integer and no tuple");
    }

    #[test]
    fn every_form_has_ten_problems_each_with_all_its_solutions() {
        for form in Form::ALL {
            let count = problems().iter().filter(|problem| problem.form == form).count();
            assert!(count >= 10, "{count} of {form}");
        }
        for MiniProblem { problem, wrong, slow, .. } in problems() {
            let reference = problem.reference.as_ref().unwrap();
            assert_eq!(wrong.len(), 2, "{}", problem.id);
            let sources: Vec<_> = wrong.iter().chain([slow]).map(|flawed| &flawed.source).collect();
            assert!(!sources.contains(&reference), "{}", problem.id);
        }
    }
}
