//! Programs as Linux processes.
//!
//! # Theory of operation
//!
//! One run involves the supervisor (this program), the child, and whoever makes the child: a
//! spawner thread for a program that is executed, or a fork server for a Python program, which is
//! a copy of a warm interpreter.
//!
//! ```text
//!   NativeSandbox::run          spawner thread                child
//!   ------------------          --------------                -----
//!   Plan::new  ------------->   clone(VM|VFORK|NEW*)  ----->  inside::begin
//!                               ...suspended...               namespaces, root, identity,
//!                                                             rlimits, landlock, seccomp
//!   Child      <-------------   pidfd                 <-----  execve
//!
//!                               fork server
//!                               -----------
//!   Plan::of_copy  --bytes-->   clone(PARENT|NEW*)    ----->  inside::confine
//!   Child      <-------------   pid, pidfd                    identity, rlimits, landlock, seccomp
//!                                                             the program
//!   select { pidfd, clock, stdout, stderr, report }
//!   reap, finish the streams                                  (gone)
//! ```
//!
//! - The **plan** holds everything the child will need. A child that is to execute a program
//!   shares our memory until it does, so it must not allocate; see [`inside`].
//! - The **supervisor is the parent** of every program and decides when a run is over. It reads
//!   the processor time of the child from its clock, its memory from `/proc`, and kills it. The
//!   kernel's own limits are set a little higher and stand in if the supervisor itself is starved.
//! - **Idleness** is wall-clock time less the time the program computed or was kept waiting for a
//!   processor. A busy machine therefore does not turn a working program into an idle one.
//! - **Streams** are drained while the program runs. When it has ended, what is left in the pipes
//!   is read without waiting for whoever else may hold them open.
//! - In a pid namespace the program is process 1 and takes all its descendants with it. Without
//!   one it may not fork at all.
//! - A **fork server** never runs a program itself; see [`forkserver`].
//!
//! What this backend does not do: use control groups, or keep children ready before they are
//! asked for.

mod calls;
mod draft;
mod filter;
mod forkserver;
mod gauge;
mod inside;
pub(crate) mod landlock;
mod plan;
mod scratch;
mod slots;
mod spawner;
mod stdin;
mod stream;
mod streams;
mod supervisor;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the fork server's library reads what this side writes")
)]
mod wire;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{Error, Execution, Job, Limits, Python, Sandbox, Tier};
use draft::Ground;
use forkserver::{ForkServers, Request};
use plan::Plan;
use scratch::Scratch;
use slots::Slots;
use spawner::Spawner;
use streams::Streams;
use supervisor::Supervisor;

/// Runs every job as a fresh Linux process.
///
/// Dropping the future of [`Sandbox::run`] kills the program.
#[derive(Clone, Debug)]
pub struct NativeSandbox {
    ground: Ground,
    spawner: Spawner,
    slots: Arc<Slots>,
    start: Start,
    warm: Arc<Mutex<HashMap<PathBuf, Arc<ForkServers>>>>,
}

/// How a Python program gets its interpreter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// As a copy of one that is running already, which takes about a millisecond.
    #[default]
    Warm,
    /// By executing it, which takes ten.
    Cold,
}

/// What a try at each tier brought, for a person to read.
#[derive(Clone, Debug)]
pub struct TierProbe {
    /// The tier that was tried.
    pub tier: Tier,
    /// Why the machine does not allow it; `None` where it does.
    pub obstacle: Option<String>,
}

impl NativeSandbox {
    /// The strongest sandbox that this machine allows. Refuses where there is no isolation at all.
    pub fn strongest() -> Result<Self, Error> {
        let mut missing = Vec::new();
        for probe in Self::probe() {
            match probe.obstacle {
                None => return Self::of_tier(probe.tier),
                Some(obstacle) => missing.push(format!("{}: {obstacle}", probe.tier)),
            }
        }
        Err(Error::NoIsolation { missing: missing.join("; ") })
    }

    /// A sandbox of exactly this tier.
    pub fn of_tier(tier: Tier) -> Result<Self, Error> {
        let ground = ground(tier);
        if let Some(obstacle) = obstacle(ground) {
            return Err(Error::TierUnavailable { tier, obstacle });
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let spawner = Spawner::start(threads)
            .map_err(|source| Error::Supervise { act: "start its spawner threads", source })?;
        let (slots, warm) = (Arc::default(), Arc::default());
        Ok(Self { ground, spawner, slots, start: Start::default(), warm })
    }

    /// Choose how Python programs get their interpreter.
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Start the warm interpreters of `python` now, so that the first jobs need not wait for them.
    pub async fn warm_up(&self, python: &Python) -> Result<(), Error> {
        match self.warm_servers(&Job::python(python, "")) {
            Some(servers) => servers.warm_up().await,
            None => Ok(()),
        }
    }

    /// Try every tier that isolates, strongest first.
    pub fn probe() -> Vec<TierProbe> {
        [Tier::T1, Tier::T0].map(|tier| TierProbe { tier, obstacle: obstacle(ground(tier)) }).into()
    }

    /// The version of landlock that the kernel offers; 0 where there is none.
    pub fn landlock_abi() -> u32 {
        landlock::abi()
    }

    /// The tier of every run.
    pub fn tier(&self) -> Tier {
        self.ground.tier
    }
}

fn ground(tier: Tier) -> Ground {
    Ground { tier, landlock_abi: landlock::abi(), root: nix::unistd::geteuid().is_root() }
}

/// Carry out the whole set-up of a tier without a program, and say what failed.
fn obstacle(ground: Ground) -> Option<String> {
    if ground.tier == Tier::None {
        return None;
    }
    if ground.tier == Tier::W {
        return Some("it is the wasm backend's".into());
    }
    if ground.landlock_abi == 0 {
        return Some("the kernel has no landlock (it came with Linux 5.13)".into());
    }
    let folder = if ground.tier >= Tier::T1 { draft::BOX } else { "/" };
    let plan = Plan::set_up(ground, &Limits::default(), None, Slots::FIRST, folder);
    let error = Spawner::try_set_up(plan).err()?;
    Some(format!("{} failed: {}", error.step, error.source()))
}

impl Sandbox for NativeSandbox {
    async fn run(&self, job: Job) -> Result<Execution, Error> {
        job.check_names()?;
        let slot = self.slots.take();
        let scratch = match self.ground.tier {
            Tier::T1 => None,
            Tier::None | Tier::W | Tier::T0 => {
                Some(Scratch::make(draft::owner(self.ground, &job, slot.uid()))?)
            }
        };
        let folder = scratch.as_ref().map(Scratch::path);
        let mut streams = Streams::open(&job)?;
        let child = match self.warm_servers(&job) {
            Some(servers) => {
                let theirs = streams.hand_over_with_confession()?;
                let plan = Plan::of_copy(self.ground, &job, slot.uid(), folder, &theirs);
                servers.fork(Request::new(&plan, theirs)).await?
            }
            None => {
                let theirs = streams.hand_over();
                let plan = Plan::new(self.ground, &job, slot.uid(), folder, &theirs);
                self.spawner.spawn(plan, theirs).await.map_err(|error| Error::Spawn {
                    program: job.program[0].clone(),
                    step: error.step.to_owned(),
                    source: error.source(),
                })?
            }
        };
        Supervisor::new(self.ground.tier, job.limits, child, scratch)?.watch(streams).await
    }
}

impl NativeSandbox {
    /// The warm interpreters for this job, where it can use them.
    fn warm_servers(&self, job: &Job) -> Option<Arc<ForkServers>> {
        let python = job.python.as_ref().filter(|_| self.start == Start::Warm)?;
        let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        let servers = warm.entry(python.executable.clone()).or_insert_with(|| {
            let count = std::thread::available_parallelism().map_or(1, usize::from);
            ForkServers::new(self.ground, python.clone(), self.spawner.clone(), count)
        });
        Some(Arc::clone(servers))
    }
}
