//! Validators of Kattis' kind: programs that say whether an output is right.
//!
//! A validator runs in a sandbox of its own, with the candidate's output sealed as its standard input,
//! and says what it thinks by its exit code. A candidate can at most make it crash or hang, which is no
//! verdict. One that is compiled is compiled once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use datasets::{Problem, TestCase, Validator};
use sandbox::{Ending, Job, Limits, Sandbox};

use super::Judge;
use super::toolchain::Ready;
use crate::{Error, Grade};

/// How a validator accepts an output, and how it does not.
const ACCEPTED: i32 = 42;
const REFUSED: i32 = 43;

/// The processor time of a validator.
const TIME: Duration = Duration::from_secs(10);

/// The validators that were made ready so far, by their sources.
#[derive(Debug, Default)]
pub(super) struct KnownValidators(Mutex<HashMap<String, Arc<Ready>>>);

/// What a validator that has ended says; nothing where it was ended before it could.
pub(super) fn said(ending: Ending) -> Grade {
    match ending {
        Ending::Exited(ACCEPTED) => Grade::Right,
        Ending::Exited(REFUSED) => Grade::Wrong("the validator refused its output".to_owned()),
        ending => Grade::Failed(format!("the validator {ending}")),
    }
}

impl<S: Sandbox> Judge<S> {
    /// What a validator says of an output.
    pub(super) async fn ask_validator(
        &self,
        problem: &Problem,
        validator: &Validator,
        case: &TestCase,
        output: &[u8],
    ) -> Result<Grade, Error> {
        let ready = match self.validator(problem, validator).await? {
            Ok(ready) => ready,
            Err(why) => return Ok(Grade::Failed(format!("the validator does not compile: {why}"))),
        };
        let job = self.job_of_validator(&ready, case, 3 * TIME).stdin(output);
        Ok(said(self.run_job(problem, job).await?.ending))
    }

    /// A validator of `case`, which may take so long by the clock.
    pub(super) fn job_of_validator(&self, ready: &Ready, case: &TestCase, wall: Duration) -> Job {
        let limits = Limits { cpu: TIME, wall, ..Limits::default() };
        self.job_of(ready, limits)
            .arguments(["judge.in", "judge.ans", "."])
            .file("judge.in", case.stdin.as_bytes())
            .file("judge.ans", case.expected.as_bytes())
    }

    pub(super) async fn validator(
        &self,
        problem: &Problem,
        validator: &Validator,
    ) -> Result<Result<Arc<Ready>, String>, Error> {
        let known = |validators: &KnownValidators| {
            let known = validators.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(&validator.source).cloned()
        };
        if let Some(ready) = known(&self.validators) {
            return Ok(Ok(ready));
        }
        let of_its_language = Problem { language: validator.language, ..problem.clone() };
        let source = validator.source.clone();
        let made = self.made_with(&of_its_language, source, &validator.headers).await?;
        Ok(made.map_err(|(_, why)| why).map(|ready| {
            let ready = Arc::new(ready);
            let mut known = self.validators.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(validator.source.clone(), Arc::clone(&ready));
            ready
        }))
    }
}
