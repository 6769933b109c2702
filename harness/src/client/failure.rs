//! What can go wrong between a question and its answer.

use std::time::Duration;

use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::ask::PATHS;

/// The most characters of a server's words in a message.
const WORDS: usize = 300;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody is there, or nobody may be reached.
    #[error("failed to reach the server")]
    Unreachable {
        /// The cause.
        source: reqwest::Error,
    },
    /// Nothing came for too long.
    #[error("the server was silent for {seconds} s")]
    Silent {
        /// How long.
        seconds: f64,
    },
    /// An answer began and did not end.
    #[error("the answer was cut off")]
    Cut {
        /// The cause, where the connection broke.
        source: Option<reqwest::Error>,
    },
    /// The server said no.
    #[error("the server says {status}: {message}")]
    Refused {
        /// How.
        status: StatusCode,
        /// In its words.
        message: String,
        /// After how long it wants to be asked again.
        wait: Option<Duration>,
    },
    /// The server sends us elsewhere.
    #[error("the server says {status}: it is at `{address}`; use that address")]
    Moved {
        /// How.
        status: StatusCode,
        /// Where to: the interface there, as far as that can be told.
        address: String,
    },
    /// The server began to answer and then said no.
    #[error("the server reports: {message}")]
    Reported {
        /// In its words.
        message: String,
    },
    /// What came is not of the interface.
    #[error("what came is no answer but {what}")]
    Garbage {
        /// What it is.
        what: String,
    },
    /// A reply without an answer.
    #[error("the reply holds no answer")]
    Empty,
    /// No end is in sight.
    #[error("the reply has more than {most} bytes")]
    TooLarge {
        /// The most that is read.
        most: usize,
    },
}

/// How far a failure reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The same request may be answered later.
    Passing,
    /// This request will never be answered.
    Request,
    /// No request will be.
    Endpoint,
}

impl Failure {
    pub(super) fn garbage(what: &str) -> Self {
        Self::Garbage { what: what.to_owned() }
    }

    /// How far it reaches.
    pub fn severity(&self) -> Severity {
        let (Self::Refused { status, .. } | Self::Moved { status, .. }) = self else {
            return Severity::Passing;
        };
        match status.as_u16() {
            408 | 409 | 425 | 429 | 500.. => Severity::Passing,
            // No permission or money, no such model or interface, or elsewhere.
            300..=399 | 401..=405 => Severity::Endpoint,
            _ => Severity::Request,
        }
    }

    /// How long the server wants all of us to wait.
    pub(super) fn wait(&self) -> Option<Duration> {
        match self {
            Self::Refused { wait, .. } => *wait,
            _ => None,
        }
    }

    /// The failure and its causes on one line.
    pub fn chain(&self) -> String {
        let first: Option<&dyn std::error::Error> = Some(self);
        let causes = std::iter::successors(first, |error| error.source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }
}

/// Where a redirection leads, without secrets and without the path of what was asked for there.
pub(super) fn elsewhere(response: &Response) -> Option<String> {
    let location =
        response.headers().get(LOCATION).filter(|_| response.status().is_redirection())?;
    let mut url = response.url().join(location.to_str().ok()?).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    // Refused where an address cannot have them, and then it has none.
    let _ = (url.set_username(""), url.set_password(None));
    let address = url.as_str().trim_end_matches('/');
    let below = PATHS.iter().find_map(|path| address.strip_suffix(path)?.strip_suffix('/'));
    Some(beginning(below.unwrap_or(address).as_bytes()))
}

/// What a server says about a failure: the message in its JSON, else the beginning of it all.
pub(super) fn message(body: &[u8]) -> String {
    let Ok(json) = serde_json::from_slice::<Value>(body) else { return beginning(body) };
    let words =
        [&json["error"]["message"], &json["message"], &json["detail"], &json["error"], &json];
    let words = words.into_iter().find_map(Value::as_str);
    beginning(words.unwrap_or(&json.to_string()).as_bytes())
}

/// The first words of `body`, on one line.
pub(super) fn beginning(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * WORDS)]);
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|it| !it.is_empty())
        .collect();
    words.join(" ").chars().take(WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> Failure {
        let status = StatusCode::from_u16(status).unwrap();
        Failure::Refused { status, message: String::new(), wait: None }
    }

    #[test]
    fn what_may_pass_is_told_from_what_will_not() {
        for status in [408, 429, 500, 502, 503, 504, 529] {
            assert_eq!(refused(status).severity(), Severity::Passing, "{status}");
        }
        for status in [400, 413, 422] {
            assert_eq!(refused(status).severity(), Severity::Request, "{status}");
        }
        for status in [301, 401, 402, 403, 404] {
            assert_eq!(refused(status).severity(), Severity::Endpoint, "{status}");
        }
        assert_eq!(Failure::Empty.severity(), Severity::Passing);
    }

    #[test]
    fn the_words_of_a_server_are_found_wherever_it_puts_them() {
        let bodies = [
            r#"{"error": {"message": "too long", "code": 400}}"#,
            r#"{"object": "error", "message": "too long"}"#,
            r#"{"detail": "too long"}"#,
            r#"{"error": "too long"}"#,
            "too\r\n\x1b long",
        ];
        for body in bodies {
            assert_eq!(message(body.as_bytes()), "too long", "{body}");
        }
        assert_eq!(message("x".repeat(9000).as_bytes()).len(), WORDS);
    }
}
