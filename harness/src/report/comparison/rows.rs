//! The table of tasks. What the page's script sorts and filters by stands in `data-` attributes.

use super::super::{charts, text::Text};
use super::{COLOURS, name, points};
use crate::comparison::{Comparison, TaskRow};

/// The headings of the runs' columns.
pub(super) fn columns(comparison: &Comparison) -> String {
    let column = |side| {
        format!(
            "<th scope=\"col\" class=\"rate\"><button data-sort=\"r{side}\">{}</button></th>\n",
            name(comparison, side)
        )
    };
    (0..comparison.sides.len()).map(column).collect()
}

/// A row per task, those that differ most first.
pub(super) fn rows(comparison: &Comparison) -> String {
    let tasks = comparison.tasks.iter().enumerate();
    tasks.map(|(at, task)| row(at, task)).collect()
}

fn row(at: usize, task: &TaskRow) -> String {
    let sides = 0..task.tallies.len();
    let data = sides.clone().map(|side| {
        // What is not known sorts below everything.
        format!(" data-r{side}=\"{:.6}\"", task.rate(side).unwrap_or(-1.0))
    });
    let data: String = data.collect();
    let cells: String = sides.map(|side| cell(task, side)).collect();
    // Of two runs it matters which is better, of several only how far apart they are.
    let shown = match (task.rate(0), task.tallies.len()) {
        (Some(before), 2) => task.rate(1).map(|after| points(after - before)),
        _ => Some(points(task.spread()).trim_start_matches('+').to_owned()),
    };
    format!(
        "<tr data-at=\"{at}\" data-spread=\"{:.6}\"{data}><th scope=\"row\">{}</th>{cells}\
         <td class=\"number\">{}</td></tr>\n",
        task.spread(),
        Text(&task.id),
        shown.unwrap_or_else(|| "\u{2013}".to_owned())
    )
}

fn cell(task: &TaskRow, side: usize) -> String {
    let words = task.tallies[side].map_or("\u{2013}".to_owned(), |tally| {
        format!("{}\u{2009}/\u{2009}{}", tally.correct, tally.samples)
    });
    let bar = charts::rate(task.rate(side));
    format!(
        "<td class=\"rate r-{}\"><span class=\"number\">{words}</span> {bar}</td>",
        side % COLOURS
    )
}
