//! What a client is told, in the words of the public interface.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use trainer::Stop;
use trainer::tokenizer::Tokenizer;

use super::engine::{News, Token};

/// Which of the two interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Completion,
    Chat,
}

/// All that the parts of a reply have in common.
#[derive(Clone, Debug)]
pub(super) struct Letterhead {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) model: String,
    pub(super) created: u64,
    pub(super) details: Details,
}

/// What a client wants to know of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Details {
    /// Their log-probabilities.
    pub(super) logprobs: bool,
    /// Their numbers, beside the text.
    pub(super) ids: bool,
    /// Their numbers in the place of their texts.
    pub(super) numbers_for_names: bool,
}

/// An answer as it grows.
#[derive(Clone, Debug, Default)]
struct Choice {
    text: String,
    tokens: Vec<Token>,
    finish: Option<&'static str>,
}

/// A reply that is told at once, when all is said.
#[derive(Debug)]
pub(super) struct Whole {
    choices: Vec<Choice>,
    /// The tokens of the prompt of each answer.
    prompts: Vec<Vec<u32>>,
    usage: Usage,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    pub(super) prompt: usize,
    pub(super) completion: usize,
}

impl Usage {
    fn to_json(self) -> Value {
        let Self { prompt, completion } = self;
        json!({
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        })
    }
}

impl Whole {
    /// The reply to these prompts, with so many answers to each.
    pub(super) fn new(prompts: &[Vec<u32>], answers: usize) -> Self {
        let usage = Usage { prompt: prompts.iter().map(Vec::len).sum(), completion: 0 };
        let prompts: Vec<Vec<u32>> =
            prompts.iter().flat_map(|ids| std::iter::repeat_n(ids.clone(), answers)).collect();
        Self { choices: vec![Choice::default(); prompts.len()], prompts, usage }
    }

    /// Add what happened; an error is a refusal.
    pub(super) fn add(&mut self, news: News) -> Result<(), String> {
        match news {
            News::Text { index, text, tokens } => {
                let choice = &mut self.choices[index as usize];
                choice.text += &text;
                choice.tokens.extend(tokens);
            }
            News::Finished { index, stop, tokens } => {
                self.choices[index as usize].finish = Some(reason(stop));
                self.usage.completion += tokens;
            }
            News::Refused(reason) => return Err(reason),
        }
        Ok(())
    }

    pub(super) fn is_finished(&self) -> bool {
        self.choices.iter().all(|choice| choice.finish.is_some())
    }

    pub(super) fn to_json(&self, head: &Letterhead, tokenizer: &Tokenizer) -> Value {
        let choices = self.choices.iter().enumerate().map(|(index, choice)| {
            let logprobs = head.logprobs(&choice.tokens, tokenizer);
            let finish = choice.finish;
            let mut object = match head.kind {
                Kind::Completion => json!({
                    "index": index, "text": choice.text, "logprobs": logprobs, "finish_reason": finish
                }),
                Kind::Chat => json!({
                    "index": index,
                    "message": {"role": "assistant", "content": choice.text},
                    "logprobs": logprobs,
                    "finish_reason": finish
                }),
            };
            if head.details.ids {
                object["token_ids"] = ids(&choice.tokens);
                object["prompt_token_ids"] = json!(self.prompts[index]);
            }
            object
        });
        head.object(choices.collect(), Some(self.usage.to_json()), false)
    }
}

impl Letterhead {
    pub(super) fn new(kind: Kind, model: &str, number: u64, details: Details) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let created = since.map_or(0, |since| since.as_secs());
        let prefix = if kind == Kind::Chat { "chatcmpl" } else { "cmpl" };
        Self { kind, id: format!("{prefix}-{number}"), model: model.to_owned(), created, details }
    }

    fn object(&self, choices: Vec<Value>, usage: Option<Value>, is_part: bool) -> Value {
        let object = match (self.kind, is_part) {
            (Kind::Completion, _) => "text_completion",
            (Kind::Chat, false) => "chat.completion",
            (Kind::Chat, true) => "chat.completion.chunk",
        };
        let mut all = json!({
            "id": self.id, "object": object, "created": self.created, "model": self.model,
            "choices": choices,
        });
        if let Some(usage) = usage {
            all["usage"] = usage;
        }
        all
    }

    /// The first part of a stream of a conversation: who speaks.
    pub(super) fn opening(&self, answers: u32) -> Option<Value> {
        let opening = |index| json!({"index": index, "delta": {"role": "assistant", "content": ""}, "finish_reason": null});
        let choices = (0..answers).map(opening).collect();
        (self.kind == Kind::Chat).then(|| self.object(choices, None, true))
    }

    /// A part of a stream.
    pub(super) fn part(&self, news: &News, tokenizer: &Tokenizer) -> Option<Value> {
        let mut choice = match (news, self.kind) {
            (News::Text { text, tokens, .. }, _) if text.is_empty() && tokens.is_empty() => {
                return None;
            }
            (News::Text { index, text, tokens }, Kind::Completion) => json!({
                "index": index, "text": text, "logprobs": self.logprobs(tokens, tokenizer),
                "finish_reason": null
            }),
            (News::Text { index, text, tokens }, Kind::Chat) => json!({
                "index": index, "delta": {"content": text},
                "logprobs": self.logprobs(tokens, tokenizer), "finish_reason": null
            }),
            (News::Finished { index, stop, .. }, Kind::Completion) => json!({
                "index": index, "text": "", "logprobs": null, "finish_reason": reason(*stop)
            }),
            (News::Finished { index, stop, .. }, Kind::Chat) => json!({
                "index": index, "delta": {}, "logprobs": null, "finish_reason": reason(*stop)
            }),
            (News::Refused(reason), _) => return Some(error(reason, "invalid_request_error")),
        };
        if let (News::Text { tokens, .. }, true) = (news, self.details.ids) {
            choice["token_ids"] = ids(tokens);
        }
        Some(self.object(vec![choice], None, true))
    }

    /// The last part of a stream, where the client wants it.
    pub(super) fn usage(&self, usage: Usage) -> Value {
        self.object(Vec::new(), Some(usage.to_json()), true)
    }

    fn logprobs(&self, tokens: &[Token], tokenizer: &Tokenizer) -> Value {
        if !self.details.logprobs {
            return Value::Null;
        }
        let bytes = |token: &Token| tokenizer.bytes(token.id).unwrap_or_default().to_vec();
        let text = |token: &Token| match self.details.numbers_for_names {
            true => format!("token_id:{}", token.id),
            false => String::from_utf8_lossy(&bytes(token)).into_owned(),
        };
        match self.kind {
            Kind::Completion => json!({
                "tokens": tokens.iter().map(text).collect::<Vec<_>>(),
                "token_logprobs": tokens.iter().map(|it| it.logprob).collect::<Vec<_>>(),
                "token_ids": tokens.iter().map(|it| it.id).collect::<Vec<_>>(),
                "top_logprobs": null,
            }),
            Kind::Chat => {
                let token = |it: &Token| {
                    json!({
                        "token": text(it), "logprob": it.logprob, "bytes": bytes(it),
                        "token_id": it.id, "top_logprobs": []
                    })
                };
                json!({ "content": tokens.iter().map(token).collect::<Vec<_>>() })
            }
        }
    }
}

fn ids(tokens: &[Token]) -> Value {
    tokens.iter().map(|it| json!(it.id)).collect()
}

fn reason(stop: Stop) -> &'static str {
    if stop == Stop::Length { "length" } else { "stop" }
}

/// An error in the words of the public interface.
pub(super) fn error(message: &str, kind: &str) -> Value {
    json!({"error": {"message": message, "type": kind, "param": null, "code": null}})
}
