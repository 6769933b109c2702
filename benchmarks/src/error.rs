//! How judging itself can fail.

use std::path::PathBuf;

use crate::Profile;

/// We failed, so nothing is known about the candidate. This is never a verdict.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules say nothing about this kind of test.
    #[error("profile {profile} cannot judge `{problem}`: {reason}")]
    Unsuited {
        /// The rules.
        profile: Profile,
        /// The problem.
        problem: String,
        /// What does not fit.
        reason: &'static str,
    },
    /// The sandbox could not do its work.
    #[error("the sandbox failed while judging `{problem}`")]
    Sandbox {
        /// The problem.
        problem: String,
        /// Why it failed.
        source: sandbox::Error,
    },
    /// A driver ended before it handed over to the program.
    #[error("the driver ended before the program for `{problem}` began: {said}")]
    Driver {
        /// The problem.
        problem: String,
        /// How it ended and what it said last.
        said: String,
    },
    /// The reference did not return a value for every input.
    #[error("the reference of `{problem}` gave no expected values: {said}")]
    Reference {
        /// The problem.
        problem: String,
        /// How it ended and what it said last.
        said: String,
    },
    /// The folder for expected values cannot be written.
    #[error("failed to keep the expected values in `{}`", path.display())]
    Cache {
        /// The file that was to be written.
        path: PathBuf,
        /// Why it was not.
        source: std::io::Error,
    },
}
