//! Warm interpreters that are copied for every program.
//!
//! Starting CPython takes ten times as long as running a typical program. So one interpreter for
//! each core is started once, inside the same private root as every program, and each run is a
//! copy of it (see the library in `sandbox/forkserver`). Copies are made ahead: each server has a
//! few children that have settled in their place and wait for a job.
//!
//! A server that dies, or answers nonsense, is dropped together with its socket and its waiting
//! children, and a new one takes over.

mod attended;
mod server;

use std::collections::VecDeque;
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

pub(super) use self::attended::Attended;
use self::server::ForkServer;
use super::channel::Channel;
use super::draft::{self, Common, Ground};
use super::filter::Company;
use super::gauge;
use super::scratch::Scratch;
use super::slots::{Slot, Slots};
use super::spawner::{Child, Spawner};
use super::wire;
use crate::{Error, Imports, Job, Limits, Python, Script};

/// How often a job is brought to a new server before we give up.
const TRIES: u32 = 3;

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
    // Behind the child, whom it outlives.
    mounts: Option<OwnedFd>,
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
    /// What the kernel need not clear away before the end of the program is known.
    pub(super) mounts: Option<OwnedFd>,
}

/// Counts a program while it runs.
#[derive(Debug)]
pub(super) struct Running(Arc<AtomicUsize>);

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
    ) -> Self {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let common = Arc::new(Common::new(ground, &python, Arc::clone(&scripts)));
        let (permits, idle, running) = (Semaphore::new(count), Mutex::default(), Arc::default());
        Self {
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
        }
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

    /// Have children made in the place of those that were used up.
    fn replenish(&self) {
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
        let Self { child, channel, mut seat, mounts, common, running } = self;
        seat.slot.begin(&job.limits, gauge::clock(child.pid));
        let task = wire::encode_task(&common.task(job, seat.slot.uid()));
        channel.send_task(&task, descriptors).map_err(failed("hand a program over"))?;
        running.fetch_add(1, Ordering::Relaxed);
        let running = Running(running);
        let Seat { slot, scratch, .. } = seat;
        Ok(Begun { running, child, channel, slot, scratch, mounts })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn failed(act: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| Error::Supervise { act, source }
}
