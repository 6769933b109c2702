//! Parameters of a model that knows nothing yet.

use std::convert::Infallible;

use tch::Tensor;

use super::weights::Weights;
use crate::sampling::Draw;

/// Weights as a training from nothing begins: matrices from a normal distribution, biases zero,
/// norms one. The same seed gives the same numbers, whatever the order they are asked for in.
#[derive(Clone, Copy, Debug)]
pub struct InitialWeights {
    /// Of the random numbers.
    pub seed: u64,
    /// The standard deviation of the matrices' elements; 0.02 is usual.
    pub deviation: f64,
}

impl Weights for InitialWeights {
    type Error = Infallible;

    /// There is no list to compare with: every parameter is there.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn copy_to(&self, name: &str, target: &mut Tensor) -> Result<(), Infallible> {
        if target.dim() == 1 {
            let value = if name.ends_with("bias") { 0.0 } else { 1.0 };
            let _ = target.fill_(value);
            return Ok(());
        }
        // The number that stands for the name is its hash by FNV-1a.
        let prompt = name
            .bytes()
            .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let uniform = |sample, position| {
            Draw { seed: self.seed, step: u32::MAX, prompt, sample, position }.uniform()
        };
        // Two uniform numbers make a normal one: Box and Muller, 1958.
        let normal = |element: u32| {
            let radius = (-2.0 * uniform(0, element).ln()).sqrt();
            (radius * (std::f64::consts::TAU * uniform(1, element)).cos() * self.deviation) as f32
        };
        let elements: Vec<f32> = (0..target.numel() as u32).map(normal).collect();
        target.copy_(&Tensor::from_slice(&elements).view_as(target));
        Ok(())
    }
}
