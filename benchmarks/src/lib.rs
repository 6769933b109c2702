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
pub use judge::{Judge, scripts};
pub use pass_at_k::{Tally, pass_at_k};
pub use profile::{Profile, UnknownProfile};
pub use prompt::PromptStyle;
pub use reward::Reward;
pub use sanitize::sanitize;
pub use stops::{StopStyle, truncate_at_stop};
pub use verdict::{EvalPlusStatus, LiveCodeBenchCode, Outcome, TestCount, Upstream, Verdict};

/// Readers of what candidates and models write, as fuzz targets call them.
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing {
    use datasets::Language;

    pub use crate::judge::fuzz_messages as messages;
    use crate::{Block, Extraction};

    /// Take the program out of an answer in every way.
    pub fn answers(text: &str) {
        use Block::{BetweenLastMarkers, First, Last, Longest, Open};
        for block in [First, Last, Longest, Open, BetweenLastMarkers] {
            let extraction = Extraction::of(block).or_whole_text();
            let _ = extraction.source_in(text, Language::Python);
        }
    }
}
