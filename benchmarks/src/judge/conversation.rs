//! Interactive problems: two programs that talk with each other while both run.
//!
//! The candidate and the validator run in sandboxes of their own. What one writes is handed to the other
//! here, so neither holds an end of the other's pipes, and it is known whose turn it is.
//!
//! Who left first decides what counts, and which of them did is known by whose output ended first: the other
//! hears of it from here. A validator that has refused needs no more of the candidate,
//! whatever becomes of it then. Otherwise the candidate's own ending counts before the validator's word: when
//! it is gone, or ended for its time, the validator reads the end of its output and says what it can.
//! A candidate that was ended while both waited is told by whose turn it was. A validator that crashes, hangs
//! or says nothing has decided nothing.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use datasets::{Problem, TestCase, Validator};
use sandbox::{Ending, Execution, Limits, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;

use super::Judge;
use super::stdio::{OUTPUT, failure};
use super::toolchain::Ready;
use super::validator::said;
use crate::{Checker, Error, Grade, Outcome};

/// How long the validator may take when the candidate is gone.
const LAST_WORDS: Duration = Duration::from_secs(30);
/// How long a candidate may live that was refused.
const GRACE: Duration = Duration::from_secs(1);

/// How a candidate ran, where that is known, and what is wrong with that, if anything is.
type Tested = (Option<Execution>, Option<(Outcome, String)>);

impl<S: Sandbox> Judge<S> {
    /// Let a candidate talk with the validator about `case`.
    pub(super) async fn converse(
        &self,
        problem: &Problem,
        validator: &Validator,
        case: &TestCase,
        candidate: &Ready,
        limits: Limits,
    ) -> Result<Tested, Error> {
        let failed = |source| Error::Sandbox { problem: problem.id.clone(), source };
        let ready = match self.validator(problem, validator).await? {
            Ok(ready) => ready,
            Err(why) => {
                let why = format!("the validator does not compile: {why}");
                return Ok((None, Some((Outcome::CheckerFailed, why))));
            }
        };
        let patience = limits.wall + LAST_WORDS;
        let (job, answering) = self.job_of(candidate, limits).conversation().map_err(failed)?;
        let judging = self.job_of_validator(&ready, case, patience);
        let (judging, asking) = judging.conversation().map_err(failed)?;
        // The validator begins, if only by waiting.
        let is_its_turn = AtomicBool::new(true);
        let candidate_speaks = || is_its_turn.store(false, Ordering::Relaxed);
        let validator_speaks = || is_its_turn.store(true, Ordering::Relaxed);
        let mut answers = pin!(relay(answering.receiver, asking.sender, candidate_speaks));
        let mut questions = pin!(relay(asking.receiver, answering.sender, validator_speaks));
        let (mut answered, mut asked) = (None, None);

        let mut running = pin!(self.run_job(problem, job));
        let mut judging = pin!(self.run_job(problem, judging));
        let (mut ran, mut judged) = (None, None);
        let (mut validator_left_first, mut is_refused_before_it_ended) = (false, false);
        while ran.is_none() || judged.is_none() {
            tokio::select! {
                // If the candidate's output is over, it did not end because of the validator.
                biased;
                ended = &mut running, if ran.is_none() => {
                    ran = Some((ended?, is_its_turn.load(Ordering::Relaxed)));
                }
                told = &mut answers, if answered.is_none() => answered = Some(told),
                told = &mut questions, if asked.is_none() => {
                    // The candidate cannot have noticed yet: it hears of it when the relay is dropped.
                    validator_left_first = told == Told::All && answered != Some(Told::All);
                    asked = Some(told);
                }
                ended = &mut judging, if judged.is_none() => {
                    let grade = said(ended?.ending);
                    let is_first = validator_left_first
                        || (ran.is_none() && answered != Some(Told::All));
                    is_refused_before_it_ended = is_first && !matches!(grade, Grade::Right);
                    judged = Some(grade);
                }
                () = tokio::time::sleep(GRACE), if is_refused_before_it_ended => break,
            }
        }
        let grade = judged.unwrap_or_else(|| Grade::Failed("the validator was lost".to_owned()));
        if answered == Some(Told::TooMuch) {
            let why = "it wrote more than any program may".to_owned();
            return Ok((ran.map(|(execution, _)| execution), Some((Outcome::OutputLimit, why))));
        }
        Ok(match ran {
            // It goes on although nobody listens; what it used is not known.
            None => (None, grade.failure()),
            Some((execution, _)) if is_refused_before_it_ended => {
                (Some(execution), grade.failure())
            }
            Some((execution, is_its_turn)) => told(execution, grade, is_its_turn),
        })
    }
}

/// What is wrong with a candidate that ended by itself or by its limits.
fn told(execution: Execution, grade: Grade, is_its_turn: bool) -> Tested {
    let own = match execution.ending {
        Ending::Exited(0) => None,
        Ending::Idle => Some((
            Outcome::Idle,
            match is_its_turn {
                true => "it did not answer the validator".to_owned(),
                false => "it and the validator waited for each other".to_owned(),
            },
        )),
        _ => failure(&execution, Checker::Tokens, ""),
    };
    let wrong = match (own, grade) {
        // A validator that is broken is so whatever the candidate did.
        (_, Grade::Failed(why)) => Some((Outcome::CheckerFailed, why)),
        (Some(own), _) => Some(own),
        (None, grade) => grade.failure(),
    };
    (Some(execution), wrong)
}

/// How it ended that one was told what the other said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// All was said.
    All,
    /// The other does not listen any more.
    Unheard,
    /// It was more than a program may write.
    TooMuch,
}

/// Hand on what is said.
async fn relay(mut from: pipe::Receiver, mut to: pipe::Sender, mut speaks: impl FnMut()) -> Told {
    let (mut buffer, mut left) = (vec![0; 1 << 16], OUTPUT);
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        speaks();
        let Some(rest) = left.checked_sub(count as u64) else { return Told::TooMuch };
        left = rest;
        if to.write_all(&buffer[..count]).await.is_err() {
            return Told::Unheard;
        }
    }
    Told::All
}
