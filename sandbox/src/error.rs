//! How the sandbox itself can fail.

use std::io;
use std::path::PathBuf;

/// The sandbox failed, so nothing is known about the program.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program could not be started.
    #[error("failed to start `{program}` in the sandbox, at {step}")]
    Spawn {
        /// What was to be started.
        program: String,
        /// The step of the set-up that failed.
        step: String,
        /// Why it failed.
        source: io::Error,
    },
    /// A step in the supervisor failed.
    #[error("the supervisor failed to {act}")]
    Supervise {
        /// What it tried to do.
        act: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// A file of the job has a name that is not one component of a path.
    #[error("`{}` cannot be the name of a job's file", name.escape_debug())]
    FileName {
        /// The name.
        name: String,
    },
    /// The program was killed, and neither by the sandbox nor by itself.
    #[error("something else killed the program; is the machine out of memory?")]
    Killed,
    /// A folder or file of the sandbox could not be made.
    #[error("failed to prepare `{}`", path.display())]
    Prepare {
        /// What was to be made.
        path: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
    /// No usable Python interpreter was found.
    #[error("no usable Python interpreter: {reason}")]
    NoPython {
        /// What was tried and what it said.
        reason: String,
    },
    /// The wasm backend cannot be used.
    #[error("no wasm backend: {reason}; `make setup-wasm` fetches its interpreter")]
    NoWasm {
        /// What is missing.
        reason: String,
    },
    /// The job needs what the wasm backend does not have.
    #[error("the wasm backend cannot {what}")]
    Unsupported {
        /// What it would have to do.
        what: &'static str,
    },
    /// The machine does not allow the tier that was asked for.
    #[error("this machine does not allow tier {tier}: {obstacle}")]
    TierUnavailable {
        /// The tier.
        tier: crate::Tier,
        /// The step that failed, and why.
        obstacle: String,
    },
    /// The machine offers no isolation and the user did not ask for none.
    #[error("this machine offers no isolation ({missing}); `--tier none` runs programs unconfined")]
    NoIsolation {
        /// What is missing.
        missing: String,
    },
}

impl Error {
    /// Whether the same attempt may succeed when it is made again.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Spawn { .. } | Self::Supervise { .. } | Self::Killed)
    }
}
