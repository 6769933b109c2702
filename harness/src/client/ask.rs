//! What a model is asked, and how: the bodies of requests.

use serde_json::{Map, Value, json};

/// What lies below the address of an interface. One that ends like another stands before it.
pub(super) const PATHS: [&str; 3] = [CHAT, COMPLETIONS, MODELS];

/// Where a text is continued.
pub(super) const COMPLETIONS: &str = "completions";

/// Where a question is answered.
pub(super) const CHAT: &str = "chat/completions";

/// Where models are listed.
pub(super) const MODELS: &str = "models";

/// The most stop strings that the public interface takes.
const MOST_STOPS: usize = 4;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What is said.
    pub words: Words,
    /// How many answers are wanted.
    pub answers: u32,
    /// Of the random numbers of these answers.
    pub seed: u64,
}

/// What is said to a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// The beginning of a text.
    Beginning(String),
    /// The same as tokens, to which an answer is wanted token by token: see [`Choice::drawn`](super::Choice).
    Tokens(Vec<u32>),
    /// A question, perhaps after instructions.
    Question {
        /// The instructions.
        system: Option<String>,
        /// The question.
        text: String,
    },
}

impl Words {
    /// Where this is asked.
    pub(super) fn path(&self) -> &'static str {
        match self {
            Self::Beginning(_) | Self::Tokens(_) => COMPLETIONS,
            Self::Question { .. } => CHAT,
        }
    }
}

/// How a model is asked: what all requests have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Manners {
    /// The name of the model.
    pub model: String,
    /// Divides the scores.
    pub temperature: f64,
    /// Draw only from the likeliest tokens that together have this probability.
    pub top_p: f64,
    /// Draw only from the K likeliest tokens; 0 means from all.
    pub top_k: usize,
    /// Draw only tokens at least this many times as likely as the likeliest.
    pub min_p: f64,
    /// The most tokens of an answer.
    pub max_tokens: u32,
    /// Whether that is called `max_completion_tokens`, as some servers want it.
    pub is_completion_limit: bool,
    /// The strings that end an answer.
    pub stops: Vec<String>,
    /// Whether answers come in pieces.
    pub stream: bool,
    /// Fields that the server does not know and refuses.
    pub omitted: Vec<String>,
}

impl Manners {
    /// The body of the request for `ask`.
    ///
    /// What only some servers know is left out where it would change nothing.
    pub(super) fn body(&self, ask: &Ask) -> Value {
        let mut body = Map::new();
        let mut set = |field: &str, value: Value| {
            if !self.omitted.iter().any(|omitted| omitted == field) {
                body.insert(field.to_owned(), value);
            }
        };
        set("model", json!(self.model));
        match &ask.words {
            Words::Beginning(text) => set("prompt", json!(text)),
            Words::Tokens(ids) => {
                set("prompt", json!(ids));
                set("logprobs", json!(1));
                // Servers know one or the other.
                set("return_token_ids", json!(true));
                set("return_tokens_as_token_ids", json!(true));
            }
            Words::Question { system, text } => {
                let system = system.iter().map(|text| json!({"role": "system", "content": text}));
                let user = json!({"role": "user", "content": text});
                set("messages", system.chain([user]).collect());
            }
        }
        let limit = if self.is_completion_limit { "max_completion_tokens" } else { "max_tokens" };
        set(limit, json!(self.max_tokens));
        set("temperature", json!(self.temperature));
        if self.top_p < 1.0 {
            set("top_p", json!(self.top_p));
        }
        if self.top_k > 0 {
            set("top_k", json!(self.top_k));
        }
        if self.min_p > 0.0 {
            set("min_p", json!(self.min_p));
        }
        if ask.answers > 1 {
            set("n", json!(ask.answers));
        }
        set("seed", json!(ask.seed));
        if !self.stops.is_empty() {
            // The others are found here.
            set("stop", json!(&self.stops[..self.stops.len().min(MOST_STOPS)]));
        }
        if self.stream {
            set("stream", json!(true));
            set("stream_options", json!({"include_usage": true}));
        }
        Value::Object(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manners() -> Manners {
        Manners {
            model: "m".to_owned(),
            temperature: 0.0,
            top_p: 1.0,
            top_k: 0,
            min_p: 0.0,
            max_tokens: 512,
            is_completion_limit: false,
            stops: Vec::new(),
            stream: false,
            omitted: Vec::new(),
        }
    }

    fn beginning() -> Ask {
        Ask { words: Words::Beginning("def f():".to_owned()), answers: 1, seed: 7 }
    }

    #[test]
    fn only_what_was_asked_for_is_in_a_request() {
        let expected = json!({
            "model": "m", "prompt": "def f():", "max_tokens": 512, "temperature": 0.0, "seed": 7
        });
        assert_eq!(manners().body(&beginning()), expected);
        let manners = Manners { omitted: vec!["seed".to_owned()], ..manners() };
        assert_eq!(manners.body(&beginning()).get("seed"), None);
        let body = Manners { is_completion_limit: true, ..manners }.body(&beginning());
        assert_eq!((body.get("max_tokens"), &body["max_completion_tokens"]), (None, &json!(512)));
    }

    #[test]
    fn a_question_comes_after_its_instructions() {
        let (system, text) = (Some("Be brief.".to_owned()), "Why?".to_owned());
        let words = Words::Question { system, text };
        assert_eq!(words.path(), "chat/completions");
        let body = manners().body(&Ask { words, answers: 3, seed: 0 });
        let expected = json!([
            {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}
        ]);
        assert_eq!((&body["messages"], &body["n"]), (&expected, &json!(3)));
    }

    #[test]
    fn a_server_gets_no_more_stop_strings_than_the_public_interface_takes() {
        let stops = ["\nclass", "\ndef", "\n#", "\nif", "\nprint"].map(str::to_owned).to_vec();
        let manners = Manners { stops, ..manners() };
        assert_eq!(manners.body(&beginning())["stop"], json!(["\nclass", "\ndef", "\n#", "\nif"]));
    }
}
