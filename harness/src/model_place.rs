//! Where a model is: here, to be computed, or behind an address.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::client::Endpoint;

/// Where a model is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ModelPlace {
    /// In a folder or a file.
    Here(PathBuf),
    /// Behind an OpenAI-compatible interface.
    There(Endpoint),
}

impl ModelPlace {
    /// A short name: that of the file, or that of the host.
    pub fn label(&self) -> String {
        match self {
            Self::Here(path) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            Self::There(endpoint) => endpoint.host(),
        }
    }
}

impl fmt::Display for ModelPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(path) => write!(f, "{}", path.display()),
            Self::There(endpoint) => write!(f, "{endpoint}"),
        }
    }
}

impl FromStr for ModelPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if Endpoint::is_meant_by(text) {
            text.parse().map(Self::There)
        } else {
            Ok(Self::Here(text.into()))
        }
    }
}

impl From<ModelPlace> for String {
    fn from(place: ModelPlace) -> Self {
        place.to_string()
    }
}

impl TryFrom<String> for ModelPlace {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
