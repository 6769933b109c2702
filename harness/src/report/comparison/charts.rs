//! Charts of differences as inline SVG, placed in percentages so that they fit any width.

use super::super::charts::{add, marks};
use super::super::text::Text;
use super::points;
use crate::comparison::{Comparison, Contrast, TaskRow};

/// The interval of a difference on an axis from `-reach` to `reach`.
pub(super) fn difference(contrast: &Contrast, reach: f64) -> String {
    let place = |value: f64| 50.0 + 50.0 * value / reach;
    let (low, high) = (place(contrast.low), place(contrast.high));
    let mut svg = format!(
        r#"<svg class="interval" role="img" aria-label="{} points, between {} and {}">"#,
        points(contrast.difference()),
        points(contrast.low),
        points(contrast.high)
    );
    for tick in [0, 25, 75, 100] {
        add(
            &mut svg,
            format_args!(r#"<line class="grid" x1="{tick}%" x2="{tick}%" y1="0" y2="100%"/>"#),
        );
    }
    add(&mut svg, format_args!(r#"<line class="zero" x1="50%" x2="50%" y1="0" y2="100%"/>"#));
    marks(&mut svg, place(contrast.difference()), low, high);
    svg + "</svg>"
}

/// The axis below a column of [`difference`]s.
pub(super) fn difference_axis(reach: f64) -> String {
    let ticks = [(0, "start", -reach), (50, "middle", 0.0), (100, "end", reach)];
    let ticks = ticks.map(|(place, anchor, value)| {
        let value = points(value).trim_end_matches(".0").to_owned();
        format!(r#"<text x="{place}%" y="12" text-anchor="{anchor}">{value}</text>"#)
    });
    format!(r#"<svg class="axis" aria-hidden="true">{}</svg>"#, ticks.concat())
}

/// A strip for each run with a cell for each task, darker the more often it was solved; the tasks
/// that most runs solve come first.
pub(super) fn map(comparison: &Comparison) -> String {
    let mean = |task: &TaskRow| {
        let rates: Vec<f64> = (0..task.tallies.len()).filter_map(|side| task.rate(side)).collect();
        rates.iter().sum::<f64>() / rates.len().max(1) as f64
    };
    let mut tasks: Vec<&TaskRow> = comparison.tasks.iter().collect();
    tasks.sort_by(|one, other| {
        mean(other).total_cmp(&mean(one)).then_with(|| one.id.cmp(&other.id))
    });
    let strips = (0..comparison.sides.len()).map(|side| {
        let name = super::name(comparison, side);
        format!("<span class=\"name\">{name}</span> {}\n", strip(&tasks, side))
    });
    strips.collect()
}

fn strip(tasks: &[&TaskRow], side: usize) -> String {
    let width = 100.0 / tasks.len().max(1) as f64;
    let class = side % super::COLOURS;
    let mut svg =
        format!(r#"<svg class="strip r-{class}" role="img" aria-label="a cell for each task">"#);
    for (at, task) in tasks.iter().enumerate() {
        let left = at as f64 * width;
        let (class, opacity) = match task.rate(side) {
            Some(rate) => ("cell", rate),
            None => ("cell unknown", 1.0),
        };
        add(
            &mut svg,
            format_args!(
                r#"<rect class="{class}" x="{left:.3}%" width="{width:.3}%" height="100%" fill-opacity="{opacity:.2}"><title>{}</title></rect>"#,
                said(task, side)
            ),
        );
    }
    svg + "</svg>"
}

/// A task in words: `HumanEval/3: 2 of 10`.
fn said(task: &TaskRow, side: usize) -> String {
    let passed = task.tallies[side]
        .map_or("no verdict".to_owned(), |it| format!("{} of {}", it.correct, it.samples));
    format!("{}: {passed}", Text(&task.id))
}

/// The tasks of both by how much better the run of that place is on them than the first: a bar each,
/// falling from left to right; and on how many it is better, alike and worse.
pub(super) fn fall(comparison: &Comparison, side: usize) -> (String, [usize; 3]) {
    let mut bars: Vec<(f64, &TaskRow)> = comparison
        .tasks
        .iter()
        .filter_map(|task| Some((task.rate(side)? - task.rate(0)?, task)))
        .collect();
    bars.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let width = 100.0 / bars.len().max(1) as f64;
    let mut svg = r#"<svg class="fall" role="img" aria-label="differences by task">"#.to_owned();
    for (line, class) in [("0", "grid"), ("50%", "zero"), ("100%", "grid")] {
        add(
            &mut svg,
            format_args!(r#"<line class="{class}" x1="0" x2="100%" y1="{line}" y2="{line}"/>"#),
        );
    }
    for (at, (difference, task)) in bars.iter().enumerate() {
        if *difference == 0.0 {
            continue;
        }
        let (left, height) = (at as f64 * width, 50.0 * difference.abs());
        let (class, top) = if *difference > 0.0 { ("up", 50.0 - height) } else { ("down", 50.0) };
        add(
            &mut svg,
            format_args!(
                r#"<rect class="{class}" x="{left:.3}%" y="{top:.2}%" width="{width:.3}%" height="{height:.2}%"><title>{}, was {}</title></rect>"#,
                said(task, side),
                said(task, 0).rsplit(": ").next().unwrap_or_default()
            ),
        );
    }
    let count = |wanted: fn(f64) -> bool| bars.iter().filter(|(it, _)| wanted(*it)).count();
    (svg + "</svg>", [count(|it| it > 0.0), count(|it| it == 0.0), count(|it| it < 0.0)])
}
