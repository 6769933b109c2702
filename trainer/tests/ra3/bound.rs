//! The temporal bound against enumeration, and its gradient against what the estimator gives.

use trainer::ra3::bound::{Choices, World, log_sum, negative_divergence};
use trainer::ra3::{Horizon, advantages_from_here};
use trainer::sampling::Draw;

const TIMES: usize = 4;
const THOUGHTS: usize = 3;
const STATES: usize = THOUGHTS + 1;

/// A number of a normal distribution, the same for the same arguments.
fn normal(seed: u64, number: usize) -> f64 {
    let uniform =
        |sample| Draw { seed, step: 0, prompt: number as u32, sample, position: 0 }.uniform();
    (-2.0 * uniform(0).ln()).sqrt() * (std::f64::consts::TAU * uniform(1)).cos()
}

fn log_softmax(scores: &[f64]) -> Vec<f64> {
    let total = log_sum(scores);
    scores.iter().map(|score| score - total).collect()
}

/// The world of the checks: four lines, three thoughts, three actions of which the expert takes one.
fn world() -> World {
    let expert = [0, 2, 1, 1];
    let logprob = |time: usize, state: usize| {
        let scores: Vec<f64> =
            (0..3).map(|action| normal(1, (time * STATES + state) * 3 + action)).collect();
        log_softmax(&scores)[expert[time]]
    };
    let logprobs = |time| (0..STATES).map(|state| logprob(time, state)).collect();
    World { thoughts: THOUGHTS, alpha: 0.7, logprobs: (0..TIMES).map(logprobs).collect() }
}

fn policy(seed: u64, sharpness: f64) -> Choices {
    let scores = |time: usize, mind: usize| {
        let score = |choice| sharpness * normal(seed, (time * STATES + mind) * STATES + choice);
        log_softmax(&(0..STATES).map(score).collect::<Vec<f64>>())
    };
    (0..TIMES).map(|time| (0..STATES).map(|mind| scores(time, mind)).collect()).collect()
}

/// Every way to choose.
fn strings() -> impl Iterator<Item = [usize; TIMES]> {
    (0..STATES.pow(TIMES as u32))
        .map(|number| std::array::from_fn(|time| number / STATES.pow(time as u32) % STATES))
}

#[test]
fn the_recursion_forward_is_the_sum_over_all_ways_to_choose() {
    let world = world();
    let of_string = |choices: [usize; TIMES]| {
        let (mut mind, mut sum) = (THOUGHTS, 0.0);
        for (time, choice) in choices.into_iter().enumerate() {
            mind = world.after(mind, choice);
            sum += world.prior(choice) + world.logprobs[time][mind];
        }
        sum
    };
    let enumerated = log_sum(&strings().map(of_string).collect::<Vec<_>>());
    assert!((world.log_likelihood() - enumerated).abs() < 1e-12);
}

#[test]
fn the_bound_of_any_policy_lies_below_the_likelihood() {
    let world = world();
    let likelihood = world.log_likelihood();
    for seed in 100..150 {
        let gap = likelihood - world.bound(&policy(seed, 2.0));
        assert!(gap >= -1e-12, "{gap}");
    }
}

#[test]
fn the_bound_of_the_best_policy_is_the_likelihood() {
    let world = world();
    assert!((world.bound(&world.best_policy()) - world.log_likelihood()).abs() < 1e-10);
}

#[test]
fn the_divergence_from_the_sticky_prior_is_a_price_for_thoughts_and_an_entropy() {
    let world = world();
    assert!((world.price() - 1.945_910_149).abs() < 1e-9);
    for seed in 0..20 {
        let choice = &policy(seed, 1.0)[0][0];
        let each = choice.iter().enumerate();
        let directly: f64 =
            each.map(|(it, logprob)| logprob.exp() * (world.prior(it) - logprob)).sum();
        assert!((negative_divergence(&world, choice) - directly).abs() < 1e-12);
    }
}

/// One number for each score of the policy.
type Gradient = Vec<f64>;

fn index(time: usize, mind: usize, choice: usize) -> usize {
    (time * STATES + mind) * STATES + choice
}

/// `d bound / d scores` by the likelihood-ratio identity over all ways to choose, which is exact.
fn exact_gradient(world: &World, policy: &Choices) -> Gradient {
    let mut gradient = vec![0.0; TIMES * STATES * STATES];
    for choices in strings() {
        let (rewards, minds, logprob) = walk(world, policy, choices);
        let total: f64 = rewards.iter().sum();
        for time in 0..TIMES {
            for choice in 0..STATES {
                let score = f64::from(u8::from(choice == choices[time]))
                    - policy[time][minds[time]][choice].exp();
                gradient[index(time, minds[time], choice)] += logprob.exp() * total * score;
            }
        }
    }
    gradient
}

/// What each choice earns, what was in mind before it, and how likely all of them are.
fn walk(
    world: &World,
    policy: &Choices,
    choices: [usize; TIMES],
) -> ([f64; TIMES], [usize; TIMES], f64) {
    let (mut rewards, mut minds) = ([0.0; TIMES], [0; TIMES]);
    let (mut mind, mut all) = (THOUGHTS, 0.0);
    for (time, choice) in choices.into_iter().enumerate() {
        minds[time] = mind;
        let logprob = policy[time][mind][choice];
        mind = world.after(mind, choice);
        rewards[time] = world.logprobs[time][mind] + world.prior(choice) - logprob;
        all += logprob;
    }
    (rewards, minds, all)
}

/// The mean over many groups of four of what `advantages` makes of their rewards.
fn estimate(
    world: &World,
    policy: &Choices,
    advantages: impl Fn(&[Vec<f64>]) -> Vec<Vec<f64>>,
) -> Gradient {
    const GROUPS: u32 = 60_000;
    const SAMPLES: u32 = 4;
    let mut gradient = vec![0.0; TIMES * STATES * STATES];
    for group in 0..GROUPS {
        let walks: Vec<_> = (0..SAMPLES)
            .map(|sample| {
                let mut mind = THOUGHTS;
                let choices = std::array::from_fn(|time| {
                    let key =
                        Draw { seed: 9, step: 1, prompt: group, sample, position: time as u32 };
                    let mut left = key.uniform();
                    let choice = (0..STATES)
                        .find(|&choice| {
                            left -= policy[time][mind][choice].exp();
                            left < 0.0
                        })
                        .unwrap_or(STATES - 1);
                    mind = world.after(mind, choice);
                    choice
                });
                (choices, walk(world, policy, choices))
            })
            .collect();
        let rewards: Vec<Vec<f64>> = walks.iter().map(|(_, (it, ..))| it.to_vec()).collect();
        for ((choices, (_, minds, _)), advantages) in walks.iter().zip(advantages(&rewards)) {
            for time in 0..TIMES {
                let weight = advantages[time] / f64::from(GROUPS * SAMPLES);
                for choice in 0..STATES {
                    let score = f64::from(u8::from(choice == choices[time]))
                        - policy[time][minds[time]][choice].exp();
                    gradient[index(time, minds[time], choice)] += weight * score;
                }
            }
        }
    }
    gradient
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

fn norm(it: &[f64]) -> f64 {
    product(it, it).sqrt()
}

#[test]
fn only_what_the_others_earned_from_here_on_is_a_baseline_that_keeps_the_gradient() {
    let (world, policy) = (world(), policy(7, 1.0));
    let exact = exact_gradient(&world, &policy);
    let error = |it: &[f64]| {
        let difference: Vec<f64> = it.iter().zip(&exact).map(|(it, exact)| it - exact).collect();
        norm(&difference) / norm(&exact)
    };
    let cosine = |it: &[f64]| product(it, &exact) / (norm(it) * norm(&exact));
    let left_out = estimate(&world, &policy, |it| advantages_from_here(it, Horizon::default()));
    assert!(error(&left_out) < 0.03, "{}", error(&left_out));
    assert!(cosine(&left_out) > 0.999, "{}", cosine(&left_out));

    // A mean that includes the trajectory itself makes everything smaller by (G - 1) / G.
    let included = estimate(&world, &policy, |it| {
        let mut advantages = advantages_from_here(it, Horizon::default());
        advantages.iter_mut().flatten().for_each(|it| *it *= 3.0 / 4.0);
        advantages
    });
    let shrunk = norm(&included) / norm(&left_out);
    assert!((shrunk - 0.75).abs() < 1e-9, "{shrunk}");

    // Dividing by the deviation of the group turns it.
    let divided = estimate(&world, &policy, |it| {
        let returns: Vec<Vec<f64>> = it.iter().map(|it| Horizon::default().returns(it)).collect();
        let mut advantages = vec![vec![0.0; TIMES]; returns.len()];
        for time in 0..TIMES {
            let count = returns.len() as f64;
            let mean = returns.iter().map(|it| it[time]).sum::<f64>() / count;
            let square = returns.iter().map(|it| (it[time] - mean).powi(2)).sum::<f64>();
            let deviation = (square / (count - 1.0)).sqrt() + 1e-6;
            for (advantages, returns) in advantages.iter_mut().zip(&returns) {
                advantages[time] = (returns[time] - mean) / deviation;
            }
        }
        advantages
    });
    assert!(cosine(&divided) < cosine(&left_out) - 0.003, "{}", cosine(&divided));
}
