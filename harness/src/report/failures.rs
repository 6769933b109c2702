//! The failing samples by kind. Their bodies are drawn by the page's script.

use std::collections::HashMap;

use benchmarks::Outcome;

use super::{
    details::Details,
    figures::{count, counted},
    outcomes::{key, label, meaning},
    tasks::tally,
    text::{Text, beginning, visible},
};
use crate::summary::Run;

/// How many of the most frequent messages a kind lists.
const CAUSES: usize = 5;

/// How many bytes of a message tell one cause from another.
const CAUSE: usize = 160;

/// One section per kind of failure that occurred, the order that of the bar.
pub(super) fn kinds(run: &Run, details: &Details) -> String {
    let tally = tally(&run.judged);
    let failures = tally.iter().filter(|(outcome, _)| *outcome != Outcome::Accepted);
    let kinds: String = failures.map(|(outcome, samples)| kind(run, *outcome, *samples)).collect();
    if kinds.is_empty() {
        return "<p>None: every sample passed every test.</p>".to_owned();
    }
    kinds + &left_out(details)
}

fn kind(run: &Run, outcome: Outcome, samples: usize) -> String {
    let key = key(outcome);
    format!(
        "<details class=\"kind\" id=\"kind-{key}\" data-outcome=\"{key}\">\n\
         <summary><span class=\"o-{key}\">{}</span> <b>{}</b> <span class=\"meaning\">{}</span></summary>\n\
         {}<div class=\"samples\"><p class=\"needs-script\">The samples are listed by the script of this page; \
         <code>verdicts.jsonl</code> has them too.</p></div>\n</details>\n",
        label(outcome),
        count(samples),
        meaning(outcome),
        causes(run, outcome)
    )
}

/// The messages that several samples of one kind share, most frequent first.
fn causes(run: &Run, outcome: Outcome) -> String {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for sample in run.judged.iter().filter(|sample| sample.verdict.outcome == outcome) {
        let cause = visible(cause(&sample.verdict.message));
        *counts.entry(beginning(&cause, CAUSE).to_owned()).or_default() += 1;
    }
    let mut shared: Vec<_> =
        counts.into_iter().filter(|(line, times)| *times > 1 && !line.is_empty()).collect();
    if shared.is_empty() {
        return String::new();
    }
    shared
        .sort_by(|(line, times), (other, others)| others.cmp(times).then_with(|| line.cmp(other)));
    let items: String = shared
        .iter()
        .take(CAUSES)
        .map(|(line, times)| {
            format!("<li><b>{}</b> × <code>{}</code></li>\n", count(*times), Text(line))
        })
        .collect();
    format!(
        "<p class=\"causes-heading\">Most frequent messages</p>\n<ul class=\"causes\">\n{items}</ul>\n"
    )
}

/// The first line of a message without the places that differ from program to program: the
/// number of the input and that of the line.
fn cause(message: &str) -> &str {
    let line = message.lines().next().unwrap_or_default().trim();
    let line = match line.split_once(": ") {
        Some((place, rest)) if place.contains(" input ") => rest,
        _ => line,
    };
    let place = line.rfind(" (line ").or_else(|| line.rfind(" (<string>, line "));
    place.map_or(line, |at| &line[..at])
}

/// What the page does not carry, and where it is.
fn left_out(details: &Details) -> String {
    let mut note = String::new();
    if details.left_out > 0 {
        note += &format!(
            "To stay small this page leaves out {}, the last ones of the tasks with the most failures; \
             <code>verdicts.jsonl</code> beside it has every verdict. ",
            counted(details.left_out, "failing sample")
        );
    }
    if details.cut > 0 {
        note += &format!(
            "{} shown only in part; <code>samples.jsonl</code> has the whole text.",
            match details.cut {
                1 => "One long program is".to_owned(),
                cut => format!("{} long programs are", count(cut)),
            }
        );
    }
    if note.is_empty() { note } else { format!("<p class=\"left-out\">{note}</p>\n") }
}

#[cfg(test)]
mod tests {
    use super::cause;

    #[test]
    fn a_cause_is_a_message_without_its_places() {
        let messages = [
            "original input 0: NameError: name 'x' is not defined (line 14)",
            "NameError: name 'x' is not defined (line 3)\nand more",
            "SyntaxError: invalid syntax (<string>, line 12)",
            "",
        ];
        let causes = ["NameError: name 'x' is not defined"; 2];
        assert_eq!(messages.map(cause)[..2], causes);
        assert_eq!(messages.map(cause)[2..], ["SyntaxError: invalid syntax", ""]);
    }
}
