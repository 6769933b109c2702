//! What a run adds up to: a table for people, and one JSON object for machines.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::run_directory::{AnswersTally, REPORT};
use crate::scores::{BASE, BASE_AND_PLUS};
use crate::summary::{Asked, Run, Score};

/// How many reasons why samples have no verdict a person is shown.
const REASONS: usize = 5;

/// A finished run and where it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scoreboard<'a> {
    /// The run.
    pub(crate) run: &'a Run,
    /// Its folder.
    pub(crate) folder: &'a Path,
}

impl Scoreboard<'_> {
    /// The figures under fixed names.
    ///
    /// `pass_at_k` counts what `passed` counts. A run under EvalPlus also has `evalplus`, with
    /// both of its scores in the form in which EvalPlus writes them.
    pub(crate) fn json(&self) -> Value {
        let run = self.run;
        let outcomes =
            run.outcomes().into_iter().map(|(outcome, count)| (name(outcome), json!(count)));
        let all_tests = if self.is_evalplus() { BASE_AND_PLUS } else { "" };
        let mut summary = json!({
            "benchmark": run.benchmark,
            "profile": run.profile,
            "tier": run.tier,
            "python": run.python,
            "samples": run.judged.len(),
            "tasks": run.tasks(),
            "passed": run.count(Some(true)),
            "failed": run.count(Some(false)),
            "ungraded": run.count(None),
            "weak": run.weak(),
            "repeated": run.repeated().0,
            "outcomes": outcomes.collect::<Map<_, _>>(),
            "pass_at_k": self.pass_at_k(all_tests, |score| json!(score.estimate)),
            "intervals": self.pass_at_k(all_tests, |score| json!([score.low, score.high])),
        });
        if self.is_evalplus() {
            summary["evalplus"] = json!({
                "base": self.pass_at_k(BASE, |score| json!(score.estimate)),
                "plus": self.pass_at_k(BASE_AND_PLUS, |score| json!(score.estimate)),
            });
        }
        if let Some(Asked { model, tally }) = &run.asked {
            summary["model"] = json!(model);
            summary["unanswered"] = json!(tally.unanswered);
            summary["usage"] = json!(tally.usage);
            summary["uncounted"] = json!(tally.uncounted);
            summary["cut"] = json!(tally.shortened.cut);
            summary["filtered"] = json!(tally.shortened.filtered);
            summary["cost"] = json!(tally.cost);
        }
        summary["notes"] = json!(run.notes);
        summary["seconds"] = json!(run.seconds);
        summary["rate"] = json!(run.rate());
        summary["out"] = json!(self.folder.to_string_lossy());
        summary
    }

    /// [`Scoreboard::json`] as text.
    pub(crate) fn json_text(&self) -> String {
        format!("{:#}", self.json())
    }

    /// The figures for people.
    pub(crate) fn table(&self) -> String {
        let run = self.run;
        let mut lines = vec![format!(
            "{}, profile {}, tier {}, Python {}",
            run.benchmark, run.profile, run.tier, run.python
        )];
        lines.extend(run.notes.iter().skip(1).map(|note| format!("note: {note}")));
        lines.push(String::new());
        if run.scores.is_empty() {
            lines.push("no score: some task has too few graded samples".to_owned());
        }
        lines.extend(run.scores.iter().map(score_line));
        lines.push(String::new());
        let share = |count: usize| 100.0 * count as f64 / run.judged.len() as f64;
        let outcomes = run.outcomes().into_iter();
        lines.extend(outcomes.map(|(outcome, count)| {
            format!("{:<22}{count:>7}  {:>5.1} %", name(outcome).replace('_', " "), share(count))
        }));
        lines.push(format!(
            "{:<22}{:>7}  in {:.1} s, {:.1}/s",
            "samples",
            run.judged.len(),
            run.seconds,
            run.rate()
        ));
        lines.extend(run.asked.as_ref().map(tokens_line));
        if run.weak() > 0 {
            lines.push(format!(
                "{:<22}{:>7}  passed tests in which the program had a say",
                "weak verdicts",
                run.weak()
            ));
        }
        if let (repeated @ 1.., again) = run.repeated() {
            lines.push(format!(
                "{:<22}{repeated:>7}  ran out of time on a busy machine; alone, {again} did so again",
                "repeated"
            ));
        }
        lines.extend(ungraded_lines(run));
        lines.push(format!("report: {}", self.folder.join(REPORT).display()));
        lines.join("\n")
    }

    fn is_evalplus(&self) -> bool {
        self.run.scores.iter().any(|score| score.tests == BASE_AND_PLUS)
    }

    fn pass_at_k(&self, tests: &str, figure: impl Fn(&Score) -> Value) -> Map<String, Value> {
        let of_tests = self.run.scores.iter().filter(|score| score.tests == tests);
        of_tests.map(|score| (format!("pass@{}", score.k), figure(score))).collect()
    }
}

fn score_line(score: &Score) -> String {
    format!(
        "{:<22}{:>6.1} %  95 % interval {:.1} to {:.1}",
        format!("pass@{} {}", score.k, score.tests),
        100.0 * score.estimate,
        100.0 * score.low,
        100.0 * score.high
    )
}

/// Why some samples have no verdict.
fn ungraded_lines(run: &Run) -> Vec<String> {
    let reasons = run.ungraded();
    let line = |(reason, count): &(String, usize)| {
        let reason = if reason.is_empty() { "nobody said why" } else { reason };
        format!("{count} ungraded: {reason}")
    };
    let mut lines: Vec<String> = reasons.iter().take(REASONS).map(line).collect();
    let others: usize = reasons.iter().skip(REASONS).map(|(_, count)| count).sum();
    if others > 0 {
        lines.push(format!("{others} ungraded: for other reasons, which verdicts.jsonl has"));
    }
    if !lines.is_empty() {
        lines.push("what is ungraded counts neither as passed nor as failed".to_owned());
    }
    lines
}

fn tokens_line(Asked { tally, .. }: &Asked) -> String {
    let AnswersTally { usage, uncounted, cost, .. } = tally;
    let mut line = format!(
        "{:<22}{:>7}  written, {} read",
        "tokens", usage.completion_tokens, usage.prompt_tokens
    );
    if *uncounted > 0 {
        line += &format!(", without those of {uncounted} answers that nobody counted");
    }
    if let Some(cost) = cost {
        line += &format!(", cost {cost:.4}");
    }
    line
}

/// The name of an outcome in files.
fn name(outcome: benchmarks::Outcome) -> String {
    match json!(outcome) {
        Value::String(name) => name,
        other => unreachable!("an outcome is written as a name, not as {other}"),
    }
}
