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
    /// The statement with its format, as LiveCodeBench asks models that were taught to chat; see
    /// [`PromptStyle::system`].
    LiveCodeBench,
    /// The statement, and the wish for one fenced block: for models that were taught to chat.
    Chat,
}

impl PromptStyle {
    /// What is said to the model before the text, where a style has its own words for that.
    pub fn system(self) -> Option<&'static str> {
        const LIVECODEBENCH: &str = "You are an expert Python programmer. You will be given a \
             question (problem specification) and will generate a correct Python program that \
             matches the specification and passes all tests.";
        (self == Self::LiveCodeBench).then_some(LIVECODEBENCH)
    }

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
            Self::LiveCodeBench => livecodebench(problem),
            Self::Chat => Some(chat(problem)),
        }
    }
}

fn livecodebench(problem: &Problem) -> Option<String> {
    let starter_code = problem.contest.as_ref()?.starter_code.as_str();
    let (format, code) = match starter_code {
        "" => (
            "Read the inputs from stdin solve the problem and write the answer to stdout (do not \
             directly test on the sample inputs). Enclose your code within delimiters as follows. \
             Ensure that when the python program runs, it reads the inputs, runs the algorithm and \
             writes output to STDOUT.",
            "# YOUR CODE HERE",
        ),
        starter_code => (
            "You will use the following starter code to write the solution to the problem and \
             enclose your code within delimiters.",
            starter_code,
        ),
    };
    Some(format!(
        "### Question:\n{}\n\n### Format: {format}\n```python\n{code}\n```\n\n\
         ### Answer: (use the provided format with backticks)\n\n",
        problem.prompt
    ))
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
    let language = problem.language.name();
    let form = match (&problem.tests, &problem.entry_point) {
        (Tests::InputOutput(_) | Tests::Programs(_), _) => {
            format!(
                "Write a {language} program that reads standard input and writes standard output."
            )
        }
        (_, Some(name)) => format!("Write a {language} function named `{name}`."),
        (_, None) => format!("Write it in {language}."),
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
            contest: None,
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
    fn livecodebench_shows_the_starter_code_where_there_is_some() {
        let mut problem = mbpp("Add.");
        assert_eq!(PromptStyle::LiveCodeBench.text(&problem, &[]), None);
        let contest = |starter_code: &str| datasets::Contest {
            title: String::new(),
            platform: String::new(),
            contest_id: String::new(),
            date: String::new(),
            starter_code: starter_code.to_owned(),
            difficulty: String::new(),
        };
        problem.contest = Some(contest("class Solution:\n    def f(self):"));
        assert_eq!(
            PromptStyle::LiveCodeBench.text(&problem, &[]).unwrap(),
            "### Question:\nAdd.\n\n### Format: You will use the following starter code to write the \
             solution to the problem and enclose your code within delimiters.\n```python\n\
             class Solution:\n    def f(self):\n```\n\n### Answer: (use the provided format with \
             backticks)\n\n"
        );
        problem.contest = Some(contest(""));
        let text = PromptStyle::LiveCodeBench.text(&problem, &[]).unwrap();
        assert!(text.contains("```python\n# YOUR CODE HERE\n```"), "{text}");
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
