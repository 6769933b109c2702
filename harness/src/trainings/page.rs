//! `comparison.html` of trainings: one page without a script, like the report of one.

use std::fmt::Write;

use super::{Difference, Excess, Scale, Trainings};
use crate::page::{CURVES, Curve, Text, head};
use crate::training::chart::{Axis, curves_on};

const OWN_STYLE: &str = include_str!("page.css");

/// The class of each run's colour; behind the last they come again.
pub(crate) const RUNS: [&str; 6] = ["run-0", "run-1", "run-2", "run-3", "run-4", "run-5"];

impl Trainings {
    /// The page.
    pub(crate) fn html(&self) -> String {
        let names: Vec<&str> = self.sides.iter().map(|side| side.name.as_str()).collect();
        let title = names.join(" and ");
        let sections =
            [self.notes(), self.differences(), self.courses(), self.configurations()].concat();
        format!(
            "{}<main>\n<h1>{}</h1>\n{sections}\n</main>\n</body>\n</html>\n",
            head(&title, &format!("{CURVES}\n{OWN_STYLE}")),
            Text(&title)
        )
    }

    fn notes(&self) -> String {
        let notes = self.notes.iter().map(|note| format!("<p class=\"note\">{}</p>", Text(note)));
        notes.collect()
    }

    fn differences(&self) -> String {
        let rows = self.differences.iter().map(|difference| {
            let Difference { name, scale, excess, .. } = difference;
            let Excess { before, after, low, high, items } = *excess;
            let class = difference.finding().class();
            format!(
                "<tr><td><b>{}</b><br>{}</td><td class=\"number aside\">{}</td>\
                 <td class=\"number aside\">{}</td><td class=\"number {class}\">{}</td>\
                 <td class=\"number\">{}</td><td class=\"number aside\">{items} {}</td></tr>",
                Text(&self.said(difference)),
                Text(name),
                scale.value(before),
                scale.value(after),
                scale.difference(difference.value()),
                scale.interval(low, high),
                scale.items(),
            )
        });
        let rows: String = rows.collect();
        format!(
            "<section><h2>At the end</h2><div class=\"wide\"><table><thead><tr><th></th>\
             <th class=\"number aside\">{}</th><th class=\"number aside\">the other</th>\
             <th class=\"number\">difference</th><th class=\"number\">95 % interval</th>\
             <th class=\"number aside\">on</th></tr></thead><tbody>{rows}</tbody></table></div>\
             <p class=\"hint\">Intervals are over problems or programs, in pairs. They do not tell how another \
             seed of the same training would have come out.</p></section>",
            Text(&self.sides[0].name)
        )
    }

    /// A drawing for each measure, in the order of the first run that has it.
    fn courses(&self) -> String {
        let mut drawn = String::new();
        for (name, scale) in self.measures() {
            let title = Text(name).to_string();
            let curves = curves_on(scale.axis(), &title, &self.curves(name));
            write!(drawn, "<div><h3>{title}</h3>{curves}</div>")
                .expect("a String takes whatever is written");
        }
        format!("<section><h2>On the way</h2><div class=\"pair\">{drawn}</div></section>")
    }

    /// What was measured.
    pub(crate) fn measures(&self) -> Vec<(&str, Scale)> {
        let mut measures: Vec<(&str, Scale)> = Vec::new();
        for course in self.sides.iter().flat_map(|side| &side.courses) {
            if !course.points.is_empty() && measures.iter().all(|it| it.0 != course.name) {
                measures.push((&course.name, course.scale));
            }
        }
        measures
    }

    /// Every run's curve of a measure.
    pub(crate) fn curves(&self, name: &str) -> Vec<Curve<'_>> {
        let sides = self.sides.iter().enumerate().filter_map(|(place, side)| {
            let course = side.courses.iter().find(|course| course.name == name)?;
            let points = course.points.iter().map(|it| (it.step as f64, it.value, it.margin));
            let class = RUNS[place % RUNS.len()];
            Some(Curve { class, label: &side.name, points: points.collect() })
        });
        sides.collect()
    }

    fn configurations(&self) -> String {
        if self.settings.is_empty() {
            return "<section><p class=\"hint\">All are configured alike.</p></section>".to_owned();
        }
        let names = self.sides.iter().map(|side| format!("<th>{}</th>", Text(&side.name)));
        let rows = self.settings.iter().map(|setting| {
            let values = setting.values.iter();
            let values =
                values.map(|it| format!("<td>{}</td>", Text(it.as_deref().unwrap_or("-"))));
            format!("<tr><td>{}</td>{}</tr>", Text(&setting.key), values.collect::<String>())
        });
        format!(
            "<section><h2>Configured differently</h2><div class=\"wide\"><table><thead><tr><th>key</th>{}</tr>\
             </thead><tbody>{}</tbody></table></div></section>",
            names.collect::<String>(),
            rows.collect::<String>()
        )
    }
}

impl Scale {
    /// The axis that its values are drawn on.
    pub(crate) fn axis(self) -> Axis {
        match self {
            Self::Reward => Axis::FromZero,
            Self::Loss => Axis::Close,
        }
    }
}
