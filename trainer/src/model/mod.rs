//! Decoders of the Llama and Qwen families, as checkpoints on Hugging Face have them.
//!
//! # Theory of operation
//!
//! Tokens have no batch dimension: activations are `[tokens, width]`, with the texts of a batch one
//! behind the other ([`Segments`]). Norms, projections and the feed-forward see each token by
//! itself, so only attention has to know where a text ends, and nothing is ever padded.
//!
//! Training, scoring and sampling run the same blocks. What differs is which tokens a query sees,
//! and that is one small trait of the attention: a text, or the rows of a [`KeyValueCache`]. So the
//! probability that a sampler drew from and the one that a trainer computes afterwards come from
//! the same lines, and agree but for rounding.
//!
//! Parameters are leaves of libtorch's autograd, kept in one list under the names of the checkpoint;
//! blocks hold shares of them. Shapes are checked when a model is loaded. After that an operation
//! cannot fail but for want of memory, and then libtorch's exception becomes a panic.
//!
//! Either all parameters learn, or only adapters ([`Lora`]) beside matrices that stay.
//!
//! Left out: sliding windows, mixtures of experts, dropout, and every rescaling of positions but
//! Llama 3's. A config that asks for them is refused.

mod attention;
mod block;
mod cache;
mod config;
mod decoder;
mod export;
mod forward;
mod initial;
mod keys;
mod linear;
mod lora;
mod packed;
mod rotary;
mod segments;
mod weights;

pub use cache::{KeyValueCache, Prompt, Text};
pub use config::{Config, ConfigError, Family};
pub use decoder::{Decoder, LoadError, Parameter, Precision};
pub use export::{Export, ExportError};
pub use forward::{Activations, Forward};
pub use initial::InitialWeights;
pub use lora::{Lora, Target, UnknownTarget};
pub use rotary::{Rescaling, Rotary};
pub use segments::Segments;
pub use weights::{Safetensors, Weights, WeightsError};
