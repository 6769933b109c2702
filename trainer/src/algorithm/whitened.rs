//! Advantages compared with the whole batch instead of one group.

/// Added to the variance, so that equal values become 0.
const EPSILON: f64 = 1e-8;

/// Values brought to mean 0 and variance 1 over all tokens of a batch, where every token of answer
/// `i`, of `lengths[i]` tokens, has `values[i]`.
///
/// `(x - mean) / sqrt(variance + 1e-8)`, with the unbiased variance. With rewards as values this is
/// the advantage of REINFORCE++, arXiv:2501.03262, for gamma 1; with rewards minus the mean of
/// their group it is that of REINFORCE++-baseline. Left out: gamma below 1 and the KL penalty in
/// the reward.
///
/// ```
/// use trainer::algorithm::whitened;
///
/// let advantages = whitened(&[1.0, 0.0], &[2, 2]);
/// assert!((advantages[0] - 0.75_f64.sqrt()).abs() < 1e-7 && advantages[1] == -advantages[0]);
/// assert_eq!(whitened(&[0.1, 0.1], &[3, 5]), [0.0, 0.0]);
/// ```
///
/// # Panics
///
/// If there are not as many lengths as values.
pub fn whitened(values: &[f64], lengths: &[usize]) -> Vec<f64> {
    assert_eq!(values.len(), lengths.len(), "each value has a length");
    if values.windows(2).all(|pair| pair[0] == pair[1]) {
        return vec![0.0; values.len()];
    }
    let weighted = || values.iter().zip(lengths.iter().map(|&length| length as f64));
    let tokens: f64 = lengths.iter().map(|&length| length as f64).sum();
    let mean = weighted().map(|(value, length)| value * length).sum::<f64>() / tokens;
    let squares: f64 = weighted().map(|(value, length)| (value - mean).powi(2) * length).sum();
    let variance = squares / (tokens - 1.0).max(1.0);
    values.iter().map(|value| (value - mean) / (variance + EPSILON).sqrt()).collect()
}
