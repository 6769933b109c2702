//! Low-rank adapters: `W x + (alpha / rank) B A x`, where `W` stays and `A` and `B` learn.
//!
//! `B` begins as zero, so an adapted model begins as the one that it adapts. What learns are a few
//! thousandths of the numbers, and so are the optimizer's moments and a checkpoint.
//!
//! Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", arXiv:2106.09685. Names are those
//! of PEFT. Left out: dropout, biases, and adapters of the embedding.

use std::fmt;
use std::str::FromStr;

use tch::{Kind, Tensor};

/// Which adapters a model gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Lora {
    /// How many directions an adapter has.
    pub rank: i64,
    /// What an adapter adds is multiplied by `alpha / rank`.
    pub alpha: f64,
    /// Which matrices are adapted, in every layer.
    pub targets: Vec<Target>,
    /// Of the random numbers that `A` begins with.
    pub seed: u64,
}

impl Lora {
    /// By what an adapter's output is multiplied.
    pub(super) fn scale(&self) -> f64 {
        self.alpha / self.rank as f64
    }

    /// Whether the matrix of this name is adapted.
    pub(super) fn adapts(&self, name: &str) -> bool {
        let matrix = name.strip_suffix(".weight").and_then(|it| it.rsplit_once('.'));
        matrix.is_some_and(|(_, last)| self.targets.iter().any(|target| target.name() == last))
    }
}

/// A matrix of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The attention's queries.
    Query,
    /// Its keys.
    Key,
    /// Its values.
    Value,
    /// Its output.
    Output,
    /// The feed-forward's gate.
    Gate,
    /// Its way up.
    Up,
    /// Its way down.
    Down,
}

impl Target {
    /// All there are.
    pub const ALL: [Self; 7] =
        [Self::Query, Self::Key, Self::Value, Self::Output, Self::Gate, Self::Up, Self::Down];

    /// The name that checkpoints have for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "q_proj",
            Self::Key => "k_proj",
            Self::Value => "v_proj",
            Self::Output => "o_proj",
            Self::Gate => "gate_proj",
            Self::Up => "up_proj",
            Self::Down => "down_proj",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no matrix has.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is no matrix of a layer; there are q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj and down_proj"
)]
pub struct UnknownTarget(String);

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(name: &str) -> Result<Self, UnknownTarget> {
        let found = Self::ALL.into_iter().find(|target| target.name() == name);
        found.ok_or_else(|| UnknownTarget(name.to_owned()))
    }
}

/// What a matrix is adapted by.
#[derive(Debug)]
pub(super) struct Adapter {
    /// `[rank, inputs]`
    pub(super) a: Tensor,
    /// `[outputs, rank]`
    pub(super) b: Tensor,
    pub(super) scale: f64,
}

impl Adapter {
    /// What is added to the matrix's product with `x`.
    pub(super) fn forward(&self, x: &Tensor) -> Tensor {
        let kind = x.kind();
        let inner = x.linear::<Tensor>(&self.a.to_kind(kind), None);
        inner.linear::<Tensor>(&self.b.to_kind(kind), None) * self.scale
    }

    /// The matrix with its adapter in it.
    pub(super) fn merged(&self, weight: &Tensor) -> Tensor {
        tch::no_grad(|| {
            let change = self.b.to_kind(Kind::Float).matmul(&self.a.to_kind(Kind::Float));
            (weight.to_kind(Kind::Float) + change * self.scale).to_kind(weight.kind())
        })
    }
}
