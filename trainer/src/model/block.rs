//! One layer: attention, then a gated feed-forward, each added to the residual stream.

use tch::Tensor;

use super::attention::{Attention, Reach};
use super::linear::{Linear, RmsNorm};
use super::rotary::Rotation;

#[derive(Debug)]
pub(super) struct Block {
    pub(super) attention_norm: RmsNorm,
    pub(super) attention: Attention,
    pub(super) mlp_norm: RmsNorm,
    pub(super) mlp: Mlp,
}

impl Block {
    /// `x` is `[tokens, hidden]`, and so is the result.
    pub(super) fn forward(&self, x: &Tensor, rotation: &Rotation, reach: &mut dyn Reach) -> Tensor {
        let x = x + self.attention.forward(&self.attention_norm.forward(x), rotation, reach);
        &x + self.mlp.forward(&self.mlp_norm.forward(&x))
    }

    /// Every matrix of it.
    pub(super) fn linears(&mut self) -> impl Iterator<Item = &mut Linear> {
        let Attention { query, key, value, output, .. } = &mut self.attention;
        let Mlp { gate, up, down } = &mut self.mlp;
        [query, key, value, output, gate, up, down].into_iter()
    }
}

/// `down(silu(gate(x)) * up(x))`.
///
/// Source: Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202.
#[derive(Debug)]
pub(super) struct Mlp {
    pub(super) gate: Linear,
    pub(super) up: Linear,
    pub(super) down: Linear,
}

impl Mlp {
    fn forward(&self, x: &Tensor) -> Tensor {
        self.down.forward(&(self.gate.forward(x).silu() * self.up.forward(x)))
    }
}
