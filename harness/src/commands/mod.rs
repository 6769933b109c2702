//! The commands, a file each, and what they share: where output goes.
//!
//! A command is thin. It reads its arguments, calls on the nouns of this crate and prints.

pub mod annotate;
pub mod bench;
pub mod conditions;
pub(crate) mod data;
pub(crate) mod demo;
pub(crate) mod doctor;
pub mod eval;
pub mod generate;
pub(crate) mod inspect;
pub mod judge;
pub mod lab;
pub(crate) mod launch;
pub mod midtrain;
pub mod remote;
pub(crate) mod report;
pub mod rlvr;
pub(crate) mod run;
pub mod sampling;
pub mod score;
pub mod serve;
pub mod training;

use std::io::{self, ErrorKind, Write};

use anyhow::Context;

/// Write `text` and a line end to stdout.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(format!("{text}\n").as_bytes())
}

/// Write `bytes` to stdout as they are. A reader that has gone away has had enough: no error.
pub(crate) fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("failed to write to standard output"),
    }
}

/// Write `text` and a line end to stderr.
///
/// Nothing is left to do where even that fails.
pub fn explain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Write `bytes` to stderr as they are.
pub(crate) fn explain_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    match io::stderr().write_all(bytes) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("failed to write to standard error"),
    }
}

/// Reads a length of time from the command line.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    /// Longer than any program is waited for, and short enough for every clock.
    const LONGEST: f64 = 1e6;
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= LONGEST => Ok(seconds),
        _ => Err(format!("must be a number of seconds above 0 and up to {LONGEST}")),
    }
}
