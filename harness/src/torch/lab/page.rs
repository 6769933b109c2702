//! The page of an experiment.

use harness::page::{CURVES, Text, curves, head};
use trainer::lab::Arm;

use super::results::Results;

/// The page of the tracked skills.
pub(super) fn html(results: &Results, table: &str, config: &str) -> String {
    let drawn = curves(
        "success by step of reinforcement",
        &[
            results.curve(Arm::Ra3, "training", "RA3, 95 % over seeds"),
            results.curve(Arm::Ntp, "held-out", "next-token prediction"),
            results.curve(Arm::Base, "base", "neither"),
        ],
    );
    format!(
        "{}<main>\n<h1>Tracked skills</h1>\n<section><h2>Success by step of reinforcement</h2>{drawn}</section>\n\
         <section><pre>{}</pre></section>\n<section><details><summary>Configuration</summary><pre>{}</pre>\
         </details></section>\n</main>\n</body>\n</html>\n",
        head(
            "ra3 lab tracked-skills",
            &format!("{CURVES}\npre {{ white-space: pre; overflow-x: auto; }}")
        ),
        Text(table),
        Text(config)
    )
}
