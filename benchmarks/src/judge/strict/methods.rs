//! Contest problems that ask for a method of a class `Solution`, or for a function.
//!
//! The inputs go in, what the method returns comes out as plain values, and it is compared here. What
//! differs from LiveCodeBench's own grader, whose inputs these are:
//!
//! - Every call has a fresh object, so that nothing one test leaves in it helps or harms the next.
//! - A tuple is as good as a list at any depth, since JSON has no tuples; the grader looks at the
//!   outermost one only.
//! - A float may be off by the tolerance of the problem; the grader wants every digit.
//! - Leaving by `sys.exit` is an early exit and no failure of the grader.
//! - What is no value of a built-in type equals nothing, whatever it says of itself.
//!
//! Linked lists and trees, which LiveCodeBench leaves out, the candidate's process makes of lists of values, and
//! writes as such.

use std::time::Duration;

use datasets::{Case, Problem, Shapes, Value};
use sandbox::Sandbox;

use super::calls::{Answer, Calls, OTHERWISE, limits};
use super::equality::equal;
use crate::judge::Judge;
use crate::judge::driver::Driver;
use crate::judge::length::at_length;
use crate::judge::livecodebench::TEST_TIME;
use crate::judge::marshal;
use crate::judge::stdio::Manner;
use crate::{Candidate, Checker, Error, Outcome, TestCount, Verdict};

/// What LiveCodeBench imports before a program, in one line so that the others keep their numbers but
/// for one. `drivers/imports.py` has the names for methods.
const IMPORTS: &str = "from string import *;from re import *;from datetime import *;\
from collections import *;from heapq import *;from bisect import *;from copy import *;\
from math import *;from random import *;from statistics import *;from itertools import *;\
from functools import *;from operator import *;from io import *;from sys import *;\
from json import *;from builtins import *;from typing import *;import string,re,datetime,\
collections,heapq,bisect,copy,math,random,statistics,itertools,functools,operator,io,sys,json;\
sys.setrecursionlimit(50000);\
getattr(sys,'set_int_max_str_digits',int)(50000)\n";

/// How programs that read standard input are tested.
pub(super) const MANNER: Manner = Manner { checker: Checker::DecimalLines, time: TEST_TIME };

/// `source` with the names that it may expect to be imported.
pub(super) fn with_imports(source: &str) -> String {
    // This import must be the first statement of a program.
    let is_future = |line: &str| {
        let module = line.strip_prefix("from ").unwrap_or_default();
        module.trim_start().starts_with("__future__")
    };
    if source.lines().any(is_future) { source.to_owned() } else { [IMPORTS, source].concat() }
}

/// Calls of a method with known results.
#[derive(Clone, Copy)]
pub(super) struct Method<'a> {
    pub(super) cases: &'a [Case],
    /// How far a float may be from the expected one.
    pub(super) tolerance: f64,
    pub(super) shapes: &'a Shapes,
}

impl<S: Sandbox> Judge<S> {
    pub(super) async fn judge_method(
        &self,
        problem: &Problem,
        Method { cases, tolerance, shapes }: Method<'_>,
        candidate: &Candidate,
    ) -> Result<Verdict, Error> {
        let name = self.entry_point(problem)?;
        let inputs = marshal::encode_calls(cases.iter().map(|case| &case.arguments));
        let expected: usize = cases.iter().map(|case| marshal::encode(&case.expected).len()).sum();
        let each = vec![TEST_TIME; cases.len()];
        let count = u32::try_from(cases.len()).unwrap_or(u32::MAX);
        let together = TEST_TIME.saturating_mul(count).max(TEST_TIME);
        let calls = Calls {
            driver: Driver::Method,
            setup: "",
            function: name,
            inputs: &inputs,
            each: &each,
            together,
            goes_on: false,
            shapes,
            expected_bytes: expected as u64,
            limits: limits(together.min(Duration::from_secs(600))),
        };
        let called = self.call(problem, candidate, calls).await?;
        // All that a program may do before its tests takes no longer than one of them.
        let hides = called.untold() > TEST_TIME + OTHERWISE;
        let late = called.late.or(hides.then(|| called.answers.len().saturating_sub(1)));

        let answers = called.answers.iter().zip(cases);
        let results: Vec<Result<(), String>> = at_length(called.run.bytes(), || {
            answers.map(|((answer, _), case)| check(answer, &case.expected, tolerance)).collect()
        });
        let passed = results.iter().filter(|result| result.is_ok()).count();
        let tests = TestCount { total: cases.len(), run: results.len(), passed };
        let wrong =
            results.into_iter().enumerate().find_map(|(at, result)| Some((at, result.err()?)));
        let finding = called.run.finding();
        let (outcome, message) = match (&finding, wrong) {
            (None, _) if called.run.is_violation() => called.run.silence(),
            (Some(finding), _) if finding.how == "timed out" => {
                (finding.outcome(), format!("it took longer than {TEST_TIME:?} on test {passed}"))
            }
            // An assertion of the candidate's own is an exception like any other.
            (Some(finding), _) if finding.how == "failed" && finding.name == "AssertionError" => {
                (Outcome::RuntimeError, finding.describe())
            }
            (Some(finding), _) if finding.how == "failed" => {
                (finding.outcome(), finding.describe())
            }
            (_, Some((at, what))) => (Outcome::WrongAnswer, format!("{what} on test {at}")),
            (Some(_), None) if let Some(at) = late => {
                (Outcome::TimeLimit, format!("it took longer than {TEST_TIME:?} on test {at}"))
            }
            (None, None) => called.run.silence(),
            (Some(_), None) if tests.run < tests.total => {
                (Outcome::OutputLimit, "it returned more than it may".to_owned())
            }
            // A problem without tests says nothing about anybody.
            (Some(_), None) if tests.total == 0 => {
                (Outcome::Ungraded, "the problem has no tests".to_owned())
            }
            (Some(_), None) => (Outcome::Accepted, String::new()),
        };
        let written = finding.map(|finding| finding.written).unwrap_or_default();
        Ok(called.run.tally().verdict(outcome, message, tests, &written, None))
    }
}

fn check(answer: &Answer, expected: &Value, tolerance: f64) -> Result<(), String> {
    match answer.value() {
        Some(value) if same(&value, expected, tolerance) => Ok(()),
        _ => Err(answer.complaint()),
    }
}

/// Whether `value` is what JSON calls `expected`, floats within `tolerance` of each other.
fn same(value: &Value, expected: &Value, tolerance: f64) -> bool {
    match (value, expected) {
        (Value::List(ours) | Value::Tuple(ours), Value::List(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(one, other)| same(one, other, tolerance))
        }
        (Value::Dict(ours), Value::Dict(theirs)) => {
            ours.len() == theirs.len()
                && theirs.iter().all(|(key, wanted)| {
                    let found = ours.iter().find(|(own, _)| equal(own, key));
                    found.is_some_and(|(_, item)| same(item, wanted, tolerance))
                })
        }
        (Value::Float(one), Value::Float(other)) => {
            one == other || (one - other).abs() <= tolerance
        }
        (Value::Int(number), Value::Float(other)) | (Value::Float(other), Value::Int(number)) => {
            equal(value, expected)
                || i32::try_from(number)
                    .is_ok_and(|number| (f64::from(number) - other).abs() <= tolerance)
        }
        _ => equal(value, expected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(text: &str) -> Value {
        Value::from_python(text).unwrap()
    }

    #[test]
    fn methods_find_what_programs_find() {
        let names = include_str!("../drivers/imports.py");
        let (_, names) = names.split_once("STARRED = (").unwrap();
        let (names, _) = names.split_once(").split()").unwrap();
        let starred = names.split(['"', ' ', '\n']).filter(|name| !name.is_empty());
        let starred: String = starred.map(|name| format!("from {name} import *;")).collect();
        assert!(IMPORTS.starts_with(&starred), "{starred}");
    }

    #[test]
    fn tuples_are_lists_at_any_depth_and_floats_may_be_a_little_off() {
        let fits = |ours: &str, theirs: &str| same(&python(ours), &python(theirs), 1e-5);
        assert!(fits("((1, 2), (3,))", "[[1, 2], [3]]"));
        assert!(fits("[0.1 , 2]", "[0.1000001, 2.0]"));
        assert!(fits("{'a': (1,)}", "{'a': [1]}"));
        assert!(!fits("0.1", "0.2") && !fits("[1]", "[1, 2]") && !fits("{1}", "[1]"));
        assert!(!fits("float('nan')", "0.0") && !fits("'1'", "1"));
    }
}
