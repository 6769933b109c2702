//! Attention: what a token takes from those before it.
//!
//! Projections, norms and rotations are the same wherever the tokens come from. Which tokens a query
//! may see is not, and is asked of [`Reach`]: in training, those before it in its own text; while
//! sampling, those that its row has behind it, kept in a cache.

use tch::Tensor;

use super::linear::{Linear, RmsNorm};
use super::rotary::Rotation;

/// Which tokens a query sees.
pub(super) trait Reach {
    /// What each query of `layer` takes: `[tokens, heads, head_size]`, as `query` is.
    fn attend(&mut self, layer: usize, query: &Tensor, key: &Tensor, value: &Tensor) -> Tensor;
}

#[derive(Debug)]
pub(super) struct Attention {
    pub(super) layer: usize,
    pub(super) head_size: i64,
    pub(super) query: Linear,
    pub(super) key: Linear,
    pub(super) value: Linear,
    pub(super) output: Linear,
    /// Of queries and of keys, over each head, where the family has them.
    pub(super) norms: Option<(RmsNorm, RmsNorm)>,
}

impl Attention {
    /// `x` is `[tokens, hidden]`, and so is the result.
    pub(super) fn forward(&self, x: &Tensor, rotation: &Rotation, reach: &mut dyn Reach) -> Tensor {
        let tokens = x.size()[0];
        // [tokens, heads, head_size]
        let heads = |linear: &Linear| linear.forward(x).view([tokens, -1, self.head_size]);
        let (mut query, mut key, value) =
            (heads(&self.query), heads(&self.key), heads(&self.value));
        if let Some((query_norm, key_norm)) = &self.norms {
            query = query_norm.forward(&query);
            key = key_norm.forward(&key);
        }
        let (query, key) = (rotation.turn(&query), rotation.turn(&key));
        let taken = reach.attend(self.layer, &query, &key, &value);
        self.output.forward(&taken.reshape([tokens, -1]))
    }
}
