//! Watches one program from its start to its end.

use std::io;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::channel::Channel;
use super::draft;
use super::gauge::Gauge;
use super::groups::Group;
use super::scratch::Scratch;
use super::slots::Slot;
use super::spawner::{Child, Remains};
use super::stream::{Progress, Stream};
use super::streams::Streams;
use super::wire::Beginning;
use crate::{Ending, Error, Execution, Limits, Tier, Usage};

/// How often a program's use and its streams are looked at. Short enough that a limit is kept to a few
/// milliseconds and that whoever fills a pipe for the first time hardly waits, long enough that
/// looking costs well under one percent of a core.
const PERIOD: Duration = Duration::from_millis(10);
/// The first look comes sooner: most programs are short, and a bomb that the kernel does not stop
/// grows fast.
const FIRST_LOOK: Duration = Duration::from_millis(2);
/// What ends sooner has met no limit on time, so nobody asks what it waited for.
const SHORT: Duration = Duration::from_millis(100);
/// Looking through a folder costs more, so it is done less often.
const LOOKS_PER_SCRATCH: u32 = 5;
/// A program that computes and waits by turns for this many times its idle limit is ended too,
/// so that no run lasts for ever.
const PATIENCE: u32 = 20;

/// One run in progress.
pub(super) struct Supervisor {
    tier: Tier,
    limits: Limits,
    child: AsyncFd<Child>,
    /// Where the child tells how it began, until it has.
    channel: Option<Channel>,
    /// Processor time that was spent before the program started.
    spent: Duration,
    gauge: Gauge,
    scratch: Option<Scratch>,
    /// Tells whether there is too much in the scratch folder, while somebody looks.
    measuring: Option<JoinHandle<bool>>,
    // Behind the child, which must be gone when somebody else gets its slot.
    slot: Slot,
    is_family: bool,
    started: Instant,
    memory: u64,
    waited: Duration,
    looks: u32,
    /// Whether the program has given itself less processor time than it may have.
    limits_itself: bool,
    ended_by_us: Option<Ending>,
}

impl Supervisor {
    /// Take charge of `child`, which has just started in `slot` of a sandbox of this `tier`.
    pub(super) fn new(
        tier: Tier,
        limits: Limits,
        child: Child,
        slot: Slot,
        scratch: Option<Scratch>,
    ) -> Result<Self, Error> {
        let is_family = limits.processes > 1 && tier >= Tier::T1;
        let gauge = Gauge::new(child.pid, is_family);
        // SAFETY: `Child` returns the same descriptor each time and closes it only when dropped.
        let child = unsafe { AsyncFd::register_with_interest(child, Interest::READABLE) }
            .map_err(|error| Error::Supervise { act: "watch the program", source: error.into() })?;
        Ok(Self {
            tier,
            limits,
            child,
            channel: None,
            spent: Duration::ZERO,
            gauge,
            scratch,
            measuring: None,
            slot,
            is_family,
            started: Instant::now(),
            memory: 0,
            waited: Duration::ZERO,
            looks: 0,
            limits_itself: false,
            ended_by_us: None,
        })
    }

    /// Learn how the program began from `channel`, on which a child of a fork server tells it.
    pub(super) fn listening_to(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Follow the program to its end.
    pub(super) async fn watch(mut self, streams: Streams) -> Result<Execution, Error> {
        let Streams { mut stdout, mut stderr, mut report, .. } = streams;
        let failed = |act| move |source| Error::Supervise { act, source };
        // One clock for the whole run: a program that writes without pause must not put it off.
        let mut clock = interval_at(Instant::now() + FIRST_LOOK, PERIOD);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let progress = tokio::select! {
                // The end is looked for first, so that a program that is gone is not killed, and
                // the clock before the streams, so that a flood cannot hide from it.
                biased;
                ended = self.child.readable() => {
                    drop(ended.map_err(failed("wait for the program"))?);
                    break;
                }
                _ = clock.tick() => {
                    self.look();
                    self.look_at([&mut stdout, &mut report, &mut stderr])
                }
                is_full = async { self.measuring.as_mut()?.await.ok() }, if self.measuring.is_some() => {
                    self.measuring = None;
                    if is_full == Some(true) {
                        self.end(Ending::OutputLimit);
                    }
                    Ok(Progress::Quiet)
                }
                progress = stdout.progress() => {
                    self.end_at_overflow(&progress);
                    progress
                }
                progress = stderr.progress() => progress,
                progress = report.progress() => {
                    self.end_at_overflow(&progress);
                    progress
                }
            };
            progress.map_err(failed("read what the program writes"))?;
        }
        let wall = self.started.elapsed();
        if wall > SHORT {
            // Of those that are gone there is the main thread's, until it is buried.
            self.waited = self.waited.max(self.gauge.kept_waiting());
            self.limits_itself = self.has_less_time_than_it_was_given();
        }
        self.learn_of_its_start()?;
        if self.channel.is_some() {
            let source = std::io::ErrorKind::UnexpectedEof.into();
            return Err(Error::Supervise { act: "start the program", source });
        }
        let remains = self.child.get_mut().reap().map_err(failed("learn how the program ended"))?;
        let of_process = processor_time(&remains.usage).saturating_sub(self.spent);
        let cpu = self.time_of_family().unwrap_or(of_process);
        let peak = peak(&remains.usage);
        if self.child.get_ref().own_peak || peak > own_peak() {
            self.memory = self.memory.max(peak);
        }
        if self.memory > self.limits.memory {
            // It may have had that for less time than there is between two looks.
            self.ended_by_us.get_or_insert(Ending::MemoryLimit);
        }
        self.hear_of_its_group(remains.status);
        let stdout = stdout.finish().await.map_err(failed("read standard output"))?;
        let report = report.finish().await.map_err(failed("read the report"))?;
        if stdout.truncated || report.truncated {
            // The excess may have been in the pipe when the program ended by itself: too much is
            // too much, whoever was faster.
            self.ended_by_us.get_or_insert(Ending::OutputLimit);
        }
        if let Some(scratch) = self.scratch.take() {
            scratch.remove().await;
        }
        Ok(Execution {
            ending: self.ending(remains, cpu)?,
            usage: Usage { cpu, wall, waited: self.waited, memory: self.memory },
            stdout,
            stderr: stderr.finish().await.map_err(failed("read standard error"))?,
            report,
            tier: self.slot.tier(self.tier),
        })
    }

    /// Hear what the child has to say of its start, once it has said it.
    fn learn_of_its_start(&mut self) -> Result<(), Error> {
        if let Some(channel) = &self.channel
            && let Some(Beginning { spent, has_joined }) = channel.beginning()?
        {
            self.spent = spent;
            self.gauge.leave_out(spent);
            if !has_joined {
                self.slot.leave_group();
            }
            self.channel = None;
        }
        Ok(())
    }

    /// Compare what the program has used with what it may use.
    fn look(&mut self) {
        self.looks += 1;
        // A step that failed is told at the end, which is near.
        let _ = self.learn_of_its_start();
        let mut used = self.gauge.read(self.limits.memory);
        used.cpu = self.time_of_family().unwrap_or(used.cpu);
        self.memory = self.memory.max(used.memory);
        self.measure_scratch();
        let elapsed = self.started.elapsed();
        if used.cpu >= self.limits.cpu {
            self.end(Ending::CpuLimit);
        } else if used.memory > self.limits.memory || self.kernel_has_killed_in_family() {
            self.end(Ending::MemoryLimit);
        } else if used.tasks > self.limits.tasks() {
            self.end(Ending::ProcessLimit);
        } else if elapsed >= self.limits.wall {
            let idle = elapsed.saturating_sub(used.cpu + self.gauge.kept_waiting());
            if idle >= self.limits.wall || elapsed >= PATIENCE * self.limits.wall {
                self.end(Ending::Idle);
            }
        }
    }

    /// Processor time of everybody, where the kernel counts it and there can be more than one.
    fn time_of_family(&mut self) -> Option<Duration> {
        let group = self.slot.group().filter(|_| self.is_family)?;
        Some(group.cpu()?.saturating_sub(self.spent))
    }

    /// Whether one of several processes was killed for want of memory: the others may go on.
    fn kernel_has_killed_in_family(&mut self) -> bool {
        let group = self.slot.group().filter(|_| self.is_family);
        group.is_some_and(Group::has_run_out_of_memory)
    }

    /// Learn from the control group of a program that ended with this `status` what only it knows.
    fn hear_of_its_group(&mut self, status: i32) {
        let Some(group) = self.slot.group() else { return };
        let was_killed = libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL;
        if (was_killed || self.is_family) && group.has_run_out_of_memory() {
            self.ended_by_us.get_or_insert(Ending::MemoryLimit);
        }
        self.memory = self.memory.max(group.peak().unwrap_or(0));
        group.end();
    }

    /// Have somebody look, now and then, whether there is too much in the scratch folder: a hostile one
    /// takes long to look through, and other programs are to be watched meanwhile.
    fn measure_scratch(&mut self) {
        let is_due = self.looks.is_multiple_of(LOOKS_PER_SCRATCH) && self.measuring.is_none();
        let Some(scratch) = self.scratch.as_ref().filter(|_| is_due) else { return };
        let (contents, most) = (scratch.contents(self.child.get_ref().pid), self.limits.scratch);
        self.measuring = Some(tokio::task::spawn_blocking(move || contents.exceed(most)));
    }

    /// Take what those streams have that are not listened to.
    fn look_at(&mut self, [stdout, report, stderr]: [&mut Stream; 3]) -> io::Result<Progress> {
        for stream in [stdout, report] {
            let progress = stream.look();
            self.end_at_overflow(&progress);
            progress?;
        }
        stderr.look()
    }

    fn end_at_overflow(&mut self, progress: &io::Result<Progress>) {
        if matches!(progress, Ok(Progress::Overflow)) {
            self.end(Ending::OutputLimit);
        }
    }

    /// Whether the kernel would end the program earlier than we asked it to: a program may lower its limits,
    /// and then dies of a signal that is else a failure of ours. One that is gone keeps them until it is
    /// buried.
    fn has_less_time_than_it_was_given(&self) -> bool {
        let given = draft::kernels_cpu_limit(self.limits.cpu);
        // Ours, which a program is given where it is lower.
        let most = hard_cpu_limit("self").map_or(given, |ours| ours.min(given));
        let pid = self.child.get_ref().pid.to_string();
        hard_cpu_limit(&pid).is_some_and(|limit| limit < most)
    }

    /// End the program for this reason, unless it is being ended for another.
    fn end(&mut self, ending: Ending) {
        if self.ended_by_us.is_none() {
            self.ended_by_us = Some(ending);
            self.waited = self.gauge.kept_waiting();
            self.child.get_ref().kill();
        }
    }

    fn ending(&self, remains: Remains, cpu: Duration) -> Result<Ending, Error> {
        if let Some(ending) = self.ended_by_us {
            return Ok(ending);
        }
        if libc::WIFEXITED(remains.status) {
            return Ok(Ending::Exited(libc::WEXITSTATUS(remains.status)));
        }
        let overrun = cpu >= self.limits.cpu;
        match libc::WTERMSIG(remains.status) {
            libc::SIGSYS => Ok(Ending::Violation),
            // The kernel's own limit on processor time, which stands in for ours.
            libc::SIGKILL | libc::SIGXCPU if overrun || self.limits_itself => Ok(Ending::CpuLimit),
            // The filter does not let a program kill itself.
            libc::SIGKILL if self.tier >= Tier::T0 => Err(Error::Killed),
            signal => Ok(Ending::Signalled(signal)),
        }
    }
}

/// In seconds, when the kernel ends a process for the processor time it used. Asking with prlimit(2) takes a
/// privilege where the process is another user's.
fn hard_cpu_limit(pid: &str) -> Option<u64> {
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max cpu time"))?;
    match line.split_whitespace().nth(1)? {
        "unlimited" => Some(u64::MAX),
        seconds => seconds.parse().ok(),
    }
}

/// The most memory that was resident at a time, in bytes.
fn peak(usage: &libc::rusage) -> u64 {
    usage.ru_maxrss.cast_unsigned() * 1024
}

/// The most that this process ever had. A program that is executed begins with our memory, so what it
/// is said to have had is its own only if it is more.
fn own_peak() -> u64 {
    // SAFETY: plain numbers, all zero, which the call overwrites.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is a valid place for the answer.
    let told = unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    if told == 0 { peak(&usage) } else { u64::MAX }
}

fn processor_time(usage: &libc::rusage) -> Duration {
    let duration = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.cast_unsigned())
            + Duration::from_micros(time.tv_usec.cast_unsigned())
    };
    duration(usage.ru_utime) + duration(usage.ru_stime)
}
