//! One output stream of a program, drained while it runs.
//!
//! Most programs say little, and hearing each word at once would wake us up for each. So a stream is
//! at first only looked at, when the clock ticks and at the end. One that says much would fill its
//! pipe and be stopped by that; from then on it is listened to.

use std::io::{
    self,
    ErrorKind::{Interrupted, WouldBlock},
    PipeReader, Read,
};
use std::mem;
use std::os::fd::OwnedFd;
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use tokio::net::unix::pipe;
use tokio::time::{Instant, timeout_at};

use crate::Captured;

/// What is read at a time.
const CHUNK: usize = 16 << 10;
/// A stream that has said so much between two looks says much. A full pipe always holds it, also one
/// of the small ones that a user with many pipes gets.
const MUCH: usize = 4 << 10;

/// The reading end of a pipe, and what has come out of it so far.
#[derive(Debug)]
pub(super) struct Stream {
    source: Source,
    captured: Captured,
    most: u64,
}

/// Where it comes from.
#[derive(Debug)]
enum Source {
    /// A pipe that is looked at now and then; reading does not wait.
    Quiet(PipeReader),
    /// A pipe that is listened to.
    Loud(pipe::Receiver),
    /// Nowhere any more.
    Ended,
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
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let stream = Self { source: Source::Quiet(reader), captured: Captured::default(), most };
        Ok((stream, writer.into()))
    }

    /// A stream that nothing comes out of.
    pub(super) fn closed() -> Self {
        Self { source: Source::Ended, captured: Captured::default(), most: 0 }
    }

    /// Take what there is, if nobody listens.
    pub(super) fn look(&mut self) -> io::Result<Progress> {
        let progress = if let Source::Quiet(_) = self.source { self.read()? } else { None };
        Ok(progress.unwrap_or(Progress::Quiet))
    }

    /// Wait for a stream that is listened to. Any other says nothing for ever.
    ///
    /// Cancel-safe: a byte that was read has been kept.
    pub(super) async fn progress(&mut self) -> io::Result<Progress> {
        let Source::Loud(receiver) = &self.source else { return std::future::pending().await };
        receiver.readable().await?;
        Ok(self.read()?.unwrap_or(Progress::Quiet))
    }

    /// Take what is still in the pipe after the program has ended.
    ///
    /// A process that the program left behind may hold the pipe open, so this does not wait for
    /// its end for long.
    pub(super) async fn finish(mut self) -> io::Result<Captured> {
        const PATIENCE: Duration = Duration::from_millis(200);
        // Mostly there are some last words, and then the end.
        for _ in 0..2 {
            self.look()?;
        }
        self.listen()?;
        let until = Instant::now() + PATIENCE;
        while let Source::Loud(_) = self.source {
            match timeout_at(until, self.progress()).await {
                Ok(progress) => drop(progress?),
                Err(_late) => break,
            }
        }
        Ok(self.captured)
    }

    /// Read once, without waiting. `None` where there is nothing, though there may be later.
    fn read(&mut self) -> io::Result<Option<Progress>> {
        // Not held while waiting: it would make every run's state this much larger.
        let mut chunk = [0; CHUNK];
        let read = match &mut self.source {
            Source::Quiet(reader) => reader.read(&mut chunk),
            Source::Loud(receiver) => receiver.try_read(&mut chunk),
            Source::Ended => Ok(0),
        };
        match read {
            Ok(0) => {
                self.source = Source::Ended;
                Ok(Some(Progress::Quiet))
            }
            Ok(count) => {
                if count >= MUCH {
                    self.listen()?;
                }
                Ok(Some(self.keep(&chunk[..count])))
            }
            Err(error) if matches!(error.kind(), Interrupted | WouldBlock) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Hear at once what is said from here on.
    fn listen(&mut self) -> io::Result<()> {
        self.source = match mem::replace(&mut self.source, Source::Ended) {
            Source::Quiet(reader) => {
                Source::Loud(pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?)
            }
            source => source,
        };
        Ok(())
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn stream(most: u64) -> (Stream, std::fs::File) {
        let (stream, writer) = Stream::open(most).unwrap();
        (stream, writer.into())
    }

    #[tokio::test]
    async fn what_was_said_between_looks_and_after_the_last_is_kept() {
        let (mut stream, mut writer) = stream(100);
        assert_eq!(stream.look().unwrap(), Progress::Quiet, "nothing yet");
        for word in ["one ", "two ", "three"] {
            writer.write_all(word.as_bytes()).unwrap();
            if word != "three" {
                assert_eq!(stream.look().unwrap(), Progress::Quiet);
            }
        }
        drop(writer);
        let captured = stream.finish().await.unwrap();
        assert_eq!((captured.text().as_ref(), captured.truncated), ("one two three", false));
    }

    #[tokio::test]
    async fn who_says_much_is_listened_to() {
        const ALL: usize = 1 << 20;
        let (mut stream, mut writer) = stream(ALL as u64 - 1);
        let speaker = std::thread::spawn(move || writer.write_all(&vec![b'x'; ALL]).unwrap());
        while !matches!(stream.source, Source::Loud(_)) {
            stream.look().unwrap();
        }
        let mut overflows = 0;
        while !matches!(stream.source, Source::Ended) {
            overflows += usize::from(stream.progress().await.unwrap() == Progress::Overflow);
        }
        speaker.join().unwrap();
        assert_eq!(overflows, 1, "the last byte alone is too much");
        let captured = stream.finish().await.unwrap();
        assert_eq!((captured.bytes.len(), captured.truncated), (ALL - 1, true));
    }

    #[tokio::test]
    async fn the_end_is_not_waited_for_as_long_as_somebody_is_left() {
        for most in [2, 100] {
            let (stream, mut writer) = stream(most);
            writer.write_all(b"word").unwrap();
            let captured = stream.finish().await.unwrap();
            let kept: &[u8] = if most == 2 { b"wo" } else { b"word" };
            assert_eq!((&*captured.bytes, captured.truncated), (kept, most == 2));
            drop(writer);
        }
    }
}
