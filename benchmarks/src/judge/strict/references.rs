//! What references return, in the form that the strict judge compares with.
//!
//! The reference runs as a candidate does, through the same driver, so that whatever that makes of a
//! result happens to both sides. Its results stay in this process; no candidate's sees them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use datasets::{Differential, Problem, Value};
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
    /// The marshalled result of each call; `None` for an object of no built-in type.
    pub(super) results: Vec<Option<Vec<u8>>>,
    /// The processor time of each call.
    pub(super) seconds: Vec<f64>,
}

impl References {
    /// How many bytes the results take.
    pub(super) fn size(&self) -> u64 {
        self.results.iter().flatten().map(|result| result.len() as u64).sum()
    }

    fn to_value(&self) -> Value {
        let result = |it: &Option<Vec<u8>>| it.clone().map_or(Value::None, Value::Bytes);
        Value::Tuple(vec![
            Value::List(self.results.iter().map(result).collect()),
            Value::List(self.seconds.iter().copied().map(Value::Float).collect()),
        ])
    }

    fn from_value(inputs: Vec<u8>, count: usize, value: Value) -> Option<Self> {
        let Value::Tuple(fields) = value else { return None };
        let [Value::List(results), seconds] = <[Value; 2]>::try_from(fields).ok()? else {
            return None;
        };
        let result = |it| match it {
            Value::None => Some(None),
            Value::Bytes(bytes) => Some(Some(bytes)),
            _ => None,
        };
        let results: Vec<_> = results.into_iter().map(result).collect::<Option<_>>()?;
        let seconds = floats(&seconds)?;
        let whole = results.len() == count && seconds.len() == count;
        whole.then_some(Self { inputs, results, seconds })
    }
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
            let driver = Driver::Calls.script().as_bytes();
            let version = self.python.version.as_bytes();
            let texts = [driver, version, program.as_bytes(), entry_point.as_bytes()];
            let key = key_of(texts.into_iter().chain([&*inputs]));
            self.load_or_call(problem, program, entry_point, inputs, calls.len(), key).await
        });
        references.await.cloned()
    }

    async fn load_or_call(
        &self,
        problem: &Problem,
        program: &str,
        entry_point: &str,
        inputs: Vec<u8>,
        count: usize,
        key: Key,
    ) -> Result<Arc<References>, Error> {
        let path = self.references.folder.as_deref().map(|folder| cache::path(folder, &key));
        let path = path.as_deref();
        if let Some(kept) = path.and_then(cache::read)
            && let Some(references) = References::from_value(inputs.clone(), count, kept)
        {
            return Ok(Arc::new(references));
        }
        let called = self.call_reference(problem, program, entry_point, &inputs).await?;
        let references = References {
            inputs,
            results: called.results(problem, count)?,
            seconds: called.answers.iter().map(|(_, seconds)| *seconds).collect(),
        };
        if let Some(path) = path {
            keep(path, &references)?;
        }
        Ok(Arc::new(references))
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
            setup: "",
            function,
            inputs,
            each: &[],
            // The sandbox ends what takes too long; an exception would look like the reference's.
            together: time + Duration::from_secs(60),
            goes_on: false,
            expected_bytes: expected::REPORT / 2,
            limits,
        };
        self.call(problem, &Candidate::solution(program), calls).await
    }
}

impl Called {
    /// The results of a reference, all `count` of them.
    fn results(&self, problem: &Problem, count: usize) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let result = |(answer, _): &(Answer, f64)| match answer {
            Answer::Value(bytes) => Ok(Some(bytes.clone())),
            Answer::Object(_) => Ok(None),
            Answer::Raised(words) => Err(words.clone()),
        };
        let results: Result<Vec<_>, _> = self.answers.iter().map(result).collect();
        let unusable = |said| Error::Reference { problem: problem.id.clone(), said };
        match results {
            Ok(results) if results.len() == count => Ok(results),
            Ok(_) => Err(unusable(self.run.last_words())),
            Err(words) => Err(unusable(words)),
        }
    }
}

fn keep(path: &Path, references: &References) -> Result<(), Error> {
    let written = cache::write(path, &references.to_value());
    written.map_err(|source| Error::Cache { path: path.to_owned(), source })
}
