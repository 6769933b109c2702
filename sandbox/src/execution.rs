//! What a program did.

use std::time::Duration;

use serde::Serialize;

use crate::Tier;

/// Everything observed about one run.
#[derive(Clone, Debug)]
pub struct Execution {
    /// How the program ended.
    pub ending: Ending,
    /// What it used.
    pub usage: Usage,
    /// What it wrote to standard output.
    pub stdout: Captured,
    /// What it wrote to standard error.
    pub stderr: Captured,
    /// What it wrote to file descriptor 3, when the job asked for that channel.
    pub report: Captured,
    /// The isolation that was active.
    pub tier: Tier,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "how", content = "value", rename_all = "snake_case")]
pub enum Ending {
    /// It returned by itself with this exit code.
    Exited(i32),
    /// It was killed by this signal.
    Signalled(i32),
    /// It used up its processor time.
    CpuLimit,
    /// It was still there when its wall-clock time was up, without having used its processor time.
    Idle,
    /// It used more memory than it may.
    MemoryLimit,
    /// It wrote more to standard output than it may, or more to its scratch folder.
    OutputLimit,
    /// It made a system call that no honest program makes, and was killed for it.
    Violation,
}

/// What a run used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Processor time, user and system together.
    pub cpu: Duration,
    /// Wall-clock time from the start of the program to its end.
    pub wall: Duration,
    /// Peak resident memory in bytes.
    pub memory: u64,
}

/// A stream, kept up to a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first bytes of the stream.
    pub bytes: Vec<u8>,
    /// Whether there were more.
    pub truncated: bool,
}

impl Captured {
    /// The bytes as text, with replacement characters where they are not UTF-8.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

impl Execution {
    /// Whether the program ended because memory ran out, by the supervisor's hand or its own
    /// runtime's.
    ///
    /// A refused allocation ends a program with its runtime's own message. Reading that message
    /// only tells one failure from another; it can never turn a failure into a success.
    pub fn out_of_memory(&self) -> bool {
        let failed = !matches!(self.ending, Ending::Exited(0));
        let last = self.stderr.text();
        let last = last.trim_end().lines().last().unwrap_or_default();
        self.ending == Ending::MemoryLimit
            || failed && (last.starts_with("MemoryError") || last.contains("std::bad_alloc"))
    }
}
