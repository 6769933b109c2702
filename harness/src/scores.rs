//! What the verdicts of a run add up to: pass@k with its interval, for each set of tests.
//!
//! EvalPlus counts every sample twice, once on the original tests and once on those and its own
//! together; all others count once. Samples that we failed to judge are left out: a task's estimate
//! is over those that were.

use std::collections::HashMap;

use benchmarks::{EvalPlusStatus, Interval, Tally, Upstream, Verdict, pass_at_k};

use crate::summary::{Judged, Score};

/// EvalPlus' name for the original tests.
pub(crate) const BASE: &str = "base";
/// Both the original tests and the added ones.
pub(crate) const BASE_AND_PLUS: &str = "base+plus";

/// The seed of the bootstrap: any will do, and a fixed one makes a report come out the same twice.
pub(crate) const SEED: u64 = 0x5eed;

/// Whether a sample passed a set of tests; `None` where nobody knows.
type Passed = fn(&Verdict) -> Option<bool>;

/// Every score that the samples allow, by set of tests and then by k.
pub(crate) fn scores(judged: &[Judged], ks: &[usize]) -> Vec<Score> {
    let is_evalplus = judged.iter().any(|judged| is_evalplus(&judged.verdict));
    let sets: &[(&str, Passed)] =
        if is_evalplus { &[(BASE, passed_base), (BASE_AND_PLUS, passed)] } else { &[("", passed)] };
    sets.iter()
        .flat_map(|(tests, passed)| {
            let tallies = tallies(judged, *passed);
            ks.iter().filter_map(move |&k| score(tests, k, &tallies)).collect::<Vec<_>>()
        })
        .collect()
}

fn score(tests: &str, k: usize, tallies: &[Tally]) -> Option<Score> {
    let estimate = pass_at_k(tallies, k)?;
    let Interval { low, high } = interval(k, tallies)?;
    Some(Score { tests: tests.to_owned(), k, estimate, low, high })
}

/// Wilson's interval where each task has one sample, else a bootstrap over the tasks where they differ enough.
fn interval(k: usize, tallies: &[Tally]) -> Option<Interval> {
    if tallies.iter().all(|tally| tally.samples == 1) {
        let passed = tallies.iter().map(|tally| tally.correct).sum();
        return Some(Interval::of_proportion(passed, tallies.len()));
    }
    let estimates: Vec<f64> = tallies.iter().map(|tally| tally.pass_at(k)).collect();
    Interval::of_shares(&estimates, SEED)
}

/// Samples and passes of every task with a graded sample, in the order of the input.
fn tallies(judged: &[Judged], passed: Passed) -> Vec<Tally> {
    named_tallies(judged, passed).into_iter().map(|(_, tally)| tally).collect()
}

/// The tasks with their samples and passes on a set of tests.
pub(crate) fn by_task(judged: &[Judged], tests: &str) -> Vec<(String, Tally)> {
    named_tallies(judged, if tests == BASE { passed_base } else { passed })
}

fn named_tallies(judged: &[Judged], passed: Passed) -> Vec<(String, Tally)> {
    let mut places = HashMap::new();
    let mut tallies: Vec<(String, Tally)> = Vec::new();
    for judged in judged {
        let Some(passed) = passed(&judged.verdict) else { continue };
        let place = *places.entry(judged.task_id.as_str()).or_insert(tallies.len());
        if place == tallies.len() {
            tallies.push((judged.task_id.clone(), Tally { samples: 0, correct: 0 }));
        }
        let (_, tally) = &mut tallies[place];
        tally.samples += 1;
        tally.correct += usize::from(passed);
    }
    tallies
}

fn passed(verdict: &Verdict) -> Option<bool> {
    verdict.outcome.passed()
}

fn passed_base(verdict: &Verdict) -> Option<bool> {
    match &verdict.upstream {
        Some(Upstream::EvalPlus { base, .. }) => Some(*base == EvalPlusStatus::Pass),
        _ => passed(verdict),
    }
}

fn is_evalplus(verdict: &Verdict) -> bool {
    matches!(verdict.upstream, Some(Upstream::EvalPlus { .. }))
}

#[cfg(test)]
mod tests {
    use benchmarks::{Outcome, TestCount};

    use super::*;

    fn judged(task: &str, outcome: Outcome) -> Judged {
        let verdict = Verdict {
            outcome,
            tests: TestCount::default(),
            each: Vec::new(),
            weak: false,
            waited_seconds: 0.0,
            repeated: false,
            upstream: None,
            cpu_seconds: 0.0,
            wall_seconds: 0.0,
            memory: 0,
            message: String::new(),
            stderr: String::new(),
        };
        Judged { task_id: task.to_owned(), sample: 0, program: String::new(), verdict }
    }

    #[test]
    fn a_sample_that_we_failed_to_judge_counts_neither_way() {
        let run = [
            judged("a", Outcome::Accepted),
            judged("b", Outcome::WrongAnswer),
            judged("c", Outcome::Ungraded),
        ];
        let [score] = &scores(&run, &[1, 10])[..] else { panic!() };
        assert_eq!((score.k, score.estimate), (1, 0.5));
    }

    #[test]
    fn a_k_needs_that_many_samples_of_every_task() {
        let run = [("a", true), ("a", false), ("b", true)].map(|(task, passed)| {
            judged(task, if passed { Outcome::Accepted } else { Outcome::WrongAnswer })
        });
        let ks: Vec<usize> = scores(&run, &[1, 2]).iter().map(|score| score.k).collect();
        assert_eq!(ks, [1]);
        let ks: Vec<usize> = scores(&run[..2], &[1, 2]).iter().map(|score| score.k).collect();
        assert_eq!(ks, [1, 2]);
    }

    #[test]
    fn evalplus_is_counted_on_the_original_tests_and_on_all() {
        let mut sample = judged("a", Outcome::WrongAnswer);
        sample.verdict.upstream = Some(Upstream::EvalPlus {
            base: EvalPlusStatus::Pass,
            plus: EvalPlusStatus::Fail,
            base_fail_tests: Vec::new(),
            plus_fail_tests: vec![3],
        });
        let scores = scores(&[sample], &[1]);
        let of = |tests| scores.iter().find(|score| score.tests == tests).unwrap().estimate;
        assert_eq!((of(BASE), of(BASE_AND_PLUS)), (1.0, 0.0));
    }
}
