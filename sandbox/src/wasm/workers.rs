//! The supervisor's side: workers that are started, asked, watched and replaced.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::message::{Order, Outcome};
use super::wasi::clock::SLOWDOWN;
use super::worker::{READY, Task};
use crate::{Captured, Ending, Usage};

/// How a program starts its own workers: by executing itself with an argument of its choice, on
/// which it calls [`crate::wasm_worker`].
#[derive(Clone, Debug)]
pub struct WorkerProgram {
    path: PathBuf,
    arguments: Vec<OsString>,
}

impl WorkerProgram {
    /// Start workers by executing `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), arguments: Vec::new() }
    }

    /// Give it this argument first.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// The command for `task`, with nothing of ours but standard error.
    pub(super) fn command(&self, task: &Task) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .args(task.arguments())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

/// How often a worker at work is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// What a worker may use beyond a job's own limits before it is given up. A worker ends programs
/// itself; this is for one that cannot any more.
const GRACE: Duration = Duration::from_secs(5);

/// How long a worker may make no progress at all. It never waits while it has a job, so this only
/// passes on a machine that gives it no processor, or when it is stuck.
const STUCK: Duration = Duration::from_secs(120);

/// How often a job is given to another worker when its own has died.
const TRIES: u32 = 2;

/// The workers of one sandbox.
#[derive(Debug)]
pub(super) struct Workers {
    program: WorkerProgram,
    task: Task,
    places: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

/// One of them.
#[derive(Debug)]
struct Worker {
    child: Child,
    socket: UnixStream,
}

/// Why a worker did not answer.
#[derive(Debug)]
enum Lost {
    /// It died, or said something that is no outcome.
    Died(io::Error),
    /// It went on beyond all limits, having used this much.
    Overran(Usage),
}

impl Workers {
    /// Workers for `task`, of which at most `most` are at work at a time.
    pub(super) fn new(program: WorkerProgram, task: Task, most: usize) -> Self {
        Self { program, task, places: Semaphore::new(most), idle: Mutex::default() }
    }

    /// Start a worker, to see whether that is possible.
    pub(super) async fn start_one(&self) -> io::Result<()> {
        let worker = Worker::start(&self.program, &self.task).await?;
        self.idle().push(worker);
        Ok(())
    }

    /// Have `order` carried out.
    ///
    /// Dropping the future kills the worker, and with it the program.
    pub(super) async fn run(&self, order: &Order) -> io::Result<Outcome> {
        let _place = self.places.acquire().await.map_err(io::Error::other)?;
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let idle = self.idle().pop();
            let mut worker = match idle {
                Some(worker) => worker,
                None => Worker::start(&self.program, &self.task).await?,
            };
            match worker.ask(order).await {
                Ok(outcome) => {
                    self.idle().push(worker);
                    return Ok(outcome);
                }
                Err(Lost::Overran(usage)) => return Ok(overrun(usage)),
                Err(Lost::Died(error)) if tries == 0 => return Err(error),
                Err(Lost::Died(error)) => {
                    tracing::debug!("a wasm worker died and is replaced: {error}");
                }
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The processes of the idle workers.
    pub(super) fn idle_processes(&self) -> Vec<u32> {
        self.idle().iter().filter_map(|worker| worker.child.id()).collect()
    }
}

impl Worker {
    async fn start(program: &WorkerProgram, task: &Task) -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let socket = UnixStream::from_std(ours)?;
        let child = program.command(task).stdin(OwnedFd::from(theirs)).spawn()?;
        let mut worker = Self { child, socket };
        let mut ready = READY;
        match worker.socket.read_exact(&mut ready).await {
            Ok(_) if ready == READY => Ok(worker),
            _ => Err(worker.obituary().await),
        }
    }

    /// Hand over `order` and wait for what becomes of it.
    async fn ask(&mut self, order: &Order) -> Result<Outcome, Lost> {
        let Some(process) = self.child.id() else {
            return Err(Lost::Died(self.obituary().await));
        };
        let mut watch = Watch::new(process, order);
        let answer = tokio::select! {
            answer = exchange(&mut self.socket, order) => answer,
            lost = watch.overrun() => return Err(lost),
        };
        match answer {
            Ok(Some(outcome)) => Ok(outcome),
            Ok(None) => Err(Lost::Died(io::Error::other("a worker's answer cannot be read"))),
            Err(_) => Err(Lost::Died(self.obituary().await)),
        }
    }

    /// How the worker came to its end, which it is brought to if it does not come to it.
    async fn obituary(&mut self) -> io::Error {
        /// Long enough to say on standard error what is wrong.
        const LAST_WORDS: Duration = Duration::from_secs(2);
        if timeout(LAST_WORDS, self.child.wait()).await.is_err() {
            // It may be gone just now.
            let _ = self.child.start_kill();
        }
        match self.child.wait().await {
            Ok(status) => io::Error::other(format!("a wasm worker ended early: {status}")),
            Err(error) => error,
        }
    }
}

async fn exchange(socket: &mut UnixStream, order: &Order) -> io::Result<Option<Outcome>> {
    socket.write_all(&order.encode()).await?;
    let mut length = [0; 8];
    socket.read_exact(&mut length).await?;
    let length = u64::from_le_bytes(length);
    if length > order.longest_outcome() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    socket.take(length).read_to_end(&mut bytes).await?;
    Ok(Outcome::decode(&bytes))
}

/// Looks at a worker at work.
struct Watch {
    process: Pid,
    began: Instant,
    /// What the worker had used when it got the order.
    before: Duration,
    most: Duration,
}

impl Watch {
    fn new(process: u32, order: &Order) -> Self {
        let process = Pid::from_raw(process.cast_signed());
        let most = order.limits.cpu.saturating_mul(SLOWDOWN).saturating_add(GRACE);
        let before = processor_time(process).unwrap_or_default();
        Self { process, began: Instant::now(), before, most }
    }

    /// Wait until the worker has done more than it may, or nothing for too long.
    async fn overrun(&mut self) -> Lost {
        let mut clock = interval(LOOK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut last, mut progress) = (self.before, self.began);
        loop {
            clock.tick().await;
            // One that is gone closes its socket, which is noticed elsewhere.
            let Some(now) = processor_time(self.process) else { continue };
            let cpu = now.saturating_sub(self.before);
            if cpu > self.most {
                return Lost::Overran(Usage {
                    cpu,
                    wall: self.began.elapsed(),
                    ..Usage::default()
                });
            }
            if now > last {
                (last, progress) = (now, Instant::now());
            }
            if progress.elapsed() > STUCK {
                return Lost::Died(io::Error::other("a wasm worker was stuck"));
            }
        }
    }
}

/// The processor time of all threads of a process.
fn processor_time(process: Pid) -> Option<Duration> {
    let clock = ClockId::pid_cpu_clock_id(process).ok()?;
    clock_gettime(clock).ok().map(Duration::from)
}

/// What is known of a program that kept its worker from ending it.
fn overrun(usage: Usage) -> Outcome {
    let none = Captured::default;
    let (stdout, stderr, report) = (none(), none(), none());
    Outcome { ending: Ending::CpuLimit, usage, stdout, stderr, report }
}
