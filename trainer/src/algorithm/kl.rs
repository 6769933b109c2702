//! How far the policy is from a reference, estimated from the sampled tokens alone.
//!
//! With `d = log pi(a) - log ref(a)` of a token that `pi` sampled. Source: Schulman, "Approximating
//! KL Divergence", 2020. Left out: the clamps that some trainers put around the third, and gradient
//! corrections; each estimator is differentiated as it stands.

use tch::Tensor;

/// An estimator of the divergence from the reference, token by token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KlEstimator {
    /// `d`: unbiased, of high variance. As a loss its gradient is zero in the mean.
    K1,
    /// `d^2 / 2`: biased, of low variance.
    K2,
    /// `exp(-d) + d - 1`: unbiased, of low variance, never negative.
    K3,
}

impl KlEstimator {
    /// The estimate for each token.
    ///
    /// ```
    /// use tch::Tensor;
    /// use trainer::algorithm::KlEstimator;
    ///
    /// let (policy, reference) = (Tensor::from(-1.0), Tensor::from(-1.3));
    /// let k3 = KlEstimator::K3.estimate(&policy, &reference).double_value(&[]);
    /// assert!((k3 - 0.04081822).abs() < 1e-8);
    /// ```
    pub fn estimate(self, policy: &Tensor, reference: &Tensor) -> Tensor {
        let d = policy - reference;
        match self {
            Self::K1 => d,
            Self::K2 => d.square() / 2.0,
            Self::K3 => (-&d).exp() + d - 1.0,
        }
    }
}
