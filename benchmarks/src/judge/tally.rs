//! What all the runs of one candidate used, and the verdict they add up to.

use std::time::Duration;

use sandbox::Execution;

use crate::{Outcome, TestCount, Upstream, Verdict};

/// How much of what a candidate wrote is kept with its verdict, in bytes.
const KEPT: usize = 2000;

/// Usage over the runs of one candidate.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    cpu: Duration,
    wall: Duration,
    waited: Duration,
    memory: u64,
    stderr: String,
}

impl Tally {
    pub(super) fn of(execution: &Execution) -> Self {
        Self {
            cpu: execution.usage.cpu,
            wall: execution.usage.wall,
            waited: execution.usage.waited,
            memory: execution.usage.memory,
            stderr: tail(&execution.stderr.text()).to_owned(),
        }
    }

    /// Processor time.
    pub(super) fn cpu(&self) -> Duration {
        self.cpu
    }

    /// Both one after the other.
    pub(super) fn and(self, next: Self) -> Self {
        Self {
            cpu: self.cpu + next.cpu,
            wall: self.wall + next.wall,
            waited: self.waited + next.waited,
            memory: self.memory.max(next.memory),
            stderr: if self.stderr.is_empty() { next.stderr } else { self.stderr },
        }
    }

    pub(super) fn verdict(
        self,
        outcome: Outcome,
        message: String,
        tests: TestCount,
        written: &str,
        upstream: Option<Upstream>,
    ) -> Verdict {
        Verdict {
            outcome,
            tests,
            each: Vec::new(),
            weak: false,
            upstream,
            cpu_seconds: self.cpu.as_secs_f64(),
            wall_seconds: self.wall.as_secs_f64(),
            waited_seconds: self.waited.as_secs_f64(),
            repeated: false,
            memory: self.memory,
            message: head(message),
            stderr: if self.stderr.is_empty() { tail(written).to_owned() } else { self.stderr },
        }
    }
}

/// The first [`KEPT`] bytes of `text`, up to a whole character: a program may say as much as it likes.
fn head(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(KEPT));
    text
}

/// The last [`KEPT`] bytes of `text`, from a whole character on.
fn tail(text: &str) -> &str {
    let start = text.len().saturating_sub(KEPT);
    let start = (start..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    &text[start..]
}
