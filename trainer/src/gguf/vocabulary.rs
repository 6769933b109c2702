//! The tokenizer of a GGUF file, as a `tokenizer.json` would have it.
//!
//! The file has the tokens and the merges, and only a name for the rules that cut text into words
//! before merging. Those rules are code in every program that reads such files, and a wrong one
//! gives plausible, wrong tokens. So a name that is not known is refused.
//!
//! Left out: the token that some models want before every text. Whoever builds a prompt writes it.

use serde_json::{Value as Json, json};

use super::error::Problem;
use super::metadata::{Array, Metadata, Value};

/// Qwen's rule: single digits, and line ends stay with what is before them.
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// Llama 3's rule: the same with up to three digits together.
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Rows of the embedding that no text uses.
const UNUSED: i64 = 5;
/// A mark such as the end of a text.
const CONTROL: i64 = 3;
/// A text that is always one token.
const USER_DEFINED: i64 = 4;

pub(super) fn tokenizer_json(metadata: &Metadata) -> Result<Json, Problem> {
    let model = metadata.text("tokenizer.ggml.model")?;
    if model != "gpt2" {
        return Err(Problem::key(
            "tokenizer.ggml.model",
            format!("is `{model}`, not byte-level BPE"),
        ));
    }
    let rules = Rules::named(metadata.text("tokenizer.ggml.pre")?)?;
    let tokens = metadata.texts("tokenizer.ggml.tokens")?;
    let kinds = kinds(metadata, tokens.len())?;

    let used = || tokens.iter().enumerate().zip(kinds).filter(|(_, kind)| **kind != UNUSED);
    let vocabulary: serde_json::Map<String, Json> =
        used().map(|((id, token), _)| (token.clone(), json!(id))).collect();
    if vocabulary.len() != used().count() {
        return Err(Problem::key("tokenizer.ggml.tokens", "has a token twice"));
    }
    let added: Vec<Json> = used()
        .filter(|(_, kind)| matches!(**kind, CONTROL | USER_DEFINED))
        .map(|((id, token), kind)| added_token(id, token, *kind == CONTROL))
        .collect();
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": rules.normalizer,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": rules.steps},
        "post_processor": null,
        "decoder": byte_level(true),
        "model": {
            "type": "BPE",
            "ignore_merges": rules.ignore_merges,
            "vocab": vocabulary,
            "merges": merges(metadata)?,
        },
    }))
}

/// How text is cut into words.
struct Rules {
    normalizer: Json,
    steps: Vec<Json>,
    /// A word that is a token is that token, whatever the merges say.
    ignore_merges: bool,
}

impl Rules {
    fn named(name: &str) -> Result<Self, Problem> {
        Ok(match name {
            "smollm" => Self {
                normalizer: Json::Null,
                steps: vec![json!({"type": "Digits", "individual_digits": true}), byte_level(true)],
                ignore_merges: false,
            },
            "qwen2" => Self {
                normalizer: json!({"type": "NFC"}),
                steps: vec![split(QWEN2), byte_level(false)],
                ignore_merges: false,
            },
            "llama-bpe" => Self {
                normalizer: Json::Null,
                steps: vec![split(LLAMA3), byte_level(false)],
                ignore_merges: true,
            },
            _ => {
                let reason = format!("is `{name}`, whose rules are not known here");
                return Err(Problem::key("tokenizer.ggml.pre", reason));
            }
        })
    }
}

fn split(pattern: &str) -> Json {
    json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false})
}

fn byte_level(use_regex: bool) -> Json {
    json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": use_regex})
}

fn added_token(id: usize, content: &str, special: bool) -> Json {
    json!({"id": id, "content": content, "special": special, "single_word": false,
           "lstrip": false, "rstrip": false, "normalized": false})
}

/// What kind of token each is.
fn kinds(metadata: &Metadata, count: usize) -> Result<&[i64], Problem> {
    let key = "tokenizer.ggml.token_type";
    match metadata.need(key)? {
        Value::Array(Array::Signed(kinds)) if kinds.len() == count => Ok(kinds),
        _ => Err(Problem::key(key, "does not have one integer for each token")),
    }
}

/// Pairs of tokens, the earliest to be merged first. No token has a space in this alphabet.
fn merges(metadata: &Metadata) -> Result<Vec<Json>, Problem> {
    let key = "tokenizer.ggml.merges";
    let pair = |merge: &String| match merge.split_once(' ') {
        Some((left, right)) => Ok(json!([left, right])),
        None => Err(Problem::key(key, format!("has `{merge}`, which is no pair"))),
    };
    metadata.texts(key)?.iter().map(pair).collect()
}
