//! Judges many samples, a few at a time.
//!
//! The loop knows no file and no screen: it hands every verdict to an observer the moment it is
//! there. What it adds to a single judgement is patience. A failure of ours is tried again, and what
//! fails over and over becomes a verdict of its own, `ungraded`: nothing is known about that
//! program, and the run goes on. What ran out of time on a busy machine gets another turn; see
//! [`crate::turns`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use benchmarks::{Candidate, Judge, Outcome, TestCount, Verdict};
use datasets::{Dataset, Problem, Tests};
use sandbox::Sandbox;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{Id, JoinError, JoinSet};

use crate::backlog::{Backlog, Next};
use crate::samples::Sample;
use crate::turns::Turns;

/// How long to wait before the second try; the third waits twice as long. What makes us fail is
/// mostly a machine short of memory or processes, and that passes.
const PAUSE: Duration = Duration::from_millis(200);

/// A sample that waits to be judged, and its place among all.
pub(crate) type Waiting = (usize, Arc<Sample>);

/// The tasks, and the judge that is to decide on answers to them.
#[derive(Debug)]
pub(crate) struct Judging<S> {
    /// Decides.
    pub(crate) judge: Judge<S>,
    /// The tasks.
    pub(crate) dataset: Dataset,
    /// How often something is tried again.
    pub(crate) patience: Patience,
    /// Who is judged beside whom.
    pub(crate) turns: Turns,
}

impl<S: Sandbox + 'static> Judging<S> {
    /// Judge the samples that come, `jobs` at a time, until no more can come; see [`crate::backlog`] for the order.
    ///
    /// `observe` gets a sample and the verdict on it, in the order of completion. An error of its own
    /// ends the loop, as does dropping the future; programs under way are killed.
    pub(crate) async fn run(
        self: Arc<Self>,
        mut waiting: UnboundedReceiver<Waiting>,
        jobs: usize,
        mut observe: impl FnMut(&Waiting, Verdict) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut running = JoinSet::new();
        let mut under_way: HashMap<Id, Next<Waiting>> = HashMap::new();
        let mut backlog: Backlog<Waiting> = Backlog::default();
        let (mut came, mut is_open) = (Vec::new(), true);
        loop {
            while running.len() < jobs
                && let Some(next) = backlog.next()
            {
                let (judging, work) = (Arc::clone(&self), next.clone());
                let task = running.spawn(async move { judging.carry_out(work).await });
                under_way.insert(task.id(), next);
            }
            if running.is_empty() && !is_open {
                return Ok(());
            }
            tokio::select! {
                // All that has come is looked at before the next is chosen.
                biased;
                count = waiting.recv_many(&mut came, usize::MAX), if is_open => {
                    is_open = count > 0;
                    came.drain(..).for_each(|next| self.enter(&mut backlog, next));
                }
                Some(joined) = running.join_next_with_id() => {
                    let id = joined.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
                    let work = under_way.remove(&id);
                    let work = work.expect("every task was entered when it was spawned");
                    match joined.map_or_else(|error| Done::lost(work, &error), |(_, done)| done) {
                        Done::Estimated(task, time) => backlog.learn(task, time),
                        Done::Judged(judged, verdict) => observe(&judged, *verdict)?,
                    }
                }
            }
        }
    }

    fn enter(&self, backlog: &mut Backlog<Waiting>, waiting: Waiting) {
        let task = waiting.1.task_id.clone();
        let tests = self.dataset.get(&task).map(|problem| &problem.tests);
        backlog.add(&task, matches!(tests, Some(Tests::Differential(_))), waiting);
    }

    async fn carry_out(&self, work: Next<Waiting>) -> Done {
        let problem =
            |task: &str| self.dataset.get(task).expect("samples are for tasks that exist");
        match work {
            Next::Estimate(task) => {
                // What fails here fails again, and is told, when an answer is judged.
                let time = self.judge.prepare(problem(&task)).await.unwrap_or_default();
                Done::Estimated(task, time)
            }
            Next::Judge(waiting) => {
                let Sample { task_id, candidate, .. } = &*waiting.1;
                let judged =
                    self.turns.judge(self.patience, &self.judge, problem(task_id), candidate);
                let verdict = Box::new(judged.await);
                Done::Judged(waiting, verdict)
            }
        }
    }
}

/// What came of what was done next.
enum Done {
    Estimated(String, Duration),
    Judged(Waiting, Box<Verdict>),
}

impl Done {
    /// Of work that panicked.
    fn lost(work: Next<Waiting>, error: &JoinError) -> Self {
        match work {
            Next::Estimate(task) => Self::Estimated(task, Duration::ZERO),
            Next::Judge(waiting) => Self::Judged(waiting, Box::new(ungraded(error))),
        }
    }
}

/// How often something is tried again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patience {
    /// A judgement that failed.
    pub failures: usize,
    /// A program that ran out of time.
    pub timeouts: usize,
}

impl Patience {
    /// Decide on `candidate`; ungraded if we fail every time.
    pub async fn judge<S: Sandbox>(
        self,
        judge: &Judge<S>,
        problem: &Problem,
        candidate: &Candidate,
    ) -> Verdict {
        let (mut failures, mut timeouts) = (0, 0);
        loop {
            match judge.judge(problem, candidate).await {
                Ok(verdict) if ran_out_of_time(&verdict) && timeouts < self.timeouts => {
                    timeouts += 1;
                }
                Ok(verdict) => return verdict,
                Err(error) if failures >= self.failures => return ungraded(&error),
                Err(error) => {
                    failures += 1;
                    tracing::info!(task = problem.id, failures, "judging failed: {error}");
                    tokio::time::sleep(PAUSE * failures as u32).await;
                }
            }
        }
    }
}

/// Whether a program was stopped for its time, of whatever kind.
pub(crate) fn ran_out_of_time(verdict: &Verdict) -> bool {
    matches!(verdict.outcome, Outcome::TimeLimit | Outcome::Idle)
}

/// What is said of a program that we failed to judge.
fn ungraded(error: &dyn std::error::Error) -> Verdict {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let message = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    without_a_run(Outcome::Ungraded, message)
}

/// The verdict on an answer that was not run.
pub fn without_a_run(outcome: Outcome, message: String) -> Verdict {
    Verdict {
        outcome,
        tests: TestCount::default(),
        each: Vec::new(),
        weak: false,
        waited_seconds: 0.0,
        repeated: false,
        upstream: None,
        cpu_seconds: 0.0,
        wall_seconds: 0.0,
        memory: 0,
        message,
        stderr: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use benchmarks::Profile;
    use sandbox::{Captured, Ending, Error, Execution, Job, Python, Tier, Usage};
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::samples::{Reading, Samples};

    /// A sandbox that never works, and counts how often it was asked to.
    #[derive(Clone, Debug, Default)]
    struct Broken(Arc<std::sync::atomic::AtomicUsize>);

    impl Sandbox for Broken {
        async fn run(&self, _job: Job) -> Result<Execution, Error> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Err(Error::Killed)
        }
    }

    /// A sandbox whose first program runs out of time after a second, having been kept waiting for as
    /// long as is said; all others end well and say nothing, after five seconds.
    #[derive(Clone, Debug, Default)]
    struct Crowded {
        waited: Duration,
        /// In the order in which they began.
        runs: Arc<Mutex<Vec<Run>>>,
    }

    #[derive(Clone, Copy, Debug)]
    struct Run {
        began: Instant,
        ended: Option<Instant>,
    }

    impl Sandbox for Crowded {
        async fn run(&self, _job: Job) -> Result<Execution, Error> {
            let number = {
                let mut runs = self.runs.lock().unwrap();
                runs.push(Run { began: Instant::now(), ended: None });
                runs.len() - 1
            };
            let is_slow = number == 0;
            sleep(Duration::from_secs(if is_slow { 1 } else { 5 })).await;
            self.runs.lock().unwrap()[number].ended = Some(Instant::now());
            let waited = if is_slow { self.waited } else { Duration::ZERO };
            Ok(Execution {
                ending: if is_slow { Ending::CpuLimit } else { Ending::Exited(0) },
                usage: Usage { cpu: Duration::from_secs(1), waited, ..Usage::default() },
                stdout: Captured::default(),
                stderr: Captured::default(),
                report: Captured::default(),
                tier: Tier::None,
            })
        }
    }

    /// A judge of a program that reads standard input, and so many samples of it.
    fn judging<S: Sandbox>(
        sandbox: S,
        failures: usize,
        count: usize,
    ) -> (Arc<Judging<S>>, Vec<Arc<Sample>>) {
        let dataset = Dataset::embedded();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.jsonl");
        let reads = |problem: &&Problem| matches!(problem.tests, Tests::InputOutput(_));
        let id = &dataset.problems.iter().find(reads).unwrap().id;
        let rows = (0..count).map(|number| {
            format!("{{\"task_id\": \"{id}\", \"completion\": \"pass  # {number}\"}}\n")
        });
        std::fs::write(&path, rows.collect::<String>()).unwrap();
        let reading = Reading { allow_missing: true, ..Reading::default() };
        let samples = Samples::read(&path, &dataset, reading).unwrap();
        let python = Python {
            executable: "python3".into(),
            version: "3.11.0".to_owned(),
            folders: Vec::new(),
            packages: Vec::new(),
            numpy: None,
        };
        let judge = Judge::new(sandbox, python, Profile::Mini1);
        let patience = Patience { failures, timeouts: 0 };
        let samples = samples.all.into_iter().map(Arc::new).collect();
        let turns = Turns::on_a_still_machine();
        (Arc::new(Judging { judge, dataset, patience, turns }), samples)
    }

    /// The verdicts on these samples, in their order, judged `jobs` at a time.
    async fn verdicts<S: Sandbox + 'static>(
        (judging, samples): (Arc<Judging<S>>, Vec<Arc<Sample>>),
        jobs: usize,
    ) -> Vec<Verdict> {
        let (queue, waiting) = tokio::sync::mpsc::unbounded_channel();
        samples.into_iter().enumerate().for_each(|sample| queue.send(sample).unwrap());
        drop(queue);
        let mut seen = Vec::new();
        let judged = judging.run(waiting, jobs, |(place, _), verdict| {
            seen.push((*place, verdict));
            Ok(())
        });
        judged.await.unwrap();
        seen.sort_by_key(|(place, _)| *place);
        seen.into_iter().map(|(_, verdict)| verdict).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn what_we_fail_to_judge_is_tried_again_and_then_ungraded() {
        let broken = Broken::default();
        let verdicts = verdicts(judging(broken.clone(), 2, 1), 4).await;
        assert_eq!(broken.0.load(std::sync::atomic::Ordering::Relaxed), 3);
        let [verdict] = &verdicts[..] else { panic!("{verdicts:?}") };
        assert_eq!(verdict.outcome, Outcome::Ungraded);
        assert!(
            verdict
                .message
                .ends_with("something else killed the program; is the machine out of memory?")
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_ran_out_of_time_in_a_crowd_runs_again_with_nobody_beside_it() {
        let crowded = Crowded { waited: Duration::from_secs(1), ..Crowded::default() };
        let verdicts = verdicts(judging(crowded.clone(), 0, 5), 3).await;
        let outcomes: Vec<_> = verdicts.iter().map(|it| (it.outcome, it.repeated)).collect();
        let wrong = Outcome::WrongAnswer;
        assert_eq!(outcomes[0], (wrong, true), "the second run counts");
        assert!(outcomes[1..].iter().all(|it| *it == (wrong, false)), "{outcomes:?}");
        let runs = crowded.runs.lock().unwrap().clone();
        assert_eq!(runs.len(), 6);
        // Three began together; the fourth is the repeat, for which the last two have waited.
        let (began, ended) = (runs[3].began, runs[3].ended.unwrap());
        assert_eq!(ended - began, Duration::from_secs(5));
        for other in [&runs[..3], &runs[4..]].concat() {
            assert!(other.ended.unwrap() <= began || other.began >= ended, "{runs:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_endless_loop_that_nobody_disturbed_keeps_nobody_waiting() {
        let crowded = Crowded::default();
        let verdicts = verdicts(judging(crowded.clone(), 0, 3), 3).await;
        assert_eq!((verdicts[0].outcome, verdicts[0].repeated), (Outcome::TimeLimit, false));
        assert_eq!(crowded.runs.lock().unwrap().len(), 3);
    }
}
