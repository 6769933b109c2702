//! How far judging is, or asking, on stderr.
//!
//! A terminal gets a bar; a log file gets a line every ten seconds, and the first only then, so a
//! short run leaves no line at all. Both go to stderr and `--quiet` silences them.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use benchmarks::Outcome;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::commands::explain;

/// How often a log gets a line.
const INTERVAL: Duration = Duration::from_secs(10);

/// Shows how far judging is, or asking.
pub(crate) struct Progress {
    manner: Manner,
    started: Instant,
    /// What is done to a sample: it is judged, or answered.
    verb: &'static str,
    /// Samples done before this sitting.
    before: usize,
    done: usize,
    total: usize,
    passed: Option<usize>,
    /// How many answers a model has given that is still at it.
    answered: Option<Arc<AtomicUsize>>,
}

enum Manner {
    Quiet,
    Lines { last: Instant },
    Bar(ProgressBar),
}

impl Progress {
    /// Begin to show progress towards `total` samples, of which `judged` are done and `passed` passed.
    pub(crate) fn begin(quiet: bool, judged: usize, passed: usize, total: usize) -> Self {
        Self { passed: Some(passed), ..Self::of("judged", quiet, judged, total) }
    }

    /// Begin to show progress towards `total` answers, of which so many are there.
    pub(crate) fn of_answers(quiet: bool, answered: usize, total: usize) -> Self {
        Self::of("answered", quiet, answered, total)
    }

    fn of(verb: &'static str, quiet: bool, done: usize, total: usize) -> Self {
        let started = Instant::now();
        let manner = if quiet {
            Manner::Quiet
        } else if std::io::stderr().is_terminal() {
            Manner::Bar(bar(done, total))
        } else {
            Manner::Lines { last: started }
        };
        let (passed, answered) = (None, None);
        Self { manner, started, verb, before: done, done, total, passed, answered }
    }

    /// The same, with a count of the answers that came so far beside it.
    pub(crate) fn beside(self, answered: Arc<AtomicUsize>) -> Self {
        Self { answered: Some(answered), ..self }
    }

    /// One more sample was judged.
    pub(crate) fn judged(&mut self, outcome: Outcome) {
        if let Some(passed) = &mut self.passed {
            *passed += usize::from(outcome == Outcome::Accepted);
        }
        self.one_more();
    }

    /// One more is done.
    pub(crate) fn one_more(&mut self) {
        self.done += 1;
        let note = self.note();
        match &mut self.manner {
            Manner::Quiet => {}
            Manner::Bar(bar) => {
                bar.inc(1);
                bar.set_message(note);
            }
            Manner::Lines { last } if last.elapsed() < INTERVAL => {}
            Manner::Lines { last } => {
                *last = Instant::now();
                explain(&self.line());
            }
        }
    }

    fn note(&self) -> String {
        let passed = self.passed.map(|passed| format!("{passed} passed"));
        let answered = self.answered.as_ref().map(|it| it.load(Ordering::Relaxed));
        let answered = answered.map(|answered| format!("{answered} answered"));
        passed.into_iter().chain(answered).collect::<Vec<_>>().join(", ")
    }

    /// Take the bar off the screen.
    pub(crate) fn end(&self) {
        if let Manner::Bar(bar) = &self.manner {
            bar.finish_and_clear();
        }
    }

    fn line(&self) -> String {
        let rate = (self.done - self.before) as f64 / self.started.elapsed().as_secs_f64();
        let left = (self.total - self.done) as f64 / rate;
        let (done, total, verb, note) = (self.done, self.total, self.verb, self.note());
        let note = if note.is_empty() { note } else { format!(" {note},") };
        format!("{done} of {total} {verb},{note} {rate:.1}/s, {left:.0} s left")
    }
}

fn bar(judged: usize, total: usize) -> ProgressBar {
    let template = "{bar:32} {pos}/{len}  {rate}  {eta} left  {msg}";
    let style = ProgressStyle::with_template(template)
        .expect("the template is well-formed")
        .with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // A line on a screen is lost rather than a run.
            let _ = write!(out, "{:.1}/s", state.per_sec());
        });
    let bar = ProgressBar::new(total as u64).with_style(style).with_position(judged as u64);
    // Time left is reckoned from this sitting alone.
    bar.reset_eta();
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
