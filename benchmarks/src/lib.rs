//! Turns a model's answer into a verdict.

mod verdict;

pub use verdict::{EvalPlusStatus, Outcome, TestCount, Upstream, Verdict};
