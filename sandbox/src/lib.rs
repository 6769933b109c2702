//! Runs one untrusted program under limits and reports what happened.
//!
//! A [`Sandbox`] takes a [`Job`] and returns an [`Execution`]. It does not know what the program
//! is for: there are no problems, verdicts or rewards here.

pub mod child_process;
mod dialogue;
mod error;
mod execution;
mod job;
mod limits;
mod native;
mod python;
mod script;
mod tier;
mod toolchain;
#[cfg(feature = "wasm")]
mod wasm;

use std::future::Future;

pub use dialogue::Dialogue;
pub use error::Error;
pub use execution::{Captured, Ending, Execution, Usage};
pub use job::{Imports, Job, JobFile};
pub use limits::Limits;
pub use native::{Isolation, NativeSandbox, Start, TierProbe};
pub use python::Python;
pub use script::Script;
pub use tier::{Tier, UnknownTier};
pub use toolchain::Toolchain;
#[cfg(feature = "wasm")]
pub use wasm::{WasmInterpreter, WasmOptions, WasmSandbox, WorkerProgram, wasm_worker};

/// A place where untrusted code may run.
///
/// A program that fails is an ordinary [`Execution`]. [`Error`] is kept for the case where the
/// sandbox itself could not do its work, and is never the program's fault.
pub trait Sandbox: Send + Sync {
    /// Run `job` to its end, or until a limit stops it.
    fn run(&self, job: Job) -> impl Future<Output = Result<Execution, Error>> + Send;

    /// Whether the beginning of `script` costs its runs nothing. [`Job::script`] works in any case.
    fn knows(&self, script: &Script) -> bool {
        let _ = script;
        false
    }

    /// Whether a program can be talked with while it runs, as [`Job::dialogue`] has it.
    fn talks(&self) -> bool {
        true
    }
}

/// The user that this process runs as.
pub fn effective_user() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// Readers of bytes that nobody vouches for, as fuzz targets call them.
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::native::fuzz_plans as plans;
    #[cfg(feature = "wasm")]
    pub use crate::wasm::fuzz_messages as worker_messages;
}
