//! How much better than its siblings an answer was.
//!
//! An advantage weighs the gradient of an answer's log-probability: positive makes it likelier,
//! negative less likely. The functions here estimate it from the rewards of one group, the answers
//! to one prompt, without a value model.
//!
//! Sums are taken in double precision whatever the rewards came in, so that neither the order of a
//! group nor its size shows in the result. A group whose rewards are all equal, and so a group of
//! one, says nothing about which answer is better: its advantages are exactly zero, never the
//! quotient of two rounding errors. (Some trainers give a lone answer its reward as its advantage;
//! that pushes up whatever was sampled, and is not done here.)
//!
//! Left out: value models (GAE), statistics over a batch instead of a group (REINFORCE++), and
//! anything about tokens, which all share the advantage of their answer.

/// What a centred reward is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Nothing: hard and easy prompts keep their weight. This is Dr. GRPO.
    None,
    /// The sample standard deviation, with divisor `n - 1`, plus `epsilon`.
    SampleDeviation {
        /// Keeps the quotient bounded where rewards hardly differ; 1e-6 is usual.
        epsilon: f64,
    },
    /// The population standard deviation, with divisor `n`, plus `epsilon`.
    PopulationDeviation {
        /// Keeps the quotient bounded where rewards hardly differ; 1e-4 is usual.
        epsilon: f64,
    },
}

/// Rewards of one group relative to their mean, as in GRPO and Dr. GRPO.
///
/// `A_i = (r_i - mean(r)) / s`, where `s` is 1 or `deviation(r) + epsilon`, as `scale` says.
///
/// Sources: Shao et al., "DeepSeekMath", arXiv:2402.03300, section 4.1.2 (divides by the standard
/// deviation and leaves open which; implementations differ, so here it has to be named), and
/// Liu et al., "Understanding R1-Zero-Like Training", arXiv:2503.20783 (does not divide).
///
/// ```
/// use trainer::{Scale, group_relative};
///
/// assert_eq!(group_relative(&[1.0, 0.0, 0.0, 0.0], Scale::None), [0.75, -0.25, -0.25, -0.25]);
///
/// let scaled = group_relative(&[1.0, 0.0], Scale::PopulationDeviation { epsilon: 0.0 });
/// assert_eq!(scaled, [1.0, -1.0]);
/// ```
pub fn group_relative(rewards: &[f32], scale: Scale) -> Vec<f64> {
    if all_equal(rewards) {
        return vec![0.0; rewards.len()];
    }
    let count = rewards.len() as f64;
    let mean = sum(rewards) / count;
    let centred: Vec<f64> = rewards.iter().map(|&reward| f64::from(reward) - mean).collect();
    let squares: f64 = centred.iter().map(|distance| distance * distance).sum();
    let divisor = match scale {
        Scale::None => 1.0,
        Scale::SampleDeviation { epsilon } => (squares / (count - 1.0)).sqrt() + epsilon,
        Scale::PopulationDeviation { epsilon } => (squares / count).sqrt() + epsilon,
    };
    centred.into_iter().map(|distance| distance / divisor).collect()
}

/// Rewards of one group, each relative to the mean of the others, as in RLOO.
///
/// `A_i = r_i - 1/(n-1) * sum over j != i of r_j`. The baseline of an answer does not contain the
/// answer itself, so the gradient estimate stays unbiased; it is `n/(n-1)` times the centred
/// reward.
///
/// Sources: Kool et al., "Buy 4 REINFORCE Samples, Get a Baseline for Free!", 2019; Ahmadian et
/// al., "Back to Basics", arXiv:2402.14740, section 3.2.
///
/// ```
/// use trainer::leave_one_out;
///
/// assert_eq!(leave_one_out(&[3.0, 1.0, 2.0]), [1.5, -1.5, 0.0]);
/// ```
pub fn leave_one_out(rewards: &[f32]) -> Vec<f64> {
    if all_equal(rewards) {
        return vec![0.0; rewards.len()];
    }
    let others = rewards.len() as f64 - 1.0;
    let total = sum(rewards);
    rewards.iter().map(|&reward| f64::from(reward) - (total - f64::from(reward)) / others).collect()
}

/// Compares the rewards themselves, because a deviation of equal rewards can round to above zero.
pub(crate) fn all_equal(rewards: &[f32]) -> bool {
    rewards.windows(2).all(|pair| pair[0] == pair[1])
}

fn sum(rewards: &[f32]) -> f64 {
    rewards.iter().copied().map(f64::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Scale = Scale::SampleDeviation { epsilon: 0.0 };
    const POPULATION: Scale = Scale::PopulationDeviation { epsilon: 0.0 };
    const EVERY_SCALE: [Scale; 3] = [Scale::None, SAMPLE, POPULATION];

    /// Two of eight answers are right.
    const EIGHT: [f32; 8] = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    /// The two groups of four for which the figures of public trainers were recorded.
    const HALF: [f32; 4] = [1.0, 0.0, 0.0, 1.0];
    const QUARTER: [f32; 4] = [0.0, 0.0, 0.0, 1.0];

    #[track_caller]
    fn assert_close(actual: &[f64], expected: &[f64]) {
        assert_eq!(actual.len(), expected.len());
        for (actual, expected) in actual.iter().zip(expected) {
            assert!((actual - expected).abs() < 5e-9, "{actual} is not {expected}");
        }
    }

    /// What a right answer and a wrong one earn in a group where both are there.
    fn right_and_wrong(rewards: &[f32], advantages: &[f64]) -> [f64; 2] {
        let of = |reward: f32| {
            advantages[rewards.iter().position(|&r| r == reward).expect("both rewards occur")]
        };
        [of(1.0), of(0.0)]
    }

    #[test]
    fn sample_deviation_gives_the_figures_of_the_paper_s_formula() {
        let advantages = group_relative(&EIGHT, SAMPLE);
        assert_close(&right_and_wrong(&EIGHT, &advantages), &[1.620_185_17, -0.540_061_72]);
    }

    #[test]
    fn population_deviation_gives_its_own_figures() {
        let advantages = group_relative(&EIGHT, POPULATION);
        assert_close(&right_and_wrong(&EIGHT, &advantages), &[1.732_050_81, -0.577_350_27]);
    }

    #[test]
    fn without_a_scale_rewards_are_only_centred() {
        let advantages = group_relative(&EIGHT, Scale::None);
        assert_eq!(right_and_wrong(&EIGHT, &advantages), [0.75, -0.25]);
    }

    #[test]
    fn epsilon_is_added_to_the_deviation_as_verl_does() {
        let scale = Scale::SampleDeviation { epsilon: 1e-6 };
        let half = group_relative(&HALF, scale);
        assert_close(&right_and_wrong(&HALF, &half), &[0.866_023_903_8, -0.866_023_903_8]);
        let quarter = group_relative(&QUARTER, scale);
        assert_close(&right_and_wrong(&QUARTER, &quarter), &[1.499_997, -0.499_999]);
    }

    #[test]
    fn epsilon_is_added_to_the_deviation_as_trl_does() {
        let scale = Scale::SampleDeviation { epsilon: 1e-4 };
        let half = group_relative(&HALF, scale);
        assert_close(&right_and_wrong(&HALF, &half), &[0.865_875_429_8, -0.865_875_429_8]);
        let quarter = group_relative(&QUARTER, scale);
        assert_close(&right_and_wrong(&QUARTER, &quarter), &[1.499_700_06, -0.499_900_02]);
    }

    #[test]
    fn epsilon_is_added_to_the_deviation_as_grpo_zero_does() {
        let scale = Scale::PopulationDeviation { epsilon: 1e-4 };
        let half = group_relative(&HALF, scale);
        assert_close(&right_and_wrong(&HALF, &half), &[0.999_800_04, -0.999_800_04]);
        let quarter = group_relative(&QUARTER, scale);
        assert_close(&right_and_wrong(&QUARTER, &quarter), &[1.731_650_899_9, -0.577_216_966_6]);
    }

    #[test]
    fn an_answer_is_compared_with_the_others_and_not_with_itself() {
        let two_thirds = 2.0 / 3.0;
        assert_close(&leave_one_out(&HALF), &[two_thirds, -two_thirds, -two_thirds, two_thirds]);
        let third = -1.0 / 3.0;
        assert_close(&leave_one_out(&QUARTER), &[third, third, third, 1.0]);
    }

    #[test]
    fn equal_rewards_teach_nothing_and_are_never_nan() {
        // One tenth is not a binary fraction, and a sum of seven of them is inexact in f32.
        for rewards in [[0.0; 7], [1.0; 7], [0.1; 7], [-1e30; 7]] {
            for scale in EVERY_SCALE {
                assert_eq!(group_relative(&rewards, scale), [0.0; 7]);
            }
            assert_eq!(leave_one_out(&rewards), [0.0; 7]);
        }
    }

    #[test]
    fn a_group_of_one_teaches_nothing_and_an_empty_one_is_empty() {
        for scale in EVERY_SCALE {
            assert_eq!(group_relative(&[1.0], scale), [0.0]);
            assert!(group_relative(&[], scale).is_empty());
        }
        assert_eq!(leave_one_out(&[1.0]), [0.0]);
        assert!(leave_one_out(&[]).is_empty());
    }

    #[test]
    fn a_right_answer_earns_a_positive_advantage_and_the_group_sums_to_nothing() {
        for scale in EVERY_SCALE {
            let advantages = group_relative(&EIGHT, scale);
            assert!(advantages[0] > 0.0);
            assert!(advantages.iter().sum::<f64>().abs() < 1e-12);
        }
    }
}
