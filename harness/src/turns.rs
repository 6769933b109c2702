//! Whose turn it is: candidates are judged side by side, and one whose time may have run out only because
//! the machine was busy is judged once more with none of the others beside it.
//!
//! Time is processor time, which a busy machine stretches less than the time on a clock, but it does: what
//! runs in between empties caches, and a hypervisor may charge a program for what it gave to somebody else. A
//! program that is stopped at its limit looks the same whether it would have been done a moment later or
//! never. So the repeat is for those that met contention, as it was measured:
//!
//! - running out of processor time is suspect when the program was kept waiting for a processor, or the
//!   hypervisor took so much of the machine, that it got less than four fifths of what it asked for;
//! - idling is suspect when programs anywhere on the machine were kept waiting for a fifth of the time.
//!
//! What the repeat says counts. An endless loop on a quiet machine is not repeated and keeps nobody waiting;
//! on a busy one it costs its limit once more. Nothing is done about load that is not ours.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use benchmarks::{Candidate, Judge, Outcome, Verdict};
use datasets::Problem;
use sandbox::Sandbox;
use tokio::sync::RwLock;

use crate::judging::{Patience, ran_out_of_time};

/// The share of the time from which on waiting may have decided. Below it, what a program may lose is less than
/// the room that limits leave above the time of a right answer.
const SUSPECT: f64 = 0.2;

/// How old a look at the machine may be with which a program begins. Looking takes the kernel a fiftieth of what
/// a small program takes, and programs that run out of time have more of it than this.
const AGE: Duration = Duration::from_millis(50);

/// Gives everybody a turn beside others, or alone.
#[derive(Debug, Default)]
pub struct Turns {
    machine: Machine,
    turn: RwLock<()>,
}

impl Turns {
    /// Decide on `candidate`, with `patience`.
    pub async fn judge<S: Sandbox>(
        &self,
        patience: Patience,
        judge: &Judge<S>,
        problem: &Problem,
        candidate: &Candidate,
    ) -> Verdict {
        let verdict = {
            let _beside_others = self.turn.read().await;
            let before = self.machine.looked();
            let verdict = patience.judge(judge, problem, candidate).await;
            if !ran_out_of_time(&verdict)
                || !is_suspect(&verdict, &self.machine.look().since(&before))
            {
                return verdict;
            }
            verdict
        };
        let _alone = self.turn.write().await;
        tracing::info!(task = problem.id, outcome = ?verdict.outcome, "once more, alone");
        Verdict { repeated: true, ..patience.judge(judge, problem, candidate).await }
    }

    /// Turns on a machine that nothing happens on.
    #[cfg(test)]
    pub(crate) fn on_a_still_machine() -> Self {
        Self { machine: Machine::at(PathBuf::new()), turn: RwLock::default() }
    }
}

/// Whether the time of a program may have run out because of `contention`.
fn is_suspect(verdict: &Verdict, contention: &Contention) -> bool {
    match verdict.outcome {
        Outcome::TimeLimit => {
            let asked_for = verdict.cpu_seconds + verdict.waited_seconds;
            verdict.waited_seconds >= SUSPECT * asked_for && asked_for > 0.0
                || contention.stolen >= SUSPECT
        }
        Outcome::Idle => contention.stolen >= SUSPECT || contention.waited >= SUSPECT,
        _ => false,
    }
}

/// What a machine is at, from its files in `/proc`.
#[derive(Debug)]
struct Machine {
    proc: PathBuf,
    last: Mutex<Option<Counters>>,
}

impl Default for Machine {
    fn default() -> Self {
        Self::at("/proc".into())
    }
}

impl Machine {
    fn at(proc: PathBuf) -> Self {
        Self { proc, last: Mutex::default() }
    }

    /// Where its counters stood at most [`AGE`] ago.
    fn looked(&self) -> Counters {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = last.filter(|counters| counters.at.elapsed() < AGE);
        *last.insert(recent.unwrap_or_else(|| self.look()))
    }

    /// Where its counters stand. One that it does not have stays at 0.
    fn look(&self) -> Counters {
        let read = |name| fs::read_to_string(self.proc.join(name)).unwrap_or_default();
        let (stolen, ticks) = processor_ticks(&read("stat"));
        Counters { at: Instant::now(), stolen, ticks, waited: waited(&read("pressure/cpu")) }
    }
}

/// Counters that only grow.
#[derive(Clone, Copy, Debug)]
struct Counters {
    at: Instant,
    /// Ticks that the hypervisor gave to somebody else, of all.
    stolen: u64,
    ticks: u64,
    /// Time in which somebody was kept waiting for a processor.
    waited: Duration,
}

/// How busy a machine was for a while, as shares of it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Contention {
    stolen: f64,
    waited: f64,
}

impl Counters {
    fn since(&self, before: &Self) -> Contention {
        let ticks = self.ticks.saturating_sub(before.ticks).max(1) as f64;
        let while_ = self.at.duration_since(before.at).as_secs_f64().max(1e-9);
        Contention {
            stolen: self.stolen.saturating_sub(before.stolen) as f64 / ticks,
            waited: self.waited.saturating_sub(before.waited).as_secs_f64() / while_,
        }
    }
}

/// Stolen ticks and all, from the first line of `/proc/stat`; see proc_stat(5).
fn processor_ticks(stat: &str) -> (u64, u64) {
    // cpu user nice system idle iowait irq softirq steal; what follows is part of the first two.
    let first = stat.lines().next().unwrap_or_default();
    let ticks: Vec<u64> =
        first.split_ascii_whitespace().skip(1).take(8).flat_map(str::parse).collect();
    (ticks.get(7).copied().unwrap_or(0), ticks.iter().sum())
}

/// How long somebody waited, from `/proc/pressure/cpu`.
fn waited(pressure: &str) -> Duration {
    let some = pressure.lines().find(|line| line.starts_with("some "));
    let total = some.and_then(|line| line.rsplit_once("total=")?.1.parse().ok());
    Duration::from_micros(total.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use crate::judging::without_a_run;

    use super::*;

    const STILL: Contention = Contention { stolen: 0.0, waited: 0.0 };

    fn verdict(outcome: Outcome, cpu_seconds: f64, waited_seconds: f64) -> Verdict {
        let verdict = without_a_run(outcome, String::new());
        Verdict { cpu_seconds, waited_seconds, ..verdict }
    }

    #[test]
    fn contention_is_read_as_the_kernel_tells_it() {
        let stat = "cpu  100 0 50 30 5 0 5 10 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(processor_ticks(stat), (10, 200));
        assert_eq!(processor_ticks(""), (0, 0));
        let pressure = "some avg10=27.42 avg60=12.17 avg300=9.23 total=67858373\n\
                        full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
        assert_eq!(waited(pressure), Duration::from_micros(67_858_373));
        assert_eq!(waited("some of it"), Duration::ZERO);
    }

    #[test]
    fn the_machine_is_looked_at_again_when_the_last_look_is_old() {
        let machine = Machine::at(PathBuf::new());
        let Some(long_ago) = Instant::now().checked_sub(2 * AGE) else { return };
        let old = Counters { at: long_ago, stolen: 7, ticks: 9, waited: Duration::ZERO };
        *machine.last.lock().unwrap() = Some(old);
        assert_eq!(machine.looked().stolen, 0, "there is nothing to look at");
        let at = Instant::now() + Duration::from_secs(3600);
        *machine.last.lock().unwrap() = Some(Counters { at, ..old });
        assert_eq!(machine.looked().stolen, 7);
    }

    #[test]
    fn contention_is_a_share_of_the_while_between_two_looks() {
        let at = Instant::now();
        let before = Counters { at, stolen: 10, ticks: 200, waited: Duration::from_secs(1) };
        let after = Counters {
            at: at + Duration::from_secs(4),
            stolen: 30,
            ticks: 400,
            waited: Duration::from_secs(2),
        };
        assert_eq!(after.since(&before), Contention { stolen: 0.1, waited: 0.25 });
        assert_eq!(before.since(&before), STILL);
    }

    #[test]
    fn running_out_of_time_is_suspect_only_where_the_program_was_kept_waiting() {
        assert!(!is_suspect(&verdict(Outcome::TimeLimit, 3.0, 0.1), &STILL));
        assert!(is_suspect(&verdict(Outcome::TimeLimit, 3.0, 0.8), &STILL));
        assert!(!is_suspect(&verdict(Outcome::WrongAnswer, 3.0, 0.8), &STILL));
        let stolen = Contention { stolen: 0.3, waited: 0.0 };
        assert!(is_suspect(&verdict(Outcome::TimeLimit, 3.0, 0.0), &stolen));
        let others = Contention { stolen: 0.0, waited: 0.9 };
        assert!(
            !is_suspect(&verdict(Outcome::TimeLimit, 3.0, 0.0), &others),
            "it ran all the same"
        );
        assert!(!is_suspect(&verdict(Outcome::TimeLimit, 0.0, 0.0), &STILL));
    }

    #[test]
    fn idling_is_suspect_only_where_the_machine_was_busy() {
        assert!(!is_suspect(&verdict(Outcome::Idle, 0.1, 0.1), &STILL));
        let others = Contention { stolen: 0.0, waited: 0.9 };
        assert!(is_suspect(&verdict(Outcome::Idle, 0.1, 0.0), &others));
    }
}
