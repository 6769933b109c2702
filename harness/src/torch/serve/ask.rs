//! What a client asks for.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use serde::Deserialize;
use serde_json::{Map, Value};
use trainer::chat::{Message, Role};
use trainer::sampling::{Filter, Manner};

/// What all requests may say of how they are to be answered.
#[derive(Debug, Deserialize)]
pub(super) struct Ask {
    pub(super) model: Option<String>,
    pub(super) prompt: Option<Prompt>,
    pub(super) messages: Option<Vec<Turn>>,
    #[serde(default = "one")]
    n: u32,
    max_tokens: Option<usize>,
    max_completion_tokens: Option<usize>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<i64>,
    min_p: Option<f64>,
    seed: Option<i64>,
    stop: Option<OneOrMore<String>>,
    logprobs: Option<Logprobs>,
    return_token_ids: Option<bool>,
    return_tokens_as_token_ids: Option<bool>,
    #[serde(default)]
    pub(super) stream: bool,
    stream_options: Option<StreamOptions>,
    /// What is left of the request.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

fn one() -> u32 {
    1
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

/// Whether log-probabilities are wanted; how many per token, in the older form.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Logprobs {
    Wanted(bool),
    Count(u32),
}

/// What is to be continued.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Prompt {
    Text(String),
    Ids(Vec<u32>),
    Texts(Vec<String>),
    ManyIds(Vec<Vec<u32>>),
}

/// One turn of a conversation.
#[derive(Debug, Deserialize)]
pub(super) struct Turn {
    role: Role,
    content: Content,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part {
    Text { text: String },
}

impl From<Turn> for Message {
    fn from(Turn { role, content }: Turn) -> Self {
        let content = match content {
            Content::Text(text) => text,
            Content::Parts(parts) => parts.into_iter().map(|Part::Text { text }| text).collect(),
        };
        Self { role, content }
    }
}

/// Fields that change nothing here.
const HARMLESS: [&str; 6] =
    ["user", "store", "metadata", "service_tier", "parallel_tool_calls", "safety_identifier"];

impl Ask {
    /// Refuse what would change the answer and is not understood.
    pub(super) fn check(&self) -> Result<(), String> {
        for (field, value) in &self.rest {
            let is_nothing = match value {
                Value::Null | Value::Bool(false) => true,
                Value::Number(number) => number.as_f64() == Some(0.0),
                Value::Object(fields) => fields.is_empty(),
                Value::Array(items) => items.is_empty(),
                _ => false,
            };
            let is_usual = field == "best_of" && value.as_u64() == Some(self.n.into())
                || field == "repetition_penalty" && value.as_f64() == Some(1.0);
            if !is_nothing && !is_usual && !HARMLESS.contains(&&field[..]) {
                return Err(format!("`{field}` is not supported"));
            }
        }
        if !(1..=1024).contains(&self.n) {
            return Err("`n` must be from 1 to 1024".to_owned());
        }
        if matches!(self.logprobs, Some(Logprobs::Count(2..))) {
            return Err(
                "`logprobs` above 1 is not supported: there are those of drawn tokens".to_owned()
            );
        }
        if self.most_tokens() == Some(0) {
            return Err("`max_tokens` must be at least 1".to_owned());
        }
        let part = |name: &str, value: Option<f64>| match value {
            Some(value) if !(0.0..=1.0).contains(&value) => {
                Err(format!("`{name}` must be from 0 to 1"))
            }
            _ => Ok(()),
        };
        part("top_p", self.top_p)?;
        part("min_p", self.min_p)?;
        match self.temperature {
            Some(it) if !(it >= 0.0 && it.is_finite()) => {
                Err("`temperature` must not be negative".to_owned())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn samples(&self) -> u32 {
        self.n
    }

    /// The most tokens of an answer, if the client cares.
    pub(super) fn most_tokens(&self) -> Option<usize> {
        self.max_completion_tokens.or(self.max_tokens)
    }

    pub(super) fn stops(&self) -> Vec<String> {
        match &self.stop {
            None => Vec::new(),
            Some(OneOrMore::One(stop)) => vec![stop.clone()],
            Some(OneOrMore::More(stops)) => stops.clone(),
        }
    }

    pub(super) fn wants_logprobs(&self) -> bool {
        match self.logprobs {
            Some(Logprobs::Wanted(wanted)) => wanted,
            // The older form counts alternatives, and 0 still means those that were drawn.
            Some(Logprobs::Count(_)) => true,
            None => false,
        }
    }

    /// Whether the numbers of tokens are wanted beside the text: a client that learns from them.
    pub(super) fn wants_token_ids(&self) -> bool {
        self.return_token_ids == Some(true)
    }

    /// Whether tokens are called by their numbers where log-probabilities are told.
    pub(super) fn wants_numbers_for_names(&self) -> bool {
        self.return_tokens_as_token_ids == Some(true)
    }

    pub(super) fn wants_usage(&self) -> bool {
        self.stream_options.as_ref().is_some_and(|it| it.include_usage)
    }

    /// How the answers to the request's prompt with this number are drawn.
    pub(super) fn manner(&self, number: u32, max_tokens: usize) -> Manner {
        let top_k = self.top_k.unwrap_or(0);
        Manner {
            filter: Filter {
                temperature: self.temperature.unwrap_or(1.0),
                // Some clients say -1 for all.
                top_k: usize::try_from(top_k).unwrap_or(0),
                // A set with no probability has the likeliest token all the same.
                top_p: self.top_p.unwrap_or(1.0),
                min_p: self.min_p.unwrap_or(0.0),
            },
            max_tokens,
            seed: self.seed.map_or_else(any_number, i64::cast_unsigned),
            step: 0,
            prompt: number,
        }
    }
}

/// A number that nobody chose.
fn any_number() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ask(value: Value) -> Ask {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name_unless_it_says_nothing() {
        let harmless = json!({"prompt": "a", "presence_penalty": 0, "user": "me", "echo": false, "best_of": 1});
        assert_eq!(ask(harmless).check(), Ok(()));
        for (field, value) in
            [("echo", json!(true)), ("logit_bias", json!({"5": 1})), ("tools", json!([{}]))]
        {
            let mut body = json!({"prompt": "a"});
            body[field] = value;
            let said = ask(body).check().unwrap_err();
            assert!(said.contains(field), "{said}");
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for body in [
            json!({"n": 0}),
            json!({"max_tokens": 0}),
            json!({"temperature": -1}),
            json!({"top_p": 2}),
        ] {
            assert!(ask(body.clone()).check().is_err(), "{body}");
        }
    }

    #[test]
    fn a_turn_may_come_in_parts() {
        let turn = json!({"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]});
        let turn: Turn = serde_json::from_value(turn).unwrap();
        assert_eq!(Message::from(turn), Message::user("ab"));
    }

    #[test]
    fn with_a_seed_the_key_is_the_clients_and_without_it_is_new() {
        let seeded = || ask(json!({"prompt": "a", "seed": 7})).manner(0, 5);
        assert_eq!(seeded(), seeded());
        let any = || ask(json!({"prompt": "a"})).manner(0, 5);
        assert_ne!(any().seed, any().seed);
    }
}
