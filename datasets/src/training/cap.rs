//! Fewer tests for each problem: those with the longest inputs.
//!
//! Some training sets have hundreds of tests for a problem, and judging by all of them takes most of
//! the time of a step. Long inputs are where slow and careless programs fail, so DeepCoder keeps the
//! fifteen longest. A test that is code as a whole, or that asks a reference, is left as it is.

use std::cmp::Reverse;
use std::num::NonZeroUsize;

use crate::{Case, Programs, TestCase, Tests, Value};

impl Tests {
    /// Keep at most `most` tests, those with the longest inputs, in the order in which they stood. Of
    /// equally long ones the first are kept.
    pub fn keep_longest(&mut self, most: NonZeroUsize) {
        match self {
            Self::Asserts { asserts, .. } => keep(asserts, most, String::len),
            Self::Functional { cases, .. } => keep(cases, most, |Case { arguments, .. }| {
                arguments.iter().map(|it: &Value| it.to_python().len()).sum()
            }),
            Self::InputOutput(cases) | Self::Programs(Programs { cases, .. }) => {
                keep(cases, most, |TestCase { stdin, .. }| stdin.len());
            }
            Self::Check { .. } | Self::Main { .. } | Self::Differential(_) => {}
        }
    }
}

fn keep<T>(tests: &mut Vec<T>, most: NonZeroUsize, length: impl Fn(&T) -> usize) {
    if tests.len() <= most.get() {
        return;
    }
    let mut places: Vec<usize> = (0..tests.len()).collect();
    places.sort_by_cached_key(|&place| Reverse(length(&tests[place])));
    let mut kept = vec![false; tests.len()];
    places[..most.get()].iter().for_each(|&place| kept[place] = true);
    let mut kept = kept.into_iter();
    tests.retain(|_| kept.next().expect("there is a mark for each test"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_inputs_stay_in_their_order_and_of_equals_the_first() {
        let case = |stdin: &str| TestCase { stdin: stdin.to_owned(), expected: String::new() };
        let mut tests = Tests::InputOutput(["aa", "b", "cccc", "dd", "ee"].map(case).to_vec());
        tests.keep_longest(NonZeroUsize::new(3).unwrap());
        let Tests::InputOutput(cases) = &tests else { panic!() };
        let kept: Vec<_> = cases.iter().map(|case| case.stdin.as_str()).collect();
        assert_eq!(kept, ["aa", "cccc", "dd"]);
    }
}
