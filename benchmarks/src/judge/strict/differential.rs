//! Answers compared with a reference: the inputs of EvalPlus, without its weaknesses.
//!
//! The original inputs and the added ones are one run. What a result must be is EvalPlus' rule, with
//! these differences: the rule looks at the inputs as they were, not as the candidate left them; a
//! tolerance holds for the input that has it and not for those after it; `are_equivalent` is compared
//! like any other task, where EvalPlus accepts whatever is returned; `find_zero` can be passed; and an
//! input whose right result takes more than 128 MiB to write down is left out (Mbpp/255 has one).

use std::time::Duration;

use datasets::{Differential, Problem, Shapes, Value};
use sandbox::Sandbox;

use super::super::driver::Driver;
use super::super::length::at_length;
use super::super::{Judge, marshal};
use super::assertions::verdict;
use super::calls::{self, Answer, Calls};
use super::oracle::{Oracle, present};
use crate::{Candidate, Error, Verdict};

/// The least processor time that one input has, as in EvalPlus since July 2025.
const LEAST: Duration = Duration::from_secs(4);

/// How much longer than the reference a candidate may take on one input.
const REFERENCE_FACTOR: f64 = 4.0;

/// The most time that all inputs have together.
const MOST_TOGETHER: Duration = Duration::from_secs(60);

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_against_reference(
        &self,
        problem: &Problem,
        tests: &Differential,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let references = self.references(problem, tests).await?;
        let each: Vec<Duration> = references.seconds.iter().map(|it| input_time(*it)).collect();
        let together = each.iter().sum::<Duration>().min(MOST_TOGETHER);
        let calls = Calls {
            driver: Driver::Calls,
            setup: "",
            function: self.entry_point(problem)?,
            inputs: &references.inputs,
            each: &each,
            together,
            goes_on: false,
            shapes: &Shapes::default(),
            expected_bytes: references.size(),
            limits: calls::limits(together),
        };
        let called = self.call(problem, candidate, calls).await?;
        let oracle = Oracle::of(problem, tests.atol);
        let inputs: Vec<_> = tests.base.iter().chain(&tests.plus).collect();
        let inputs = references.places.iter().map(|place| inputs[*place]);
        let answers = called.answers.iter().zip(&references.results).zip(inputs);
        let met: Vec<bool> = at_length(called.run.bytes(), || {
            let met = answers.map(|(((answer, _), expected), input)| {
                is_right(&oracle, answer, expected.as_deref(), input)
            });
            met.collect()
        });
        Ok(verdict(called, &met, references.results.len(), LEAST))
    }
}

fn input_time(reference: f64) -> Duration {
    LEAST.max(Duration::from_secs_f64(REFERENCE_FACTOR * reference))
}

fn is_right(oracle: &Oracle, answer: &Answer, expected: Option<&[u8]>, input: &[Value]) -> bool {
    match (answer, expected) {
        (Answer::Raised(_) | Answer::Large, _) => false,
        // Equal bytes are equal values, and most right answers need no more than that.
        (Answer::Value(got), Some(expected)) if got == expected && oracle.is_equality() => true,
        (Answer::Value(got), Some(expected)) => {
            match (marshal::decode(got), marshal::decode(expected)) {
                (Some(got), Some(expected)) => oracle.accepts(&got, &expected, input),
                _ => false,
            }
        }
        (got, expected) => {
            // At least one is an object of no built-in type, such as a match, and that is present.
            let is_there = |value: Option<Value>| value.is_none_or(|value| present(&value));
            let expected = is_there(expected.and_then(marshal::decode));
            oracle.only_presence() && is_there(got.value()) == expected
        }
    }
}

#[cfg(test)]
mod tests {
    use datasets::{Language, Tests};

    use super::*;

    #[test]
    fn where_presence_counts_a_match_is_true_and_false_is_none() {
        let tests = Tests::InputOutput(vec![]);
        let problem = Problem {
            id: "Mbpp/794".to_owned(),
            prompt: String::new(),
            language: Language::Python,
            entry_point: Some("text_starta_endb".to_owned()),
            reference: None,
            tests,
            contest: None,
        };
        let oracle = Oracle::of(&problem, 0.0);
        let told = |value: &Value| Answer::Value(marshal::encode(value));
        let right = |answer: &Answer, expected: Option<&Value>| {
            let expected = expected.map(marshal::encode);
            is_right(&oracle, answer, expected.as_deref(), &[])
        };
        assert!(right(&told(&Value::Bool(true)), None));
        assert!(right(&told(&Value::Str("found".to_owned())), None));
        assert!(!right(&told(&Value::Bool(false)), None));
        assert!(!right(&told(&Value::None), None));
        assert!(right(&told(&Value::Bool(false)), Some(&Value::None)));
        assert!(!right(&Answer::Object("Match".to_owned()), Some(&Value::None)));
        assert!(right(&Answer::Object("Match".to_owned()), None));
    }
}
