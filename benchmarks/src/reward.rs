//! What a verdict is worth to a model that learns from it.

use crate::{Outcome, Verdict};

/// How a verdict becomes a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reward {
    /// 1 for a candidate that passes every test, else 0.
    ///
    /// The default: a model can learn to collect partial credit without ever solving the problem.
    #[default]
    AllOrNothing,
    /// The share of the problem's tests that passed; tests that were not run did not pass.
    ///
    /// A judge that stops at the first failure makes this a measure of how early that came.
    PassFraction,
    /// That of open-r1 for Codeforces: 1 for a candidate that passes every test, and a tenth of the
    /// share that passed on top of it; -1 for an answer without a program and -0.1 for one that does
    /// not compile.
    WeightedSum,
}

impl Reward {
    /// The reward for a verdict, or `None` where we failed and nothing is known about the candidate.
    ///
    /// `None` is to be dropped and counted. It is never 0, because a model would learn from it that
    /// its answer was wrong.
    ///
    /// ```
    /// use benchmarks::{Outcome, Reward, TestCount, Verdict};
    ///
    /// let verdict = |outcome| Verdict {
    ///     outcome,
    ///     tests: TestCount { total: 4, run: 4, passed: 3 },
    ///     each: vec![],
    ///     weak: false,
    ///     waited_seconds: 0.0,
    ///     repeated: false,
    ///     upstream: None,
    ///     cpu_seconds: 0.1,
    ///     wall_seconds: 0.1,
    ///     memory: 1 << 20,
    ///     message: String::new(),
    ///     stderr: String::new(),
    /// };
    /// assert_eq!(Reward::AllOrNothing.of(&verdict(Outcome::WrongAnswer)), Some(0.0));
    /// assert_eq!(Reward::PassFraction.of(&verdict(Outcome::WrongAnswer)), Some(0.75));
    /// assert_eq!(Reward::PassFraction.of(&verdict(Outcome::SecurityViolation)), Some(0.0));
    /// assert_eq!(Reward::AllOrNothing.of(&verdict(Outcome::Ungraded)), None);
    /// ```
    pub fn of(self, verdict: &Verdict) -> Option<f32> {
        match (verdict.outcome, self) {
            (Outcome::Ungraded | Outcome::CheckerFailed, _) => None,
            (Outcome::NoCode, Self::WeightedSum) => Some(-1.0),
            (Outcome::CompileError, Self::WeightedSum) => Some(-0.1),
            (Outcome::Accepted, Self::WeightedSum) => Some(1.1),
            (Outcome::Accepted, _) => Some(1.0),
            // Whatever such a program got right, it got while it attacked the judge.
            (Outcome::SecurityViolation, _) | (_, Self::AllOrNothing) => Some(0.0),
            (_, Self::PassFraction) => Some(pass_fraction(verdict)),
            (_, Self::WeightedSum) => Some(0.1 * pass_fraction(verdict)),
        }
    }
}

fn pass_fraction(verdict: &Verdict) -> f32 {
    match verdict.tests.total {
        0 => 0.0,
        total => verdict.tests.passed as f32 / total as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestCount;

    const OUTCOMES: [Outcome; 14] = [
        Outcome::Accepted,
        Outcome::WrongAnswer,
        Outcome::PresentationError,
        Outcome::RuntimeError,
        Outcome::CompileError,
        Outcome::TimeLimit,
        Outcome::Idle,
        Outcome::MemoryLimit,
        Outcome::OutputLimit,
        Outcome::EarlyExit,
        Outcome::SecurityViolation,
        Outcome::NoCode,
        Outcome::CheckerFailed,
        Outcome::Ungraded,
    ];

    fn verdict(outcome: Outcome, total: usize, passed: usize) -> Verdict {
        Verdict {
            outcome,
            tests: TestCount { total, run: total, passed },
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
        }
    }

    #[test]
    fn only_an_accepted_candidate_earns_all() {
        for outcome in OUTCOMES {
            let reward = Reward::AllOrNothing.of(&verdict(outcome, 3, 2));
            assert_eq!(reward == Some(1.0), outcome == Outcome::Accepted, "{outcome:?}");
        }
    }

    #[test]
    fn only_our_own_failure_earns_none() {
        for reward in [Reward::AllOrNothing, Reward::PassFraction, Reward::WeightedSum] {
            for outcome in OUTCOMES {
                let is_none = reward.of(&verdict(outcome, 3, 0)).is_none();
                assert_eq!(is_none, outcome.passed().is_none(), "{outcome:?}");
            }
        }
    }

    #[test]
    fn a_weighted_sum_is_that_of_open_r1() {
        let reward = |outcome| Reward::WeightedSum.of(&verdict(outcome, 4, 2));
        assert_eq!(reward(Outcome::WrongAnswer), Some(0.05));
        assert_eq!(reward(Outcome::Accepted), Some(1.1));
        assert_eq!(reward(Outcome::NoCode), Some(-1.0));
        assert_eq!(reward(Outcome::CompileError), Some(-0.1));
        assert_eq!(reward(Outcome::Ungraded), None);
    }

    #[test]
    fn an_answer_without_code_earns_zero_and_not_nan() {
        assert_eq!(Reward::PassFraction.of(&verdict(Outcome::NoCode, 0, 0)), Some(0.0));
    }
}
