//! What seeds came to, together.

use harness::page::Curve;
use serde::Serialize;
use trainer::lab::{Arm, ArmReport};

/// The 97.5 % points of Student's distribution with 1, 2, ... degrees of freedom.
const STUDENT: [f64; 20] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
];

/// A mean over seeds, and half of its 95 % interval by Student's distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Mean {
    pub(super) mean: f64,
    /// None for a single seed.
    pub(super) margin: Option<f64>,
}

impl Mean {
    pub(super) fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count.max(1.0);
        let margin = (values.len() > 1).then(|| {
            let square: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            let student = STUDENT.get(values.len() - 2).copied().unwrap_or(1.96);
            student * (square / (count - 1.0) / count).sqrt()
        });
        Self { mean, margin }
    }
}

impl std::fmt::Display for Mean {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.margin {
            Some(margin) => write!(f, "{:.3} ± {margin:.3}", self.mean),
            None => write!(f, "{:.3}", self.mean),
        }
    }
}

/// The reports of an arm, by seed.
#[derive(Debug)]
pub(super) struct Results(pub(super) Vec<ArmReport>);

impl Results {
    pub(super) fn of(&self, arm: Arm) -> Vec<&ArmReport> {
        let mut reports: Vec<&ArmReport> = self.0.iter().filter(|it| it.arm == arm).collect();
        reports.sort_by_key(|it| it.seed);
        reports
    }

    pub(super) fn mean(&self, arm: Arm, of: impl Fn(&ArmReport) -> f64) -> Mean {
        let values: Vec<f64> = self.of(arm).into_iter().map(of).collect();
        Mean::of(&values)
    }

    /// By how much an arm has more than another, seed by seed.
    pub(super) fn difference(
        &self,
        arm: Arm,
        other: Arm,
        of: impl Fn(&ArmReport) -> f64,
    ) -> Option<Mean> {
        let others = self.of(other);
        let pairs = self.of(arm).into_iter().filter_map(|report| {
            let other = others.iter().find(|it| it.seed == report.seed)?;
            Some(of(report) - of(other))
        });
        let differences: Vec<f64> = pairs.collect();
        (!differences.is_empty()).then(|| Mean::of(&differences))
    }

    /// Success by step of reinforcement, with intervals over seeds.
    pub(super) fn curve(
        &self,
        arm: Arm,
        class: &'static str,
        label: &'static str,
    ) -> Curve<'static> {
        let reports = self.of(arm);
        let steps = reports.first().map_or(0, |it| it.curve.len());
        let point = |place: usize| {
            let values: Vec<f64> =
                reports.iter().filter_map(|it| it.curve.get(place)).map(|it| it.1).collect();
            let Mean { mean, margin } = Mean::of(&values);
            (
                reports[0].curve[place].0 as f64,
                mean,
                margin.unwrap_or(0.0).min(mean).min(1.0 - mean),
            )
        };
        Curve { class, label, points: (0..steps).map(point).collect() }
    }
}

/// The first step of reinforcement at which success is `enough`.
pub(super) fn reaches(report: &ArmReport, enough: f64) -> Option<u64> {
    report.curve.iter().find(|(_, success)| *success >= enough).map(|(step, _)| *step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_that_of_student() {
        let Mean { mean, margin } = Mean::of(&[1.0, 2.0, 3.0]);
        assert_eq!(mean, 2.0);
        assert!((margin.unwrap() - 4.303 / 3.0_f64.sqrt()).abs() < 1e-9);
        assert_eq!(Mean::of(&[1.5]), Mean { mean: 1.5, margin: None });
    }
}
