//! Programs as Linux processes.
//!
//! # Theory of operation
//!
//! One run involves two processes, the supervisor (this program) and the child.
//!
//! ```text
//!   NativeSandbox::run          spawner thread                child
//!   ------------------          --------------                -----
//!   Plan::new  ------------->   clone(VM|VFORK|NEW*)  ----->  inside::begin
//!                               ...suspended...               namespaces, root, identity,
//!                                                             rlimits, landlock, seccomp
//!   Running    <-------------   pidfd                 <-----  execve
//!   select { pidfd, stdout, stderr, report, clock }           the program
//!   reap, finish the streams                                  (gone)
//! ```
//!
//! - The **plan** holds everything the child will need. The child shares our memory until it
//!   executes the program, so it must not allocate; see [`inside`].
//! - The **supervisor decides** when a run is over. It reads the processor time of the child from
//!   its clock, its memory from `/proc`, and kills through the pidfd. The kernel's own limits are
//!   set a little higher and stand in if the supervisor itself is starved.
//! - **Idleness** is wall-clock time less the time the program computed or was kept waiting for a
//!   processor. A busy machine therefore does not turn a working program into an idle one.
//! - **Streams** are drained while the program runs. When it has ended, what is left in the pipes
//!   is read without waiting for whoever else may hold them open.
//! - In a pid namespace the program is process 1 and takes all its descendants with it. Without
//!   one it may not fork at all.
//!
//! What this backend does not do: start from a warm interpreter, or use control groups.

mod calls;
mod draft;
mod filter;
mod gauge;
mod inside;
mod landlock;
mod plan;
mod scratch;
mod slots;
mod spawner;
mod stdin;
mod stream;
mod supervisor;

use std::os::fd::AsRawFd;
use std::sync::Arc;

use crate::{Error, Execution, Job, Limits, Sandbox, Tier};
use draft::Ground;
use plan::Plan;
use scratch::Scratch;
use slots::Slots;
use spawner::Spawner;
use stream::Stream;
use supervisor::Supervisor;

/// Runs every job as a fresh Linux process.
///
/// Dropping the future of [`Sandbox::run`] kills the program.
#[derive(Clone, Debug)]
pub struct NativeSandbox {
    ground: Ground,
    spawner: Spawner,
    slots: Arc<Slots>,
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
        Ok(Self { ground, spawner, slots: Arc::default() })
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
        let failed = |act| move |source| Error::Supervise { act, source };
        let slot = self.slots.take();
        let scratch = match self.ground.tier {
            Tier::T1 => None,
            Tier::None | Tier::T0 => {
                Some(Scratch::make(draft::owner(self.ground, &job, slot.uid()))?)
            }
        };
        let stdin = stdin::open(&job.stdin).map_err(failed("hand over standard input"))?;
        let open = |most| Stream::open(most).map_err(failed("make a pipe"));
        let (stdout, stdout_end) = open(job.limits.output)?;
        let (stderr, stderr_end) = open(job.limits.output)?;
        let mut descriptors =
            vec![stdin.as_raw_fd(), stdout_end.as_raw_fd(), stderr_end.as_raw_fd()];
        let (report, report_end) = match job.report {
            0 => (Stream::closed(), None),
            most => open(most).map(|(stream, end)| (stream, Some(end)))?,
        };
        descriptors.extend(report_end.as_ref().map(AsRawFd::as_raw_fd));

        let folder = scratch.as_ref().map(Scratch::path);
        let plan = Plan::new(self.ground, &job, slot.uid(), folder, descriptors);
        let child = self.spawner.spawn(plan).await.map_err(|error| Error::Spawn {
            program: job.program[0].clone(),
            step: error.step,
            source: error.source(),
        })?;
        drop((stdin, stdout_end, stderr_end, report_end));
        Supervisor::new(self.ground.tier, job.limits, child, scratch)?
            .watch(stdout, stderr, report)
            .await
    }
}
