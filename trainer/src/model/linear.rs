//! A matrix, and the norm over the width of the residual stream.

use tch::{Kind, Tensor};

use super::lora::Adapter;
use super::packed::Packed;

/// `x W^T + b`, and what an adapter adds.
#[derive(Debug)]
pub(super) struct Linear {
    pub(super) weight: Tensor,
    pub(super) bias: Option<Tensor>,
    pub(super) adapter: Option<Adapter>,
    /// The weight once more, where nothing is learnt.
    pub(super) packed: Option<Packed>,
}

impl Linear {
    /// Weights are cast to the kind of the activations: master weights in f32 serve a computation
    /// in bf16, and their gradients come back in f32.
    pub(super) fn forward(&self, x: &Tensor) -> Tensor {
        let kind = x.kind();
        let bias = self.bias.as_ref().map(|bias| bias.to_kind(kind));
        let y = match &self.packed {
            Some(packed) => packed.linear(x, bias.as_ref()),
            None => x.linear(&self.weight.to_kind(kind), bias.as_ref()),
        };
        match &self.adapter {
            Some(adapter) => y + adapter.forward(x),
            None => y,
        }
    }
}

/// `x / sqrt(mean(x^2) + epsilon) * w`, over the last dimension.
///
/// The quotient is taken in f32 and cast back *before* it is multiplied with the weight, as in the
/// code that the checkpoints were trained with. Multiplying first, as libtorch's own does, changes a
/// quarter of all values in bf16.
///
/// Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", arXiv:1910.07467.
#[derive(Debug)]
pub(super) struct RmsNorm {
    pub(super) weight: Tensor,
    pub(super) epsilon: f64,
}

impl RmsNorm {
    pub(super) fn forward(&self, x: &Tensor) -> Tensor {
        let kind = x.kind();
        let wide = x.to_kind(Kind::Float);
        let mean = wide.square().mean_dim([-1_i64].as_slice(), true, Kind::Float);
        let scaled = wide * (mean + self.epsilon).rsqrt();
        scaled.to_kind(kind) * self.weight.to_kind(kind)
    }
}
