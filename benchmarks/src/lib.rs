//! Turns a model's answer into a verdict.

mod candidate;
mod checker;
mod confidence;
mod error;
mod extract;
mod judge;
mod pass_at_k;
mod profile;
mod prompt;
mod reward;
mod sanitize;
mod stops;
mod syntax;
mod verdict;

pub use candidate::Candidate;
pub use checker::{Checker, Grade, Standard};
pub use confidence::Interval;
pub use error::Error;
pub use extract::{Block, Extraction};
pub use judge::Judge;
pub use pass_at_k::{Tally, pass_at_k};
pub use profile::{Profile, UnknownProfile};
pub use prompt::PromptStyle;
pub use reward::Reward;
pub use sanitize::sanitize;
pub use stops::{StopStyle, truncate_at_stop};
pub use verdict::{EvalPlusStatus, LiveCodeBenchCode, Outcome, TestCount, Upstream, Verdict};
