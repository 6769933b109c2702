//! What can be wrong with a GGUF file.

use std::io;
use std::path::PathBuf;

/// Why a model could not be read from a GGUF file.
#[derive(Debug, thiserror::Error)]
#[error("`{}`: {problem}", file.display())]
pub struct GgufError {
    /// The file.
    pub file: PathBuf,
    /// What is the matter with it.
    #[source]
    pub problem: Problem,
}

/// What is the matter with a GGUF file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file could not be opened or mapped.
    #[error("the file cannot be read")]
    Unreadable(#[source] io::Error),
    /// The first bytes are those of something else.
    #[error("this is not a GGUF file")]
    NotGguf,
    /// A version of the format that is not read here.
    #[error("version {0} of GGUF is not supported, only 2 and 3 are")]
    Version(u32),
    /// A length or offset points behind the end of the file.
    #[error("the file ends inside of {within}")]
    Truncated {
        /// The part that is cut off.
        within: String,
    },
    /// A key of the metadata is not there.
    #[error("the key `{0}` is missing")]
    Missing(String),
    /// A key of the metadata has a value that makes no sense, or that is not supported.
    #[error("the key `{key}` {reason}")]
    Key {
        /// The key.
        key: String,
        /// What is wrong with its value.
        reason: String,
    },
    /// A tensor is not there.
    #[error("the tensor `{0}` is missing")]
    NoTensor(String),
    /// A tensor is described in a way that makes no sense, or that is not supported.
    #[error("the tensor `{tensor}` {reason}")]
    Tensor {
        /// The tensor.
        tensor: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Problem {
    pub(super) fn key(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Key { key: key.into(), reason: reason.into() }
    }

    pub(super) fn tensor(tensor: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Tensor { tensor: tensor.into(), reason: reason.into() }
    }
}
