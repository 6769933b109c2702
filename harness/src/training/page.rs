//! The report of a training run: one page without a script.
//!
//! What a policy wrote is on it, so every text is escaped, and the page's own policy forbids scripts
//! and anything from outside.

use std::fmt::Write;

use benchmarks::Outcome;

use super::chart::{Curve, curves, shares};
use super::{Sample, TrainingRun};
use crate::page::{CURVES, Text, configuration, head};

/// How many answers of the first and of the last step are shown.
const EXAMPLES: usize = 6;

impl TrainingRun {
    /// The page.
    pub(super) fn html(&self) -> String {
        let sections = [
            self.figures(),
            self.curves(),
            self.time(),
            self.examples(),
            self.table(),
            configuration(&self.config),
        ];
        format!(
            "{}<main>\n<h1>Reinforcement learning from verdicts</h1>\n{}\n</main>\n</body>\n</html>\n",
            head("ra3 rlvr", CURVES),
            sections.join("\n")
        )
    }

    fn figures(&self) -> String {
        let (violations, ungraded) = (self.violations(), self.ungraded());
        let mut rows = vec![
            (
                "attacks on the judge".to_owned(),
                format!("{violations} of {} answers", self.samples.len()),
            ),
            ("answers without a verdict".to_owned(), ungraded.to_string()),
        ];
        if let (attacks @ 1.., rewarded) = self.scripted_attacks() {
            rows.push((
                "scripted attacks that earned something".to_owned(),
                format!("{rewarded} of {attacks}"),
            ));
        }
        if let Some(gain) = self.gain() {
            rows.push((
                "held-out problems".to_owned(),
                format!(
                    "{:.1} % before, {:.1} % after: {:+.1} points, 95 % interval {:+.1} to {:+.1}",
                    100.0 * gain.before,
                    100.0 * gain.after,
                    100.0 * (gain.after - gain.before),
                    100.0 * gain.low,
                    100.0 * gain.high
                ),
            ));
        }
        if let (Some(first), Some(last)) = (self.steps.first(), self.steps.last()) {
            let rewards =
                format!("{:.3} in the first step, {:.3} in the last", first.reward, last.reward);
            rows.push(("training reward".to_owned(), rewards));
        }
        let gap = self.steps.iter().map(|step| step.gap).fold(0.0, f64::max);
        rows.push((
            "sampling and learning disagree by at most".to_owned(),
            format!("{gap:.1e} nats a token"),
        ));
        let rows: String =
            rows.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{value}</dd>")).collect();
        let class = if violations + ungraded > 0 { "figures alarm" } else { "figures" };
        format!("<section><dl class=\"{class}\">{rows}</dl></section>")
    }

    /// The rewards of answers that were learnt from, and those on held-out problems.
    pub(crate) fn rewards(&self) -> [Curve<'static>; 2] {
        let training = self.steps.iter().map(|it| (it.step as f64 + 1.0, it.reward, 0.0));
        let held_out = self.evaluations.iter().map(|it| (it.step as f64, it.reward, it.margin));
        [
            Curve { class: "training", label: "training reward", points: training.collect() },
            Curve {
                class: "held-out",
                label: "held-out problems, 95 %",
                points: held_out.collect(),
            },
        ]
    }

    fn curves(&self) -> String {
        let steps = |value: fn(&super::Step) -> f64| {
            self.steps.iter().map(|step| (step.step as f64 + 1.0, value(step), 0.0)).collect()
        };
        let reward = curves("reward by step", &self.rewards());
        let length = curves(
            "tokens of an answer by step",
            &[Curve {
                class: "training",
                label: "tokens of an answer",
                points: steps(|it| it.length),
            }],
        );
        let entropy = curves(
            "entropy by step",
            &[Curve {
                class: "training",
                label: "entropy, nats a token",
                points: steps(|it| it.entropy),
            }],
        );
        format!(
            "<section><h2>Reward</h2>{reward}</section>\n<section class=\"pair\"><div>{length}</div>\
             <div>{entropy}</div></section>"
        )
    }

    fn time(&self) -> String {
        let seconds = self.seconds();
        let parts = [
            ("sampling", "writing answers", seconds.sampling),
            ("waiting", "waiting for verdicts", seconds.waiting),
            ("learning", "learning", seconds.learning),
        ];
        format!("<section><h2>Where the time went</h2>{}</section>", shares(&parts))
    }

    fn examples(&self) -> String {
        let of = |step: u64| -> Vec<&Sample> {
            let mut samples: Vec<_> = self.samples.iter().filter(|it| it.step == step).collect();
            // One of every problem first.
            samples.sort_by_key(|it| it.sample);
            samples.truncate(EXAMPLES);
            samples
        };
        let (Some(first), Some(last)) = (self.steps.first(), self.steps.last()) else {
            return String::new();
        };
        let column = |title: &str, samples: Vec<&Sample>| {
            let samples: String = samples.into_iter().map(example).collect();
            format!("<div><h4>{title}</h4>{samples}</div>")
        };
        format!(
            "<section><h2>Answers</h2><div class=\"pair\">{}{}</div></section>",
            column("In the first step", of(first.step)),
            column("In the last step", of(last.step))
        )
    }

    fn table(&self) -> String {
        let mut rows = String::new();
        for step in &self.steps {
            let cells = [
                (step.step + 1).to_string(),
                format!("{:.3}", step.reward),
                format!("{} of {}", step.mixed_groups, step.groups),
                format!("{:.0}", step.length),
                format!("{:.0} %", 100.0 * step.truncated),
                format!("{:.2}", step.entropy),
                format!("{:+.4}", step.loss),
                format!("{:.2}", step.gradient_norm),
                format!("{:.0e}", step.gap),
                format!("{:.0} s", step.seconds.total()),
            ];
            let cells: String =
                cells.iter().map(|cell| format!("<td class=\"number\">{cell}</td>")).collect();
            writeln!(rows, "<tr>{cells}</tr>").expect("a String takes whatever is written");
        }
        let heads = [
            "step",
            "reward",
            "mixed groups",
            "tokens",
            "cut off",
            "entropy",
            "loss",
            "gradient",
            "gap",
            "time",
        ];
        let heads: String =
            heads.iter().map(|head| format!("<th class=\"number\">{head}</th>")).collect();
        format!(
            "<section><details><summary>All steps</summary><table><tr>{heads}</tr>\n{rows}</table>\
             </details></section>"
        )
    }
}

fn example(sample: &Sample) -> String {
    let verdict = sample.verdict.map_or("-".to_owned(), name);
    format!(
        "<figure class=\"answer o-{verdict}\"><figcaption><b>{}</b> {}</figcaption><pre>{}</pre></figure>",
        verdict.replace('_', " "),
        Text(&sample.task_id),
        Text(sample.text.trim())
    )
}

/// The name that files use.
fn name(outcome: Outcome) -> String {
    serde_json::to_value(outcome)
        .ok()
        .and_then(|it| it.as_str().map(str::to_owned))
        .unwrap_or_default()
}
