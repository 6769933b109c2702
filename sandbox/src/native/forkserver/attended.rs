//! Warm interpreters with a thread beside them that does what nobody waits for.
//!
//! Having a child made keeps this processor busy, because the kernel lets a server that is woken go first, and
//! clearing a program's mounts away makes the kernel wait for every processor. A verdict is therefore given
//! first where a core is free for the rest.
//!
//! The thread ends before the interpreters do: when these are dropped, nothing of them is left.

use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use super::ForkServers;

/// Fork servers and their attendant.
#[derive(Debug)]
pub(in crate::native) struct Attended {
    servers: Arc<ForkServers>,
    attendant: Option<Attendant>,
}

#[derive(Debug)]
struct Attendant {
    /// The mounts of programs that have ended.
    ended: mpsc::Sender<Option<OwnedFd>>,
    thread: JoinHandle<()>,
}

impl Attended {
    /// Have a thread attend `servers`. Where there can be none, they do without.
    pub(in crate::native) fn new(servers: ForkServers) -> Self {
        let servers = Arc::new(servers);
        Self { attendant: Attendant::of(&servers).ok(), servers }
    }

    /// A program has ended: have children made in the place of those that were used up, and its `mounts` cleared
    /// away.
    pub(in crate::native) fn tidy_up(&self, mounts: Option<OwnedFd>) {
        let attendant = self.attendant.as_ref().filter(|_| !self.servers.are_busy());
        if attendant.is_none_or(|attendant| attendant.ended.send(mounts).is_err()) {
            self.servers.replenish();
        }
    }
}

impl Attendant {
    fn of(servers: &Arc<ForkServers>) -> std::io::Result<Self> {
        let (ended, programs) = mpsc::channel::<Option<OwnedFd>>();
        let servers = Arc::clone(servers);
        let attend = move || {
            for mounts in programs {
                servers.replenish();
                drop(mounts);
            }
        };
        let thread = thread::Builder::new().name("attendant".into()).spawn(attend)?;
        Ok(Self { ended, thread })
    }
}

impl Deref for Attended {
    type Target = ForkServers;

    fn deref(&self) -> &ForkServers {
        &self.servers
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        if let Some(Attendant { ended, thread }) = self.attendant.take() {
            drop(ended);
            // One that has panicked has said so.
            let _ = thread.join();
        }
    }
}
