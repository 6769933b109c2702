//! Warm interpreters that are copied for every program.
//!
//! Starting CPython takes ten times as long as running a typical program. So one interpreter for
//! each core is started once, inside the same private root as every program, and each run is a
//! copy of it (see the library in `sandbox/forkserver`). Copies are made ahead: each server has a
//! few children that have settled in their place and wait for a job.
//!
//! A server that dies, or answers nonsense, is dropped together with its socket and its waiting
//! children, and a new one takes over.

use std::collections::VecDeque;
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::channel::{Channel, receive, send};
use super::draft::{self, Common, Ground};
use super::filter::Company;
use super::gauge;
use super::plan::Plan;
use super::scratch::Scratch;
use super::slots::{Slot, Slots};
use super::spawner::{Child, Spawner};
use super::stdin;
use super::wire::{self, Birth};
use crate::{Error, Imports, Job, JobFile, Limits, Python, Script};

/// The library that the script loads.
const LIBRARY: &[u8] = include_bytes!(env!("FORKSERVER_LIBRARY"));
/// The script that the interpreter runs.
const SCRIPT: &str = include_str!("forkserver.py");
/// How long a server may take to import everything, on a machine that is busy with other things.
const START: Duration = Duration::from_secs(60);
/// How long it may take to make one copy of itself, likewise.
const ANSWER: Duration = Duration::from_secs(20);
/// How often a job is brought to a new server before we give up.
const TRIES: u32 = 3;
/// Children that each server keeps ready: one to be taken, and one while the next is made.
const AHEAD: usize = 2;

/// Which jobs a child can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fit {
    /// Bytes of the working folder.
    size: u64,
    company: Company,
}

impl Fit {
    /// What most jobs are.
    fn usual() -> Self {
        Self { size: Limits::default().scratch, company: Company::Alone }
    }
}

/// What a child gets before it exists: its user and its working folder.
#[derive(Debug)]
struct Seat {
    slot: Slot,
    fit: Fit,
    scratch: Option<Scratch>,
}

/// A child that has settled in its place and waits for its task.
#[derive(Debug)]
pub(super) struct Ready {
    child: Child,
    channel: Channel,
    seat: Seat,
    common: Arc<Common>,
    running: Arc<AtomicUsize>,
}

/// A child that has been handed its task.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) running: Running,
    pub(super) child: Child,
    pub(super) channel: Channel,
    pub(super) slot: Slot,
    pub(super) scratch: Option<Scratch>,
}

/// Counts a program while it runs.
#[derive(Debug)]
pub(super) struct Running(Arc<AtomicUsize>);

/// One warm interpreter.
#[derive(Debug)]
struct ForkServer {
    ready: VecDeque<Ready>,
    /// Seats of children that were ordered and are not there yet.
    ordered: VecDeque<Seat>,
    socket: AsyncFd<OwnedFd>,
    process: Child,
    _scratch: Option<Scratch>,
}

/// The warm interpreters of one Python.
#[derive(Debug)]
pub(super) struct ForkServers {
    ground: Ground,
    python: Python,
    imports: Imports,
    scripts: Arc<[Script]>,
    spawner: Spawner,
    slots: Arc<Slots>,
    common: Arc<Common>,
    count: usize,
    /// How many programs run.
    running: Arc<AtomicUsize>,
    permits: Semaphore,
    idle: Mutex<VecDeque<ForkServer>>,
}

impl ForkServers {
    /// At most one server of `python` for each core, started when they are needed, that knows `scripts`.
    pub(super) fn new(
        ground: Ground,
        python: Python,
        imports: Imports,
        scripts: Arc<[Script]>,
        spawner: Spawner,
        slots: Arc<Slots>,
    ) -> Arc<Self> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let common = Arc::new(Common::new(ground, &python, Arc::clone(&scripts)));
        let (permits, idle, running) = (Semaphore::new(count), Mutex::default(), Arc::default());
        Arc::new(Self {
            ground,
            python,
            imports,
            scripts,
            spawner,
            slots,
            common,
            count,
            running,
            permits,
            idle,
        })
    }

    /// Whether the programs that run, with the one that is about to, leave no core free.
    fn are_busy(&self) -> bool {
        self.running.load(Ordering::Relaxed) >= (self.count - 1).max(1)
    }

    /// Start every server that there may be, with its children, so that no job waits for one.
    pub(super) async fn warm_up(&self) -> Result<(), Error> {
        let permits = self.permits.acquire_many(self.count as u32).await;
        let _all = permits.expect("the semaphore is never closed");
        let mut servers = Vec::new();
        for _ in 0..self.count {
            let mut server = self.check_out().await?;
            server.warm_up(self).await?;
            servers.push(server);
        }
        Ok(())
    }

    /// Have a child run `job` with these descriptors.
    pub(super) async fn begin(&self, job: &Job, descriptors: &[OwnedFd]) -> Result<Begun, Error> {
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let fit =
            Fit { size: job.limits.scratch, company: draft::company(self.ground, &job.limits) };
        let is_hurried = self.are_busy();
        let mut tries = 0;
        loop {
            let mut server = self.check_out().await?;
            match server.take(self, fit).await {
                Ok(ready) => {
                    let begun = ready.begin(job, descriptors);
                    // After the task, so that the program is not kept waiting by what the next one needs; and
                    // where nobody is in a hurry, after the program: see `replenish`.
                    if is_hurried && server.order_ahead(self).is_err() {
                        server.discard();
                    }
                    return begun;
                }
                Err(error) => {
                    server.discard();
                    tries += 1;
                    if tries == TRIES {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// A program has ended: have children made in the place of those that were used up.
    pub(super) fn replenish(&self) {
        let mut dead = Vec::new();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..idle.len() {
            let Some(mut server) = idle.pop_front() else { break };
            if server.order_ahead(self).is_ok() {
                idle.push_back(server);
            } else {
                dead.push(server);
            }
        }
        // Burying takes a while, and others want theirs.
        drop(idle);
    }

    /// The server that has rested longest, or a new one.
    async fn check_out(&self) -> Result<CheckedOut<'_>, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let server = match idle {
            Some(server) => server,
            None => ForkServer::start(self).await?,
        };
        Ok(CheckedOut { server: Some(server), home: &self.idle })
    }

    /// A seat for a child to come.
    fn seat(&self, fit: Fit) -> Result<Seat, Error> {
        let slot = self.slots.take();
        let scratch = Scratch::for_tier(self.ground.tier, || self.common.owner(slot.uid()))?;
        Ok(Seat { slot, fit, scratch })
    }
}

/// A server in use, which goes back when this is dropped: also when its user loses interest.
struct CheckedOut<'a> {
    server: Option<ForkServer>,
    home: &'a Mutex<VecDeque<ForkServer>>,
}

impl CheckedOut<'_> {
    /// Do not let it come back.
    fn discard(mut self) {
        drop(self.server.take());
    }
}

impl Deref for CheckedOut<'_> {
    type Target = ForkServer;

    fn deref(&self) -> &ForkServer {
        self.server.as_ref().expect("it is there until it is discarded")
    }
}

impl DerefMut for CheckedOut<'_> {
    fn deref_mut(&mut self) -> &mut ForkServer {
        self.server.as_mut().expect("it is there until it is discarded")
    }
}

impl Drop for CheckedOut<'_> {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.home.lock().unwrap_or_else(PoisonError::into_inner).push_back(server);
        }
    }
}

impl Ready {
    /// Hand the child its task: to run `job` with these descriptors.
    fn begin(self, job: &Job, descriptors: &[OwnedFd]) -> Result<Begun, Error> {
        let Self { child, channel, mut seat, common, running } = self;
        seat.slot.begin(&job.limits, gauge::clock(child.pid));
        let task = wire::encode_task(&common.task(job, seat.slot.uid()));
        channel.send_task(&task, descriptors).map_err(failed("hand a program over"))?;
        running.fetch_add(1, Ordering::Relaxed);
        let running = Running(running);
        Ok(Begun { running, child, channel, slot: seat.slot, scratch: seat.scratch })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ForkServer {
    async fn start(servers: &ForkServers) -> Result<Self, Error> {
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
        for (number, Script { beginning, end }) in scripts.iter().enumerate() {
            files.push(file(&format!("beginning{number}.py"), beginning.as_bytes()));
            files.push(file(&format!("end{number}.py"), end.as_bytes()));
        }
        let (socket, known) = ((theirs.len() - 1).to_string(), scripts.len().to_string());
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
    async fn take(&mut self, servers: &ForkServers, fit: Fit) -> Result<Ready, Error> {
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
    async fn warm_up(&mut self, servers: &ForkServers) -> Result<(), Error> {
        self.order_ahead(servers)?;
        while !self.ordered.is_empty() {
            self.receive_child(servers).await?;
        }
        Ok(())
    }

    /// Order what usual jobs will need next.
    fn order_ahead(&mut self, servers: &ForkServers) -> Result<(), Error> {
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
        self.ready.push_back(Ready { child, channel, seat, common, running });
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

fn failed(act: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| Error::Supervise { act, source }
}

fn set_blocking(fd: &OwnedFd) -> io::Result<()> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    let flags = OFlag::from_bits_truncate(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags & !OFlag::O_NONBLOCK))?;
    Ok(())
}
