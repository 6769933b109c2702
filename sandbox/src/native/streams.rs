//! The streams of one run: what goes in, what comes out, and who holds which end.

use std::io;
use std::os::fd::OwnedFd;

use super::stdin;
use super::stream::Stream;
use crate::{Error, Job};

/// Our ends of a program's streams, and the program's own until they are handed over.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) stdout: Stream,
    pub(super) stderr: Stream,
    pub(super) report: Stream,
    theirs: Vec<OwnedFd>,
}

impl Streams {
    /// The streams that `job` asks for.
    pub(super) fn open(job: &Job) -> Result<Self, Error> {
        let failed = |act| move |source| Error::Supervise { act, source };
        let talk = match &job.dialogue {
            Some(ends) => Some(ends.take()?),
            None => None,
        };
        let (stdin, reply) = match talk {
            Some((stdin, reply)) => (stdin, Some(reply)),
            None => (stdin::open(&job.stdin).map_err(failed("hand over standard input"))?, None),
        };
        let (stderr, stderr_end) = pipe(job.limits.output)?;
        let reply = match reply {
            Some(reply) if job.is_conversation => {
                let theirs = vec![stdin, reply, stderr_end];
                let (stdout, report) = (Stream::closed(), Stream::closed());
                return Ok(Self { stdout, stderr, report, theirs });
            }
            reply => reply,
        };
        let (stdout, stdout_end) = pipe(job.limits.output)?;
        let mut theirs = vec![stdin, stdout_end, stderr_end];
        let mut report = Stream::closed();
        if let Some(reply) = reply {
            theirs.push(reply);
        } else if job.report > 0 {
            let (stream, end) = pipe(job.report)?;
            theirs.push(end);
            report = stream;
        }
        Ok(Self { stdout, stderr, report, theirs })
    }

    /// The program's ends, in the order of its descriptors. They are given away whole, so that
    /// whoever makes the program has them open even if the run is given up meanwhile.
    pub(super) fn hand_over(&mut self) -> Vec<OwnedFd> {
        std::mem::take(&mut self.theirs)
    }
}

fn pipe(most: u64) -> Result<(Stream, OwnedFd), Error> {
    let failed = |source: io::Error| Error::Supervise { act: "make a pipe", source };
    Stream::open(most).map_err(failed)
}
