//! The report of a mid-training: one page without a script. What a model wrote is escaped.

use std::fmt::Write;

use super::MidtrainingRun;
use crate::page::{CURVES, Curve, Text, configuration, curves, head};
use crate::training::chart::{Axis, curves_on};

impl MidtrainingRun {
    /// The page.
    pub(super) fn html(&self) -> String {
        let sections = [
            self.figures(),
            self.explaining(),
            self.learning(),
            self.thoughts(),
            configuration(&self.config),
        ];
        format!(
            "{}<main>\n<h1>Mid-training</h1>\n{}\n</main>\n</body>\n</html>\n",
            head("ra3 midtrain", CURVES),
            sections.join("\n")
        )
    }

    /// What it came to, each with its name.
    pub(super) fn facts(&self) -> Vec<(&str, String)> {
        let mut rows: Vec<(&str, String)> = Vec::new();
        if let (Some(first), Some(last)) = (self.held_out.first(), self.held_out.last()) {
            let of = |name: fn(&super::HeldOut) -> f64| {
                format!("{:.4} before, {:.4} after", name(first), name(last))
            };
            rows.push((super::PLAIN, of(|it| it.plain_loss)));
            rows.push(("the same behind the model's own thoughts", of(|it| it.thinking_loss)));
            rows.push(("lines before which it thinks", of(|it| it.think_rate)));
            rows.push(("tokens of a thought", of(|it| it.thought_length)));
        }
        if let (Some(first), Some(last)) = (self.explain.first(), self.explain.last()) {
            let gains = format!(
                "{:+.3} nats a token in the first E-step, {:+.3} in the last",
                first.gain, last.gain
            );
            rows.push(("gain of a line behind a thought", gains));
        }
        for exam in &self.exams {
            let after =
                format!("after {} M-steps: {:.3} ± {:.3}", exam.learned, exam.reward, exam.margin);
            rows.push((&exam.benchmark, after));
        }
        let sum =
            |of: &dyn Fn(&super::Annotate) -> usize| self.annotate.iter().map(of).sum::<usize>();
        if !self.annotate.is_empty() {
            let seconds: f64 = self.annotate.iter().map(|it| it.seconds).sum();
            rows.push((
                "explained",
                format!(
                    "{} pieces, {} thoughts before {} lines, {} tokens of thoughts beside {} of code, \
                     {:.0} tokens of code a second",
                    sum(&|it| it.programs),
                    sum(&|it| it.thoughts),
                    sum(&|it| it.lines),
                    sum(&|it| it.thought_tokens),
                    sum(&|it| it.code_tokens),
                    sum(&|it| it.code_tokens) as f64 / seconds.max(1e-9)
                ),
            ));
        }
        let explaining: f64 = self.explain.iter().flat_map(|it| it.seconds).sum();
        let annotating: f64 = self.annotate.iter().map(|it| it.seconds).sum();
        let learning: f64 = self.learn.iter().map(|it| it.seconds).sum();
        rows.push((
            "time",
            format!(
                "{explaining:.0} s E-steps, {annotating:.0} s annotation, {learning:.0} s M-steps"
            ),
        ));
        let (code, all) = self
            .learn
            .iter()
            .fold((0, 0), |(code, all), it| (code + it.code_tokens, all + it.tokens));
        rows.push(("learnt", format!("{code} tokens of code, {all} with thoughts")));
        rows
    }

    fn figures(&self) -> String {
        let rows = self.facts();
        let rows: String = rows
            .iter()
            .map(|(name, value)| format!("<dt>{}</dt><dd>{value}</dd>", Text(name)))
            .collect();
        format!("<section><dl class=\"figures\">{rows}</dl></section>")
    }

    fn explaining(&self) -> String {
        if self.explain.is_empty() {
            return String::new();
        }
        let curve = |title: &str, value: fn(&super::Explain) -> f64| {
            let points = self.explain.iter().zip(1_u32..);
            let points = points.map(|(it, number)| (f64::from(number), value(it), 0.0)).collect();
            curves(title, &[Curve { class: "training", label: title, points }])
        };
        format!(
            "<section><h2>E-steps</h2><div class=\"pair\"><div>{}</div><div>{}</div></div>\
             <div class=\"pair\"><div>{}</div></div></section>",
            curve("loss of a line: minus its reward", |it| -it.reward),
            curve("share of lines before which it thinks", |it| it.think_rate),
            curve("tokens of a thought", |it| it.thought_length),
        )
    }

    /// The losses on code, in training and on what is held out.
    pub(crate) fn losses(&self) -> [Curve<'static>; 2] {
        let training = self.learn.iter().map(|it| (it.learned as f64 + 1.0, it.code_loss, 0.0));
        let held_out = self.held_out.iter().map(|it| (it.learned as f64, it.thinking_loss, 0.0));
        [
            Curve { class: "training", label: "code in training", points: training.collect() },
            Curve {
                class: "held-out",
                label: "held-out code behind thoughts",
                points: held_out.collect(),
            },
        ]
    }

    fn learning(&self) -> String {
        let drawn = curves_on(Axis::Close, "nats a token by M-step", &self.losses());
        format!("<section><h2>M-steps</h2>{drawn}</section>")
    }

    fn thoughts(&self) -> String {
        if self.thoughts.is_empty() {
            return String::new();
        }
        let mut rows = String::new();
        for (thought, count) in &self.thoughts {
            write!(
                rows,
                "<tr><td class=\"number\">{count}</td><td><code>{}</code></td></tr>",
                Text(thought)
            )
            .expect("a String takes whatever is written");
        }
        format!("<section><h2>What it thinks most often</h2><table>{rows}</table></section>")
    }
}
