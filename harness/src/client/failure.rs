//! What can go wrong between a question and its answer.

use std::time::Duration;

use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode, Url};
use serde_json::Value;

use super::ask::{CHAT, COMPLETIONS, PATHS};

/// The most characters of a server's words in a message.
const WORDS: usize = 300;

/// Fields that some servers refuse. Those that others are often named beside come first.
const FIELDS: [&str; 9] =
    ["stream_options", "seed", "top_k", "min_p", "top_p", "temperature", "max_tokens", "stop", "n"];

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

/// What a person may do about a refusal of what was asked at `url`, as far as the server's words tell.
pub(super) fn advice(status: StatusCode, url: &Url, message: &str) -> Option<String> {
    match status.as_u16() {
        404 => Some(not_found(url, message)),
        400 | 422 => about_a_field(message),
        _ => None,
    }
}

fn not_found(url: &Url, message: &str) -> String {
    let path = url.path();
    let hint = if message.contains("model") {
        // It is the model that is not there.
        ""
    } else if path.ends_with(CHAT) {
        "; where texts are continued and no question is answered, ask without `--chat` or in another `--style`"
    } else if path.ends_with(COMPLETIONS) {
        "; where questions are answered and no text is continued, try `--chat`"
    } else {
        "; an address often ends with /v1"
    };
    format!("asked at {url}{hint}")
}

/// Which option helps against a refusal that names a field of a request.
fn about_a_field(message: &str) -> Option<String> {
    let fewer = "`--max-tokens N` asks for fewer tokens".to_owned();
    if message.contains("context length") {
        return Some(fewer);
    }
    let field = FIELDS.into_iter().find(|field| names(message, field))?;
    Some(match field {
        "max_tokens" if message.contains("too large") => fewer,
        "max_tokens" if message.contains("max_completion_tokens") => {
            "`--max-completion-tokens` calls the limit so".to_owned()
        }
        field => format!("`--omit {field}` leaves that field out"),
    })
}

/// Whether `message` speaks of `field`, which is more than a word in it where it is one of English too.
fn names(message: &str, field: &str) -> bool {
    let is_english = ["stop", "n"].contains(&field);
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let is_quote = |c: char| matches!(c, '\'' | '"' | '`');
    message.match_indices(field).any(|(at, _)| {
        let before = message[..at].chars().next_back();
        let after = message[at + field.len()..].chars().next();
        match is_english {
            true => before.is_some_and(is_quote) && after.is_some_and(is_quote),
            false => !before.is_some_and(is_letter) && !after.is_some_and(is_letter),
        }
    })
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
    fn a_refusal_of_a_field_says_which_option_helps() {
        let url = Url::parse("http://host/v1/completions").unwrap();
        let told = |message| advice(StatusCode::BAD_REQUEST, &url, message);
        for (message, option) in [
            ("Unrecognized request argument supplied: seed", "--omit seed"),
            ("body.top_k: extra fields not permitted", "--omit top_k"),
            ("'stop' is not supported", "--omit stop"),
            (
                "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
                "--max-completion-tokens",
            ),
            ("'max_tokens' is too large: 1024", "--max-tokens N"),
            ("This model's maximum context length is 512 tokens", "--max-tokens N"),
        ] {
            assert!(told(message).is_some_and(|it| it.contains(option)), "{message}");
        }
        for message in ["do stop", "too long", "the seeds", "n"] {
            assert_eq!(told(message), None, "{message}");
        }
        assert_eq!(advice(StatusCode::TOO_MANY_REQUESTS, &url, "seed"), None);
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
