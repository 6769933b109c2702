//! What can go wrong in an experiment.

use crate::model::ConfigError;
use crate::ra3::Ra3Error;
use crate::rlvr::RlvrError;
use crate::sampling::RequestError;
use crate::tokenizer::TokenizerError;

/// An experiment that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// The model cannot have this shape.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The world's text.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// Pre-training or an arm.
    #[error(transparent)]
    Ra3(#[from] Ra3Error),
    /// Reinforcement.
    #[error(transparent)]
    Rlvr(#[from] RlvrError),
    /// A prompt.
    #[error(transparent)]
    Request(#[from] RequestError),
}
