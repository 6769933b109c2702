//! What the supervisor and a worker say to each other: one order, one outcome, in turn.
//!
//! A message is its length, eight bytes, and then its fields: little-endian numbers, and a length
//! before everything that has one. A worker runs hostile code, so an [`Outcome`] is read without
//! trust: it may be as long as the job's own limits allow and no longer, every length in it is
//! checked, and whatever does not fit is no outcome.

use std::sync::Arc;
use std::time::Duration;

use crate::{Captured, Ending, Job, JobFile, Limits, Usage};

/// The longest order that a worker takes. A driver's order holds the expected values of a whole
/// suite, of which the largest takes some 150 MiB.
pub(super) const LONGEST_ORDER: u64 = 1 << 30;

/// A program to run, as a worker needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) limits: Limits,
    pub(super) report: u64,
    pub(super) bare: bool,
    pub(super) stdin: Arc<[u8]>,
    pub(super) files: Vec<(String, Arc<[u8]>)>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) ending: Ending,
    pub(super) usage: Usage,
    pub(super) stdout: Captured,
    pub(super) stderr: Captured,
    pub(super) report: Captured,
}

impl Order {
    pub(super) fn of(job: &Job) -> Self {
        let file = |file: &JobFile| (file.name.clone(), Arc::clone(&file.content));
        Self {
            limits: job.limits,
            report: job.report,
            bare: job.bare,
            stdin: Arc::clone(&job.stdin),
            files: job.files.iter().map(file).collect(),
        }
    }

    /// The whole message.
    pub(super) fn encode(&self) -> Vec<u8> {
        let content: usize = self.files.iter().map(|(_, content)| content.len()).sum();
        let mut out = Writer::begin(self.stdin.len() + content + (4 << 10));
        let limits = &self.limits;
        for number in [
            micros(limits.cpu),
            micros(limits.wall),
            limits.memory,
            limits.address_space.unwrap_or(u64::MAX),
            limits.processes.into(),
            limits.output,
            limits.file_size,
            limits.scratch,
            limits.open_files,
            self.report,
            self.bare.into(),
            self.files.len() as u64,
        ] {
            out.number(number);
        }
        out.bytes(&self.stdin);
        for (name, content) in &self.files {
            out.bytes(name.as_bytes());
            out.bytes(content);
        }
        out.end()
    }

    /// Read an order, without its length.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        let limits = Limits {
            cpu: from.duration()?,
            wall: from.duration()?,
            memory: from.number()?,
            address_space: from.number().map(|most| (most != u64::MAX).then_some(most))?,
            processes: from.number()?.try_into().ok()?,
            output: from.number()?,
            file_size: from.number()?,
            scratch: from.number()?,
            open_files: from.number()?,
        };
        let (report, bare, count) = (from.number()?, from.number()? != 0, from.number()?);
        let stdin = from.bytes()?.into();
        let mut files = Vec::new();
        for _ in 0..count {
            let name = String::from_utf8(from.bytes()?.to_vec()).ok()?;
            files.push((name, from.bytes()?.into()));
        }
        from.0.is_empty().then_some(Self { limits, report, bare, stdin, files })
    }

    /// The longest outcome that an honest worker can send.
    pub(super) fn longest_outcome(&self) -> u64 {
        const NUMBERS: u64 = 256;
        2u64.saturating_mul(self.limits.output).saturating_add(self.report).saturating_add(NUMBERS)
    }
}

impl Outcome {
    /// The whole message.
    pub(super) fn encode(&self) -> Vec<u8> {
        let streams = [&self.stdout, &self.stderr, &self.report];
        let content: usize = streams.iter().map(|stream| stream.bytes.len()).sum();
        let mut out = Writer::begin(content + 256);
        let (kind, detail) = ending_to_numbers(self.ending);
        out.number(kind);
        out.number(detail);
        out.number(micros(self.usage.cpu));
        out.number(micros(self.usage.wall));
        out.number(self.usage.memory);
        for stream in streams {
            out.number(stream.truncated.into());
            out.bytes(&stream.bytes);
        }
        out.end()
    }

    /// Read an outcome, without its length.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        let ending = ending_from_numbers(from.number()?, from.number()?)?;
        let (cpu, wall, memory) = (from.duration()?, from.duration()?, from.number()?);
        let usage = Usage { cpu, wall, memory, ..Usage::default() };
        let mut stream = || {
            let truncated = from.number()? != 0;
            Some(Captured { truncated, bytes: from.bytes()?.to_vec() })
        };
        let (stdout, stderr, report) = (stream()?, stream()?, stream()?);
        from.0.is_empty().then_some(Self { ending, usage, stdout, stderr, report })
    }
}

fn ending_to_numbers(ending: Ending) -> (u64, u64) {
    let detail = |number: i32| u64::from(number.cast_unsigned());
    match ending {
        Ending::Exited(code) => (0, detail(code)),
        Ending::Signalled(signal) => (1, detail(signal)),
        Ending::CpuLimit => (2, 0),
        Ending::Idle => (3, 0),
        Ending::MemoryLimit => (4, 0),
        Ending::ProcessLimit => (5, 0),
        Ending::OutputLimit => (6, 0),
        Ending::Violation => (7, 0),
    }
}

fn ending_from_numbers(kind: u64, detail: u64) -> Option<Ending> {
    let detail = u32::try_from(detail).ok()?.cast_signed();
    Some(match kind {
        0 => Ending::Exited(detail),
        1 => Ending::Signalled(detail),
        2 => Ending::CpuLimit,
        3 => Ending::Idle,
        4 => Ending::MemoryLimit,
        5 => Ending::ProcessLimit,
        6 => Ending::OutputLimit,
        7 => Ending::Violation,
        _ => return None,
    })
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A message in the making.
struct Writer(Vec<u8>);

impl Writer {
    fn begin(size: usize) -> Self {
        let mut bytes = Vec::with_capacity(size + size_of::<u64>());
        bytes.extend([0; size_of::<u64>()]);
        Self(bytes)
    }

    fn number(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend(bytes);
    }

    /// Put the length in its place.
    fn end(mut self) -> Vec<u8> {
        let length = (self.0.len() - size_of::<u64>()) as u64;
        self.0[..size_of::<u64>()].copy_from_slice(&length.to_le_bytes());
        self.0
    }
}

/// What is left of a message.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    fn duration(&mut self) -> Option<Duration> {
        self.number().map(Duration::from_micros)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order() -> Order {
        Order {
            limits: Limits { address_space: Some(7), ..Limits::default() },
            report: 9,
            bare: true,
            stdin: Arc::from(*b"input"),
            files: vec![("main.py".into(), Arc::from(*b"pass")), ("b".into(), Arc::from([]))],
        }
    }

    fn outcome(ending: Ending) -> Outcome {
        let stream = |text: &str| Captured { bytes: text.into(), truncated: text.is_empty() };
        let usage = Usage {
            cpu: Duration::from_micros(1),
            wall: Duration::from_micros(2),
            memory: 3,
            ..Usage::default()
        };
        Outcome {
            ending,
            usage,
            stdout: stream("out"),
            stderr: stream(""),
            report: stream("report"),
        }
    }

    fn body(message: &[u8]) -> &[u8] {
        let (length, body) = message.split_first_chunk().unwrap();
        assert_eq!(u64::from_le_bytes(*length), body.len() as u64);
        body
    }

    #[test]
    fn an_order_is_read_as_it_was_written() {
        assert_eq!(Order::decode(body(&order().encode())), Some(order()));
    }

    #[test]
    fn every_ending_is_read_as_it_was_written() {
        for ending in [
            Ending::Exited(-1),
            Ending::Signalled(11),
            Ending::CpuLimit,
            Ending::Idle,
            Ending::MemoryLimit,
            Ending::ProcessLimit,
            Ending::OutputLimit,
            Ending::Violation,
        ] {
            let message = outcome(ending).encode();
            assert_eq!(Outcome::decode(body(&message)), Some(outcome(ending)));
            assert!(body(&message).len() as u64 <= order().longest_outcome());
        }
    }

    #[test]
    fn a_message_cut_short_or_too_long_is_none() {
        let message = outcome(Ending::Idle).encode();
        let whole = body(&message);
        for length in 0..whole.len() {
            assert_eq!(Outcome::decode(&whole[..length]), None, "{length}");
        }
        assert_eq!(Outcome::decode(&[whole, b"x"].concat()), None);
    }

    proptest! {
        #[test]
        fn whatever_a_worker_sends_is_read_without_panic(bytes: Vec<u8>) {
            let _ = Outcome::decode(&bytes);
            let _ = Order::decode(&bytes);
        }
    }
}
