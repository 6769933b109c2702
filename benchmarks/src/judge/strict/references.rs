//! What references return, in the form that the strict judge compares with.
//!
//! The reference runs as a candidate does, through the same driver, so that whatever that makes of a
//! result happens to both sides. Its results stay in this process; no candidate's sees them.

use std::sync::Arc;
use std::time::Duration;

use datasets::{Differential, Problem, Shapes, Value};
use sandbox::{Limits, Sandbox};

use super::super::driver::Driver;
use super::super::expected::{self, Key, floats, key_of};
use super::super::{Judge, cache, marshal};
use super::calls::{Answer, Called, Calls};
use crate::{Candidate, Error};

/// The inputs of one problem and what its reference makes of them.
#[derive(Debug)]
pub(in super::super) struct References {
    /// A marshalled list of argument lists, the original ones first.
    pub(super) inputs: Vec<u8>,
    /// The place of each among all inputs of the problem; those with too long results are left out.
    pub(super) places: Vec<usize>,
    /// The marshalled result of each call; `None` for an object of no built-in type.
    pub(super) results: Vec<Option<Vec<u8>>>,
    /// The processor time of each call.
    pub(in super::super) seconds: Vec<f64>,
}

impl References {
    /// How many bytes the results take.
    pub(super) fn size(&self) -> u64 {
        self.results.iter().flatten().map(|result| result.len() as u64).sum()
    }

    /// The references that a run of all `inputs` brought.
    fn new(inputs: &[&Vec<Value>], outcomes: Outcomes) -> Self {
        let (places, (results, seconds)): (Vec<usize>, (Vec<_>, Vec<_>)) = outcomes
            .into_iter()
            .enumerate()
            .filter_map(|(place, (result, seconds))| match result {
                Kept::Value(bytes) => Some((place, (Some(bytes), seconds))),
                Kept::Object => Some((place, (None, seconds))),
                Kept::Large => None,
            })
            .unzip();
        let left: Vec<_> = places.iter().map(|place| inputs[*place]).collect();
        Self { inputs: marshal::encode_calls(left.into_iter()), places, results, seconds }
    }
}

/// What a reference returned for one input, as it is kept.
#[derive(Clone, Debug, PartialEq)]
enum Kept {
    Value(Vec<u8>),
    Object,
    Large,
}

/// The results of all inputs of a problem, each with its processor time.
type Outcomes = Vec<(Kept, f64)>;

fn to_value(outcomes: &Outcomes) -> Value {
    let result = |it: &Kept| match it {
        Kept::Value(bytes) => Value::Bytes(bytes.clone()),
        Kept::Object => Value::None,
        Kept::Large => Value::Bool(false),
    };
    Value::Tuple(vec![
        Value::List(outcomes.iter().map(|(it, _)| result(it)).collect()),
        Value::List(outcomes.iter().map(|(_, seconds)| Value::Float(*seconds)).collect()),
    ])
}

fn from_value(count: usize, value: Value) -> Option<Outcomes> {
    let Value::Tuple(fields) = value else { return None };
    let [Value::List(results), seconds] = <[Value; 2]>::try_from(fields).ok()? else {
        return None;
    };
    let result = |it| match it {
        Value::Bytes(bytes) => Some(Kept::Value(bytes)),
        Value::None => Some(Kept::Object),
        Value::Bool(false) => Some(Kept::Large),
        _ => None,
    };
    let results: Vec<Kept> = results.into_iter().map(result).collect::<Option<_>>()?;
    let seconds = floats(&seconds)?;
    let whole = results.len() == count && seconds.len() == count;
    whole.then(|| results.into_iter().zip(seconds).collect())
}

impl<S: Sandbox> Judge<S> {
    /// What the reference of `problem` returns: remembered, else from the cache, else computed.
    pub(in super::super) async fn references(
        &self,
        problem: &Problem,
        tests: &Differential,
    ) -> Result<Arc<References>, Error> {
        let program = problem
            .reference
            .as_deref()
            .ok_or_else(|| self.unsuited(problem, "it has no reference to compare with"))?;
        let entry_point = self.entry_point(problem)?;
        // Encoding the inputs costs more than finding what is remembered, but less than a run.
        let cell = self.references.cell(key_of([problem.id.as_bytes(), program.as_bytes()]));
        let references = cell.get_or_try_init(async || {
            let calls: Vec<_> = tests.base.iter().chain(&tests.plus).collect();
            let inputs = marshal::encode_calls(calls.iter().copied());
            let driver = Driver::Calls.definitions().join("\n\n");
            let version = self.python.version.as_bytes();
            let texts = [driver.as_bytes(), version, program.as_bytes(), entry_point.as_bytes()];
            let key = key_of(texts.into_iter().chain([&*inputs]));
            let outcomes =
                self.load_or_call(problem, program, entry_point, &inputs, calls.len(), key).await?;
            Ok(Arc::new(References::new(&calls, outcomes)))
        });
        references.await.cloned()
    }

    async fn load_or_call(
        &self,
        problem: &Problem,
        program: &str,
        entry_point: &str,
        inputs: &[u8],
        count: usize,
        key: Key,
    ) -> Result<Outcomes, Error> {
        let path = self.references.folder.as_deref().map(|folder| cache::path(folder, &key));
        let path = path.as_deref();
        let kept = path.and_then(cache::read).and_then(|kept| from_value(count, kept));
        if let Some(outcomes) = kept {
            return Ok(outcomes);
        }
        let called = self.call_reference(problem, program, entry_point, inputs).await?;
        let outcomes = called.outcomes(problem, count)?;
        if let Some(path) = path {
            let written = cache::write(path, &to_value(&outcomes));
            written.map_err(|source| Error::Cache { path: path.to_owned(), source })?;
        }
        Ok(outcomes)
    }

    async fn call_reference(
        &self,
        problem: &Problem,
        program: &str,
        function: &str,
        inputs: &[u8],
    ) -> Result<Called, Error> {
        let (time, memory) = (expected::TIME, expected::MEMORY);
        let limits = Limits { cpu: time, wall: 10 * time, memory, ..Limits::default() };
        let calls = Calls {
            driver: Driver::Calls,
            setup: "",
            function,
            inputs,
            each: &[],
            // The sandbox ends what takes too long; an exception would look like the reference's.
            together: time + Duration::from_secs(60),
            goes_on: false,
            shapes: &Shapes::default(),
            expected_bytes: expected::REPORT / 2,
            limits,
        };
        self.call(problem, &Candidate::solution(program), calls).await
    }
}

impl Called {
    /// The results of a reference, all `count` of them.
    fn outcomes(self, problem: &Problem, count: usize) -> Result<Outcomes, Error> {
        let unusable = |said| Error::Reference { problem: problem.id.clone(), said };
        let Self { run, answers, late: _ } = self;
        if answers.len() != count {
            return Err(unusable(run.last_words()));
        }
        let kept = |(answer, seconds): (Answer, f64)| match answer {
            Answer::Value(bytes) => Ok((Kept::Value(bytes), seconds)),
            Answer::Object(_) => Ok((Kept::Object, seconds)),
            Answer::Large => Ok((Kept::Large, seconds)),
            Answer::Raised(words) => Err(unusable(words)),
        };
        answers.into_iter().map(kept).collect()
    }
}
