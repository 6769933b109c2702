//! What a model is asked: one function for evaluation and for training.
//!
//! The styles of public harnesses are kept to the byte, since a newline more or less moves scores.
//! A chat template is not applied here: that belongs to the tokenizer of the model.

use datasets::{Problem, Tests};

/// How a problem is put to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PromptStyle {
    /// The prompt as the data set has it: HumanEval's, to be continued.
    Verbatim,
    /// Trimmed and ended by one newline, to be continued: EvalPlus 0.3.1 for base models.
    EvalPlusDirect,
    /// The statement with its tests, after solved examples in the same form: MBPP as lm-eval asks
    /// it, usually with tasks 2, 3 and 4 as examples.
    MbppFewShot,
    /// The statement and one test as a docstring: MBPP in InCoder's form.
    MbppDocstring,
    /// The statement, and the wish for one fenced block: for models that were taught to chat.
    Chat,
}

impl PromptStyle {
    /// The text for `problem`, or `None` where this style cannot express it.
    ///
    /// `examples` are shown by the few-shot style only.
    pub fn text(self, problem: &Problem, examples: &[Problem]) -> Option<String> {
        match self {
            Self::Verbatim => Some(problem.prompt.clone()),
            Self::EvalPlusDirect => Some(format!("{}\n", problem.prompt.trim())),
            Self::MbppFewShot => mbpp_few_shot(problem, examples),
            Self::MbppDocstring => {
                let test = asserts(problem)?.first()?;
                Some(format!("\"\"\"\n{}\n{test}\n\"\"\"\n", problem.prompt))
            }
            Self::Chat => Some(chat(problem)),
        }
    }
}

fn mbpp_few_shot(problem: &Problem, examples: &[Problem]) -> Option<String> {
    let mut text = String::new();
    for example in examples {
        let solution = example.reference.as_deref()?;
        text += &format!("{}{solution}\n[DONE]\n\n", mbpp_task(example)?);
    }
    Some(text + &mbpp_task(problem)?)
}

fn mbpp_task(problem: &Problem) -> Option<String> {
    // The form shows three tests, also of the few tasks that have more.
    let [first, second, third, ..] = asserts(problem)? else { return None };
    let statement = &problem.prompt;
    Some(format!(
        "You are an expert Python programmer, and here is your task: {statement} \
         Your code should pass these tests:\n\n{first}\n{second}\n{third}\n[BEGIN]\n"
    ))
}

fn asserts(problem: &Problem) -> Option<&[String]> {
    match &problem.tests {
        Tests::Asserts { asserts, .. } => Some(asserts),
        _ => None,
    }
}

fn chat(problem: &Problem) -> String {
    let form = match (&problem.tests, &problem.entry_point) {
        (Tests::InputOutput(_), _) => {
            "Write a Python program that reads standard input and writes standard output."
                .to_owned()
        }
        (_, Some(name)) => format!("Write a Python function named `{name}`."),
        (_, None) => "Write it in Python.".to_owned(),
    };
    let statement = problem.prompt.trim();
    format!("{statement}\n\n{form} Answer with the whole program in one fenced code block.\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::Language;

    fn mbpp(statement: &str) -> Problem {
        let asserts = [1, 2, 3, 4].map(|n| format!("assert f({n}) == {n}")).to_vec();
        Problem {
            id: "Mbpp/2".to_owned(),
            prompt: statement.to_owned(),
            language: Language::Python,
            entry_point: Some("f".to_owned()),
            reference: Some("def f(n):\r\n  return n".to_owned()),
            tests: Tests::Asserts { setup: String::new(), asserts },
        }
    }

    #[test]
    fn few_shots_come_solved_before_the_task_and_show_three_tests() {
        let text = PromptStyle::MbppFewShot.text(&mbpp("Do B."), &[mbpp("Do A.")]).unwrap();
        let task = |statement| {
            format!(
                "You are an expert Python programmer, and here is your task: {statement} Your code \
                 should pass these tests:\n\nassert f(1) == 1\nassert f(2) == 2\nassert f(3) == 3\n[BEGIN]\n"
            )
        };
        let solved = "def f(n):\r\n  return n\n[DONE]\n\n";
        assert_eq!(text, [&task("Do A."), solved, &task("Do B.")].concat());
    }

    #[test]
    fn the_docstring_style_shows_one_test() {
        let text = PromptStyle::MbppDocstring.text(&mbpp("Do it."), &[]).unwrap();
        assert_eq!(text, "\"\"\"\nDo it.\nassert f(1) == 1\n\"\"\"\n");
    }

    #[test]
    fn a_problem_without_asserts_has_no_mbpp_prompt() {
        let mut problem = mbpp("Do it.");
        problem.tests = Tests::InputOutput(Vec::new());
        assert_eq!(PromptStyle::MbppFewShot.text(&problem, &[]), None);
        assert!(PromptStyle::Chat.text(&problem, &[]).unwrap().contains("standard input"));
    }

    #[test]
    fn evalplus_ends_a_prompt_by_exactly_one_newline() {
        let mut problem = mbpp("\n\ndef f(n):\n    ''' Doc. '''\n    ");
        assert_eq!(
            PromptStyle::EvalPlusDirect.text(&problem, &[]).unwrap(),
            "def f(n):\n    ''' Doc. '''\n"
        );
        problem.prompt = "def f(n):".to_owned();
        assert_eq!(PromptStyle::Verbatim.text(&problem, &[]).unwrap(), "def f(n):");
    }
}
