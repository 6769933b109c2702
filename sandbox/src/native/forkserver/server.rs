//! One warm interpreter, and the children that it keeps ready.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::timeout;

use super::super::channel::{Channel, receive, send};
use super::super::plan::Plan;
use super::super::scratch::Scratch;
use super::super::spawner::Child;
use super::super::stdin;
use super::super::wire::{self, Birth};
use super::{Fit, ForkServers, Ready, Seat, failed};
use crate::{Error, JobFile, Script, Tier};

/// The library that the script loads.
const LIBRARY: &[u8] = include_bytes!(env!("FORKSERVER_LIBRARY"));
/// The script that the interpreter runs.
const SCRIPT: &str = include_str!("forkserver.py");
/// How long a server may take to import everything, on a machine that is busy with other things.
const START: Duration = Duration::from_secs(60);
/// How long it may take to make one copy of itself, likewise.
const ANSWER: Duration = Duration::from_secs(20);
/// Children that each server keeps ready: one to be taken, and one while the next is made.
const AHEAD: usize = 2;

/// One warm interpreter.
#[derive(Debug)]
pub(super) struct ForkServer {
    ready: VecDeque<Ready>,
    /// Seats of children that were ordered and are not there yet.
    ordered: VecDeque<Seat>,
    socket: AsyncFd<OwnedFd>,
    process: Child,
    _scratch: Option<Scratch>,
}

impl ForkServer {
    pub(super) async fn start(servers: &ForkServers) -> Result<Self, Error> {
        let ForkServers { ground, python, imports, scripts, spawner, .. } = servers;
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
        let scratch = Scratch::for_tier(ground.tier, || None)?;
        let folder = scratch.as_ref().map(Scratch::path);
        let mut files =
            vec![file("forkserver.py", SCRIPT.as_bytes()), file("forkserver.so", LIBRARY)];
        let mut parts: Vec<&str> = Vec::new();
        let mut known = String::new();
        for (number, Script { beginning, rehearsal, end }) in scripts.iter().enumerate() {
            files.push(file(&format!("rehearsal{number}.py"), rehearsal.as_bytes()));
            files.push(file(&format!("end{number}.py"), end.as_bytes()));
            for part in *beginning {
                let place = parts.iter().position(|there| there == part).unwrap_or(parts.len());
                if place == parts.len() {
                    parts.push(part);
                }
                known += &format!("{place},");
            }
            known.push(';');
        }
        for (place, part) in parts.into_iter().enumerate() {
            files.push(file(&format!("part{place}.py"), part.as_bytes()));
        }
        let socket = (theirs.len() - 1).to_string();
        let mut program = vec!["forkserver.py", &socket, &known];
        program.extend(imports.beside_the_usual());
        let library = "forkserver.so";
        let plan = Plan::of_server(*ground, python, folder, &program, library, &files, &theirs);
        let process = spawner.spawn(plan, theirs).await.map_err(|error| Error::Spawn {
            program: "fork server".into(),
            step: error.step.to_owned(),
            source: error.source(),
        })?;
        // SAFETY: `OwnedFd` returns the same descriptor each time and closes it only when dropped.
        let socket = unsafe { AsyncFd::register_with_interest(ours, Interest::READABLE) }
            .map_err(|error| failed("watch a socket")(error.into()))?;
        let (ready, ordered) = (VecDeque::new(), VecDeque::new());
        let server = Self { ready, ordered, socket, process, _scratch: scratch };
        let (words, _) = server.receive(START).await.map_err(failed("start a warm interpreter"))?;
        if words != wire::READY {
            return Err(failed("start a warm interpreter")(io::ErrorKind::InvalidData.into()));
        }
        Ok(server)
    }

    /// A child that is `fit`.
    pub(super) async fn take(&mut self, servers: &ForkServers, fit: Fit) -> Result<Ready, Error> {
        loop {
            if let Some(place) = self.ready.iter().position(|ready| ready.seat.fit == fit) {
                return Ok(self.ready.remove(place).expect("it was found there"));
            }
            if !self.ordered.iter().any(|seat| seat.fit == fit) {
                self.order(servers, fit)?;
            }
            self.receive_child(servers).await?;
        }
    }

    /// Have every child that is kept ready.
    pub(super) async fn warm_up(&mut self, servers: &ForkServers) -> Result<(), Error> {
        self.order_ahead(servers)?;
        while !self.ordered.is_empty() {
            self.receive_child(servers).await?;
        }
        Ok(())
    }

    /// Order what usual jobs will need next.
    pub(super) fn order_ahead(&mut self, servers: &ForkServers) -> Result<(), Error> {
        let ready = self.ready.iter().map(|ready| ready.seat.fit);
        let seats = ready.chain(self.ordered.iter().map(|seat| seat.fit));
        for _ in seats.filter(|&fit| fit == Fit::usual()).count()..AHEAD {
            self.order(servers, Fit::usual())?;
        }
        Ok(())
    }

    fn order(&mut self, servers: &ForkServers, fit: Fit) -> Result<(), Error> {
        let (mut seat, common) = (servers.seat(fit)?, &servers.common);
        let folder = seat.scratch.as_ref().map(Scratch::path);
        let mut place = common.place(seat.slot.uid(), fit.size, fit.company, folder);
        place.is_hurried = servers.are_busy();
        let order = wire::encode_place(common.namespaces(), &place);
        let doors: Vec<RawFd> = seat.slot.doors().iter().map(AsRawFd::as_raw_fd).collect();
        send(self.socket.get_ref(), &[&order], &doors).map_err(failed("order a child"))?;
        self.ordered.push_back(seat);
        Ok(())
    }

    /// Wait for the child that was ordered first.
    async fn receive_child(&mut self, servers: &ForkServers) -> Result<(), Error> {
        let received = self.receive(ANSWER).await;
        let (child, channel) =
            received.and_then(born).map_err(failed("copy a warm interpreter"))?;
        let nonsense = || failed("copy a warm interpreter")(io::ErrorKind::InvalidData.into());
        let seat = self.ordered.pop_front().ok_or_else(nonsense)?;
        let (common, running) = (Arc::clone(&servers.common), Arc::clone(&servers.running));
        // Where no core is free, somebody would wait for it in any case; and below t1 they are the machine's.
        let is_worth_it = servers.ground.tier >= Tier::T1 && !servers.are_busy();
        let mounts = if is_worth_it { child.mounts() } else { None };
        self.ready.push_back(Ready { child, channel, seat, mounts, common, running });
        Ok(())
    }

    async fn receive(&self, patience: Duration) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
        let message = self.socket.async_io(Interest::READABLE, receive);
        match timeout(patience, message).await {
            Ok(Ok((words, _))) if words.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(received) => received,
            Err(_elapsed) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Drop for ForkServer {
    /// Leave no child behind that nobody has been told of.
    fn drop(&mut self) {
        self.ready.clear();
        self.process.end();
        while let Ok((words, descriptors)) = receive(self.socket.get_ref())
            && !words.is_empty()
        {
            drop(born((words, descriptors)));
        }
        bury_children_in_session(self.process.pid);
    }
}

/// Bury a child that was made and not told of. It ends by itself, because the other end of its
/// socket is gone, and is still in its server's session, as is only a child without a task.
fn bury_children_in_session(session: libc::pid_t) {
    let wait = move |flags| {
        // SAFETY: the call takes numbers and a null pointer.
        unsafe { libc::waitpid(-session, std::ptr::null_mut(), libc::__WALL | flags) }
    };
    loop {
        match wait(libc::WNOHANG) {
            0 => break,
            buried if buried > 0 => {}
            _nobody_is_left => return,
        }
    }
    // Others may be about to get their task from somebody who must not be kept waiting for them.
    // Where there can be no thread, a dead process stays until this one ends.
    let patient = move || while wait(0) > 0 {};
    drop(std::thread::Builder::new().name("undertaker".into()).spawn(patient));
}

/// The child that a message tells of.
fn born((words, descriptors): (Vec<u8>, Vec<OwnedFd>)) -> io::Result<(Child, Channel)> {
    match (Birth::decode(&words), <[OwnedFd; 2]>::try_from(descriptors)) {
        (Some(Birth { pid, .. }), Ok([pidfd, socket])) if pid > 0 => {
            Ok((Child::adopt(pid, pidfd), Channel(socket)))
        }
        (Some(Birth { errno, .. }), Err(_)) => Err(io::Error::from_raw_os_error(errno)),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

fn file(name: &str, content: &[u8]) -> JobFile {
    JobFile { name: name.to_owned(), content: content.into() }
}

fn set_blocking(fd: &OwnedFd) -> io::Result<()> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    let flags = OFlag::from_bits_truncate(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags & !OFlag::O_NONBLOCK))?;
    Ok(())
}
