//! Curves over steps as inline SVG. Colours come from the style sheet by class.

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

/// Curves over steps, from 0 up to the largest value, and what they are.
pub fn curves(title: &str, curves: &[Curve<'_>]) -> String {
    let mut drawn = drawing(title, curves) + "<p class=\"legend\">";
    for Curve { class, label, .. } in curves.iter().filter(|curve| !curve.points.is_empty()) {
        add(&mut drawn, format_args!(r#"<span class="{class}">{label}</span> "#));
    }
    drawn + "</p>"
}

/// The curves alone.
pub(crate) fn drawing(title: &str, curves: &[Curve<'_>]) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let last = points().map(|point| point.0).fold(1.0, f64::max);
    let highest = nice(points().map(|point| point.1 + point.2).fold(0.0, f64::max));
    let x = |step: f64| LEFT + (WIDTH - LEFT - MARGIN) * step / last;
    let y = |value: f64| HEIGHT - BOTTOM - (HEIGHT - BOTTOM - MARGIN) * value / highest;
    let mut svg = format!(
        r#"<svg class="curves" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">"#
    );
    for quarter in 0..=4 {
        let value = highest * f64::from(quarter) / 4.0;
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
                short(value)
            ),
        );
        let step = last * f64::from(quarter) / 4.0;
        add(
            &mut svg,
            format_args!(
                r#"<text x="{:.1}" y="{}" text-anchor="middle">{}</text>"#,
                x(step),
                HEIGHT - 6.0,
                short(step)
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
            let (low, high) = (y((value - margin).max(0.0)), y(value + margin));
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

/// The next number above that is easy to divide.
fn nice(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let magnitude = 10f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0];
    steps.iter().map(|step| step * magnitude).find(|&it| it >= value).unwrap_or(10.0 * magnitude)
}

fn short(value: f64) -> String {
    let text = format!("{value:.2}");
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
    fn a_curve_without_points_is_an_empty_picture_and_no_failure() {
        let svg = curves("nothing", &[Curve { class: "a", label: "b", points: vec![] }]);
        assert!(svg.starts_with("<svg") && !svg.contains("NaN"));
    }
}
