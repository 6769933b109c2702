//! What a model answered.

use std::borrow::Cow;

use benchmarks::truncate_at_stop;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Failure, failure};

/// The answers to one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The answers: at most as many as were asked for.
    pub choices: Vec<Choice>,
    /// The tokens of all of them, where the server counts them.
    pub usage: Option<Usage>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its text, up to the first string that ends it.
    pub text: String,
    /// Why it ended, in the server's words: `stop`, `length`.
    pub finish: Option<String>,
    /// Its tokens, where the server names them; those after a stop string as well.
    pub drawn: Option<Drawn>,
}

/// An answer as it was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The tokens.
    pub tokens: Vec<u32>,
    /// The log-probability of each.
    pub logprobs: Vec<f32>,
    /// The tokens that were read before, where the server repeats them.
    pub prompt: Option<Vec<u32>>,
}

impl Drawn {
    /// The tokens of `choice`, in either of the two ways in which servers name them.
    fn of_json(choice: &Value) -> Option<Self> {
        let logprobs = &choice["logprobs"];
        let tokens = match [&choice["token_ids"], &logprobs["token_ids"]].map(numbers) {
            [Some(ids), _] | [None, Some(ids)] => ids,
            [None, None] => named(&logprobs["tokens"])?,
        };
        let logprobs = logprobs["token_logprobs"].as_array()?;
        let logprobs: Option<Vec<f32>> =
            logprobs.iter().map(|it| it.as_f64().map(|it| it as f32)).collect();
        let logprobs = logprobs.filter(|it| it.len() == tokens.len())?;
        Some(Self { tokens, logprobs, prompt: numbers(&choice["prompt_token_ids"]) })
    }
}

fn numbers(ids: &Value) -> Option<Vec<u32>> {
    ids.as_array()?.iter().map(|id| id.as_u64()?.try_into().ok()).collect()
}

/// Tokens whose names are their numbers: `token_id:N`.
fn named(tokens: &Value) -> Option<Vec<u32>> {
    let number = |token: &Value| token.as_str()?.strip_prefix("token_id:")?.parse().ok();
    tokens.as_array()?.iter().map(number).collect()
}

/// Tokens, as a server counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Those that were read.
    pub prompt_tokens: u64,
    /// Those that were written.
    pub completion_tokens: u64,
}

impl Reply {
    /// The reply in an object that came whole.
    pub(super) fn of_json(reply: &Value, stops: &[String]) -> Result<Self, Failure> {
        if let Some(error) = reply.get("error").filter(|error| !error.is_null()) {
            let message = failure::message(error.to_string().as_bytes());
            return Err(Failure::Reported { message });
        }
        let choices = reply["choices"].as_array();
        let choices = choices.ok_or_else(|| Failure::garbage("an object without choices"))?;
        let stops: Vec<&str> = stops.iter().map(String::as_str).collect();
        let choice = |choice: &Value| {
            // A model that has nothing to say says null.
            let text = text(choice, "message")?.unwrap_or_default();
            let text = truncate_at_stop(&text, &stops).to_owned();
            let finish = choice["finish_reason"].as_str().map(str::to_owned);
            Ok(Choice { text, finish, drawn: Drawn::of_json(choice) })
        };
        let choices = choices.iter().map(choice).collect::<Result<_, Failure>>()?;
        Ok(Self { choices, usage: usage(reply) })
    }
}

/// The text of `choice`, which in a conversation is the content of its `part`; nothing where that is
/// null or absent. Some servers put content into a list of texts.
pub(super) fn text<'a>(choice: &'a Value, part: &str) -> Result<Option<Cow<'a, str>>, Failure> {
    let content = [&choice["text"], &choice[part]["content"]].into_iter().find(|it| !it.is_null());
    match content {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.into())),
        Some(Value::Array(pieces)) => {
            let texts = pieces.iter().map(|piece| match (&piece["type"], &piece["text"]) {
                (Value::String(kind), Value::String(text)) if kind == "text" => Ok(text.as_str()),
                _ => Err(Failure::garbage("a list of other things than texts")),
            });
            texts.collect::<Result<String, _>>().map(|text| Some(text.into()))
        }
        Some(_) => Err(Failure::garbage("content that is no text")),
    }
}

/// The tokens that `reply` counts.
pub(super) fn usage(reply: &Value) -> Option<Usage> {
    Usage::deserialize(reply.get("usage")?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_kinds_of_answer_are_read_and_end_at_the_first_stop() {
        let reply = json!({
            "choices": [{"text": "a\nprint", "finish_reason": "stop"}, {"message": {"content": "b"}}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
        });
        let Reply { choices, usage } = Reply::of_json(&reply, &["\nprint".to_owned()]).unwrap();
        assert_eq!(usage, Some(Usage { prompt_tokens: 5, completion_tokens: 7 }));
        let [first, second] = &choices[..] else { panic!("{choices:?}") };
        assert_eq!((first.text.as_str(), first.finish.as_deref()), ("a", Some("stop")));
        assert_eq!((second.text.as_str(), second.finish.as_deref()), ("b", None));
    }

    #[test]
    fn tokens_are_read_in_either_way_in_which_servers_name_them_and_never_guessed() {
        let drawn = |choice: Value| {
            let reply = json!({ "choices": [choice] });
            Reply::of_json(&reply, &[]).unwrap().choices.remove(0).drawn
        };
        let logprobs = json!([-0.5, -2.0]);
        let plain =
            json!({"text": "ab", "logprobs": {"tokens": ["a", "b"], "token_logprobs": logprobs}});
        assert_eq!(drawn(plain.clone()), None);
        let mut named = plain.clone();
        named["logprobs"]["tokens"] = json!(["token_id:7", "token_id:9"]);
        let wanted = Drawn { tokens: vec![7, 9], logprobs: vec![-0.5, -2.0], prompt: None };
        assert_eq!(drawn(named), Some(wanted.clone()));
        let mut numbered = plain.clone();
        numbered["token_ids"] = json!([7, 9]);
        numbered["prompt_token_ids"] = json!([1]);
        assert_eq!(drawn(numbered), Some(Drawn { prompt: Some(vec![1]), ..wanted }));
        let mut torn = plain;
        torn["token_ids"] = json!([7, 9, 11]);
        assert_eq!(drawn(torn), None);
    }

    #[test]
    fn a_model_that_says_nothing_has_answered() {
        let reply = json!({"choices": [{"message": {"content": null}, "finish_reason": "length"}]});
        assert_eq!(Reply::of_json(&reply, &[]).unwrap().choices[0].text, "");
    }

    #[test]
    fn content_may_be_a_list_of_texts_and_nothing_else_but_a_text() {
        let answer = |content: Value| {
            let reply = json!({"choices": [{"message": {"content": content}}]});
            Reply::of_json(&reply, &[]).map(|reply| reply.choices[0].text.clone())
        };
        let pieces = json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]);
        assert_eq!(answer(pieces).unwrap(), "ab");
        let image = json!([{"type": "text", "text": "a"}, {"type": "image_url", "text": "b"}]);
        for content in [image, json!([{"type": "text"}]), json!(["a"]), json!({}), json!(7)] {
            assert!(matches!(answer(content.clone()), Err(Failure::Garbage { .. })), "{content}");
        }
        let number = json!({"choices": [{"text": 7}]});
        assert!(matches!(Reply::of_json(&number, &[]), Err(Failure::Garbage { .. })));
    }

    #[test]
    fn an_object_without_choices_is_no_reply() {
        assert!(matches!(Reply::of_json(&json!({"a": 1}), &[]), Err(Failure::Garbage { .. })));
        assert!(matches!(Reply::of_json(&json!([]), &[]), Err(Failure::Garbage { .. })));
        let error = Reply::of_json(&json!({"error": {"message": "no"}}), &[]).unwrap_err();
        assert_eq!(error.to_string(), "the server reports: no");
    }
}
