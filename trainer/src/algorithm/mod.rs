//! What a policy is pushed towards: GRPO and its relatives, in parts that combine.
//!
//! Each part is a pure function over tensors of shape `[batch, time]`, one row for each answer and
//! one column for each token, with the formula and its source beside it. A loss is put together as
//!
//! ```text
//! loss = aggregate( correction * surrogate(ratio, advantage) + beta * kl )
//! ```
//!
//! and [`Objective`] says which of each kind; the published recipes are presets of it.
//!
//! A mask is 1 where a token was sampled by the policy and 0 elsewhere. Everything here is finite
//! at masked places, so that a product with the mask is 0.

mod aggregation;
mod correction;
mod kl;
mod learned;
mod objective;
mod overlong;
mod policy;
mod surrogate;
mod whitened;

pub use aggregation::{Aggregation, Totals};
pub use correction::Correction;
pub use kl::KlEstimator;
pub(crate) use learned::Learned;
pub use objective::{Baseline, Objective};
pub use overlong::Overlong;
pub use policy::{Answer, Observed, PolicyLoss, totals};
pub use surrogate::Surrogate;
pub use whitened::whitened;
