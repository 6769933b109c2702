//! Judges many samples, a few at a time.
//!
//! The loop knows no file and no screen: it hands every verdict to an observer the moment it is
//! there. What it adds to a single judgement is patience. A failure of ours is tried again, and what
//! fails over and over becomes a verdict of its own, `ungraded`: nothing is known about that
//! program, and the run goes on.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use benchmarks::{Candidate, Judge, Outcome, TestCount, Verdict};
use datasets::{Dataset, Problem};
use sandbox::Sandbox;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{Id, JoinError, JoinSet};

use crate::samples::Sample;

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
}

impl<S: Sandbox + 'static> Judging<S> {
    /// Judge the samples that come, `jobs` at a time, until no more can come.
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
        let mut under_way: HashMap<Id, Waiting> = HashMap::new();
        let mut is_open = true;
        while is_open || !running.is_empty() {
            tokio::select! {
                next = waiting.recv(), if is_open && running.len() < jobs => match next {
                    Some((place, sample)) => {
                        let (judging, judged) = (Arc::clone(&self), Arc::clone(&sample));
                        let task = running.spawn(async move { judging.judge(&judged).await });
                        under_way.insert(task.id(), (place, sample));
                    }
                    None => is_open = false,
                },
                Some(joined) = running.join_next_with_id() => {
                    let id = joined.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
                    let verdict = joined.map_or_else(|error| ungraded(&error), |(_, it)| it);
                    let judged = under_way.remove(&id);
                    let judged = judged.expect("every task was entered when it was spawned");
                    observe(&judged, verdict)?;
                }
            }
        }
        Ok(())
    }

    async fn judge(&self, sample: &Sample) -> Verdict {
        let problem = self.dataset.get(&sample.task_id).expect("samples are for tasks that exist");
        self.patience.judge(&self.judge, problem, &sample.candidate).await
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

fn ran_out_of_time(verdict: &Verdict) -> bool {
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
    use benchmarks::Profile;
    use sandbox::{Error, Execution, Job, Python};

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

    fn judging(sandbox: Broken, retries: usize) -> (Arc<Judging<Broken>>, Arc<Sample>) {
        let dataset = Dataset::embedded();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.jsonl");
        let id = &dataset.problems[0].id;
        std::fs::write(&path, format!(r#"{{"task_id": "{id}", "completion": ""}}"#)).unwrap();
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
        let patience = Patience { failures: retries, timeouts: 0 };
        let sample = samples.all.into_iter().next().unwrap();
        (Arc::new(Judging { judge, dataset, patience }), Arc::new(sample))
    }

    #[tokio::test(start_paused = true)]
    async fn what_we_fail_to_judge_is_tried_again_and_then_ungraded() {
        let broken = Broken::default();
        let mut seen = Vec::new();
        let (judging, sample) = judging(broken.clone(), 2);
        let (queue, waiting) = tokio::sync::mpsc::unbounded_channel();
        queue.send((0, sample)).unwrap();
        drop(queue);
        let judged = judging.run(waiting, 4, |(place, _), verdict| {
            seen.push((*place, verdict));
            Ok(())
        });
        judged.await.unwrap();
        assert_eq!(broken.0.load(std::sync::atomic::Ordering::Relaxed), 3);
        let [(0, verdict)] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!(verdict.outcome, Outcome::Ungraded);
        assert!(
            verdict
                .message
                .ends_with("something else killed the program; is the machine out of memory?")
        );
    }
}
