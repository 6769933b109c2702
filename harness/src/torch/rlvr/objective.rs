//! The keys of a configuration that say what is minimised.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use trainer::Scale;
use trainer::algorithm::{Aggregation, Baseline, Correction, KlEstimator, Objective, Surrogate};

/// What is minimised: a preset, and what is to be different in it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ObjectiveKeys {
    /// `grpo`, `dr-grpo`, `dapo` or `deepcoder`.
    pub(crate) preset: String,
    /// `group` (centred), `group-deviation`, `group-population-deviation`, `leave-one-out` (RLOO),
    /// `batch` (REINFORCE++) or `group-then-batch` (REINFORCE++-baseline).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) baseline: Option<BaselineKey>,
    /// `clipped` (PPO), `sequence-clipped` (GSPO) or `reweighted` (CISPO).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) surrogate: Option<SurrogateKey>,
    /// How far a ratio may fall below 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clip_low: Option<f64>,
    /// How far it may rise above 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clip_high: Option<f64>,
    /// Bounds the loss of unlikely bad tokens; 3 is usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dual_clip: Option<f64>,
    /// `token-mean`, `sequence-mean`, `sequence-sum` or `fixed-length`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) aggregation: Option<AggregationKey>,
    /// `k1`, `k2`, `k3` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kl: Option<KlKey>,
    /// Its weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kl_weight: Option<f64>,
    /// For answers that were sampled by other weights: `truncated`, `sequence-mask` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) correction: Option<CorrectionKey>,
    /// The largest weight of the correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) correction_cap: Option<f64>,
    /// Answers that were cut off teach nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mask_truncated: Option<bool>,
    /// Groups whose answers all earned the same are drawn again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) drop_equal_groups: Option<bool>,
}

impl Default for ObjectiveKeys {
    fn default() -> Self {
        Self {
            preset: "deepcoder".to_owned(),
            baseline: None,
            surrogate: None,
            clip_low: None,
            clip_high: None,
            dual_clip: None,
            aggregation: None,
            kl: None,
            kl_weight: None,
            correction: None,
            correction_cap: None,
            mask_truncated: None,
            drop_equal_groups: None,
        }
    }
}

macro_rules! keys {
    ($($name:ident { $($variant:ident),+ })+) => {
        $(
            #[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
            #[serde(rename_all = "kebab-case")]
            pub(crate) enum $name { $($variant),+ }
        )+
    };
}

keys! {
    BaselineKey { Group, GroupDeviation, GroupPopulationDeviation, LeaveOneOut, Batch, GroupThenBatch }
    SurrogateKey { Clipped, SequenceClipped, Reweighted }
    AggregationKey { TokenMean, SequenceMean, SequenceSum, FixedLength }
    KlKey { K1, K2, K3, None }
    CorrectionKey { Truncated, SequenceMask, None }
}

impl ObjectiveKeys {
    /// The objective in the trainer's terms, where the longest answer has `longest` tokens.
    pub(crate) fn resolve(&self, longest: usize) -> anyhow::Result<Objective> {
        let mut objective = Objective::preset(&self.preset, longest).with_context(|| {
            let known = Objective::PRESETS.join(", ");
            format!("`objective.preset` is `{}`, which is none of {known}", self.preset)
        })?;
        if let Some(baseline) = self.baseline {
            let epsilon = 1e-6;
            objective.baseline = match baseline {
                BaselineKey::Group => Baseline::Group(Scale::None),
                BaselineKey::GroupDeviation => Baseline::Group(Scale::SampleDeviation { epsilon }),
                BaselineKey::GroupPopulationDeviation => {
                    Baseline::Group(Scale::PopulationDeviation { epsilon })
                }
                BaselineKey::LeaveOneOut => Baseline::LeaveOneOut,
                BaselineKey::Batch => Baseline::Batch,
                BaselineKey::GroupThenBatch => Baseline::GroupThenBatch,
            };
        }
        objective.surrogate = self.surrogate(objective.surrogate);
        if let Some(aggregation) = self.aggregation {
            objective.aggregation = match aggregation {
                AggregationKey::TokenMean => Aggregation::TokenMean,
                AggregationKey::SequenceMean => Aggregation::SequenceMean,
                AggregationKey::SequenceSum => Aggregation::SequenceSum,
                AggregationKey::FixedLength => Aggregation::FixedLength { length: longest as f64 },
            };
        }
        let weight = self.kl_weight.or(objective.kl.map(|(_, weight)| weight)).unwrap_or(0.001);
        let estimator = match self.kl {
            Some(KlKey::K1) => Some(KlEstimator::K1),
            Some(KlKey::K2) => Some(KlEstimator::K2),
            Some(KlKey::K3) => Some(KlEstimator::K3),
            Some(KlKey::None) => None,
            None => objective.kl.map(|(estimator, _)| estimator),
        };
        objective.kl = estimator.map(|estimator| (estimator, weight));
        objective.correction = match self.correction {
            Some(CorrectionKey::Truncated) => {
                Some(Correction::Truncated { cap: self.correction_cap.unwrap_or(2.0) })
            }
            Some(CorrectionKey::SequenceMask) => {
                Some(Correction::SequenceMask { cap: self.correction_cap.unwrap_or(3.0) })
            }
            Some(CorrectionKey::None) | None => None,
        };
        objective.mask_truncated = self.mask_truncated.unwrap_or(objective.mask_truncated);
        objective.drop_equal_groups = self.drop_equal_groups.unwrap_or(objective.drop_equal_groups);
        Ok(objective)
    }

    fn surrogate(&self, preset: Surrogate) -> Surrogate {
        let (low, high, dual) = match preset {
            Surrogate::Clipped { low, high, dual } => (low, high, dual),
            Surrogate::SequenceClipped { low, high } => (low, high, None),
            Surrogate::Reweighted { least, most } => (1.0 - least, most - 1.0, None),
        };
        let given = |usual_low: f64, usual_high: f64| {
            (self.clip_low.unwrap_or(usual_low), self.clip_high.unwrap_or(usual_high))
        };
        match self.surrogate {
            // The bounds that GSPO's paper gives are of another size than those of tokens.
            Some(SurrogateKey::SequenceClipped) => {
                let (low, high) = given(3e-4, 4e-4);
                Surrogate::SequenceClipped { low, high }
            }
            Some(SurrogateKey::Reweighted) => {
                let (low, high) = given(low, high);
                Surrogate::Reweighted { least: 1.0 - low, most: 1.0 + high }
            }
            Some(SurrogateKey::Clipped) | None => {
                let (low, high) = given(low, high);
                Surrogate::Clipped { low, high, dual: self.dual_clip.or(dual) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gspo_has_bounds_of_its_own() {
        let keys: ObjectiveKeys = toml::from_str("surrogate = \"sequence-clipped\"").unwrap();
        let objective = keys.resolve(1024).unwrap();
        assert_eq!(objective.surrogate, Surrogate::SequenceClipped { low: 3e-4, high: 4e-4 });
    }
}
