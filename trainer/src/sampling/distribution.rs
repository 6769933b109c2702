//! From scores to the distribution that a token is drawn from, and the draw.
//!
//! The order is that of the common tools: temperature, the `k` likeliest, the smallest set with
//! probability `p`, those not too far below the likeliest. What is left is scaled to sum to one, and
//! the log-probabilities reported are of that distribution. They are what a learner needs, and they
//! are not those of the model as soon as anything is cut off.

use tch::{Kind, Tensor};

/// Which tokens may be drawn, and how evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filter {
    /// Divides the scores; at 0 the likeliest token is taken.
    pub temperature: f64,
    /// Only this many of the likeliest, unless 0. Those tied with the last are kept.
    pub top_k: usize,
    /// Only the likeliest that together have this probability.
    pub top_p: f64,
    /// Only those at least this many times as likely as the likeliest.
    pub min_p: f64,
}

impl Default for Filter {
    /// The distribution of the model itself.
    fn default() -> Self {
        Self { temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0 }
    }
}

impl Filter {
    /// Log-probabilities of the distribution, `[rows, vocabulary]` as the scores are.
    ///
    /// At temperature 0 they are those of the model, since of a certain draw they would all be zero.
    pub fn logprobs(&self, scores: &Tensor) -> Tensor {
        if self.temperature == 0.0 {
            return scores.log_softmax(-1, Kind::Float);
        }
        let mut logprobs = (scores / self.temperature).log_softmax(-1, Kind::Float);
        let vocabulary = scores.size()[1];
        if self.top_k > 0 && (self.top_k as i64) < vocabulary {
            let (likeliest, _) = logprobs.topk(self.top_k as i64, -1, true, true);
            logprobs = keep(&logprobs, &likeliest.narrow(1, self.top_k as i64 - 1, 1));
        }
        if self.top_p < 1.0 {
            let (sorted, _) = logprobs.sort(-1, true);
            let probabilities = sorted.exp();
            let before = probabilities.cumsum(-1, Kind::Float) - probabilities;
            // The likeliest always stays, and all before which less than `p` is gathered.
            let dropped = before.ge(self.top_p);
            let _ = dropped.narrow(1, 0, 1).fill_(0);
            let least = sorted.masked_fill(&dropped, f64::INFINITY).amin([-1_i64].as_slice(), true);
            logprobs = keep(&logprobs, &least);
        }
        if self.min_p > 0.0 {
            let least = logprobs.amax([-1_i64].as_slice(), true) + self.min_p.ln();
            logprobs = keep(&logprobs, &least);
        }
        logprobs
    }

    /// A token for every row of scores by the row's number in (0, 1), and its log-probability in the
    /// distribution that it was drawn from.
    pub(crate) fn sample(&self, scores: &Tensor, numbers: &[f64]) -> Vec<(u32, f32)> {
        let (drawn, chosen) = tch::no_grad(|| {
            let logprobs = self.logprobs(scores);
            let drawn = self.draw(&logprobs, numbers);
            let ids: Vec<i64> = drawn.iter().map(|&id| i64::from(id)).collect();
            let ids = Tensor::from_slice(&ids).to_device(scores.device()).unsqueeze(1);
            (drawn, logprobs.gather(1, &ids, false).squeeze_dim(1))
        });
        let chosen = Vec::<f32>::try_from(chosen).expect("one number for every row");
        drawn.into_iter().zip(chosen).collect()
    }

    /// One token per row: that at which the summed probability exceeds the row's number in (0, 1).
    pub fn draw(&self, logprobs: &Tensor, numbers: &[f64]) -> Vec<u32> {
        let drawn = if self.temperature == 0.0 {
            logprobs.argmax(-1, false)
        } else {
            // In double precision: the sum over a vocabulary in f32 is wrong in the fifth place.
            let sums = logprobs.to_kind(Kind::Double).exp().cumsum(-1, Kind::Double);
            let total = sums.narrow(1, -1, 1);
            let numbers = Tensor::from_slice(numbers).to_device(sums.device()).unsqueeze(1);
            let places =
                (numbers * total).searchsorted(&sums, false, true, "right", None::<&Tensor>);
            places.clamp_max(logprobs.size()[1] - 1).squeeze_dim(1)
        };
        let drawn = Vec::<i64>::try_from(drawn).expect("token ids are a vector of integers");
        drawn.into_iter().map(|id| id as u32).collect()
    }
}

/// Drops what is below `least`, `[rows, 1]`, and scales the rest to sum to one.
fn keep(logprobs: &Tensor, least: &Tensor) -> Tensor {
    let dropped = logprobs.lt_tensor(least);
    logprobs.masked_fill(&dropped, f64::NEG_INFINITY).log_softmax(-1, Kind::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Probabilities 0.5, 0.25, 0.15, 0.1 of the tokens 2, 0, 3, 1.
    fn scores() -> Tensor {
        Tensor::from_slice(&[0.25_f32, 0.1, 0.5, 0.15]).log().unsqueeze(0)
    }

    #[track_caller]
    fn assert_leaves(filter: Filter, expected: [f64; 4]) {
        let left = Vec::<f64>::try_from(filter.logprobs(&scores()).get(0).exp()).unwrap();
        for (left, expected) in left.iter().zip(expected) {
            assert!((left - expected).abs() < 1e-6, "{left} is not {expected}");
        }
    }

    #[test]
    fn each_filter_leaves_what_it_says_and_the_rest_sums_to_one() {
        let all = Filter::default();
        assert_leaves(all, [0.25, 0.1, 0.5, 0.15]);
        let third = 1.0 / 3.0;
        assert_leaves(Filter { top_k: 2, ..all }, [third, 0.0, 2.0 * third, 0.0]);
        assert_leaves(Filter { top_p: 0.6, ..all }, [third, 0.0, 2.0 * third, 0.0]);
        assert_leaves(Filter { top_p: 0.0, ..all }, [0.0, 0.0, 1.0, 0.0]);
        assert_leaves(Filter { min_p: 0.4, ..all }, [third, 0.0, 2.0 * third, 0.0]);
        assert_leaves(Filter { top_k: 99, ..all }, [0.25, 0.1, 0.5, 0.15]);
    }

    #[test]
    fn a_low_temperature_sharpens() {
        let squares = 0.25_f64.powi(2) + 0.1_f64.powi(2) + 0.5_f64.powi(2) + 0.15_f64.powi(2);
        let sharp = [0.25_f64, 0.1, 0.5, 0.15].map(|it| it * it / squares);
        assert_leaves(Filter { temperature: 0.5, ..Filter::default() }, sharp);
    }

    #[test]
    fn a_token_is_drawn_where_its_number_falls_and_never_one_that_was_dropped() {
        let filter = Filter { top_k: 3, ..Filter::default() };
        let logprobs = filter.logprobs(&scores());
        let draw = |number| filter.draw(&logprobs, &[number])[0];
        assert_eq!([1e-12, 0.27, 0.29, 0.82, 0.84, 1.0 - 1e-12].map(draw), [0, 0, 2, 2, 3, 3]);
        for number in 0..100 {
            assert_ne!(draw((f64::from(number) + 0.5) / 100.0), 1);
        }
    }

    #[test]
    fn at_temperature_zero_the_likeliest_is_taken_whatever_the_number() {
        let greedy = Filter { temperature: 0.0, ..Filter::default() };
        let logprobs = greedy.logprobs(&scores());
        assert_eq!([0.01, 0.99].map(|number| greedy.draw(&logprobs, &[number])[0]), [2, 2]);
        assert!((logprobs.double_value(&[0, 2]) - 0.5_f64.ln()).abs() < 1e-6);
    }
}
