//! What a program did.

use std::fmt;
use std::time::Duration;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// It had more processes or threads than it may.
    ProcessLimit,
    /// It wrote more to standard output than it may, or more to its scratch folder.
    OutputLimit,
    /// It made a system call that no honest program makes, and was killed for it.
    Violation,
}

impl Ending {
    /// The ending as one word, such as `exited` or `cpu_limit`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exited(_) => "exited",
            Self::Signalled(_) => "signalled",
            Self::CpuLimit => "cpu_limit",
            Self::Idle => "idle",
            Self::MemoryLimit => "memory_limit",
            Self::ProcessLimit => "process_limit",
            Self::OutputLimit => "output_limit",
            Self::Violation => "violation",
        }
    }
}

/// The ending as a person would say it, such as `exited with code 1`.
impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exited with code {code}"),
            Self::Signalled(signal) => write!(f, "killed by signal {signal}"),
            Self::CpuLimit => f.write_str("out of processor time"),
            Self::Idle => f.write_str("idle until its time was up"),
            Self::MemoryLimit => f.write_str("out of memory"),
            Self::ProcessLimit => f.write_str("too many processes or threads"),
            Self::OutputLimit => f.write_str("wrote too much"),
            Self::Violation => f.write_str("killed for a forbidden system call"),
        }
    }
}

/// What a run used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, user and system together.
    pub cpu: Duration,
    /// Wall-clock time from the start of the program to its end.
    pub wall: Duration,
    /// Time that it was kept waiting for a processor, by whichever of its threads waited longest. Not
    /// asked for in a run so short that it can have met no limit.
    pub waited: Duration,
    /// The largest resident memory that was seen, in bytes. A tree of processes is looked at every ten
    /// milliseconds, so a peak between two looks is missed; in tier `t2` it is the kernel's own count,
    /// with the files of the tree in memory.
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
