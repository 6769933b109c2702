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
//!   order  -------place----->   clone(PARENT|NEW*)    ----->  inside::settle
//!   Ready      <-------------   pid, pidfd, socket            working folder, identity, landlock
//!     .                                                       .
//!   begin  -----------------task, descriptors------------->   inside::take_up
//!                                                             rlimits, seccomp
//!                                                             the program
//!   select { pidfd, clock, streams that say much }
//!   reap, finish the streams                                  (gone)
//! ```
//!
//! - The **plan** holds everything the child will need. A child that is to execute a program
//!   shares our memory until it does, so it must not allocate; see [`inside`].
//! - The **supervisor is the parent** of every program and decides when a run is over. It reads
//!   the processor time of the child from its clock, its memory from `/proc`, and kills it. The
//!   kernel's own limits on a process are set a little higher and stand in if the supervisor itself is
//!   starved.
//! - **Idleness** is wall-clock time less the time the program computed or was kept waiting for a
//!   processor. A busy machine therefore does not turn a working program into an idle one.
//! - **Streams** are drained while the program runs: when the clock ticks, or at once those that say
//!   much. When it has ended, what is left in the pipes is read without waiting for whoever else may
//!   hold them open.
//! - In a pid namespace the program is process 1 and takes all its descendants with it. Without
//!   one it may not fork at all.
//! - A **fork server** never runs a program itself; see [`forkserver`].
//! - In tier `t2` the kernel counts and limits the tree as a whole, in a **control group**; see
//!   [`groups`].
//! - **What we fail to do** is tried again a little, with a new child or a new server, before it
//!   becomes an [`Error`].

mod calls;
mod channel;
mod draft;
mod filter;
mod forkserver;
mod gauge;
mod groups;
mod identity;
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
#[cfg(test)]
mod wire_tests;

use std::collections::HashMap;
use std::fmt;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::{Error, Execution, Imports, Job, Limits, Python, Sandbox, Script, Tier};
use draft::Ground;
use forkserver::{Attended, Begun, ForkServers};
use groups::Groups;
use plan::Plan;
use scratch::Scratch;
use slots::Slots;
use spawner::Spawner;
use streams::Streams;
use supervisor::Supervisor;

/// The tiers that isolate, strongest first.
const ISOLATING: [Tier; 3] = [Tier::T2, Tier::T1, Tier::T0];

/// How often a job is tried that we fail to run, until that is an error.
const TRIES: u32 = 3;

/// Runs every job as a fresh Linux process.
///
/// Dropping the future of [`Sandbox::run`] kills the program.
#[derive(Clone, Debug)]
pub struct NativeSandbox {
    ground: Ground,
    spawner: Spawner,
    slots: Arc<Slots>,
    start: Start,
    scripts: Arc<[Script]>,
    warm: Arc<Mutex<HashMap<Profile, Arc<Attended>>>>,
}

/// What tells warm interpreters apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Profile {
    executable: PathBuf,
    imports: Imports,
    isolation: Isolation,
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

/// What a run shares with others from tier `t1` on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// A network namespace that has no network, in which nothing can be opened; every other
    /// namespace is new for each run.
    #[default]
    Strict,
    /// Nothing: the network namespace is new as well, which takes the kernel half a millisecond.
    /// Without fork servers this is always so.
    Paranoid,
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Strict => "strict",
            Self::Paranoid => "paranoid",
        })
    }
}

impl FromStr for Isolation {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::Strict, Self::Paranoid]
            .into_iter()
            .find(|isolation| isolation.to_string() == name)
            .ok_or_else(|| format!("`{name}` is no isolation; there are strict and paranoid"))
    }
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
        for tier in ISOLATING {
            match Self::of_tier(tier) {
                Err(Error::TierUnavailable { tier, obstacle }) => {
                    missing.push(format!("{tier}: {obstacle}"));
                }
                found => return found,
            }
        }
        Err(Error::NoIsolation { missing: missing.join("; ") })
    }

    /// A sandbox of exactly this tier.
    pub fn of_tier(tier: Tier) -> Result<Self, Error> {
        let ground = ground(tier);
        let slots = slots(ground).map_err(|obstacle| Error::TierUnavailable { tier, obstacle })?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let spawner = Spawner::start(threads)
            .map_err(|source| Error::Supervise { act: "start its spawner threads", source })?;
        let (start, scripts, warm) = (Start::default(), Arc::default(), Arc::default());
        Ok(Self { ground, spawner, slots, start, scripts, warm })
    }

    /// Choose how Python programs get their interpreter.
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Have warm interpreters know these scripts.
    #[must_use]
    pub fn knowing(mut self, scripts: impl Into<Arc<[Script]>>) -> Self {
        (self.scripts, self.warm) = (scripts.into(), Arc::default());
        self
    }

    /// Choose what runs share.
    #[must_use]
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.ground.isolation = isolation;
        self
    }

    /// Start the warm interpreters of `python` now, with the children that they keep ready, so that
    /// the first jobs need not wait for them.
    pub async fn warm_up(&self, python: &Python) -> Result<(), Error> {
        match self.warm_servers(&Job::python(python, "")) {
            Some(servers) => servers.warm_up().await,
            None => Ok(()),
        }
    }

    /// Try every tier that isolates, strongest first.
    pub fn probe() -> Vec<TierProbe> {
        ISOLATING.map(|tier| TierProbe { tier, obstacle: slots(ground(tier)).err() }).into()
    }

    /// Which control groups there are for tier `t2`, or why there are none.
    pub fn control_groups() -> Result<String, String> {
        Groups::open().map(|groups| groups.describe())
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
    Ground {
        tier,
        landlock_abi: landlock::abi(),
        root: nix::unistd::geteuid().is_root(),
        isolation: Isolation::default(),
    }
}

/// What every run of a tier needs for itself, once its whole set-up was carried out without a program;
/// otherwise what failed.
fn slots(ground: Ground) -> Result<Arc<Slots>, String> {
    match ground.tier {
        Tier::None => return Ok(Arc::default()),
        Tier::W => return Err("it is the wasm backend's".into()),
        Tier::T0 | Tier::T1 | Tier::T2 => {}
    }
    if ground.landlock_abi == 0 {
        return Err("the kernel has no landlock (it came with Linux 5.13)".into());
    }
    let groups = if ground.tier >= Tier::T2 { Some(Groups::open()?) } else { None };
    let slots = Arc::new(Slots::new(groups));
    let folder = if ground.tier >= Tier::T1 { draft::BOX } else { "/" };
    let (limits, visible) = (Limits::default(), draft::visible([]));
    let mut slot = slots.take();
    slot.begin(&limits, Duration::ZERO);
    if slot.tier(ground.tier) < ground.tier {
        return Err("a control group with limits cannot be made".into());
    }
    let mut plan = Plan::set_up(ground, &limits, &visible, slot.uid(), folder);
    plan.doors = slot.doors().iter().map(AsRawFd::as_raw_fd).collect();
    let done = Spawner::try_set_up(plan);
    drop(slot);
    done.map(|()| slots).map_err(|error| format!("{} failed: {}", error.step, error.source()))
}

impl Sandbox for NativeSandbox {
    async fn run(&self, mut job: Job) -> Result<Execution, Error> {
        job.check_names()?;
        if !job.script.is_some_and(|script| self.knows(&script)) {
            job.spell_out();
        }
        job.make_room();
        // Whoever talks with a program has said things that a second one would not hear.
        let most = if job.dialogue.is_some() { 1 } else { TRIES };
        let mut tries = 1;
        loop {
            // Boxed, so that whoever holds many runs holds little for each.
            match Box::pin(self.attempt(&job)).await {
                Err(error) if tries < most && error.may_pass() => tries += 1,
                done => return done,
            }
        }
    }

    fn knows(&self, script: &Script) -> bool {
        self.start == Start::Warm && self.scripts.contains(script)
    }
}

impl NativeSandbox {
    async fn attempt(&self, job: &Job) -> Result<Execution, Error> {
        let mut streams = Streams::open(job)?;
        let mut theirs = streams.hand_over();
        let tier = self.ground.tier;
        if let Some(servers) = self.warm_servers(job) {
            let begun = servers.begin(job, &theirs).await?;
            drop(theirs);
            let Begun { running, child, channel, slot, scratch, mounts } = begun;
            let supervisor = Supervisor::new(tier, job.limits, child, slot, scratch)?;
            let execution = supervisor.listening_to(channel).watch(streams).await;
            drop(running);
            servers.tidy_up(mounts);
            return execution;
        }
        let mut slot = self.slots.take();
        slot.begin(&job.limits, Duration::ZERO);
        let scratch = Scratch::for_tier(tier, || draft::owner(self.ground, job, slot.uid()))?;
        let folder = scratch.as_ref().map(Scratch::path);
        let mut plan = Plan::new(self.ground, job, slot.uid(), folder, &theirs);
        // Copies, because they must be there for the child even if nobody waits for it any more.
        let doors: Vec<OwnedFd> =
            slot.doors().iter().filter_map(|door| door.try_clone().ok()).collect();
        plan.doors = doors.iter().map(AsRawFd::as_raw_fd).collect();
        theirs.extend(doors);
        let child = self.spawner.spawn(plan, theirs).await.map_err(|error| Error::Spawn {
            program: job.program[0].clone(),
            step: error.step.to_owned(),
            source: error.source(),
        })?;
        if !child.has_joined {
            slot.leave_group();
        }
        Supervisor::new(tier, job.limits, child, slot, scratch)?.watch(streams).await
    }

    /// The warm interpreters for this job, where it can use them.
    fn warm_servers(&self, job: &Job) -> Option<Arc<Attended>> {
        // A copy of a warm interpreter was called without arguments.
        let is_plain = job.program.len() == 1;
        let python = job.python.as_ref().filter(|_| is_plain && self.start == Start::Warm)?;
        let profile = Profile {
            executable: python.executable.clone(),
            imports: if python.numpy.is_some() { job.imports } else { Imports::Stdlib },
            isolation: self.ground.isolation,
        };
        let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(servers) = warm.get(&profile) {
            return Some(Arc::clone(servers));
        }
        let (spawner, slots) = (self.spawner.clone(), Arc::clone(&self.slots));
        let scripts = Arc::clone(&self.scripts);
        let servers =
            ForkServers::new(self.ground, python.clone(), profile.imports, scripts, spawner, slots);
        let servers = Arc::new(Attended::new(servers));
        warm.insert(profile, Arc::clone(&servers));
        Some(servers)
    }
}
/// Read `bytes` as everything that they may be.
#[cfg(feature = "fuzzing")]
pub fn fuzz_plans(bytes: &[u8]) {
    let _ = wire::decode_place(bytes);
    let _ = wire::decode_task(bytes);
    let _ = wire::Birth::decode(bytes);
    if let Some(word) = wire::Word::decode(bytes) {
        assert_eq!(wire::Word::decode(&word.encode()), Some(word));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_run_whose_group_is_of_no_use_goes_on_without_it_and_says_so() {
        let Ok(mut sandbox) = NativeSandbox::of_tier(Tier::T1) else {
            println!("skipped: no t1 on this machine");
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        sandbox.ground.tier = Tier::T2;
        sandbox.slots = Arc::new(Slots::new(Some(Groups::of_no_use(folder.path()))));
        let python = Python::find().expect("the tests need a Python interpreter");
        for start in [Start::Warm, Start::Cold] {
            let sandbox = sandbox.clone().start(start);
            let execution = sandbox.run(Job::python(&python, "print(1)")).await.unwrap();
            assert_eq!((execution.stdout.text().as_ref(), execution.tier), ("1\n", Tier::T1));
        }
    }
}
