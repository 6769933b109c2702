//! How the learning rate goes with the steps.

use std::f64::consts::PI;

/// What the rate does after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// It stays.
    Constant,
    /// It falls along half a cosine, from the peak to `floor` at step `steps`, and stays there.
    Cosine {
        /// The last step of the fall.
        steps: u64,
        /// Where it ends, as a part of the peak.
        floor: f64,
    },
}

/// A learning rate for every step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The highest rate.
    pub peak: f64,
    /// The rate rises in a line over this many steps, from `peak / warmup`.
    pub warmup: u64,
    /// What follows.
    pub course: Course,
}

impl Schedule {
    /// The same rate for every step.
    pub fn constant(rate: f64) -> Self {
        Self { peak: rate, warmup: 0, course: Course::Constant }
    }

    /// The rate of a step, counted from zero.
    ///
    /// ```
    /// use trainer::learning::{Course, Schedule};
    ///
    /// let course = Course::Cosine { steps: 12, floor: 0.1 };
    /// let schedule = Schedule { peak: 1.0, warmup: 2, course };
    /// assert_eq!([0, 1, 2].map(|step| schedule.rate(step)), [0.5, 1.0, 1.0]);
    /// assert!((schedule.rate(7) - 0.55).abs() < 1e-12);
    /// assert!((schedule.rate(12) - 0.1).abs() < 1e-12);
    /// assert_eq!(schedule.rate(99), schedule.rate(12));
    /// ```
    pub fn rate(&self, step: u64) -> f64 {
        if step < self.warmup {
            return self.peak * (step + 1) as f64 / self.warmup as f64;
        }
        match self.course {
            Course::Constant => self.peak,
            Course::Cosine { steps, floor } => {
                let whole = steps.saturating_sub(self.warmup).max(1) as f64;
                let part = ((step - self.warmup) as f64 / whole).min(1.0);
                self.peak * (floor + (1.0 - floor) * 0.5 * (1.0 + (PI * part).cos()))
            }
        }
    }
}
