//! What a guest reads and writes besides files, kept up to the job's limits.

use std::sync::Arc;

use super::errno::Refusal;
use crate::{Captured, Ending};

/// The streams of one run.
#[derive(Debug)]
pub(in crate::wasm) struct Streams {
    pub(in crate::wasm) input: Arc<[u8]>,
    pub(in crate::wasm) output: Captured,
    pub(in crate::wasm) errors: Captured,
    pub(in crate::wasm) report: Captured,
    most_output: u64,
    most_report: u64,
}

impl Streams {
    pub(in crate::wasm) fn new(input: Arc<[u8]>, most_output: u64, most_report: u64) -> Self {
        let none = Captured::default;
        Self { input, output: none(), errors: none(), report: none(), most_output, most_report }
    }

    /// Keep what fits; more ends the program.
    pub(super) fn write_output(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        keep(&mut self.output, bytes, self.most_output);
        if self.output.truncated { Err(Refusal::End(Ending::OutputLimit)) } else { Ok(()) }
    }

    /// Keep what fits; more is dropped.
    pub(super) fn write_errors(&mut self, bytes: &[u8]) {
        keep(&mut self.errors, bytes, self.most_output);
    }

    /// Keep what fits; more ends the program.
    pub(super) fn write_report(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        keep(&mut self.report, bytes, self.most_report);
        if self.report.truncated { Err(Refusal::End(Ending::OutputLimit)) } else { Ok(()) }
    }
}

fn keep(captured: &mut Captured, bytes: &[u8], most: u64) {
    let room = most.saturating_sub(captured.bytes.len() as u64);
    let kept = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
    captured.bytes.extend_from_slice(&bytes[..kept]);
    captured.truncated |= kept < bytes.len();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_ends_the_program_and_only_of_errors_the_excess_is_dropped() {
        let mut streams = Streams::new(Arc::from([]), 3, 2);
        assert_eq!(streams.write_output(b"abc"), Ok(()));
        assert_eq!(streams.write_output(b"d"), Err(Refusal::End(Ending::OutputLimit)));
        assert_eq!((&streams.output.bytes[..], streams.output.truncated), (&b"abc"[..], true));
        streams.write_errors(b"abcd");
        assert_eq!(streams.write_report(b"ab"), Ok(()));
        assert_eq!((&streams.errors.bytes[..], streams.errors.truncated), (&b"abc"[..], true));
        assert_eq!((&streams.report.bytes[..], streams.report.truncated), (&b"ab"[..], false));
        assert_eq!(streams.write_report(b"c"), Err(Refusal::End(Ending::OutputLimit)));
    }
}
