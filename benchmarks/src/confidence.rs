//! How far a score may be from the one that endless samples and tasks would give.
//!
//! All intervals hold 95 %. A greedy run at 40 % of 164 tasks has a standard error of 3.8 points,
//! so two scores without intervals say little.

/// The 97.5 % quantile of the standard normal distribution, for two-sided 95 %.
const QUANTILE: f64 = 1.959_963_984_540_054;

/// Resamples of a bootstrap: enough for the ends of an interval to be steady in the third digit.
const RESAMPLES: usize = 10_000;

/// Of how many tasks, at least, a bootstrap speaks: with fewer that stand out from the others, a resample
/// often has none of them or knows nothing else, and its interval is too narrow, down to no width at all.
const FEW: usize = 10;

/// Values this close are the same but for rounding.
const ROUNDING: f64 = 1e-9;

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
        Self::of_share(successes as f64 / trials as f64, trials)
    }

    /// Wilson's interval for a `share` of so many tasks.
    fn of_share(share: f64, tasks: usize) -> Self {
        if tasks == 0 {
            return Self { low: 0.0, high: 1.0 };
        }
        let (n, p) = (tasks as f64, share);
        let z_squared = QUANTILE * QUANTILE;
        let centre = p + z_squared / (2.0 * n);
        let reach = QUANTILE * (p * (1.0 - p) / n + z_squared / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z_squared / n;
        // At the ends both terms are equal, but for rounding.
        let low = if p <= 0.0 { 0.0 } else { ((centre - reach) / scale).max(0.0) };
        let high = if p >= 1.0 { 1.0 } else { ((centre + reach) / scale).min(1.0) };
        Self { low, high }
    }

    /// The interval of the mean of what tasks came to, each from 0 to 1, such as their estimates of pass@k.
    ///
    /// A bootstrap over the tasks ([`Interval::of_mean`]), and Wilson's interval where fewer than ten tasks
    /// have another value than most: all alike, every resample would be the same. Whatever values
    /// from 0 to 1 have a mean, none vary more than those that are 0 or 1, so Wilson's is then too wide
    /// rather than too narrow.
    ///
    /// ```
    /// use benchmarks::Interval;
    ///
    /// let interval = Interval::of_shares(&[0.5; 20], 7).unwrap();
    /// assert_eq!(interval, Interval::of_proportion(10, 20));
    /// ```
    pub fn of_shares(shares: &[f64], seed: u64) -> Option<Self> {
        if shares.is_empty() || apart_from_most(shares) >= FEW {
            return Self::of_mean(shares, seed);
        }
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        Some(Self::of_share(mean, shares.len()))
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
    /// Where fewer than ten tasks differ, or all by the same, a bootstrap says too little. The interval is
    /// then made of Wilson's for the gains and for the losses, and 0 lies outside only if a
    /// sign test agrees (two-sided, at 5 %), for which at least six tasks must differ.
    ///
    /// ```
    /// use benchmarks::Interval;
    ///
    /// let before = [0.0; 30];
    /// let mut after = before;
    /// after[..5].fill(1.0);
    /// assert!(Interval::of_difference(&before, &after, 7).unwrap().low <= 0.0);
    /// after[5] = 1.0;
    /// assert!(Interval::of_difference(&before, &after, 7).unwrap().low > 0.0);
    /// ```
    pub fn of_difference(before: &[f64], after: &[f64], seed: u64) -> Option<Self> {
        if before.len() != after.len() {
            return None;
        }
        let differences: Vec<f64> = before.iter().zip(after).map(|(a, b)| b - a).collect();
        let differing = differences.iter().filter(|it| it.abs() > ROUNDING).count();
        if differences.is_empty() || differing.min(apart_from_most(&differences)) >= FEW {
            return Self::of_mean(&differences, seed);
        }
        Some(Self::of_few_differences(&differences))
    }

    /// The same where few tasks differ, or all alike.
    ///
    /// The end towards 0 supposes that no task differs by more than the one that differs most, the other
    /// that tasks may differ by 1. Where a sign test sees nothing unusual, the interval reaches 0.
    fn of_few_differences(differences: &[f64]) -> Self {
        let most = differences.iter().fold(0.0_f64, |most, it| most.max(it.abs()));
        let far = Self::of_parts(differences, most.max(1.0));
        let near = if most > ROUNDING { Self::of_parts(differences, most) } else { far };
        let (better, worse) = signs(differences);
        let interval = match better > worse {
            true => Self { low: near.low, high: far.high },
            false => Self { low: far.low, high: near.high },
        };
        interval.unless_by_luck(differences)
    }

    /// This interval of the mean of `differences`, made to reach 0 where a sign test sees nothing unusual in
    /// them (two-sided, at 5 %) and fewer than ten are any.
    ///
    /// ```
    /// use benchmarks::Interval;
    ///
    /// let interval = Interval { low: 1.0, high: 2.0 };
    /// assert_eq!(interval.unless_by_luck(&[1.5; 5]), Interval { low: 0.0, high: 2.0 });
    /// assert_eq!(interval.unless_by_luck(&[1.5; 6]), interval);
    /// ```
    pub fn unless_by_luck(self, differences: &[f64]) -> Self {
        let (better, worse) = signs(differences);
        if better + worse >= FEW || sign_test(better, worse) < 0.05 {
            return self;
        }
        Self { low: self.low.min(0.0), high: self.high.max(0.0) }
    }

    /// The interval of a mean difference from Wilson's for its parts, where none is more than `unit`:
    ///
    /// ```text
    /// g - l  -  sqrt((g - g.low)² + (l.high - l)²)   to   g - l  +  sqrt((g.high - g)² + (l - l.low)²)
    /// ```
    ///
    /// with `g` the mean gain and `l` the mean loss. Zou and Donner, "Construction of confidence limits about
    /// effect measures", Statistics in Medicine 27 (2008); their term for how both hang together is left out.
    fn of_parts(differences: &[f64], unit: f64) -> Self {
        let count = differences.len();
        let mean = |part: fn(f64) -> f64| {
            differences.iter().map(|&it| part(it) / unit).sum::<f64>() / count as f64
        };
        let (gain, loss) = (mean(|it| it.max(0.0)), mean(|it| (-it).max(0.0)));
        let (gains, losses) = (Self::of_share(gain, count), Self::of_share(loss, count));
        let down = (gain - gains.low).hypot(losses.high - loss);
        let up = (gains.high - gain).hypot(loss - losses.low);
        Self { low: unit * (gain - loss - down), high: unit * (gain - loss + up) }
    }
}

/// How many of `values` are not the most frequent one.
fn apart_from_most(values: &[f64]) -> usize {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let alike = sorted.chunk_by(|one, other| other - one <= ROUNDING).map(<[f64]>::len);
    values.len() - alike.max().unwrap_or(0)
}

/// How many of `differences` are above 0, and how many below.
fn signs(differences: &[f64]) -> (usize, usize) {
    let better = differences.iter().filter(|&&it| it > ROUNDING).count();
    let worse = differences.iter().filter(|&&it| it < -ROUNDING).count();
    (better, worse)
}

/// How likely it is that as many tasks or more go one way, if either way is as likely for each:
///
/// ```text
/// min(1, 2 sum for i in 0 ..= min(b, w) of C(b+w, i) / 2^(b+w))
/// ```
///
/// the exact form of McNemar's test.
fn sign_test(better: usize, worse: usize) -> f64 {
    let count = better + worse;
    let mut term = 0.5_f64.powi(i32::try_from(count).unwrap_or(i32::MAX));
    let mut sum = 0.0;
    for i in 0..=better.min(worse) {
        sum += term;
        term *= (count - i) as f64 / (i + 1) as f64;
    }
    (2.0 * sum).min(1.0)
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
        for trials in 1..2000 {
            assert_eq!(Interval::of_proportion(0, trials).low, 0.0);
            assert_eq!(Interval::of_proportion(trials, trials).high, 1.0);
        }
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
    fn tasks_that_are_all_alike_do_not_make_a_score_certain() {
        for share in [0.0, 0.5, 1.0] {
            let Interval { low, high } = Interval::of_shares(&[share; 164], 0).unwrap();
            assert!(low <= share && share <= high && high - low > 0.02, "{low} to {high}");
        }
        let mut shares = vec![1.0; 164];
        shares[0] = 0.5;
        let interval = Interval::of_shares(&shares, 0).unwrap();
        assert!(interval.low < 0.98, "one task that stands out is not the only one that might");
        shares[..40].fill(0.5);
        assert_eq!(Interval::of_shares(&shares, 0), Interval::of_mean(&shares, 0));
        assert_eq!(Interval::of_shares(&[], 0), None);
    }

    #[test]
    fn a_difference_on_few_tasks_is_none_before_a_sign_test_says_so() {
        let gain = |better: usize, worse: usize, alike: usize| {
            let after = [vec![1.0; better], vec![0.0; worse + alike]].concat();
            let before = [vec![0.0; better], vec![1.0; worse], vec![0.0; alike]].concat();
            Interval::of_difference(&before, &after, 0).unwrap()
        };
        let same = gain(0, 0, 164);
        assert!(same.low < -0.02 && same.high > 0.02, "{same:?}");
        assert!(gain(3, 0, 0).low <= 0.0 && gain(5, 0, 100).low <= 0.0 && gain(8, 1, 0).low > 0.0);
        assert!(gain(6, 0, 0).low > 0.0 && gain(0, 6, 100).high < 0.0 && gain(7, 2, 0).low <= 0.0);
        let all = gain(40, 0, 0);
        assert!(0.8 < all.low && all.low < 1.0 && all.high >= 1.0, "{all:?}");
    }

    #[test]
    fn a_sign_test_counts_tails() {
        assert_eq!(sign_test(0, 0), 1.0);
        assert_eq!(sign_test(5, 0), 0.0625);
        assert_eq!(sign_test(1, 8), 20.0 / 512.0);
        assert_eq!(sign_test(4, 4), 1.0);
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
