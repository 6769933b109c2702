//! Says which stage of a training is stuck.
//!
//! The trainer enters a span for each stage of its work (target [`STAGE`]). A layer of the log keeps which
//! are entered and how long each kind took before, and a thread looks at that: a stage that takes ten
//! times as long as any before it is spoken of, once, and again each time it has doubled. Nothing is
//! ended: what has a deadline ends by itself, and a person who reads the line knows where to look.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::span::Id;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use crate::commands::explain;

/// The target of the spans that are stages.
pub const STAGE: &str = "ra3::stage";

/// How often the thread looks.
const PERIOD: Duration = Duration::from_secs(5);
/// A stage that takes less is never spoken of.
const LEAST: Duration = Duration::from_secs(120);
/// The same for one that was never seen to end.
const FIRST: Duration = Duration::from_secs(900);
/// How much longer than ever before is too long.
const FACTOR: u32 = 10;

/// What the training is doing, and how long such things took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stages(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// The stages that are entered, the outermost first.
    entered: Vec<Entered>,
    /// The longest of each kind that has ended.
    longest: HashMap<&'static str, Duration>,
}

#[derive(Debug)]
struct Entered {
    id: Id,
    name: &'static str,
    since: Instant,
    /// After how long it is spoken of next.
    patience: Option<Duration>,
}

impl Stages {
    /// What is to be said at `now`, if anything is.
    fn look(&self, now: Instant) -> Option<String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Known { entered, longest } = &mut *known;
        let names: Vec<&str> = entered.iter().map(|stage| stage.name).collect();
        // The innermost says most; those around it take as long because it does.
        let stage = entered.last_mut()?;
        let taken = now.saturating_duration_since(stage.since);
        let before = longest.get(stage.name);
        let usual = || before.map_or(FIRST, |longest| LEAST.max(FACTOR * *longest));
        let patience = *stage.patience.get_or_insert_with(usual);
        if taken < patience {
            return None;
        }
        stage.patience = Some(2 * taken);
        let before = match before {
            Some(longest) => format!("never took more than {} before", spoken(*longest)),
            None => "was never seen to end".to_owned(),
        };
        Some(format!("watchdog: {} for {}; this {before}", names.join(": "), spoken(taken)))
    }
}

fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds / 60) }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Stages {
    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let entered = Entered {
            id: id.clone(),
            name: span.metadata().name(),
            since: Instant::now(),
            patience: None,
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entered.push(entered);
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = known.entered.iter().rposition(|stage| stage.id == *id) else { return };
        let Entered { name, since, .. } = known.entered.remove(place);
        let longest = known.longest.entry(name).or_default();
        *longest = (*longest).max(since.elapsed());
    }
}

/// Lets stages through, and nothing else.
#[derive(Debug)]
struct OnlyStages;

impl<S> Filter<S> for OnlyStages {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.target() == STAGE
    }
}

/// The stages of this process.
static STAGES: Mutex<Option<Stages>> = Mutex::new(None);

/// The layer that sees stages.
pub(crate) fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    let stages = Stages::default();
    *STAGES.lock().unwrap_or_else(PoisonError::into_inner) = Some(stages.clone());
    stages.with_filter(OnlyStages)
}

/// Begin to look, until the process ends.
pub fn start() {
    let Some(stages) = STAGES.lock().unwrap_or_else(PoisonError::into_inner).clone() else {
        return;
    };
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(PERIOD);
            if let Some(line) = stages.look(Instant::now()) {
                explain(&line);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::prelude::*;

    use super::*;

    #[test]
    fn what_takes_much_longer_than_ever_is_spoken_of_and_again_when_that_has_doubled() {
        let stages = Stages::default();
        let subscriber =
            tracing_subscriber::registry().with(stages.clone().with_filter(OnlyStages));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info_span!(target: STAGE, "learning").in_scope(|| ());
            let _outer = tracing::info_span!(target: STAGE, "a step").entered();
            let _unrelated = tracing::info_span!("request").entered();
            let _inner = tracing::info_span!(target: STAGE, "learning").entered();
            let now = Instant::now();
            let said = |minutes: u64| stages.look(now + Duration::from_secs(60 * minutes + 1));
            assert_eq!(said(1), None);
            let line = "watchdog: a step: learning for 2 min; this never took more than 0 s before";
            assert_eq!(said(2).as_deref(), Some(line));
            assert_eq!(said(3), None);
            assert!(said(5).is_some());
        });
        assert_eq!(stages.look(Instant::now() + FIRST), None);
    }

    #[test]
    fn a_stage_that_never_ended_is_given_longer() {
        let stages = Stages::default();
        let subscriber =
            tracing_subscriber::registry().with(stages.clone().with_filter(OnlyStages));
        tracing::subscriber::with_default(subscriber, || {
            let _stage = tracing::info_span!(target: STAGE, "loading").entered();
            assert_eq!(stages.look(Instant::now() + LEAST), None);
            let said = stages.look(Instant::now() + FIRST);
            let line = "watchdog: loading for 15 min; this was never seen to end";
            assert_eq!(said.as_deref(), Some(line));
        });
    }
}
