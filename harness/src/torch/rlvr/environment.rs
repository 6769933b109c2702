//! A problem and a judge, as something to learn from.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use benchmarks::{Candidate, Judge, Outcome, Profile, Reward, Verdict};
use datasets::Problem;
use harness::backend::{AnySandbox, Backend, Wish};
use harness::judging::{Patience, without_a_run};
use harness::manner::Manner;
use harness::turns::Turns;
use serde::{Deserialize, Serialize};
use tokio::sync::{OnceCell, Semaphore};
use trainer::{Earned, Environment, EnvironmentError};

/// What all problems of a run share.
#[derive(Debug)]
pub(crate) struct Grader {
    pub(crate) judge: Judge<AnySandbox>,
    pub(crate) manner: Manner,
    pub(crate) reward: Reward,
    /// Whether what was passed by a weak verdict counts.
    pub(crate) pays_weak: bool,
    /// As many as programs may run at a time.
    pub(crate) places: Semaphore,
    /// Who is judged beside whom.
    pub(crate) turns: Turns,
}

impl Grader {
    /// A grader by the strict profile, in which so many programs run at a time, or one a core.
    pub(crate) async fn open(
        manner: Manner,
        reward: Reward,
        pays_weak: bool,
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
            pays_weak,
            turns: Turns::default(),
            places: Semaphore::new(jobs.map_or(cores, usize::from)),
        })
    }

    /// Decide on `candidate` when there is a place. What ran out of time on a busy machine runs once more.
    pub(crate) async fn judge(&self, problem: &Problem, candidate: &Candidate) -> Verdict {
        let _place = self.places.acquire().await.expect("the semaphore is never closed");
        let patience = Patience { failures: 2, timeouts: 0 };
        self.turns.judge(patience, &self.judge, problem, candidate).await
    }

    /// What a verdict earns, or why nothing is known.
    pub(crate) fn reward(&self, verdict: &Verdict) -> Result<f32, String> {
        earned(verdict, self.reward, self.pays_weak)
    }
}

fn earned(verdict: &Verdict, reward: Reward, pays_weak: bool) -> Result<f32, String> {
    const WEAK: &str =
        "it had a say in its own verdict, which is weak; `reward.pay_weak = true` pays for such";
    let reward = reward.of(verdict).ok_or_else(|| verdict.message.clone())?;
    let is_left_out = verdict.weak && !pays_weak && reward > 0.0;
    if is_left_out { Err(WEAK.to_owned()) } else { Ok(reward) }
}

/// What the records say of a verdict.
///
/// The trainer sees numbers only; what they stand for goes with them as a note that it does not read.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Note {
    pub(crate) verdict: Outcome,
    pub(crate) message: String,
}

impl Note {
    fn of(verdict: &Verdict) -> Self {
        Self { verdict: verdict.outcome, message: verdict.message.clone() }
    }

    /// As the trainer carries it.
    fn sealed(&self) -> String {
        serde_json::to_string(self).expect("texts are JSON")
    }

    /// What was [`sealed`](Self::sealed).
    pub(crate) fn open(sealed: &str) -> anyhow::Result<Self> {
        serde_json::from_str(sealed).context("a verdict was not kept as it was")
    }
}

/// A problem to learn from.
#[derive(Debug)]
pub(crate) struct JudgedProblem {
    prompt: String,
    problem: Problem,
    grader: Arc<Grader>,
    /// Programs that were judged. A small policy writes the same ones again and again.
    known: Mutex<HashMap<String, Arc<OnceCell<Arc<Verdict>>>>>,
}

impl JudgedProblem {
    /// `problem`, put to the policy as `prompt`.
    pub(crate) fn new(prompt: String, problem: Problem, grader: Arc<Grader>) -> Self {
        Self { prompt, problem, grader, known: Mutex::default() }
    }

    async fn verdict(&self, answer: &str) -> Arc<Verdict> {
        let Some(candidate) = self.grader.manner.candidate(&self.problem, answer) else {
            return Arc::new(without_a_run(Outcome::NoCode, "the answer has no program".into()));
        };
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(candidate.source.clone()).or_default())
        };
        let judging = async || Arc::new(self.grader.judge(&self.problem, &candidate).await);
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

    async fn reward(&self, completion: &str) -> Result<Earned, EnvironmentError> {
        let verdict = self.verdict(completion).await;
        let reward = self.grader.reward(&verdict).map_err(|why| EnvironmentError(why.into()))?;
        Ok(Earned { reward, note: Note::of(&verdict).sealed() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_passed_by_a_weak_verdict_is_paid_for_on_request_only() {
        let verdict = |outcome, weak| Verdict { weak, ..without_a_run(outcome, String::new()) };
        let earns = |verdict: &Verdict, pays| earned(verdict, Reward::AllOrNothing, pays).ok();
        let weak = verdict(Outcome::Accepted, true);
        assert_eq!((earns(&weak, false), earns(&weak, true)), (None, Some(1.0)));
        assert_eq!(earns(&verdict(Outcome::Accepted, false), false), Some(1.0));
        // That it failed is known all the same.
        assert_eq!(earns(&verdict(Outcome::WrongAnswer, true), false), Some(0.0));
    }
}
