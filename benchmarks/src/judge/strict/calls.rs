//! Runs a candidate over inputs and takes back what it returned.
//!
//! One fresh process makes all the calls of a candidate. It is given nothing but the inputs, so what
//! it tells is a claim about its own results and can only be as good as they are.

use std::time::Duration;

use datasets::{Problem, Shapes, Value};
use sandbox::{Limits, Sandbox};

use super::super::driver::{Driver, Run};
use super::super::marshal::{self, Order};
use super::super::{Judge, limits_around};
use crate::{Candidate, Error};

/// The most that a candidate's results may take on their way back, beside what is expected.
const REPORT: u64 = 16 << 20;

/// How much later than it should the clock of a program may ring.
const TICK: Duration = Duration::from_millis(100);

/// What a run may spend before and between its calls. More than this and its time it has taken where its clock
/// did not see it.
pub(super) const OTHERWISE: Duration = Duration::from_millis(300);

/// What is asked of a candidate.
pub(super) struct Calls<'a> {
    /// What makes the calls: [`Driver::Calls`] or [`Driver::Method`].
    pub(super) driver: Driver,
    /// Source that runs after the candidate's own.
    pub(super) setup: &'a str,
    /// The function to call.
    pub(super) function: &'a str,
    /// A marshalled list of argument lists.
    pub(super) inputs: &'a [u8],
    /// The processor time of each call; where there is none, only all calls together are limited.
    pub(super) each: &'a [Duration],
    /// The processor time of all calls together.
    pub(super) together: Duration,
    /// Whether calls go on after one that raised an exception.
    pub(super) goes_on: bool,
    /// What the values stand for.
    pub(super) shapes: &'a Shapes,
    /// How many bytes right results take.
    pub(super) expected_bytes: u64,
    /// Limits on anything else than processor time.
    pub(super) limits: Limits,
}

/// What one call gave.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// A marshalled value.
    Value(Vec<u8>),
    /// Something of the named type, which is not a built-in one.
    Object(String),
    /// A value that is too long to be handed back.
    Large,
    /// An exception in words.
    Raised(String),
}

/// A run of calls.
pub(super) struct Called {
    pub(super) run: Run,
    /// What each call gave, as far as it came, with its processor time.
    pub(super) answers: Vec<(Answer, f64)>,
    /// The first call that took longer than it may, and was not stopped for it: a program can turn off
    /// its own clock.
    pub(super) late: Option<usize>,
}

impl<S: Sandbox> Judge<S> {
    pub(super) async fn call(
        &self,
        problem: &Problem,
        candidate: &Candidate,
        calls: Calls<'_>,
    ) -> Result<Called, Error> {
        let each = calls.each.iter().map(|it| Value::Float(it.as_secs_f64())).collect();
        let order = Order::new()
            .text(&candidate.source)
            .text(calls.setup)
            .text(calls.function)
            .bytes(calls.inputs)
            .value(&Value::List(each))
            .seconds(calls.together)
            .value(&Value::Bool(calls.goes_on))
            .value(&nodes(calls.shapes));
        let report = REPORT + 2 * calls.expected_bytes;
        let run = self.drive(problem, calls.driver, order, report, calls.limits).await?;
        let answers: Vec<(Answer, f64)> = run.told.iter().filter_map(Answer::read).collect();
        let mut limits = answers.iter().zip(calls.each);
        let late = limits.position(|((_, seconds), most)| *seconds > (*most + TICK).as_secs_f64());
        let is_over = run.tally().cpu() > calls.together + OTHERWISE;
        let late = late.or(is_over.then(|| answers.len().saturating_sub(1)));
        Ok(Called { run, answers, late })
    }
}

/// The classes of the nodes that each argument and then the result consists of; empty where all are plain.
fn nodes(shapes: &Shapes) -> Value {
    let all = shapes.arguments.iter().chain([&shapes.result]);
    let names = all.map(|shape| Value::Str(shape.node().to_owned()));
    Value::List(if shapes.are_plain() { Vec::new() } else { names.collect() })
}

/// Limits around calls that may take `together`, for a candidate that catches what says it is late.
pub(super) fn limits(together: Duration) -> Limits {
    const GRACE: Duration = Duration::from_millis(500);
    // The driver notices when its candidate waits. This ends one that has kept it from doing so; being
    // kept from the processor is not waiting.
    const WAITING: Duration = Duration::from_secs(10);
    Limits { wall: together + WAITING, ..limits_around(together, GRACE) }
}

impl Called {
    /// Processor time that no call is said to have taken: what came before them and between, or what a program
    /// that has turned back its own clock does not tell.
    pub(super) fn untold(&self) -> Duration {
        let told: f64 = self.answers.iter().map(|(_, seconds)| seconds).sum();
        let told = Duration::try_from_secs_f64(told).unwrap_or(Duration::MAX);
        self.run.tally().cpu().saturating_sub(told)
    }
}

impl Answer {
    fn read(told: &Value) -> Option<(Self, f64)> {
        let Value::Tuple(fields) = told else { return None };
        let [Value::Str(what), content, Value::Float(seconds)] = fields.as_slice() else {
            return None;
        };
        let answer = match (what.as_str(), content) {
            ("value", Value::Bytes(result)) => Self::Value(result.clone()),
            ("object", Value::Str(name)) => Self::Object(name.clone()),
            ("large", _) => Self::Large,
            ("error", Value::Str(words)) => Self::Raised(words.clone()),
            _ => return None,
        };
        // A call takes no less than nothing. What is no number is not more than any limit.
        let seconds = if *seconds >= 0.0 { *seconds } else { f64::INFINITY };
        Some((answer, seconds))
    }

    /// The value that was returned, if it is one.
    pub(super) fn value(&self) -> Option<Value> {
        if let Self::Value(result) = self { marshal::decode(result) } else { None }
    }

    /// What went wrong, for an answer that is not the right one.
    pub(super) fn complaint(&self) -> String {
        const MOST: usize = 200;
        match self {
            Self::Raised(words) => words.clone(),
            Self::Large => "it returned more than anybody could read".to_owned(),
            Self::Object(name) => format!("it returned a {name}, which is no built-in type"),
            Self::Value(_) => match self.value().map(|value| value.to_python()) {
                Some(text) if text.chars().count() > MOST => {
                    format!("it returned {}...", text.chars().take(MOST).collect::<String>())
                }
                Some(text) => format!("it returned {text}"),
                None => "it returned what is no plain value".to_owned(),
            },
        }
    }
}
