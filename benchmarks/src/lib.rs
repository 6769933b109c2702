//! Turns a model's answer into a verdict.

mod candidate;
mod extract;
mod verdict;

pub use candidate::Candidate;
pub use extract::Extraction;
pub use verdict::{EvalPlusStatus, Outcome, TestCount, Upstream, Verdict};
