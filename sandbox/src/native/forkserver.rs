//! Warm interpreters that are copied for every program.
//!
//! Starting CPython takes ten times as long as running a typical program. So one interpreter for
//! each core is started once, inside the same private root as every program, and each run is a
//! copy of it (see the library in `sandbox/forkserver`). A server that dies, or answers nonsense,
//! is dropped together with its socket, and a new one takes over; the job is handed to it.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg,
    sendmsg, socketpair,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::draft::Ground;
use super::plan::Plan;
use super::scratch::Scratch;
use super::spawner::{Child, Spawner};
use super::stdin;
use super::wire::{self, Reply};
use crate::{Error, Python, Tier};

/// The library that the script loads.
const LIBRARY: &[u8] = include_bytes!(env!("FORKSERVER_LIBRARY"));
/// The script that the interpreter runs.
const SCRIPT: &str = include_str!("forkserver.py");
/// How long a server may take to import everything, on a machine that is busy with other things.
const START: Duration = Duration::from_secs(60);
/// How long it may take to make one copy of itself, likewise.
const ANSWER: Duration = Duration::from_secs(20);
/// What fits into one message with room to spare; more travels as a memory file.
const INLINE: usize = 48 << 10;
/// How often a job is handed to a new server before we give up.
const TRIES: u32 = 3;

/// What a server is asked for: a child that carries out a plan.
#[derive(Debug)]
pub(super) struct Request {
    namespaces: i32,
    plan: Vec<u8>,
    descriptors: Vec<OwnedFd>,
}

impl Request {
    /// A request to carry out `plan` with these descriptors, of which the last is the one on which
    /// the child says which step failed.
    pub(super) fn new(plan: &Plan, descriptors: Vec<OwnedFd>) -> Self {
        Self { namespaces: plan.child_namespaces(), plan: wire::encode(plan), descriptors }
    }
}

/// One warm interpreter.
#[derive(Debug)]
struct ForkServer {
    socket: AsyncFd<OwnedFd>,
    _process: Child,
    _scratch: Option<Scratch>,
}

/// The warm interpreters of one Python.
#[derive(Debug)]
pub(super) struct ForkServers {
    ground: Ground,
    python: Python,
    spawner: Spawner,
    count: usize,
    permits: Semaphore,
    idle: Mutex<Vec<ForkServer>>,
}

impl ForkServers {
    /// At most `count` servers of `python`, started when they are needed.
    pub(super) fn new(ground: Ground, python: Python, spawner: Spawner, count: usize) -> Arc<Self> {
        let (permits, idle) = (Semaphore::new(count), Mutex::default());
        Arc::new(Self { ground, python, spawner, count, permits, idle })
    }

    /// Start every server that there may be, so that no job waits for one.
    pub(super) async fn warm_up(&self) -> Result<(), Error> {
        let permits = self.permits.acquire_many(self.count as u32).await;
        let _all = permits.expect("the semaphore is never closed");
        loop {
            let ready = self.idle.lock().unwrap_or_else(PoisonError::into_inner).len();
            if ready >= self.count {
                return Ok(());
            }
            let server = ForkServer::start(self.ground, &self.python, &self.spawner).await?;
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(server);
        }
    }

    /// Make a child as `request` says.
    ///
    /// The exchange goes on when its asker has gone: a child that was made must be known, so that
    /// it can be ended.
    pub(super) async fn fork(self: Arc<Self>, request: Request) -> Result<Child, Error> {
        let exchange = tokio::spawn(async move { self.exchange(&request).await });
        exchange.await.expect("an exchange neither panics nor is aborted")
    }

    async fn exchange(&self, request: &Request) -> Result<Child, Error> {
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let mut last = None;
        for _ in 0..TRIES {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let server = match idle {
                Some(server) => server,
                None => ForkServer::start(self.ground, &self.python, &self.spawner).await?,
            };
            match server.fork(request).await {
                Ok(child) => {
                    self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(server);
                    return Ok(child);
                }
                // The server is dropped, and with it its process.
                Err(error) => last = Some(error),
            }
        }
        let source = last.unwrap_or_else(|| io::ErrorKind::Other.into());
        Err(Error::Supervise { act: "copy a warm interpreter", source })
    }
}

impl ForkServer {
    async fn start(ground: Ground, python: &Python, spawner: &Spawner) -> Result<Self, Error> {
        let failed = |act| move |source: io::Error| Error::Supervise { act, source };
        let pair = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
        );
        let (ours, theirs) = pair.map_err(|errno| failed("make a socket")(errno.into()))?;
        // The server's end blocks: it has nothing else to do.
        set_blocking(&theirs).map_err(failed("prepare a socket"))?;
        let null = || stdin::open(&[]).map_err(failed("open /dev/null"));
        let theirs = vec![null()?, null()?, null()?, theirs];
        let scratch = match ground.tier {
            Tier::T1 => None,
            Tier::None | Tier::W | Tier::T0 => Some(Scratch::make(None)?),
        };
        let folder = scratch.as_ref().map(Scratch::path);
        let files = [("forkserver.py", SCRIPT.as_bytes()), ("forkserver.so", LIBRARY)];
        let plan = Plan::of_server(ground, python, folder, files, &theirs);
        let process = spawner.spawn(plan, theirs).await.map_err(|error| Error::Spawn {
            program: "fork server".into(),
            step: error.step.to_owned(),
            source: error.source(),
        })?;
        // SAFETY: `OwnedFd` returns the same descriptor each time and closes it only when dropped.
        let socket = unsafe { AsyncFd::register_with_interest(ours, Interest::READABLE) }
            .map_err(|error| failed("watch a socket")(error.into()))?;
        let server = Self { socket, _process: process, _scratch: scratch };
        let (words, _) = server.receive(START).await.map_err(failed("start a warm interpreter"))?;
        if words != wire::READY {
            return Err(failed("start a warm interpreter")(io::ErrorKind::InvalidData.into()));
        }
        Ok(server)
    }

    async fn fork(&self, request: &Request) -> io::Result<Child> {
        self.send(request)?;
        let (words, pidfd) = self.receive(ANSWER).await?;
        match (Reply::decode(&words), pidfd) {
            (Some(Reply { pid, .. }), Some(pidfd)) if pid > 0 => Ok(Child::adopt(pid, pidfd)),
            (Some(Reply { errno, .. }), None) => Err(io::Error::from_raw_os_error(errno)),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn send(&self, request: &Request) -> io::Result<()> {
        let mut descriptors: Vec<RawFd> =
            request.descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        let mut message = request.namespaces.to_le_bytes().to_vec();
        let memory;
        if request.plan.len() <= INLINE {
            message.extend_from_slice(&0u32.to_le_bytes());
            message.extend_from_slice(&request.plan);
        } else {
            message.extend_from_slice(&1u32.to_le_bytes());
            memory = stdin::open(&request.plan)?;
            descriptors.push(memory.as_raw_fd());
        }
        let rights = [ControlMessage::ScmRights(&descriptors)];
        let parts = [io::IoSlice::new(&message)];
        let socket = self.socket.get_ref().as_raw_fd();
        sendmsg::<()>(socket, &parts, &rights, MsgFlags::MSG_NOSIGNAL, None)?;
        Ok(())
    }

    async fn receive(&self, patience: Duration) -> io::Result<(Vec<u8>, Option<OwnedFd>)> {
        let message = self.socket.async_io(Interest::READABLE, receive);
        match timeout(patience, message).await {
            Ok(Ok((words, _))) if words.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(received) => received,
            Err(_elapsed) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

fn receive(socket: &OwnedFd) -> io::Result<(Vec<u8>, Option<OwnedFd>)> {
    let mut words = [0; 64];
    let mut control = nix::cmsg_space!(RawFd);
    let mut parts = [io::IoSliceMut::new(&mut words)];
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let message = recvmsg::<()>(socket.as_raw_fd(), &mut parts, Some(&mut control), flags)?;
    let mut received = None;
    for part in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(descriptors) = part {
            for fd in descriptors {
                // SAFETY: the kernel has just made this descriptor for us.
                received = Some(unsafe { OwnedFd::from_raw_fd(fd) });
            }
        }
    }
    let length = message.bytes;
    Ok((words[..length].to_vec(), received))
}

fn set_blocking(fd: &OwnedFd) -> io::Result<()> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    let flags = OFlag::from_bits_truncate(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags & !OFlag::O_NONBLOCK))?;
    Ok(())
}
