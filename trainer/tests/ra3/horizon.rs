//! The paper's claim that actions over several steps make planning shorter, on a random process.

use trainer::sampling::Draw;

const STATES: usize = 30;
const ACTIONS: usize = 5;
const GAMMA: f64 = 0.98;
const EPSILON: f64 = 0.01;

/// What an option of so many steps leads to, and what it pays.
struct Process {
    /// `[state][action][state]`
    transitions: Vec<Vec<Vec<f64>>>,
    /// `[state][action]`
    rewards: Vec<Vec<f64>>,
    /// What the future counts after one option.
    discount: f64,
}

impl Process {
    fn of(steps: i32) -> Self {
        let uniform = |state: usize, action: usize, position: usize| {
            let (prompt, sample) = (state as u32, action as u32);
            let step = steps as u32;
            Draw { seed: 0, step, prompt, sample, position: position as u32 }.uniform()
        };
        let transition = |state, action| {
            // A power makes few of them large.
            let weights: Vec<f64> =
                (0..STATES).map(|next| uniform(state, action, next + 1).powi(6)).collect();
            let total: f64 = weights.iter().sum();
            weights.iter().map(|weight| weight / total).collect()
        };
        let most = (1.0 - GAMMA.powi(steps)) / (1.0 - GAMMA);
        let each = |of: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
            (0..STATES)
                .map(|state| (0..ACTIONS).map(|action| of(state, action)).collect())
                .collect()
        };
        Self {
            transitions: (0..STATES)
                .map(|state| (0..ACTIONS).map(|action| transition(state, action)).collect())
                .collect(),
            rewards: each(&|state, action| uniform(state, action, 0) * most),
            discount: GAMMA.powi(steps),
        }
    }

    fn improve(&self, values: &[f64]) -> Vec<f64> {
        let of_action = |state: usize, action: usize| {
            let next = &self.transitions[state][action];
            let future: f64 = next.iter().zip(values).map(|(part, value)| part * value).sum();
            self.rewards[state][action] + self.discount * future
        };
        let best = |state| (0..ACTIONS).map(|action| of_action(state, action)).fold(0.0, f64::max);
        (0..STATES).map(best).collect()
    }

    /// After how many iterations all values are right but for epsilon.
    fn iterations(&self) -> usize {
        let mut right = vec![0.0; STATES];
        for _ in 0..20_000 {
            right = self.improve(&right);
        }
        let error = |values: &[f64]| {
            values.iter().zip(&right).map(|(it, right)| (it - right).abs()).fold(0.0, f64::max)
        };
        let (mut values, mut count) = (vec![0.0; STATES], 0);
        while error(&values) > EPSILON {
            values = self.improve(&values);
            count += 1;
        }
        count
    }
}

#[test]
fn value_iteration_over_longer_options_takes_fewer_iterations_and_stays_under_the_bound() {
    let counts = [1, 2, 4, 8].map(|steps| {
        let process = Process::of(steps);
        let horizon = 1.0 / (1.0 - process.discount);
        let bound = horizon * (1.0 / (EPSILON * (1.0 - GAMMA))).ln();
        let count = process.iterations();
        assert!((count as f64) < bound, "{count} iterations, and the bound is {bound}");
        count
    });
    assert!(counts.is_sorted_by(|left, right| left > right), "{counts:?}");
    assert!(counts[0] as f64 / counts[3] as f64 > 6.0, "{counts:?}");
}
