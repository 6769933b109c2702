//! What references return, computed once.
//!
//! EvalPlus publishes inputs and no results: the reference is the oracle. It runs in the sandbox like
//! any program, once for a problem however many candidates wait for it, and what it returned is kept
//! as it came: bytes that only another sandboxed interpreter reads. The time that it took
//! for each input comes with it, because a candidate's limit is a multiple of that.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use datasets::{Differential, Problem, Value};
use sandbox::{Limits, Sandbox};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::Judge;
use super::cache;
use super::driver::{Driver, Run};
use super::marshal::{self, Order};
use crate::Error;

/// Tasks of MBPP whose results cannot be kept; EvalPlus only compares whether they are `None`.
const ONLY_PRESENCE: [&str; 3] = ["check_str", "text_match_three", "text_starta_endb"];

/// A reference is trusted to end: EvalPlus gives it no limit at all. The slowest needs 30 s.
pub(super) const TIME: Duration = Duration::from_secs(300);

/// EvalPlus gives a reference all memory there is; the hungriest needs 2.2 GiB.
pub(super) const MEMORY: u64 = 8 << 30;

/// The largest results of a task, those of HumanEval/15, take 141 MiB.
pub(super) const REPORT: u64 = 1 << 30;

/// The results of one problem's reference.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) base: Side,
    pub(super) plus: Side,
}

/// Inputs with what the reference made of them.
#[derive(Debug)]
pub(super) struct Side {
    /// A marshalled list of argument lists.
    pub(super) inputs: Vec<u8>,
    /// The reference's results in a form that only drivers read.
    pub(super) results: Vec<u8>,
    /// The processor time of each call.
    pub(super) seconds: Vec<f64>,
}

/// Names what expected values were computed from.
pub(super) type Key = [u8; 32];

/// The expected values that one judge knows, in the form `T`.
#[derive(Debug)]
pub(super) struct ExpectedValues<T> {
    pub(super) folder: Option<PathBuf>,
    known: Mutex<HashMap<Key, Arc<OnceCell<Arc<T>>>>>,
}

impl<T> Default for ExpectedValues<T> {
    fn default() -> Self {
        Self { folder: None, known: Mutex::default() }
    }
}

impl<T> ExpectedValues<T> {
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self { folder: Some(folder), known: Mutex::default() }
    }

    /// The place for the values called `key`, to be filled by whoever comes first.
    pub(super) fn cell(&self, key: Key) -> Arc<OnceCell<Arc<T>>> {
        let mut known = self.known.lock().expect("no one panics while holding this lock");
        known.entry(key).or_default().clone()
    }
}

impl<S: Sandbox> Judge<S> {
    /// The expected values of `problem`: remembered, else from the cache, else computed.
    pub(super) async fn expected_values(
        &self,
        problem: &Problem,
        tests: &Differential,
    ) -> Result<Arc<Expected>, Error> {
        let task = Task::of(self, problem, tests)?;
        let cell = self.expected.cell(task.key);
        let expected = cell.get_or_try_init(|| self.load_or_compute(problem, task)).await?;
        Ok(expected.clone())
    }

    async fn load_or_compute(&self, problem: &Problem, task: Task) -> Result<Arc<Expected>, Error> {
        let path = self.expected.folder.as_deref().map(|folder| cache::path(folder, &task.key));
        let kept = path.as_deref().and_then(cache::read).and_then(|told| task.expected(&told));
        if let Some(expected) = kept {
            return Ok(Arc::new(expected));
        }
        let run = self.run_reference(problem, &task).await?;
        let [told] = run.told.as_slice() else { return Err(unusable(problem, &run)) };
        let expected = task.expected(told).ok_or_else(|| unusable(problem, &run))?;
        if let Some(path) = path {
            cache::write(&path, told).map_err(|source| Error::Cache { path, source })?;
        }
        Ok(Arc::new(expected))
    }

    async fn run_reference(&self, problem: &Problem, task: &Task) -> Result<Run, Error> {
        let limits = Limits { cpu: TIME, wall: 10 * TIME, memory: MEMORY, ..Limits::default() };
        self.drive(problem, Driver::Reference, task.order(), REPORT, limits).await
    }
}

fn unusable(problem: &Problem, run: &Run) -> Error {
    Error::Reference { problem: problem.id.clone(), said: run.last_words() }
}

/// A reference with its inputs, in the form that its driver wants.
struct Task {
    key: Key,
    program: String,
    entry_point: String,
    base: Vec<u8>,
    plus: Vec<u8>,
    counts: [usize; 2],
}

impl Task {
    fn of<S: Sandbox>(
        judge: &Judge<S>,
        problem: &Problem,
        tests: &Differential,
    ) -> Result<Self, Error> {
        let program = problem
            .reference
            .clone()
            .ok_or_else(|| judge.unsuited(problem, "it has no reference to compare with"))?;
        let mut task = Self {
            key: Key::default(),
            program,
            entry_point: judge.entry_point(problem)?.to_owned(),
            base: marshal::encode_calls(tests.base.iter()),
            plus: marshal::encode_calls(tests.plus.iter()),
            counts: [tests.base.len(), tests.plus.len()],
        };
        let driver = Driver::Reference.definitions().join("\n\n");
        task.key = task.key(&[driver.as_bytes(), judge.python.version.as_bytes()]);
        Ok(task)
    }

    /// Everything that expected values depend on.
    fn key(&self, circumstances: &[&[u8]]) -> Key {
        let own = [self.program.as_bytes(), self.entry_point.as_bytes(), &self.base, &self.plus];
        key_of(circumstances.iter().chain(&own).copied())
    }

    fn order(&self) -> Order {
        let only_presence = ONLY_PRESENCE.contains(&self.entry_point.as_str());
        Order::new()
            .text(&self.program)
            .text(&self.entry_point)
            .bytes(&self.base)
            .bytes(&self.plus)
            .value(&Value::Bool(only_presence))
    }

    /// What the reference's driver told, if it is all there.
    fn expected(&self, told: &Value) -> Option<Expected> {
        let Value::Tuple(fields) = told else { return None };
        let [base_seconds, plus_seconds, Value::Bytes(base), Value::Bytes(plus)] =
            fields.as_slice()
        else {
            return None;
        };
        let side = |inputs: &[u8], results: &[u8], seconds: &Value, count: usize| {
            let seconds = floats(seconds).filter(|seconds| seconds.len() == count)?;
            Some(Side { inputs: inputs.to_vec(), results: results.to_vec(), seconds })
        };
        Some(Expected {
            base: side(&self.base, base, base_seconds, self.counts[0])?,
            plus: side(&self.plus, plus, plus_seconds, self.counts[1])?,
        })
    }
}

/// The hash of all `parts` with their lengths.
pub(super) fn key_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

pub(super) fn floats(value: &Value) -> Option<Vec<f64>> {
    let Value::List(items) = value else { return None };
    items
        .iter()
        .map(|item| match item {
            Value::Float(seconds) if (0.0..1e6).contains(seconds) => Some(*seconds),
            _ => None,
        })
        .collect()
}
