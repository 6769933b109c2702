//! Runs as one picture for slides and papers, where a page cannot go.
//!
//! The picture is drawn as SVG with the colours of the page in the light, and made into pixels here, with
//! a font of its own: what it looks like depends on nothing that is installed.

use std::path::Path;

use anyhow::Context;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::comparison::Comparison;
use crate::midtraining::MidtrainingRun;
use crate::report::Text;
use crate::report::charts::add;
use crate::summary::{Run, Score};
use crate::training::TrainingRun;
use crate::training::chart::{self, Axis, Curve};
use crate::trainings::{RUNS, Trainings};

/// Of the picture, in its own units, of which a pixel is the half.
const WIDTH: f64 = 720.0;
const MARGIN: f64 = 24.0;
const ROW: f64 = 28.0;
/// Where the axis of intervals begins and how long it is.
const AXIS: f64 = 200.0;
const LENGTH: f64 = 330.0;
/// Names of curves beside each other.
const IN_A_ROW: usize = 3;
/// Pixels of a unit.
const SCALE: f32 = 2.0;

/// The font and what it is called in itself.
const FONT: (&[u8], &str) = (epaint_default_fonts::UBUNTU_LIGHT, "Ubuntu");

const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#a0790a", "#56606a"];

const STYLE: &str = "text{font-family:Ubuntu,sans-serif;font-size:13px;fill:#1a1e22}\
    .title{font-size:19px}.faint,.curves text{fill:#5a646e;font-size:12px}\
    .grid{stroke:#dfe3e7;stroke-width:1}.zero{stroke:#5a646e;stroke-width:1}\
    polyline{fill:none;stroke-width:2}\
    polyline.training,line.training{stroke:#0072b2}circle.training{fill:#0072b2}\
    polyline.held-out,line.held-out{stroke:#d55e00}circle.held-out{fill:#d55e00}";

/// What is shown, from top to bottom.
pub(crate) struct Picture {
    svg: String,
    height: f64,
}

/// An estimate with the ends of its interval.
struct Estimate<'a> {
    label: &'a str,
    colour: &'static str,
    low: f64,
    middle: f64,
    high: f64,
}

impl Picture {
    /// The scores of a run.
    pub(crate) fn of_run(run: &Run) -> Self {
        let mut picture = Self::titled(&run.benchmark, &conditions(run));
        let names: Vec<String> = run.scores.iter().map(score_name).collect();
        let estimates = run.scores.iter().zip(&names);
        let estimates = estimates.map(|(score, name)| of_score(name, COLOURS[0], score));
        picture.intervals("95 % intervals, in percent", (0.0, 1.0), &estimates.collect::<Vec<_>>());
        picture
    }

    /// The scores of several runs, and how the others differ from the first.
    pub(crate) fn of_comparison(comparison: &Comparison) -> Self {
        let first = &comparison.sides[0].run;
        let mut picture = Self::titled(&first.benchmark, &conditions(first));
        let colour = |side: usize| COLOURS[side % COLOURS.len()];
        for score in &first.scores {
            let name = score_name(score);
            let sides = comparison.sides.iter().enumerate().filter_map(|(side, it)| {
                let own = it.run.scores.iter().find(|it| score_name(it) == name)?;
                Some(of_score(&it.name, colour(side), own))
            });
            let sides: Vec<_> = sides.collect();
            picture.intervals(&format!("{name}, in percent"), (0.0, 1.0), &sides);
            let contrasts = comparison.contrasts.iter().filter(|it| it.score_name() == name);
            let contrasts: Vec<_> = contrasts
                .map(|it| Estimate {
                    label: &comparison.sides[it.side].name,
                    colour: colour(it.side),
                    low: it.low,
                    middle: it.difference(),
                    high: it.high,
                })
                .collect();
            let widest = contrasts.iter().flat_map(|it| [-it.low, it.high]).fold(0.02, f64::max);
            let reach = (widest * 20.0).ceil() / 20.0;
            let title = format!(
                "{name}: points more than {}, on the tasks of both",
                comparison.sides[0].name
            );
            picture.intervals(&title, (-reach, reach), &contrasts);
        }
        picture
    }

    /// The rewards of a training.
    pub(crate) fn of_training(run: &TrainingRun) -> Self {
        let mut picture = Self::titled("Reinforcement learning from verdicts", "reward by step");
        picture.curves(Axis::FromZero, &run.rewards());
        picture
    }

    /// The losses of a mid-training.
    pub(crate) fn of_midtraining(run: &MidtrainingRun) -> Self {
        let mut picture = Self::titled("Mid-training", "nats a token of code by M-step");
        picture.curves(Axis::Close, &run.losses());
        picture
    }

    /// What was measured of several trainings.
    pub(crate) fn of_trainings(trainings: &Trainings) -> Self {
        let names: Vec<&str> = trainings.sides.iter().map(|side| side.name.as_str()).collect();
        let mut picture = Self::titled("Trainings", &names.join(", "));
        for (name, scale) in trainings.measures() {
            picture.height += 36.0;
            picture.text("", MARGIN, picture.height, "start", name);
            picture.curves(scale.axis(), &trainings.curves(name));
        }
        picture
    }

    /// The picture as the file `path`: SVG where its name ends so, else PNG.
    ///
    /// # Errors
    ///
    /// It is too large for memory.
    pub(crate) fn file(&self, path: &Path) -> anyhow::Result<Vec<u8>> {
        let is_svg = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("svg"));
        if is_svg { Ok(self.svg().into_bytes()) } else { self.png() }
    }

    fn png(&self) -> anyhow::Result<Vec<u8>> {
        let mut options = Options { font_family: FONT.1.to_owned(), ..Options::default() };
        options.fontdb_mut().load_font_data(FONT.0.to_vec());
        let tree = Tree::from_str(&self.svg(), &options).context("cannot read our own drawing")?;
        let size = tree.size().to_int_size().scale_by(SCALE).context("the picture is empty")?;
        let mut pixels = Pixmap::new(size.width(), size.height()).context("it is too large")?;
        resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
        pixels.encode_png().context("cannot encode the picture")
    }

    fn svg(&self) -> String {
        let height = self.height + MARGIN;
        let runs: String =
            RUNS.iter().zip(COLOURS).fold(String::new(), |style, (class, colour)| {
                style
                    + &format!("polyline.{class},line.{class}{{stroke:{colour}}}")
                    + &format!("circle.{class}{{fill:{colour}}}")
            });
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\">\
             <style>{STYLE}{runs}</style><rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>{}</svg>",
            self.svg
        )
    }

    fn titled(title: &str, below: &str) -> Self {
        let mut picture = Self { svg: String::new(), height: MARGIN + 38.0 };
        picture.text("title", MARGIN, MARGIN + 16.0, "start", title);
        picture.text("faint", MARGIN, MARGIN + 36.0, "start", below);
        picture
    }

    fn text(&mut self, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
        add(
            &mut self.svg,
            format_args!(
                r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{}</text>"#,
                Text(text)
            ),
        );
    }

    fn line(&mut self, class: &str, x: f64, (top, bottom): (f64, f64)) {
        add(
            &mut self.svg,
            format_args!(
                r#"<line class="{class}" x1="{x:.1}" x2="{x:.1}" y1="{top}" y2="{bottom}"/>"#
            ),
        );
    }

    /// A row for each, on one axis.
    fn intervals(&mut self, title: &str, (low, high): (f64, f64), rows: &[Estimate<'_>]) {
        if rows.is_empty() {
            return;
        }
        let place = |value: f64| AXIS + LENGTH * (value.clamp(low, high) - low) / (high - low);
        let top = self.height + 34.0;
        let bottom = top + ROW * rows.len() as f64;
        self.text("", MARGIN, top - 10.0, "start", title);
        for quarter in 0..=4 {
            let value = low + (high - low) * f64::from(quarter) / 4.0;
            let class = if value == 0.0 && low < 0.0 { "zero" } else { "grid" };
            self.line(class, place(value), (top, bottom));
            let said = format!("{:.1}", value * 100.0);
            let said = said.trim_end_matches('0').trim_end_matches('.');
            self.text("faint", place(value), bottom + 16.0, "middle", said);
        }
        for (row, it) in rows.iter().enumerate() {
            let middle = top + ROW * (row as f64 + 0.5);
            self.text("", AXIS - 12.0, middle + 4.0, "end", &shortened(it.label, 24));
            let [from, at, to] = [it.low, it.middle, it.high].map(place);
            add(
                &mut self.svg,
                format_args!(
                    "<line x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{middle}\" y2=\"{middle}\" \
                     stroke=\"{0}\" stroke-width=\"2.5\"/><circle cx=\"{at:.1}\" cy=\"{middle}\" r=\"5\" \
                     fill=\"{0}\"/>",
                    it.colour
                ),
            );
            let percent = |value: f64| format!("{:.1}", value * 100.0);
            let said =
                format!("{} ({} to {})", percent(it.middle), percent(it.low), percent(it.high));
            self.text("", AXIS + LENGTH + 16.0, middle + 4.0, "start", &said);
        }
        self.height = bottom + 22.0;
    }

    fn curves(&mut self, axis: Axis, curves: &[Curve<'_>]) {
        let (width, height) = (WIDTH - 2.0 * MARGIN, 260.0);
        let drawing = chart::drawing(axis, "", curves).replacen(
            "<svg ",
            &format!(
                "<svg x=\"{MARGIN}\" y=\"{}\" width=\"{width}\" height=\"{height}\" ",
                self.height + 16.0
            ),
            1,
        );
        self.svg += &drawing;
        self.height += height + 24.0;
        for (place, (curve, colour)) in curves.iter().zip(COLOURS.iter().cycle()).enumerate() {
            if place > 0 && place.is_multiple_of(IN_A_ROW) {
                self.height += 22.0;
            }
            let left = MARGIN + 44.0 + 220.0 * (place % IN_A_ROW) as f64;
            let (at, text) = (self.height, self.height + 4.0);
            add(
                &mut self.svg,
                format_args!(r#"<circle cx="{left}" cy="{at}" r="5" fill="{colour}"/>"#),
            );
            self.text("", left + 12.0, text, "start", &shortened(curve.label, 30));
        }
        self.height += 8.0;
    }
}

fn conditions(run: &Run) -> String {
    format!("profile {}, tier {}, {}", run.profile, run.tier, run.started)
}

fn score_name(score: &Score) -> String {
    format!("pass@{} {}", score.k, score.tests).trim_end().to_owned()
}

fn of_score<'a>(label: &'a str, colour: &'static str, score: &Score) -> Estimate<'a> {
    Estimate { label, colour, low: score.low, middle: score.estimate, high: score.high }
}

/// As much of a name as fits.
fn shortened(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    name.chars().take(most - 1).chain(['…']).collect()
}
