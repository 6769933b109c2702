//! One output stream of a program, drained while it runs.

use std::io::{
    self,
    ErrorKind::{Interrupted, WouldBlock},
};
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::net::unix::pipe;
use tokio::time::timeout;

use crate::Captured;

/// The reading end of a pipe, and what has come out of it so far.
#[derive(Debug)]
pub(super) struct Stream {
    receiver: Option<pipe::Receiver>,
    captured: Captured,
    most: u64,
}

/// What waiting for a stream brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There was something, or the stream ended.
    Quiet,
    /// There was more than is kept.
    Overflow,
}

impl Stream {
    /// A pipe: its stream, which keeps at most `most` bytes, and its writing end.
    pub(super) fn open(most: u64) -> io::Result<(Self, OwnedFd)> {
        let (reader, writer) = io::pipe()?;
        let receiver = pipe::Receiver::from_owned_fd(reader.into())?;
        let stream = Self { receiver: Some(receiver), captured: Captured::default(), most };
        Ok((stream, writer.into()))
    }

    /// A stream that nothing comes out of.
    pub(super) fn closed() -> Self {
        Self { receiver: None, captured: Captured::default(), most: 0 }
    }

    /// Wait for the stream to say something. A stream that has ended waits for ever.
    ///
    /// Cancel-safe: a byte that was read has been kept.
    pub(super) async fn progress(&mut self) -> io::Result<Progress> {
        let Some(receiver) = &mut self.receiver else { return std::future::pending().await };
        receiver.readable().await?;
        // Not held while waiting: it would make every run's state this much larger.
        let mut chunk = [0; 16 << 10];
        match receiver.try_read(&mut chunk) {
            Ok(0) => self.receiver = None,
            Ok(count) => return Ok(self.keep(&chunk[..count])),
            Err(error) if matches!(error.kind(), Interrupted | WouldBlock) => {}
            Err(error) => return Err(error),
        }
        Ok(Progress::Quiet)
    }

    /// Take what is still in the pipe after the program has ended.
    ///
    /// A process that the program left behind may hold the pipe open, so this does not wait for
    /// its end for long.
    pub(super) async fn finish(mut self) -> io::Result<Captured> {
        const PATIENCE: Duration = Duration::from_millis(200);
        while self.receiver.is_some() {
            match timeout(PATIENCE, self.progress()).await {
                Ok(progress) => drop(progress?),
                Err(_silence) => break,
            }
        }
        Ok(self.captured)
    }

    fn keep(&mut self, chunk: &[u8]) -> Progress {
        let room = self.most.saturating_sub(self.captured.bytes.len() as u64);
        let kept = chunk.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        self.captured.bytes.extend_from_slice(&chunk[..kept]);
        if kept == chunk.len() {
            return Progress::Quiet;
        }
        self.captured.truncated = true;
        Progress::Overflow
    }
}
