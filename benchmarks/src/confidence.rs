//! How far a score may be from the one that endless samples and tasks would give.
//!
//! All intervals hold 95 %. A greedy run at 40 % of 164 tasks has a standard error of 3.8 points,
//! so two scores without intervals say little.

/// The 97.5 % quantile of the standard normal distribution, for two-sided 95 %.
const QUANTILE: f64 = 1.959_963_984_540_054;

/// Resamples of a bootstrap: enough for the ends of an interval to be steady in the third digit.
const RESAMPLES: usize = 10_000;

/// A range that holds the true value in 95 % of all repetitions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// Wilson's interval for a proportion, for pass@1 with one sample a task:
    ///
    /// ```text
    /// (p + z²/2n  ±  z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)        p = successes/n, z = 1.96
    /// ```
    ///
    /// It stays within 0 and 1 and is sound for few trials and for proportions near the ends, where
    /// the textbook interval is not. Without trials nothing is known: 0 to 1.
    ///
    /// Wilson, "Probable inference", JASA 22 (1927).
    ///
    /// ```
    /// use benchmarks::Interval;
    ///
    /// let Interval { low, high } = Interval::of_proportion(65, 164);
    /// assert!((low - 0.3246).abs() < 1e-4 && (high - 0.4728).abs() < 1e-4);
    /// ```
    pub fn of_proportion(successes: usize, trials: usize) -> Self {
        if trials == 0 {
            return Self { low: 0.0, high: 1.0 };
        }
        let n = trials as f64;
        let p = successes as f64 / n;
        let z_squared = QUANTILE * QUANTILE;
        let centre = p + z_squared / (2.0 * n);
        let reach = QUANTILE * (p * (1.0 - p) / n + z_squared / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z_squared / n;
        let (low, high) = ((centre - reach) / scale, (centre + reach) / scale);
        Self { low: low.max(0.0), high: high.min(1.0) }
    }

    /// The interval of a mean by the bootstrap: the 2.5 % and 97.5 % quantiles of the means of
    /// 10,000 resamples of `values`, drawn with replacement. `None` without values.
    ///
    /// For pass@k, `values` are the estimates of the tasks: tasks are drawn, not samples, because
    /// another benchmark of the same kind would have other tasks.
    ///
    /// Efron, "Bootstrap methods", Annals of Statistics 7 (1979). The same seed gives the same ends.
    ///
    /// ```
    /// use benchmarks::Interval;
    ///
    /// let estimates = [1.0, 0.0, 0.5, 0.0, 1.0, 1.0, 0.0, 0.25];
    /// let interval = Interval::of_mean(&estimates, 7).unwrap();
    /// assert!(0.1 < interval.low && interval.low < 0.46875 && interval.high < 0.8);
    /// assert_eq!(Interval::of_mean(&estimates, 7), Some(interval));
    /// assert_eq!(Interval::of_mean(&[], 7), None);
    /// ```
    pub fn of_mean(values: &[f64], seed: u64) -> Option<Self> {
        let count = values.len() as f64;
        Self::of_draws(values.len(), seed, |drawn| {
            drawn.map(|place| values[place]).sum::<f64>() / count
        })
    }

    /// The same of a ratio of sums, such as nats a token over programs of different lengths: `values` are
    /// the sums of each program, `weights` its tokens. `None` where there are none, or not as many.
    ///
    /// ```
    /// use benchmarks::Interval;
    ///
    /// let (sums, lengths) = ([3.0, 10.0, 44.0, 9.0], [1.0, 4.0, 20.0, 5.0]);
    /// let interval = Interval::of_ratio(&sums, &lengths, 7).unwrap();
    /// let ratio = 66.0 / 30.0;
    /// assert!(interval.low < ratio && ratio < interval.high);
    /// ```
    pub fn of_ratio(values: &[f64], weights: &[f64], seed: u64) -> Option<Self> {
        if values.len() != weights.len() {
            return None;
        }
        Self::of_draws(values.len(), seed, |drawn| {
            let sum =
                |(value, weight), place: usize| (value + values[place], weight + weights[place]);
            let (value, weight) = drawn.fold((0.0, 0.0), sum);
            value / weight
        })
    }

    /// The quantiles of a statistic over resamples of `count` things, each given as their places.
    fn of_draws(
        count: usize,
        seed: u64,
        statistic: impl Fn(&mut dyn Iterator<Item = usize>) -> f64,
    ) -> Option<Self> {
        if count == 0 {
            return None;
        }
        let mut draws = Draws { state: seed };
        let mut resample = || statistic(&mut (0..count).map(|_| draws.below(count)));
        let mut values: Vec<f64> = (0..RESAMPLES).map(|_| resample()).collect();
        values.sort_by(f64::total_cmp);
        let tail = RESAMPLES / 40;
        Some(Self { low: values[tail], high: values[RESAMPLES - 1 - tail] })
    }

    /// The interval of how much better `after` is than `before` on the same tasks, in the mean.
    ///
    /// Tasks are drawn in pairs, so what makes a task hard for both cancels out, and much smaller
    /// differences show than from two intervals side by side. If 0 lies outside, the runs differ.
    /// `None` if there are no tasks, or not the same number.
    ///
    /// ```
    /// use benchmarks::Interval;
    ///
    /// let before = [0.1, 0.9, 0.4, 0.6, 0.0];
    /// let after = [0.2, 1.0, 0.5, 0.7, 0.1];
    /// let gain = Interval::of_difference(&before, &after, 7).unwrap();
    /// assert!(gain.low > 0.099 && gain.high < 0.101);
    /// ```
    pub fn of_difference(before: &[f64], after: &[f64], seed: u64) -> Option<Self> {
        let differences: Vec<f64> = before.iter().zip(after).map(|(a, b)| b - a).collect();
        (before.len() == after.len()).then(|| Self::of_mean(&differences, seed))?
    }
}

/// SplitMix64: uniform random numbers, the same on every machine for the same seed.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct Draws {
    state: u64,
}

impl Draws {
    /// A number below `bound`, each as likely as the others up to one part in 2^64 / bound.
    fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        ((u128::from(bits) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_of_a_proportion_stays_within_0_and_1() {
        assert_eq!(Interval::of_proportion(0, 10).low, 0.0);
        assert!((1.0 - Interval::of_proportion(10, 10).high).abs() < 1e-12);
        assert!(Interval::of_proportion(10, 10).low > 0.7);
    }

    #[test]
    fn without_trials_nothing_is_known() {
        assert_eq!(Interval::of_proportion(0, 0), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn bootstrap_and_wilson_agree_on_a_large_benchmark() {
        let outcomes: Vec<f64> = (0..974).map(|task| f64::from(task % 5 < 2)).collect();
        let passed = outcomes.iter().filter(|outcome| **outcome == 1.0).count();
        let wilson = Interval::of_proportion(passed, 974);
        let bootstrap = Interval::of_mean(&outcomes, 0).unwrap();
        assert!((wilson.low - bootstrap.low).abs() < 0.004, "{wilson:?} {bootstrap:?}");
        assert!((wilson.high - bootstrap.high).abs() < 0.004, "{wilson:?} {bootstrap:?}");
    }

    #[test]
    fn a_ratio_of_equal_weights_is_a_mean() {
        let values = [0.5, 1.5, 0.25, 3.0, 1.0];
        assert_eq!(Interval::of_ratio(&values, &[1.0; 5], 3), Interval::of_mean(&values, 3));
        assert_eq!(Interval::of_ratio(&values, &[1.0; 4], 3), None);
    }

    #[test]
    fn runs_on_other_tasks_cannot_be_compared() {
        assert_eq!(Interval::of_difference(&[1.0], &[1.0, 0.0], 0), None);
    }

    #[test]
    fn draws_follow_the_published_generator() {
        // The first outputs of SplitMix64 for seed 1234567, by their upper halves.
        let mut draws = Draws { state: 1_234_567 };
        let upper = [0_u64; 3].map(|_| draws.below(1 << 32) as u64);
        assert_eq!(
            upper,
            [
                6_457_827_717_110_365_317 >> 32,
                3_203_168_211_198_807_973 >> 32,
                9_817_491_932_198_370_423 >> 32
            ]
        );
    }
}
