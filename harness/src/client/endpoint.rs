//! Where a model is, and the key to it.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, bail};
use reqwest::Url;
use reqwest::header::HeaderValue;

/// The address of an OpenAI-compatible interface, such as `http://127.0.0.1:8000/v1`.
///
/// It holds no secret, so it may be shown and kept: an address with a password or a query is
/// refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// Whether `text` is meant as an address rather than as a path.
    pub fn is_meant_by(text: &str) -> bool {
        text.starts_with("http://") || text.starts_with("https://")
    }

    /// The address of something below.
    pub(super) fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{path}", self.0.path().trim_end_matches('/')));
        url
    }

    /// The host, and its port where that is not the usual one.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The host, and the path below it, but for the version of the interface.
    pub fn label(&self) -> String {
        let path = self.0.path().trim_matches('/');
        let path = path.strip_suffix("v1").map_or(path, |path| path.trim_end_matches('/'));
        if path.is_empty() { self.host() } else { format!("{}/{path}", self.host()) }
    }

    pub(super) fn is_on_this_machine(&self) -> bool {
        matches!(self.0.host_str(), Some("localhost" | "[::1]"))
            || self.0.host_str().is_some_and(|host| host.starts_with("127."))
    }

    /// Whether what is said to it can be read on the way.
    pub fn is_in_the_clear(&self) -> bool {
        self.0.scheme() == "http" && !self.is_on_this_machine()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("is no address: {error}"))?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            // Not shown again: there is a secret in it.
            return Err(
                "must have neither password nor query; a key comes from the environment".to_owned()
            );
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err("must begin with http:// or https://".to_owned());
        }
        Ok(Self(url))
    }
}

/// What opens an endpoint. It is never shown.
#[derive(Clone)]
pub struct Key {
    text: String,
    header: HeaderValue,
}

impl Key {
    /// The environment variable that it is in unless another is named. Not that of a certain company: its
    /// key is nobody else's business.
    pub const VARIABLE: &str = "RA3_API_KEY";

    /// The key in the environment variable `name`; nothing where that is not set.
    ///
    /// # Errors
    ///
    /// What the variable holds cannot stand in a header.
    pub fn of_environment(name: &str) -> anyhow::Result<Option<Self>> {
        let text = match std::env::var(name) {
            Ok(text) => text.trim().to_owned(),
            Err(std::env::VarError::NotPresent) => return Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => bail!("the key in `{name}` is no text"),
        };
        if text.is_empty() {
            return Ok(None);
        }
        Self::new(text).with_context(|| format!("the key in `{name}` is none")).map(Some)
    }

    fn new(text: String) -> anyhow::Result<Self> {
        // The error of the header is dropped, lest it show what it was made of.
        let Ok(mut header) = HeaderValue::from_str(&format!("Bearer {text}")) else {
            bail!("it has characters that a header cannot have");
        };
        header.set_sensitive(true);
        Ok(Self { text, header })
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// `text` without the key, which some servers repeat when they refuse it.
    pub(super) fn cut_out_of(&self, text: &str) -> String {
        text.replace(&self.text, "[key]")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Result<Endpoint, String> {
        text.parse()
    }

    #[test]
    fn paths_are_put_behind_the_address_with_or_without_a_slash_at_its_end() {
        for text in ["http://host:8000/v1", "http://host:8000/v1/"] {
            let endpoint = endpoint(text).unwrap();
            assert_eq!(endpoint.at("models").as_str(), "http://host:8000/v1/models");
            assert_eq!(endpoint.to_string(), "http://host:8000/v1");
        }
    }

    #[test]
    fn an_address_with_a_secret_in_it_is_refused_without_repeating_it() {
        for text in ["http://me:sesame@host/v1", "https://host/v1?key=sesame"] {
            assert!(!endpoint(text).unwrap_err().contains("sesame"));
        }
    }

    #[test]
    fn a_key_is_shown_to_nobody() {
        let key = Key::new("sesame".to_owned()).unwrap();
        assert_eq!(format!("{key:?} {:?}", key.header()), "Key Sensitive");
        assert_eq!(key.cut_out_of("Incorrect API key: sesame."), "Incorrect API key: [key].");
        assert!(!format!("{:?}", Key::new("sesame\n\u{7f}".to_owned())).contains("sesame"));
    }

    #[test]
    fn only_this_machine_is_spoken_to_openly() {
        let open = |text| endpoint(text).unwrap().is_in_the_clear();
        assert!(open("http://10.0.0.1/v1"));
        assert!(
            !open("http://127.0.0.1:1/v1") && !open("http://[::1]:1/v1") && !open("https://a/v1")
        );
    }
}
