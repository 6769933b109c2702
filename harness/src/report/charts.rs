//! Charts as inline SVG, placed in percentages so that they fit any width undistorted.
//!
//! Colours come from the style sheet by class, so one picture serves light, dark and print.

use std::fmt::Write;

use benchmarks::Outcome;

use super::{
    figures::percent,
    outcomes::{key, label},
};

/// A 95 % interval with its estimate on an axis from 0 to 100 %.
pub(super) fn interval(estimate: f64, low: f64, high: f64) -> String {
    let mut svg = format!(
        r#"<svg class="interval" role="img" aria-label="{}, between {} and {}">"#,
        percent(estimate),
        percent(low),
        percent(high)
    );
    for tick in [0, 25, 50, 75, 100] {
        add(
            &mut svg,
            format_args!(r#"<line class="grid" x1="{tick}%" x2="{tick}%" y1="0" y2="100%"/>"#),
        );
    }
    let [estimate, low, high] = [estimate, low, high].map(|share| share * 100.0);
    marks(&mut svg, estimate, low, high);
    svg + "</svg>"
}

/// An estimate and the ends of its interval, at these percentages of the width.
pub(super) fn marks(svg: &mut String, estimate: f64, low: f64, high: f64) {
    add(
        svg,
        format_args!(r#"<line class="range" x1="{low:.2}%" x2="{high:.2}%" y1="50%" y2="50%"/>"#),
    );
    for edge in [low, high] {
        add(
            svg,
            format_args!(
                r#"<line class="edge" x1="{edge:.2}%" x2="{edge:.2}%" y1="30%" y2="70%"/>"#
            ),
        );
    }
    add(svg, format_args!(r#"<circle class="estimate" cx="{estimate:.2}%" cy="50%" r="5"/>"#));
}

/// The axis below a column of [`interval`]s.
pub(super) fn axis() -> String {
    let mut svg = r#"<svg class="axis" aria-hidden="true">"#.to_owned();
    for (tick, anchor) in
        [(0, "start"), (25, "middle"), (50, "middle"), (75, "middle"), (100, "end")]
    {
        add(
            &mut svg,
            format_args!(r#"<text x="{tick}%" y="12" text-anchor="{anchor}">{tick}</text>"#),
        );
    }
    svg + "</svg>"
}

/// Outcomes side by side, each as wide as its share of all samples.
pub(super) fn stacked(tally: &[(Outcome, usize)]) -> String {
    let total = tally.iter().map(|(_, count)| count).sum::<usize>().max(1) as f64;
    let words: Vec<String> =
        tally.iter().map(|(outcome, count)| format!("{count} {}", label(*outcome))).collect();
    let mut svg = format!(r#"<svg class="stacked" role="img" aria-label="{}">"#, words.join(", "));
    let mut left = 0.0;
    for ((outcome, count), words) in tally.iter().zip(&words) {
        let width = *count as f64 / total * 100.0;
        add(
            &mut svg,
            format_args!(
                r#"<rect class="o-{}" x="{left:.3}%" width="{width:.3}%" height="100%"><title>{words}</title></rect>"#,
                key(*outcome)
            ),
        );
        left += width;
    }
    svg + "</svg>"
}

/// The share of passed samples as a bar; `None` is an empty track.
pub(super) fn rate(share: Option<f64>) -> String {
    let width = share.unwrap_or(0.0) * 100.0;
    format!(
        r#"<svg class="rate" aria-hidden="true"><rect class="track" width="100%" height="100%"/><rect class="o-accepted" width="{width:.2}%" height="100%"/></svg>"#
    )
}

/// Adds to a picture.
pub(crate) fn add(svg: &mut String, part: std::fmt::Arguments<'_>) {
    svg.write_fmt(part).expect("a String takes every write");
}
