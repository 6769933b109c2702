//! Turns a model's answer into a verdict.

mod candidate;
mod error;
mod extract;
mod judge;
mod profile;
mod sanitize;
mod syntax;
mod verdict;

pub use candidate::Candidate;
pub use error::Error;
pub use extract::Extraction;
pub use judge::Judge;
pub use profile::{Profile, UnknownProfile};
pub use sanitize::sanitize;
pub use verdict::{EvalPlusStatus, Outcome, TestCount, Upstream, Verdict};
