//! Answers that are functions with known results.
//!
//! The inputs go in, the results come out, and they are compared here, type for type: `1` is not
//! `1.0` or `True`, and a list is not a tuple. An answer may return values of Python's built-in types
//! and nothing else, so no comparison method of its own making is ever called.

use std::collections::BTreeMap;
use std::time::Duration;

use datasets::{Case, Problem, Value};
use sandbox::Sandbox;

use super::driver::Driver;
use super::length::at_length;
use super::marshal::{self, Order};
use super::strict::normal_form;
use super::{Judge, limits_around};
use crate::{Candidate, Error, Outcome, TestCount, Verdict};

/// The most that results may take on their way back.
const REPORT: u64 = 16 << 20;

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_functional(
        &self,
        problem: &Problem,
        cases: &[Case],
        tolerance: f64,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let entry_point = self.entry_point(problem)?;
        let time = self.profile.program_time();
        let inputs = marshal::encode_calls(cases.iter().map(|case| &case.arguments));
        let order =
            Order::new().text(entry_point).text(&candidate.source).bytes(&inputs).seconds(time);
        let limits = limits_around(time, Duration::ZERO);
        let run = self.drive(problem, Driver::Functional, order, REPORT, limits).await?;

        let answers: Vec<Answer> = run.told.iter().filter_map(Answer::read).collect();
        let answers = answers.into_iter().zip(cases);
        let results: Vec<Result<(), String>> = at_length(run.bytes(), || {
            answers.map(|(answer, case)| answer.check(&case.expected, tolerance)).collect()
        });
        let tests = TestCount {
            total: cases.len(),
            run: results.len(),
            passed: results.iter().filter(|result| result.is_ok()).count(),
        };
        let finding = run.finding();
        let wrong =
            results.into_iter().enumerate().find_map(|(at, result)| Some((at, result.err()?)));
        let (outcome, message) = match (&finding, wrong) {
            (None, _) => run.silence(),
            (Some(finding), _) if finding.how == "timed out" => {
                (finding.outcome(), format!("it took longer than {time:?}"))
            }
            (Some(finding), _) if finding.how == "failed" => {
                (finding.outcome(), finding.describe())
            }
            (Some(_), Some((at, what))) => (Outcome::WrongAnswer, format!("{what} in call {at}")),
            (Some(_), None) if tests.run < tests.total => {
                (Outcome::OutputLimit, "it returned more than it may".to_owned())
            }
            (Some(_), None) => (Outcome::Accepted, String::new()),
        };
        let written = finding.map(|finding| finding.written).unwrap_or_default();
        Ok(run.tally().verdict(outcome, message, tests, &written, None))
    }
}

/// What one call gave.
enum Answer {
    /// A marshalled value.
    Returned(Vec<u8>),
    /// An exception in words.
    Raised(String),
}

impl Answer {
    fn read(value: &Value) -> Option<Self> {
        let Value::Tuple(fields) = value else { return None };
        match fields.as_slice() {
            [Value::Bool(true), Value::Bytes(result)] => Some(Self::Returned(result.clone())),
            [Value::Bool(false), Value::Str(what)] => Some(Self::Raised(what.clone())),
            _ => None,
        }
    }

    fn check(self, expected: &Value, tolerance: f64) -> Result<(), String> {
        let returned = match self {
            Self::Returned(result) => marshal::decode(&result),
            Self::Raised(what) => return Err(what),
        };
        match returned {
            Some(value) if same(&value, expected, tolerance) => Ok(()),
            _ => Err("it returned a wrong value".to_owned()),
        }
    }
}

/// Whether two values are the same, floats within `tolerance` of each other.
fn same(value: &Value, expected: &Value, tolerance: f64) -> bool {
    let close = |one: f64, other: f64| {
        one == other || one.is_nan() && other.is_nan() || (one - other).abs() <= tolerance
    };
    let all = |one: &[Value], other: &[Value]| {
        one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same(a, b, tolerance))
    };
    match (value, expected) {
        (Value::Float(one), Value::Float(other)) => close(*one, *other),
        (Value::Complex(a, b), Value::Complex(c, d)) => close(*a, *c) && close(*b, *d),
        (Value::List(one), Value::List(other)) | (Value::Tuple(one), Value::Tuple(other)) => {
            all(one, other)
        }
        // Neither has an order. What was told as a set may have an element twice.
        (Value::Set(one), Value::Set(other)) => {
            let (Some(ours), Some(theirs)) = (by_form(one), by_form(other)) else { return false };
            let pairs = || ours.iter().zip(&theirs);
            ours.len() == theirs.len() && pairs().all(|(a, b)| a.0 == b.0 && same(a.1, b.1, 0.0))
        }
        (Value::Dict(one), Value::Dict(other)) => {
            let (Some(ours), Some(theirs)) = (by_key(one), by_key(other)) else { return false };
            let pairs = || ours.iter().zip(&theirs);
            ours.len() == theirs.len()
                && pairs().all(|((a, (key, item)), (b, (k, i)))| {
                    a == b && same(key, k, 0.0) && same(item, i, tolerance)
                })
        }
        (one, other) => one == other,
    }
}

/// The elements of a set, each once, in an order that depends on nothing but them.
fn by_form(items: &[Value]) -> Option<BTreeMap<Vec<u8>, &Value>> {
    items.iter().map(|item| Some((normal_form(item)?, item))).collect()
}

/// The entries of a dict likewise.
fn by_key(entries: &[(Value, Value)]) -> Option<BTreeMap<Vec<u8>, (&Value, &Value)>> {
    entries.iter().map(|(key, item)| Some((normal_form(key)?, (key, item)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(number: i32) -> Value {
        Value::Int(number.into())
    }

    #[test]
    fn types_are_told_apart() {
        assert!(!same(&int(1), &Value::Float(1.0), 0.5));
        assert!(!same(&int(1), &Value::Bool(true), 0.5));
        assert!(!same(&Value::List(vec![]), &Value::Tuple(vec![]), 0.0));
    }

    #[test]
    fn floats_may_differ_by_the_tolerance_at_any_depth() {
        let nested = |x| Value::List(vec![Value::Tuple(vec![int(3), Value::Float(x)])]);
        assert!(same(&nested(0.3), &nested(0.1 + 0.2), 1e-9));
        assert!(!same(&nested(0.3), &nested(0.1 + 0.2), 0.0));
    }

    #[test]
    fn sets_and_dicts_have_no_order() {
        assert!(same(&Value::Set(vec![int(1), int(2)]), &Value::Set(vec![int(2), int(1)]), 0.0));
        let dict = |keys: [i32; 2]| Value::Dict(keys.map(|k| (int(k), Value::None)).to_vec());
        assert!(same(&dict([1, 2]), &dict([2, 1]), 0.0));
        assert!(!same(&dict([1, 2]), &dict([2, 3]), 0.0));
        let set = |items: [i32; 3]| Value::Set(items.map(int).to_vec());
        assert!(!same(&set([1, 1, 1]), &set([1, 3, 4]), 0.0));
        assert!(!same(&dict([1, 1]), &dict([1, 2]), 0.0));
        assert!(!same(&Value::Set(vec![int(1)]), &Value::Set(vec![Value::Bool(true)]), 0.0));
    }
}
