//! A problem and a judge, as something to learn from.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use benchmarks::{Candidate, Judge, Outcome, Profile, Reward, Verdict};
use datasets::Problem;
use harness::backend::{AnySandbox, Backend, Wish};
use harness::judging::{Patience, without_a_run};
use harness::manner::Manner;
use harness::turns::Turns;
use tokio::sync::{OnceCell, Semaphore};
use trainer::{Environment, EnvironmentError};

/// What all problems of a run share.
#[derive(Debug)]
pub(crate) struct Court {
    pub(crate) judge: Judge<AnySandbox>,
    pub(crate) manner: Manner,
    pub(crate) reward: Reward,
    /// As many as programs may run at a time.
    pub(crate) places: Semaphore,
    /// Who is judged beside whom.
    pub(crate) turns: Turns,
    /// What was decided, for who keeps the records.
    pub(crate) ledger: Ledger,
}

impl Court {
    /// A court with the strict profile, in which so many programs run at a time, or one a core.
    pub(crate) async fn open(
        manner: Manner,
        reward: Reward,
        jobs: Option<NonZeroUsize>,
    ) -> anyhow::Result<Self> {
        let wish = Wish {
            backend: Backend::Native,
            tier: None,
            isolation: sandbox::Isolation::default(),
            python: None,
        };
        let (sandbox, python) = AnySandbox::open(wish).await?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            judge: Judge::new(sandbox, python, Profile::Strict1),
            manner,
            reward,
            turns: Turns::default(),
            places: Semaphore::new(jobs.map_or(cores, usize::from)),
            ledger: Ledger::default(),
        })
    }

    /// Decide on `candidate` when there is a place. What ran out of time on a busy machine runs once more.
    pub(crate) async fn judge(&self, problem: &Problem, candidate: &Candidate) -> Verdict {
        let _place = self.places.acquire().await.expect("the semaphore is never closed");
        let patience = Patience { failures: 2, timeouts: 0 };
        self.turns.judge(patience, &self.judge, problem, candidate).await
    }
}

/// The verdict on every answer since it was last asked for.
///
/// The trainer sees numbers only, so what they stand for is remembered here.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<HashMap<(String, String), Arc<Verdict>>>);

impl Ledger {
    fn enter(&self, prompt: &str, answer: &str, verdict: Arc<Verdict>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert((prompt.to_owned(), answer.to_owned()), verdict);
    }

    /// Take all entries, by prompt and answer.
    pub(crate) fn take(&self) -> HashMap<(String, String), Arc<Verdict>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A problem to learn from.
#[derive(Debug)]
pub(crate) struct JudgedProblem {
    prompt: String,
    problem: Problem,
    court: Arc<Court>,
    /// Programs that were judged. A small policy writes the same ones again and again.
    known: Mutex<HashMap<String, Arc<OnceCell<Arc<Verdict>>>>>,
}

impl JudgedProblem {
    /// `problem`, put to the policy as `prompt`.
    pub(crate) fn new(prompt: String, problem: Problem, court: Arc<Court>) -> Self {
        Self { prompt, problem, court, known: Mutex::default() }
    }

    async fn verdict(&self, answer: &str) -> Arc<Verdict> {
        let Some(candidate) = self.court.manner.candidate(&self.problem, answer) else {
            return Arc::new(without_a_run(Outcome::NoCode, "the answer has no program".into()));
        };
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(candidate.source.clone()).or_default())
        };
        let judging = async || Arc::new(self.court.judge(&self.problem, &candidate).await);
        let verdict = cell.get_or_init(judging).await.clone();
        if Reward::AllOrNothing.of(&verdict).is_none() {
            // It may work another time.
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.remove(&candidate.source);
        }
        verdict
    }
}

impl Environment for JudgedProblem {
    fn prompt(&self) -> &str {
        &self.prompt
    }

    async fn reward(&self, completion: &str) -> Result<f32, EnvironmentError> {
        let verdict = self.verdict(completion).await;
        self.court.ledger.enter(&self.prompt, completion, Arc::clone(&verdict));
        self.court
            .reward
            .of(&verdict)
            .ok_or_else(|| EnvironmentError(verdict.message.clone().into()))
    }
}
