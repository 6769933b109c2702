//! The first screen: what was judged, how well it did and what became of the samples.

use benchmarks::Outcome;

use super::{
    charts,
    figures::{count, counted, percent, seconds},
    outcomes::{key, label},
    profiles::forgiven,
    tasks::tally,
    text::{Text, beginning},
};
use crate::summary::{Run, Score};

/// The most characters of our own error on the first screen.
const ERROR: usize = 300;

/// How much was judged, when, how fast, by what and behind which walls.
pub(super) fn facts(run: &Run, tasks: usize) -> String {
    let facts = [
        ("judged", format!("{}, {}", counted(run.judged.len(), "sample"), counted(tasks, "task"))),
        ("when", run.started.clone()),
        (
            "took",
            format!(
                "{}, {:.1} samples/s, {}",
                seconds(run.seconds),
                run.rate(),
                counted(run.workers, "worker")
            ),
        ),
        ("Python", run.python.clone()),
        ("isolation", format!("tier {}", run.tier)),
    ];
    facts
        .iter()
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>\n", Text(value)))
        .collect()
}

/// What nobody may overlook: samples without a verdict, and why.
pub(super) fn ungraded(run: &Run) -> String {
    let reasons = run.ungraded();
    let [(first, times), others @ ..] = &reasons[..] else { return String::new() };
    let others = match others.len() {
        0 => String::new(),
        1 => ", and 1 other reason".to_owned(),
        some => format!(", and {some} other reasons"),
    };
    format!(
        "<p class=\"alarm\" role=\"note\"><strong>{} ungraded.</strong> Nothing is known about these \
         programs: what is ungraded counts neither as passed nor as failed, and the scores leave it out. \
         {}: <q>{}</q>{others}. <a href=\"#kind-{}\">Show</a></p>",
        counted(run.count(None), "sample"),
        counted(*times, "time"),
        Text(beginning(first, ERROR)),
        key(kind_of_ungraded(run)),
    )
}

/// The outcome under which most of what has no verdict is listed.
fn kind_of_ungraded(run: &Run) -> Outcome {
    let mut outcomes = run.outcomes().into_iter().map(|(outcome, _)| outcome);
    outcomes.find(|outcome| outcome.passed().is_none()).unwrap_or(Outcome::Ungraded)
}

/// Every score with its interval, the first of each set of tests in large figures.
pub(super) fn scores(scores: &[Score]) -> String {
    if scores.is_empty() {
        return "<p>There is no score: some task has too few graded samples.</p>".to_owned();
    }
    let leads: String = scores
        .iter()
        .enumerate()
        .filter(|(at, score)| scores[..*at].iter().all(|earlier| earlier.tests != score.tests))
        .map(|(_, score)| headline(score))
        .collect();
    let rows: String = scores.iter().map(score_row).collect();
    format!(
        "<div class=\"headlines\">{leads}</div>\n<div class=\"intervals\">\n{rows}\
         <span class=\"under\">{}</span></div>",
        charts::axis()
    )
}

fn headline(score: &Score) -> String {
    format!(
        "<p class=\"headline\"><span class=\"figure\">{}</span> <span class=\"caption\">{}</span> \
         <span class=\"interval-words\">95 % interval {} to {}</span></p>",
        percent(score.estimate),
        Text(&name(score)),
        percent(score.low),
        percent(score.high)
    )
}

fn score_row(score: &Score) -> String {
    format!(
        "<span class=\"name\">{}</span> <span class=\"value\">{}</span> {}\n",
        Text(&name(score)),
        percent(score.estimate),
        charts::interval(score.estimate, score.low, score.high)
    )
}

fn name(score: &Score) -> String {
    format!("pass@{} {}", score.k, score.tests).trim_end().to_owned()
}

/// All samples by outcome: a bar, and its legend with words, counts and shares.
pub(super) fn outcomes(run: &Run) -> String {
    let tally = tally(&run.judged);
    let entries: String =
        tally.iter().map(|entry| legend_entry(*entry, run.judged.len())).collect();
    format!("{}\n<ul class=\"legend\">\n{entries}</ul>", charts::stacked(&tally))
}

fn legend_entry((outcome, samples): (Outcome, usize), all: usize) -> String {
    let words = label(outcome);
    let words = match outcome {
        Outcome::Accepted => words,
        _ => format!("<a href=\"#kind-{}\">{words}</a>", key(outcome)),
    };
    format!(
        "<li class=\"o-{}\">{words} <b>{}</b> <span class=\"share\">{}</span></li>\n",
        key(outcome),
        count(samples),
        percent(samples as f64 / all as f64)
    )
}

/// What a reader must know before trusting the scores: first of this run, then, folded up
/// because it is the same for every run, what the profile forgives by design.
pub(super) fn notes(run: &Run) -> String {
    let of_profile = run.profile.parse().map(forgiven).unwrap_or_default();
    let of_profile = list(of_profile.iter().copied());
    let mut notes = list(run.notes.iter().map(String::as_str));
    if !of_profile.is_empty() {
        notes += &format!(
            "<details><summary>What profile <bdi>{}</bdi> forgives by design</summary>\n\
             {of_profile}</details>\n",
            Text(&run.profile)
        );
    }
    if notes.is_empty() {
        return notes;
    }
    format!("<section class=\"notes\" aria-label=\"How to read the scores\">\n{notes}</section>")
}

fn list<'a>(notes: impl Iterator<Item = &'a str>) -> String {
    let items: String = notes.map(|note| format!("<li>{}</li>\n", Text(note))).collect();
    if items.is_empty() { items } else { format!("<ul>\n{items}</ul>\n") }
}
