//! What came of learning from the same samples in several updates.

use super::policy::Observed;
use crate::learning::StepReport;

/// What came of the updates of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Learned {
    /// How many there were.
    pub(crate) updates: usize,
    /// The sum of their losses.
    pub(crate) loss: f64,
    /// The largest norm of a gradient before it was clipped.
    pub(crate) gradient_norm: f64,
    /// The last learning rate.
    pub(crate) rate: f64,
    /// How many tokens were learnt, again and again where they were.
    pub(crate) tokens: usize,
    /// The largest distance of a token's log-probability, before the first update, from that of the
    /// sample.
    pub(crate) gap: f64,
    /// The sum over tokens of the ratios that left their bounds.
    pub(crate) clipped: f64,
    /// The sum over tokens of the estimated divergence from the reference.
    pub(crate) divergence: f64,
}

impl Learned {
    pub(crate) fn add(&mut self, made: &StepReport, observed: impl IntoIterator<Item = Observed>) {
        for Observed { gap, clipped, divergence } in observed {
            // Later updates move away from what was sampled on purpose.
            if self.updates == 0 {
                self.gap = self.gap.max(gap);
            }
            self.clipped += clipped;
            self.divergence += divergence;
        }
        self.updates += 1;
        self.loss += made.loss;
        self.gradient_norm = self.gradient_norm.max(made.gradient_norm);
        self.rate = made.rate;
        self.tokens += made.tokens;
    }

    /// The mean over tokens of what was summed over them.
    pub(crate) fn by_token(&self, sum: f64) -> f64 {
        if self.tokens == 0 { 0.0 } else { sum / self.tokens as f64 }
    }
}
