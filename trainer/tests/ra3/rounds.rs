//! Rounds of explaining and learning: their baseline, and what a kill does to them.

use std::num::NonZeroUsize;

use trainer::ra3::{Algorithm, Event, Expectation, MidtrainingSettings, Reuse, Rewards};

use super::world::{Seen, expectation, newest_step, settings, train};

fn in_one_go(settings: MidtrainingSettings) -> (Vec<u32>, Vec<Event>) {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Seen::default();
    let bits = train(folder.path(), settings, &mut seen).unwrap();
    (bits, seen.events)
}

#[test]
fn with_infinitely_dear_thoughts_a_run_is_next_token_prediction_bit_for_bit() {
    let rewards = Rewards { thought: f64::INFINITY, ..Rewards::default() };
    let expectation = Expectation { rewards, ..expectation() };
    let (dear, _) = in_one_go(MidtrainingSettings { expectation, ..settings(Algorithm::Ra3) });
    let (plain, _) = in_one_go(settings(Algorithm::Ntp));
    let (thinking, _) = in_one_go(settings(Algorithm::Ra3));
    assert_eq!(dear, plain);
    assert_ne!(dear, thinking);
}

#[test]
fn a_run_is_killed_after_every_piece_of_work_and_ends_with_the_same_bits() {
    killed_everywhere(settings);
}

#[test]
fn so_it_does_where_a_step_learns_several_times_from_what_it_drew() {
    let two = NonZeroUsize::new(2).unwrap();
    let reuse = Reuse { epochs: two, updates: two, ..Reuse::default() };
    let expectation = Expectation { reuse, ..expectation() };
    killed_everywhere(|it| MidtrainingSettings { expectation, ..settings(it) });
}

fn killed_everywhere(settings: impl Fn(Algorithm) -> MidtrainingSettings) {
    let (whole, events) = in_one_go(settings(Algorithm::Ra3));
    let units = events.iter().filter(|it| !matches!(it, Event::HeldOut { .. })).count();
    // Two rounds of 3 E-steps, 12 programs in chunks of 5, and 3 M-steps.
    assert_eq!(units, 2 * (3 + 3 + 3));
    for killed_after in 0..units {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Seen { fails_after: Some(killed_after), ..Seen::default() };
        assert_eq!(train(folder.path(), settings(Algorithm::Ra3), &mut first), None);
        let mut second = Seen::default();
        let resumed = train(folder.path(), settings(Algorithm::Ra3), &mut second).unwrap();
        assert!(resumed == whole, "killed after {killed_after}");
        assert!(second.begun <= killed_after as u64, "{} of {killed_after}", second.begun);
        assert!(second.begun + 1 >= killed_after as u64, "{} of {killed_after}", second.begun);
        assert_eq!(known(&second.events), known(&events[events.len() - second.events.len()..]));
    }
}

/// What happened, without how long it took.
fn known(events: &[Event]) -> Vec<serde_json::Value> {
    let timeless = |event: &Event| {
        let mut event = serde_json::to_value(event).unwrap();
        event.as_object_mut().unwrap().remove("seconds");
        event
    };
    events.iter().map(timeless).collect()
}

#[test]
fn a_run_that_is_stopped_saves_what_it_did_and_goes_on() {
    let (whole, _) = in_one_go(settings(Algorithm::Ra3));
    let rare = || MidtrainingSettings { save_every: 100, ..settings(Algorithm::Ra3) };
    let folder = tempfile::tempdir().unwrap();
    for (stopped_after, store, step) in [(2, "explainer-0", 2), (5, "policy", 1)] {
        let mut seen = Seen { stops_after: Some(stopped_after), ..Seen::default() };
        assert_eq!(train(folder.path(), rare(), &mut seen), None);
        let store = folder.path().join("checkpoints").join(store);
        assert_eq!(newest_step(&store), Some(step));
    }
    assert!(train(folder.path(), rare(), &mut Seen::default()).unwrap() == whole);
}

#[test]
fn a_run_ends_when_it_has_learnt_as_many_tokens_as_it_may() {
    let most = |total_tokens| MidtrainingSettings { total_tokens, ..settings(Algorithm::Ra3) };
    let (_, all) = in_one_go(most(None));
    let learned = |events: &[Event]| -> Vec<usize> {
        let of = |event: &Event| match event {
            Event::Learn { report, .. } => Some(report.tokens),
            _ => None,
        };
        events.iter().filter_map(of).collect()
    };
    let tokens = learned(&all);
    let (_, some) = in_one_go(most(Some(tokens[0] + tokens[1] + 1)));
    assert_eq!(learned(&some), tokens[..3]);
    assert!(matches!(some.last(), Some(Event::HeldOut { learned: 3, .. })));
}
