//! Where a model is: here, to be computed, or behind an address.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::bail;
use serde::{Deserialize, Serialize};

use crate::client::Endpoint;

/// What many models are called in their folders.
const COMMON: [&str; 2] = ["model", "best"];

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
    /// A short name: that of the file, or that of the host and what tells models there apart.
    pub fn label(&self) -> String {
        match self {
            Self::Here(path) => label_of_path(path),
            Self::There(endpoint) => endpoint.label(),
        }
    }

    /// Refuse a path where nothing is, before anything is begun that could not go on.
    ///
    /// # Errors
    ///
    /// There is nothing.
    pub fn require_present(&self) -> anyhow::Result<()> {
        match self {
            Self::Here(path) if !path.exists() => bail!(
                "there is no model at `{}`; a model is a folder, a GGUF file, or an address that begins with \
                 http:// or https://",
                path.display()
            ),
            Self::Here(_) | Self::There(_) => Ok(()),
        }
    }
}

/// The name of the file or folder, after that of its folder where trainings call it the same.
fn label_of_path(path: &Path) -> String {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let own = name(path);
    let own = own.strip_suffix(".gguf").unwrap_or(&own).to_owned();
    match path.parent().map(name) {
        Some(above) if COMMON.contains(&own.as_str()) && !above.is_empty() => {
            format!("{above}-{own}")
        }
        _ => own,
    }
}

/// The address that `text` may be meant as, where it is no path: a host with a port, without `http://`.
fn address_without_scheme(text: &str) -> Option<String> {
    let (host, port) = text.split('/').next()?.rsplit_once(':')?;
    let is_address = !host.is_empty() && port.parse::<u16>().is_ok() && !Path::new(text).exists();
    is_address.then(|| format!("http://{text}"))
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
        } else if let Some(address) = address_without_scheme(text) {
            Err(format!("there is no such file; did you mean {address}?"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_of_the_same_name_or_address_have_different_labels() {
        let label = |text: &str| text.parse::<ModelPlace>().unwrap().label();
        assert_eq!(label("Qwen2.5-0.5B/"), "Qwen2.5-0.5B");
        assert_eq!(label(".models/SmolLM2.gguf"), "SmolLM2");
        assert_eq!(label("runs/ntp/model"), "ntp-model");
        assert_eq!(label("model"), "model");
        assert_eq!(label("http://host:8000/v1"), "host:8000");
        assert_eq!(label("http://host/large/v1"), "host/large");
        assert_eq!(label("http://host/large"), "host/large");
    }

    #[test]
    fn an_address_without_its_beginning_is_no_file() {
        let place = |text: &str| text.parse::<ModelPlace>();
        let error = place("localhost:8123/v1").unwrap_err();
        assert_eq!(error, "there is no such file; did you mean http://localhost:8123/v1?");
        assert!(place("folder/a:b").is_ok() && place("a:b").is_ok() && place("C:/model").is_ok());
    }
}
