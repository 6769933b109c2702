//! What each line of a trajectory earns, and what follows from having thought there.
//!
//! A trajectory goes through a window of human code. At each line it thought or went on, and then
//! the human's line was appended. Trajectories of one group go through the same window.

/// One line of a trajectory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The mean log-probability of the line's tokens, given everything before, thoughts included.
    pub logprob: f64,
    /// Whether something was written before it.
    pub thought: bool,
    /// Whether what was written is not a comment.
    pub malformed: bool,
}

/// What a line is paid.
///
/// `r_t = logprob_t - c [thought] - f [malformed]`: the paper's fixed price for a thought, which
/// stands for the divergence from a prior that rather goes on; and a fine, which is ours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rewards {
    /// `c`, 0.05 in the paper. Infinite: thinking never pays, which is plain next-token prediction.
    pub thought: f64,
    /// `f`, 0.5 by default; the paper has none.
    pub malformed: f64,
}

impl Default for Rewards {
    fn default() -> Self {
        Self { thought: 0.05, malformed: 0.5 }
    }
}

impl Rewards {
    /// What a line earns. A line without a thought earns its log-probability exactly, so that the
    /// rewards of a trajectory that never thinks are minus the losses of next-token prediction.
    pub fn of(self, line: Line) -> f64 {
        let fine = if line.malformed { self.malformed } else { 0.0 };
        let price = if line.thought { self.thought } else { 0.0 };
        line.logprob - price - fine
    }
}

/// How far ahead a decision is held responsible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Horizon {
    /// What the next line counts, relative to this one; 1 by default.
    pub gamma: f64,
    /// How many lines count, this one included; none for all to the end of the window.
    pub lines: Option<usize>,
}

impl Default for Horizon {
    fn default() -> Self {
        Self { gamma: 1.0, lines: None }
    }
}

impl Horizon {
    /// `G_t = sum over k >= t of gamma^(k - t) r_k`, within the horizon.
    pub fn returns(self, rewards: &[f64]) -> Vec<f64> {
        let lines = self.lines.unwrap_or(rewards.len());
        let from = |t: usize| rewards[t..].iter().take(lines);
        let discounted = |t| from(t).rev().fold(0.0, |rest, reward| reward + self.gamma * rest);
        (0..rewards.len()).map(discounted).collect()
    }
}

/// For each trajectory of a group and each line, the return from there on minus the mean of the
/// others' returns from the same line.
///
/// The baseline does not contain the trajectory itself, and nothing is divided by a deviation:
/// either would make the gradient another one than that of the bound. A group of one has nothing to
/// be compared with, and its advantages are 0.
///
/// ```
/// use trainer::ra3::{Horizon, advantages_from_here};
///
/// let rewards = [vec![1.0, 2.0], vec![0.0, 4.0], vec![0.0, 0.0]];
/// let advantages = advantages_from_here(&rewards, Horizon::default());
/// assert_eq!(advantages, [[1.0, 0.0], [2.5, 3.0], [-3.5, -3.0]]);
/// ```
///
/// # Panics
///
/// If trajectories differ in their number of lines.
pub fn advantages_from_here(rewards: &[Vec<f64>], horizon: Horizon) -> Vec<Vec<f64>> {
    let returns: Vec<_> = rewards.iter().map(|rewards| horizon.returns(rewards)).collect();
    let lines = returns.first().map_or(0, Vec::len);
    assert!(returns.iter().all(|returns| returns.len() == lines), "all go through one window");
    if returns.len() < 2 {
        return vec![vec![0.0; lines]; returns.len()];
    }
    let others = returns.len() as f64 - 1.0;
    let totals: Vec<f64> =
        (0..lines).map(|t| returns.iter().map(|returns| returns[t]).sum()).collect();
    let compared = |own: &f64, total: &f64| own - (total - own) / others;
    let of_one = |own: &Vec<f64>| own.iter().zip(&totals).map(|(o, t)| compared(o, t)).collect();
    returns.iter().map(of_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(logprob: f64, thought: bool, malformed: bool) -> Line {
        Line { logprob, thought, malformed }
    }

    #[test]
    fn a_line_without_a_thought_earns_its_log_probability_whatever_thoughts_cost() {
        let never = Rewards { thought: f64::INFINITY, ..Rewards::default() };
        assert_eq!(never.of(line(-1.5, false, false)), -1.5);
        assert_eq!(never.of(line(-1.5, true, false)), f64::NEG_INFINITY);
    }

    #[test]
    fn thoughts_are_paid_for_and_malformed_ones_are_fined() {
        assert_eq!(Rewards::default().of(line(-1.0, true, false)), -1.05);
        assert_eq!(Rewards::default().of(line(-1.0, true, true)), -1.55);
    }

    #[test]
    fn returns_end_at_the_horizon_and_are_discounted() {
        let rewards = [1.0, 2.0, 4.0];
        assert_eq!(Horizon::default().returns(&rewards), [7.0, 6.0, 4.0]);
        assert_eq!(Horizon { gamma: 0.5, lines: None }.returns(&rewards), [3.0, 4.0, 4.0]);
        assert_eq!(Horizon { gamma: 1.0, lines: Some(1) }.returns(&rewards), rewards);
    }

    #[test]
    fn advantages_of_a_group_sum_to_nothing_at_every_line() {
        let rewards = [vec![0.3, -1.0], vec![0.1, 0.7], vec![-0.4, 0.2], vec![1.0, 1.0]];
        let advantages = advantages_from_here(&rewards, Horizon::default());
        for t in 0..2 {
            assert!(advantages.iter().map(|of_one| of_one[t]).sum::<f64>().abs() < 1e-12);
        }
    }

    #[test]
    fn a_trajectory_alone_teaches_nothing() {
        assert_eq!(advantages_from_here(&[vec![1.0, 2.0]], Horizon::default()), [[0.0, 0.0]]);
    }
}
