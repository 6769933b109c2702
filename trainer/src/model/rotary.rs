//! Positions, as rotations of queries and keys.
//!
//! A head's vector is taken as `head_size / 2` pairs, and pair `i` at position `p` is turned by the
//! angle `p * base^(-2i / head_size)`. A product of a turned query and a turned key then depends on
//! the distance between them alone. The partner of element `i` is `i + head_size / 2`, as in the
//! checkpoints of Hugging Face; the pairs of neighbours in Meta's own files are another order of the
//! same rows.
//!
//! Source: Su et al., "RoFormer", arXiv:2104.09864.

use tch::{Device, Kind, Tensor};

/// The angles of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotary {
    /// The width of a head.
    pub head_size: i64,
    /// What the angles are powers of.
    pub base: f64,
    /// How they were changed for a longer context, if they were.
    pub rescaling: Option<Rescaling>,
}

/// Llama 3.1's way to a longer context: slow angles are divided by `factor`, fast ones stay, and
/// those between are mixed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rescaling {
    /// How much slower the slow ones get.
    pub factor: f64,
    /// An angle is slow if it turns less often than this within the original context.
    pub low_frequency_factor: f64,
    /// An angle is fast if it turns more often than this within the original context.
    pub high_frequency_factor: f64,
    /// The context before.
    pub original_context: f64,
}

impl Rescaling {
    fn apply(&self, frequency: f32) -> f32 {
        let turns = self.original_context * f64::from(frequency) / std::f64::consts::TAU;
        let kept = ((turns - self.low_frequency_factor)
            / (self.high_frequency_factor - self.low_frequency_factor))
            .clamp(0.0, 1.0);
        let frequency = f64::from(frequency);
        ((1.0 - kept) * frequency / self.factor + kept * frequency) as f32
    }
}

impl Rotary {
    /// The angle per position of every pair.
    pub fn frequencies(&self) -> Vec<f32> {
        let pairs = (0..self.head_size / 2).map(|pair| {
            let exponent = 2.0 * pair as f64 / self.head_size as f64;
            let frequency = self.base.powf(-exponent) as f32;
            self.rescaling.map_or(frequency, |rescaling| rescaling.apply(frequency))
        });
        pairs.collect()
    }

    /// The rotations at `positions`, ready to be applied to activations of `kind`.
    pub fn at(&self, positions: &[i64], kind: Kind, device: Device) -> Rotation {
        let positions = Tensor::from_slice(positions).to_kind(Kind::Float).to_device(device);
        let frequencies = Tensor::from_slice(&self.frequencies()).to_device(device);
        let angles = positions.outer(&frequencies); // [tokens, head_size / 2]
        let angles = Tensor::cat(&[&angles, &angles], -1).unsqueeze(1); // [tokens, 1, head_size]
        Rotation { cosine: angles.cos().to_kind(kind), sine: angles.sin().to_kind(kind) }
    }
}

/// Cosines and sines of the angles at some positions.
#[derive(Debug)]
pub struct Rotation {
    cosine: Tensor,
    sine: Tensor,
}

impl Rotation {
    /// Turns `heads`, `[tokens, heads, head_size]`.
    pub fn turn(&self, heads: &Tensor) -> Tensor {
        let half = heads.size()[2] / 2;
        let (first, second) = (heads.narrow(2, 0, half), heads.narrow(2, half, half));
        let partners = Tensor::cat(&[-second, first], 2);
        heads * &self.cosine + partners * &self.sine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Llama 3.2 1B, whose angles were recorded.
    const LLAMA: Rotary = Rotary {
        head_size: 64,
        base: 500_000.0,
        rescaling: Some(Rescaling {
            factor: 32.0,
            low_frequency_factor: 1.0,
            high_frequency_factor: 4.0,
            original_context: 8192.0,
        }),
    };

    #[test]
    fn the_angles_of_llama_3_are_as_recorded() {
        let frequencies = LLAMA.frequencies();
        let recorded = [3.211_446e-3, 1.290_548e-3, 4.295_567e-4, 9.708_286e-5, 1.946_164e-5_f32];
        for (frequency, recorded) in frequencies[14..=18].iter().zip(recorded) {
            assert!((frequency / recorded - 1.0).abs() < 1e-6, "{frequency} is not {recorded}");
        }
    }

    #[test]
    fn fast_angles_stay_and_slow_ones_are_divided() {
        let plain = Rotary { rescaling: None, ..LLAMA }.frequencies();
        let scaled = LLAMA.frequencies();
        assert_eq!(plain[..15], scaled[..15]);
        assert!((plain[20] / scaled[20] - 32.0).abs() < 1e-4);
    }

    #[test]
    fn nothing_is_turned_at_position_zero() {
        let heads = Tensor::arange(64, (Kind::Float, Device::Cpu)).view([1, 1, 64]);
        assert_eq!(LLAMA.at(&[0], Kind::Float, Device::Cpu).turn(&heads), heads);
    }
}
