//! Learning several times from what was drawn, and drawing at another temperature.

use std::num::NonZeroUsize;

use trainer::algorithm::Surrogate;
use trainer::learning::Schedule;
use trainer::ra3::{Expectation, ExpectationReport, Program, Reuse, Thinking};

use super::world::{Small, bits, expectation};

fn reuse(epochs: usize, updates: usize) -> Reuse {
    let count = |it| NonZeroUsize::new(it).unwrap();
    Reuse { epochs: count(epochs), updates: count(updates), ..Reuse::default() }
}

/// A step of a model that is new, at this learning rate; the parameters after it.
fn step(expectation: Expectation, rate: f64) -> (ExpectationReport, Vec<u32>) {
    let small = Small::new();
    let windows: Vec<(u32, Program)> = (0..).zip(small.programs(6)).collect();
    let mut learner = small.learner();
    learner.temperature = expectation.thinking.temperature;
    learner.schedule = Schedule::constant(rate);
    let voice = (&small.tokenizer, &small.marks);
    let report = expectation.step(&mut learner, &small.model(), voice, &windows).unwrap();
    (report, bits(&learner.model))
}

fn learning(reuse: Reuse, rate: f64) -> (ExpectationReport, Vec<u32>) {
    step(Expectation { reuse, ..expectation() }, rate)
}

#[test]
fn what_is_learnt_once_is_not_bounded() {
    let (usual, bits) = learning(Reuse::default(), 3e-3);
    let surrogate = Surrogate::Clipped { low: 0.0, high: 0.0, dual: None };
    let (bounded, others) = learning(Reuse { surrogate, ..reuse(1, 1) }, 3e-3);
    assert_eq!(bits, others);
    assert_eq!((usual.updates, usual.gradient_norm), (1, bounded.gradient_norm));
}

#[test]
fn as_long_as_nothing_changed_ratios_are_one_and_updates_are_those_of_one_epoch() {
    let (once, _) = learning(Reuse::default(), 0.0);
    let (thrice, _) = learning(reuse(3, 1), 0.0);
    assert_eq!((thrice.updates, thrice.clipped), (3, 0.0));
    assert!(thrice.gap < 1e-4, "{thrice:?}");
    assert!((thrice.gradient_norm / once.gradient_norm - 1.0).abs() < 1e-3, "{thrice:?} {once:?}");
}

#[test]
fn windows_are_shared_out_among_the_updates_of_an_epoch() {
    let (report, _) = learning(reuse(2, 3), 3e-3);
    assert_eq!(report.updates, 6);
    // More updates than windows is an update a window.
    let (report, _) = learning(reuse(1, 50), 3e-3);
    assert_eq!(report.updates, 6);
}

#[test]
fn ratios_that_leave_their_bounds_are_counted() {
    let surrogate = Surrogate::Clipped { low: 0.01, high: 0.01, dual: None };
    let (report, _) = learning(Reuse { surrogate, ..reuse(4, 1) }, 1e-2);
    assert!(report.clipped > 0.0 && report.clipped < 0.75, "{report:?}");
    assert!(report.gap < 1e-4, "{report:?}");
}

#[test]
fn what_is_drawn_at_another_temperature_is_learnt_at_that_temperature() {
    let at = |temperature| {
        let thinking = Thinking { temperature, ..expectation().thinking };
        step(Expectation { thinking, ..expectation() }, 0.0).0
    };
    let (cold, hot) = (at(0.25), at(2.0));
    assert!(cold.gap < 1e-4 && hot.gap < 1e-4, "{cold:?} {hot:?}");
    assert_ne!(cold.think_rate, hot.think_rate);
}
