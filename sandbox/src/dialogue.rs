//! A conversation with a program while it runs.
//!
//! Some verdicts cannot wait for a program's end: a test that is code calls a function of the
//! program, looks at the result and decides what to call next. A [`Dialogue`] is the supervisor's
//! side of such a conversation, two pipes and nothing else. What the bytes mean is between whoever
//! holds it and the program; a program that writes without being read is held up by its pipe.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::unix::pipe;

use crate::Error;

/// Our ends of a conversation with one program.
#[derive(Debug)]
pub struct Dialogue {
    /// What is written here is the program's standard input.
    pub sender: pipe::Sender,
    /// What the program writes to its file descriptor 3, or in a conversation to its standard output,
    /// comes out here.
    pub receiver: pipe::Receiver,
}

/// The program's ends, which go to it when it starts. A job may be cloned, its pipes may not.
#[derive(Clone, Debug)]
pub(crate) struct Ends(Arc<Mutex<Option<(OwnedFd, OwnedFd)>>>);

impl Dialogue {
    pub(crate) fn open() -> Result<(Self, Ends), Error> {
        Self::pipes().map_err(|source| Error::Supervise { act: "make a pipe", source })
    }

    fn pipes() -> io::Result<(Self, Ends)> {
        let (stdin, to) = io::pipe()?;
        let (from, reply) = io::pipe()?;
        let sender = pipe::Sender::from_owned_fd(to.into())?;
        let receiver = pipe::Receiver::from_owned_fd(from.into())?;
        let ends = Ends(Arc::new(Mutex::new(Some((stdin.into(), reply.into())))));
        Ok((Self { sender, receiver }, ends))
    }
}

impl Ends {
    /// The program's standard input and its descriptor 3, which there are once.
    pub(crate) fn take(&self) -> Result<(OwnedFd, OwnedFd), Error> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let source = || io::Error::other("a job that is talked with runs once");
        taken.ok_or_else(|| Error::Supervise { act: "hand over a dialogue", source: source() })
    }
}
