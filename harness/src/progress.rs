//! How far judging is, on stderr.
//!
//! A terminal gets a bar; a log file gets a line every ten seconds, and the first only then, so a
//! short run leaves no line at all. Both go to stderr and `--quiet` silences them.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use benchmarks::Outcome;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::commands::explain;

/// How often a log gets a line.
const INTERVAL: Duration = Duration::from_secs(10);

/// Shows how far judging is.
pub(crate) struct Progress {
    manner: Manner,
    started: Instant,
    /// Samples judged before this sitting.
    before: usize,
    judged: usize,
    total: usize,
    passed: usize,
}

enum Manner {
    Quiet,
    Lines { last: Instant },
    Bar(ProgressBar),
}

impl Progress {
    /// Begin to show progress towards `total` samples, of which `judged` are done and `passed` passed.
    pub(crate) fn begin(quiet: bool, judged: usize, passed: usize, total: usize) -> Self {
        let started = Instant::now();
        let manner = if quiet {
            Manner::Quiet
        } else if std::io::stderr().is_terminal() {
            Manner::Bar(bar(judged, total))
        } else {
            Manner::Lines { last: started }
        };
        Self { manner, started, before: judged, judged, total, passed }
    }

    /// One more sample was judged.
    pub(crate) fn judged(&mut self, outcome: Outcome) {
        self.judged += 1;
        self.passed += usize::from(outcome == Outcome::Accepted);
        match &mut self.manner {
            Manner::Quiet => {}
            Manner::Bar(bar) => {
                bar.inc(1);
                bar.set_message(format!("{} passed", self.passed));
            }
            Manner::Lines { last } if last.elapsed() < INTERVAL => {}
            Manner::Lines { last } => {
                *last = Instant::now();
                explain(&self.line());
            }
        }
    }

    /// Take the bar off the screen.
    pub(crate) fn end(&self) {
        if let Manner::Bar(bar) = &self.manner {
            bar.finish_and_clear();
        }
    }

    fn line(&self) -> String {
        let rate = (self.judged - self.before) as f64 / self.started.elapsed().as_secs_f64();
        let left = (self.total - self.judged) as f64 / rate;
        format!(
            "{} of {} judged, {} passed, {rate:.1}/s, {left:.0} s left",
            self.judged, self.total, self.passed
        )
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
