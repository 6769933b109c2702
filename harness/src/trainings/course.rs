//! How a training went by what was held out from it.

use benchmarks::Interval;
use serde::Serialize;

use super::SEED;

/// One measure over a run.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    /// What is measured, such as the name of a benchmark.
    pub(crate) name: String,
    /// What its values are.
    pub(crate) scale: Scale,
    /// The measurements, in order.
    pub(crate) points: Vec<Point>,
}

/// What values are, and which are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scale {
    /// A share of what can be earned; more is better.
    Reward,
    /// Nats a token; fewer are better.
    Loss,
}

/// One measurement.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// Steps before it.
    pub(crate) step: u64,
    /// What came out.
    pub(crate) value: f64,
    /// Half the width of its 95 % interval, where it has one.
    pub(crate) margin: f64,
    /// What each problem or program contributed; nothing where that is unknown.
    pub(crate) items: Vec<Option<Item>>,
}

/// A problem, or a program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Item {
    /// What it counts: 1, or its tokens.
    pub(crate) weight: f64,
    /// Its reward, or the loss of all its tokens.
    pub(crate) sum: f64,
}

/// By how much one measurement exceeds another, on what both measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Excess {
    /// On how many problems or programs.
    pub(crate) items: usize,
    /// Of the one, on these.
    pub(crate) before: f64,
    /// Of the other.
    pub(crate) after: f64,
    /// The lower end of the 95 % interval of the difference.
    pub(crate) low: f64,
    /// The upper end.
    pub(crate) high: f64,
}

impl Scale {
    /// A value for people.
    pub(crate) fn value(self, value: f64) -> String {
        match self {
            Self::Reward => format!("{:.1} %", 100.0 * value),
            Self::Loss => format!("{value:.4}"),
        }
    }

    /// A difference for people.
    pub(crate) fn difference(self, value: f64) -> String {
        match self {
            Self::Reward => format!("{:+.1} points", 100.0 * value),
            Self::Loss => format!("{value:+.4}"),
        }
    }

    /// The ends of an interval of a difference for people.
    pub(crate) fn interval(self, low: f64, high: f64) -> String {
        match self {
            Self::Reward => format!("{:+.1} to {:+.1}", 100.0 * low, 100.0 * high),
            Self::Loss => format!("{low:+.4} to {high:+.4}"),
        }
    }

    /// What its items are called.
    pub(crate) fn items(self) -> &'static str {
        match self {
            Self::Reward => "problems",
            Self::Loss => "programs",
        }
    }

    /// A difference as a gain: more than zero is better.
    pub(crate) fn gain(self, difference: f64) -> f64 {
        match self {
            Self::Reward => difference,
            Self::Loss => -difference,
        }
    }
}

impl Point {
    /// A measurement of rewards, one a problem.
    pub(crate) fn of_rewards(
        step: u64,
        value: f64,
        margin: f64,
        by_problem: &[Option<f64>],
    ) -> Self {
        let item = |reward: &Option<f64>| reward.map(|sum| Item { weight: 1.0, sum });
        Self { step, value, margin, items: by_problem.iter().map(item).collect() }
    }

    /// By how much this exceeds `other`: item by item, so that what makes one hard for both cancels out.
    /// `None` if they did not measure the same, as far as the number of items and their weights tell.
    pub(crate) fn excess_over(&self, other: &Self) -> Option<Excess> {
        if self.items.len() != other.items.len() {
            return None;
        }
        let pairs = self.items.iter().zip(&other.items);
        let pairs: Vec<(Item, Item)> =
            pairs.filter_map(|(after, before)| before.zip(*after)).collect();
        if pairs.iter().any(|(before, after)| before.weight != after.weight) {
            return None;
        }
        let weights: Vec<f64> = pairs.iter().map(|(before, _)| before.weight).collect();
        let differences: Vec<f64> =
            pairs.iter().map(|(before, after)| after.sum - before.sum).collect();
        let interval = Interval::of_ratio(&differences, &weights, SEED)?;
        let Interval { low, high } = interval.unless_by_luck(&differences);
        let mean = |of: fn(&(Item, Item)) -> f64| {
            pairs.iter().map(of).sum::<f64>() / weights.iter().sum::<f64>()
        };
        let (before, after) = (mean(|pair| pair.0.sum), mean(|pair| pair.1.sum));
        Some(Excess { items: pairs.len(), before, after, low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(items: &[(f64, f64)]) -> Point {
        let item = |&(weight, sum): &(f64, f64)| Some(Item { weight, sum });
        Point { step: 1, value: 0.0, margin: 0.0, items: items.iter().map(item).collect() }
    }

    #[test]
    fn programs_count_by_their_tokens() {
        let (before, after) =
            (losses(&[(10.0, 20.0), (30.0, 30.0)]), losses(&[(10.0, 10.0), (30.0, 0.0)]));
        let excess = after.excess_over(&before).unwrap();
        assert_eq!((excess.before, excess.after, excess.items), (50.0 / 40.0, 10.0 / 40.0, 2));
        assert!(excess.low <= -1.0, "{excess:?}");
        assert_eq!(excess.high, 0.0, "two programs tell nothing for sure");
    }

    #[test]
    fn what_one_of_them_has_no_verdict_on_is_left_out() {
        let before = Point::of_rewards(0, 0.5, 0.1, &[Some(0.0), None, Some(1.0)]);
        let after = Point::of_rewards(9, 0.5, 0.1, &[Some(1.0), Some(1.0), None]);
        let excess = after.excess_over(&before).unwrap();
        assert_eq!((excess.items, excess.before, excess.after), (1, 0.0, 1.0));
    }

    #[test]
    fn other_programs_cannot_be_compared() {
        let one = losses(&[(10.0, 20.0)]);
        assert_eq!(one.excess_over(&losses(&[(11.0, 20.0)])), None);
        assert_eq!(one.excess_over(&losses(&[(10.0, 20.0), (1.0, 1.0)])), None);
        assert_eq!(losses(&[]).excess_over(&losses(&[])), None);
    }
}
