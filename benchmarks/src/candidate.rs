//! A program to judge, made from what a model wrote.
//!
//! A model may be asked to continue a program or to answer in prose with the program inside, and
//! people hand in whole programs too. All of that is settled here, once: whoever holds a
//! [`Candidate`] holds a program and needs to know nothing about the text it came from.
//!
//! It is not known to compile. Finding that out is the interpreter's work, and a program that does
//! not compile is wrong rather than absent.

use datasets::Problem;

use crate::extract::Extraction;

/// The source of a program that claims to solve a problem.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// The whole program.
    pub source: String,
}

impl Candidate {
    /// A completion in the manner of HumanEval: the prompt is the beginning of the program.
    pub fn completing(problem: &Problem, completion: &str) -> Self {
        Self { source: [problem.prompt.as_str(), completion].concat() }
    }

    /// A whole program, taken as it is.
    pub fn solution(source: &str) -> Self {
        Self { source: source.to_owned() }
    }

    /// The program inside a chat answer, or `None` where the answer holds none.
    pub fn extract(problem: &Problem, answer: &str, extraction: Extraction) -> Option<Self> {
        let source = extraction.source_in(answer, problem.language)?;
        Some(Self { source: source.into_owned() })
    }
}
