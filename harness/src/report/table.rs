//! The table of tasks.
//!
//! What the page's script sorts and filters by stands in `data-` attributes, so it never has to
//! read a figure back out of its words.

use benchmarks::Outcome;

use super::{
    charts,
    figures::{count, percent, seconds},
    outcomes::{key, label},
    tasks::{Task, tally},
    text::{Text, beginning, visible},
};
use crate::summary::Run;

/// The most bytes of a message in the table: more than fit into a line.
const MESSAGE: usize = 200;

/// The class of the table: `single` hides counts that say nothing where each task has one sample.
pub(super) fn class(tasks: &[Task<'_>]) -> &'static str {
    if tasks.iter().all(|task| task.samples.len() == 1) { "single" } else { "several" }
}

/// A row per task, in the order of the input.
pub(super) fn rows(tasks: &[Task<'_>]) -> String {
    tasks.iter().enumerate().map(|(at, task)| row(at, task)).collect()
}

fn row(at: usize, task: &Task<'_>) -> String {
    let tally = tally(task.samples.iter().copied());
    let failed = tally
        .iter()
        .filter(|(outcome, _)| outcome.passed() == Some(false))
        .map(|(_, count)| count)
        .sum::<usize>();
    let keys: Vec<&str> = tally.iter().map(|(outcome, _)| key(*outcome)).collect();
    let id = Text(task.id);
    let id = match task.failures().next() {
        Some(_) => format!("<button class=\"open\" aria-expanded=\"false\">{id}</button>"),
        None => format!("<span class=\"closed\">{id}</span>"),
    };
    let rate = task.pass_rate();
    format!(
        "<tr data-at=\"{at}\" data-samples=\"{}\" data-passed=\"{}\" data-failed=\"{failed}\" data-rate=\"{:.6}\" \
         data-time=\"{:.6}\" data-outcomes=\"{}\"><th scope=\"row\">{id}</th><td class=\"number samples\">{}</td>\
         <td class=\"number passed\">{}</td><td class=\"rate\"><span class=\"number\">{}</span> {}</td>\
         <td class=\"outcomes\">{}</td><td class=\"number time\">{}</td></tr>\n",
        task.samples.len(),
        task.passed(),
        // Tasks of which nothing is known sort before those that always failed.
        rate.unwrap_or(-1.0),
        task.cpu_seconds(),
        keys.join(" "),
        count(task.samples.len()),
        count(task.passed()),
        rate.map_or("unknown".to_owned(), percent),
        charts::rate(rate),
        outcomes_cell(task, &tally),
        seconds(task.cpu_seconds()),
    )
}

/// The outcomes in words; where there is one sample, its message too.
fn outcomes_cell(task: &Task<'_>, tally: &[(Outcome, usize)]) -> String {
    if let [sample] = task.samples[..] {
        let verdict = &sample.verdict;
        let line = visible(verdict.message.lines().next().unwrap_or_default());
        return format!(
            "<span class=\"o-{}\">{}</span> <bdi class=\"message\">{}</bdi>",
            key(verdict.outcome),
            label(verdict.outcome),
            Text(beginning(&line, MESSAGE))
        );
    }
    let words = tally.iter().map(|(outcome, times)| {
        format!("<span class=\"o-{}\">{} {}</span>", key(*outcome), count(*times), label(*outcome))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The choices of the outcome filter: those that occurred.
pub(super) fn outcome_options(run: &Run) -> String {
    tally(&run.judged)
        .iter()
        .map(|(outcome, _)| {
            format!("<option value=\"{}\">{}</option>", key(*outcome), label(*outcome))
        })
        .collect()
}
