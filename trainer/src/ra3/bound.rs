//! The temporal bound, where everything can be enumerated.
//!
//! A choice before each action is one of `|Z|` thoughts, or to go on with the last one. The prior is
//! sticky: `p(z_t | z_{t-1}) = alpha [go on] + (1 - alpha) / |Z|` for each thought. Then
//!
//! ```text
//!   log p(a | s_0) >= E_q sum_t [ log pi(a_t | s_t, z_t) - KL( q(z_t | ..) || p(z_t | z_{t-1}) ) ]
//!   -KL = ln alpha - c rho + H(q),    c = ln( alpha |Z| / (1 - alpha) )
//! ```
//!
//! with `rho` the probability to think: equation 3 of arXiv:2509.25810, and what its fixed price `c`
//! of a thought stands for. Training uses neither of these functions. They are what its estimators
//! are checked against, and what `ra3 lab bound` prints.

/// A world with a few thoughts and a few actions: how likely each expert action is.
///
/// Choice `thoughts` is to go on; as what was thought last, it stands for nothing yet.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// `|Z|`, the number of thoughts.
    pub thoughts: usize,
    /// The prior probability to go on.
    pub alpha: f64,
    /// `log pi(a_t | t, z)` of the expert's action, `[time][thoughts + 1]`.
    pub logprobs: Vec<Vec<f64>>,
}

/// Log-probabilities of a choice, by time, by what was thought last, by choice:
/// `[time][thoughts + 1][thoughts + 1]`.
pub type Choices = Vec<Vec<Vec<f64>>>;

impl World {
    /// `c`, what a thought costs under the sticky prior.
    pub fn price(&self) -> f64 {
        (self.alpha * self.thoughts as f64 / (1.0 - self.alpha)).ln()
    }

    /// `log p` of a choice under the prior.
    pub fn prior(&self, choice: usize) -> f64 {
        if choice == self.thoughts {
            self.alpha.ln()
        } else {
            ((1.0 - self.alpha) / self.thoughts as f64).ln()
        }
    }

    /// What is in mind after a choice.
    pub fn after(&self, mind: usize, choice: usize) -> usize {
        if choice == self.thoughts { mind } else { choice }
    }

    /// `log p(a | s_0)`, by a recursion forward over what is in mind.
    pub fn log_likelihood(&self) -> f64 {
        let states = self.thoughts + 1;
        let mut forward = vec![f64::NEG_INFINITY; states];
        forward[self.thoughts] = 0.0;
        for logprobs in &self.logprobs {
            let mut next = vec![Vec::new(); states];
            for (mind, weight) in forward.iter().enumerate() {
                for choice in 0..states {
                    let after = self.after(mind, choice);
                    next[after].push(weight + self.prior(choice) + logprobs[after]);
                }
            }
            forward = next.iter().map(|terms| log_sum(terms)).collect();
        }
        log_sum(&forward)
    }

    /// The bound for a policy that knows the time and what was thought last.
    pub fn bound(&self, policy: &Choices) -> f64 {
        self.bound_from(policy, 0, self.thoughts)
    }

    fn bound_from(&self, policy: &Choices, time: usize, mind: usize) -> f64 {
        let Some(logprobs) = self.logprobs.get(time) else { return 0.0 };
        let of_choice = |(choice, &logprob): (usize, &f64)| {
            let after = self.after(mind, choice);
            let reward = logprobs[after] + self.prior(choice) - logprob;
            logprob.exp() * (reward + self.bound_from(policy, time + 1, after))
        };
        policy[time][mind].iter().enumerate().map(of_choice).sum()
    }

    /// The policy for which the bound is the likelihood, by a recursion backward:
    /// `q(z) ~ p(z) pi(a_t | z) exp V_{t+1}(z)`, `V_t = log sum_z p(z) pi(a_t | z) exp V_{t+1}(z)`.
    pub fn best_policy(&self) -> Choices {
        let states = self.thoughts + 1;
        let mut value = vec![0.0; states];
        let mut policy = vec![Vec::new(); self.logprobs.len()];
        for (time, logprobs) in self.logprobs.iter().enumerate().rev() {
            let of_choice = |mind, choice| {
                let after = self.after(mind, choice);
                self.prior(choice) + logprobs[after] + value[after]
            };
            let scores: Vec<Vec<f64>> = (0..states)
                .map(|mind| (0..states).map(|choice| of_choice(mind, choice)).collect())
                .collect();
            value = scores.iter().map(|scores| log_sum(scores)).collect();
            let normal = |(scores, total): (&Vec<f64>, &f64)| {
                scores.iter().map(|score| score - total).collect()
            };
            policy[time] = scores.iter().zip(&value).map(normal).collect();
        }
        policy
    }
}

/// `-KL` of a choice to the prior, in the form with a price for thoughts:
/// `ln alpha - c rho + H(q)`.
///
/// ```
/// use trainer::ra3::bound::{World, negative_divergence};
///
/// let world = World { thoughts: 3, alpha: 0.7, logprobs: vec![] };
/// assert!((world.price() - 1.945910149).abs() < 1e-9);
/// let choice = [0.1_f64, 0.2, 0.3, 0.4].map(f64::ln);
/// let directly: f64 =
///     choice.iter().enumerate().map(|(it, logprob)| logprob.exp() * (world.prior(it) - logprob)).sum();
/// assert!((negative_divergence(&world, &choice) - directly).abs() < 1e-12);
/// ```
pub fn negative_divergence(world: &World, choice: &[f64]) -> f64 {
    let thinks = 1.0 - choice[world.thoughts].exp();
    let entropy: f64 = -choice.iter().map(|logprob| logprob.exp() * logprob).sum::<f64>();
    world.alpha.ln() - world.price() * thinks + entropy
}

/// `log sum exp`.
pub fn log_sum(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + terms.iter().map(|term| (term - largest).exp()).sum::<f64>().ln()
}
