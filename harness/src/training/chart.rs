//! Curves over steps as inline SVG. Colours come from the style sheet by class.

use std::ops::Range;

use crate::report::Text;
use crate::report::charts::add;

/// Of the drawing, in its own units.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
/// Room for the numbers at the axes.
const LEFT: f64 = 44.0;
const BOTTOM: f64 = 24.0;
const MARGIN: f64 = 10.0;

/// A line through points, each with half the width of its interval.
#[derive(Debug)]
pub struct Curve<'a> {
    /// The class of the style sheet.
    pub class: &'a str,
    /// What the legend says.
    pub label: &'a str,
    /// Step, value, and half the width of its interval.
    pub points: Vec<(f64, f64, f64)>,
}

/// Where the axis of values begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    /// At 0, and above the largest value.
    FromZero,
    /// Around the values, for those that are far from 0 and close to each other.
    Close,
}

/// Curves over steps, from 0 up to the largest value, and what they are.
pub fn curves(title: &str, curves: &[Curve<'_>]) -> String {
    curves_on(Axis::FromZero, title, curves)
}

/// Curves over steps and what they are. The title is markup already.
pub(crate) fn curves_on(axis: Axis, title: &str, curves: &[Curve<'_>]) -> String {
    let mut drawn = drawing(axis, title, curves) + "<p class=\"legend\">";
    for Curve { class, label, .. } in curves.iter().filter(|curve| !curve.points.is_empty()) {
        add(&mut drawn, format_args!(r#"<span class="{class}">{}</span> "#, Text(label)));
    }
    drawn + "</p>"
}

/// The curves alone.
pub(crate) fn drawing(axis: Axis, title: &str, curves: &[Curve<'_>]) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let last = points().map(|point| point.0).fold(1.0, f64::max);
    let values = axis.range(points().map(|point| (point.1 - point.2, point.1 + point.2)));
    let (lowest, length) = (values.start, values.end - values.start);
    let x = |step: f64| LEFT + (WIDTH - LEFT - MARGIN) * step / last;
    let y = |value: f64| HEIGHT - BOTTOM - (HEIGHT - BOTTOM - MARGIN) * (value - lowest) / length;
    let mut svg = format!(
        r#"<svg class="curves" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">"#
    );
    for quarter in 0..=4 {
        let value = lowest + length * f64::from(quarter) / 4.0;
        let (at, right) = (y(value), WIDTH - MARGIN);
        add(
            &mut svg,
            format_args!(
                r#"<line class="grid" x1="{LEFT}" x2="{right}" y1="{at:.1}" y2="{at:.1}"/>"#
            ),
        );
        add(
            &mut svg,
            format_args!(
                r#"<text x="{}" y="{:.1}" text-anchor="end">{}</text>"#,
                LEFT - 6.0,
                at + 4.0,
                short(value, length)
            ),
        );
        let step = last * f64::from(quarter) / 4.0;
        add(
            &mut svg,
            format_args!(
                r#"<text x="{:.1}" y="{}" text-anchor="middle">{}</text>"#,
                x(step),
                HEIGHT - 6.0,
                short(step, last)
            ),
        );
    }
    for Curve { class, points, .. } in curves {
        if points.len() > 1 {
            let line =
                points.iter().map(|&(step, value, _)| format!("{:.1},{:.1} ", x(step), y(value)));
            let line: String = line.collect();
            add(
                &mut svg,
                format_args!(r#"<polyline class="{class}" points="{}"/>"#, line.trim_end()),
            );
        }
        for &(step, value, margin) in points.iter().filter(|point| point.2 > 0.0) {
            let (low, high) = (y((value - margin).max(lowest)), y(value + margin));
            let at = x(step);
            add(
                &mut svg,
                format_args!(
                    r#"<line class="{class}" x1="{at:.1}" x2="{at:.1}" y1="{low:.1}" y2="{high:.1}"/>"#
                ),
            );
            add(
                &mut svg,
                format_args!(
                    r#"<circle class="{class}" cx="{at:.1}" cy="{:.1}" r="4"/>"#,
                    y(value)
                ),
            );
        }
    }
    svg + "</svg>"
}

/// Shares of a whole, side by side.
pub(super) fn shares(parts: &[(&str, &str, f64)]) -> String {
    let total: f64 = parts.iter().map(|part| part.2).sum();
    let mut svg =
        r#"<svg class="shares" viewBox="0 0 640 26" role="img" aria-label="where the time went">"#
            .to_owned();
    let mut at = 0.0;
    for (class, _, part) in parts {
        let width = WIDTH * part / total.max(f64::MIN_POSITIVE);
        add(
            &mut svg,
            format_args!(
                r#"<rect class="{class}" x="{at:.1}" y="0" width="{width:.1}" height="26"/>"#
            ),
        );
        at += width;
    }
    svg += "</svg><p class=\"legend\">";
    for (class, label, part) in parts {
        let percent = 100.0 * part / total.max(f64::MIN_POSITIVE);
        add(
            &mut svg,
            format_args!(r#"<span class="{class}">{label} {part:.0} s, {percent:.1} %</span> "#),
        );
    }
    svg + "</p>"
}

impl Axis {
    /// The ends of an axis for what reaches from here to there, each.
    fn range(self, values: impl Iterator<Item = (f64, f64)>) -> Range<f64> {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| {
            (low.min(it.0), high.max(it.1))
        });
        if self == Self::FromZero || low > high {
            return 0.0..nice(high.max(0.0));
        }
        let reach = if high > low { high - low } else { 0.1 * high.abs().max(1e-3) };
        let mut quarter = nice(reach / 4.0);
        loop {
            let start = (low / quarter).floor() * quarter;
            if start + 4.0 * quarter >= high {
                return start..start + 4.0 * quarter;
            }
            quarter = nice(1.01 * quarter);
        }
    }
}

/// The next number above that is easy to divide.
fn nice(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let magnitude = 10f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0];
    steps.iter().map(|step| step * magnitude).find(|&it| it >= value).unwrap_or(10.0 * magnitude)
}

/// A number beside an axis of this length, with as many digits as tell its quarters apart.
fn short(value: f64, length: f64) -> String {
    let digits = (1.0 - length.log10().floor()).clamp(0.0, 6.0) + 1.0;
    let text = format!("{value:.*}", digits as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_number_that_is_easy_to_divide() {
        assert_eq!([0.0, 0.31, 0.9, 1.0, 37.0, 61.0].map(nice), [1.0, 0.4, 1.0, 1.0, 40.0, 80.0]);
    }

    #[test]
    fn an_axis_that_is_close_holds_its_values_and_little_else() {
        let range = |values: &[f64]| Axis::Close.range(values.iter().map(|&it| (it, it)));
        let around = range(&[2.43, 2.476]);
        assert!(around.start <= 2.43 && around.end >= 2.476, "{around:?}");
        assert!(around.end - around.start < 0.1, "{around:?}");
        assert!(range(&[2.5]).contains(&2.5) && range(&[0.0]).contains(&0.0));
        assert_eq!(range(&[]), 0.0..1.0);
    }

    #[test]
    fn numbers_beside_an_axis_have_digits_enough() {
        let quarters = |start: f64, length: f64| {
            [0.0, 1.0, 2.0, 3.0, 4.0].map(|it| short(start + length * it / 4.0, length))
        };
        assert_eq!(quarters(2.42, 0.08), ["2.42", "2.44", "2.46", "2.48", "2.5"]);
        assert_eq!(quarters(0.0, 1.0), ["0", "0.25", "0.5", "0.75", "1"]);
        assert_eq!(quarters(0.0, 40.0), ["0", "10", "20", "30", "40"]);
    }

    #[test]
    fn a_curve_without_points_is_an_empty_picture_and_no_failure() {
        let svg = curves("nothing", &[Curve { class: "a", label: "b", points: vec![] }]);
        assert!(svg.starts_with("<svg") && !svg.contains("NaN"));
    }
}
