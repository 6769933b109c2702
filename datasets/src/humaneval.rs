//! HumanEval: functions to complete, each tested by a check function.
//!
//! Chen et al., "Evaluating Large Language Models Trained on Code", 2021, arXiv:2107.03374.

use crate::row::Row;
use crate::{Error, Language, Problem, Tests};

/// The problem in a row of `HumanEval.jsonl`.
pub(crate) fn problem(row: &mut Row) -> Result<Problem, Error> {
    let prompt = row.string("prompt")?;
    let reference = [prompt.as_str(), &row.string("canonical_solution")?].concat();
    Ok(Problem {
        id: row.string("task_id")?,
        prompt,
        language: Language::Python,
        entry_point: Some(row.string("entry_point")?),
        reference: Some(reference),
        tests: Tests::Check { source: row.string("test")? },
        contest: None,
    })
}
