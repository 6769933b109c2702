//! What a checkpoint's `config.json` says, believed after it was parsed.
//!
//! The format has no schema, and a key that is passed over in silence becomes a model that computes
//! something else than the one that was trained. So every key is known here: it is read, or it is
//! known to change nothing, or it is refused by its name. The text as it came is kept, so that an
//! exported model says what the imported one said.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::keys::Keys;
use super::rotary::Rotary;

/// A `config.json` that this crate cannot follow.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("failed to read `{}`", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The file is no JSON object.
    #[error("`{}` is not a JSON object", file.display())]
    Json {
        /// The file.
        file: PathBuf,
        /// The reason, unless it is JSON and no object.
        source: Option<serde_json::Error>,
    },
    /// No family of this name is known.
    #[error("model_type is `{0}`; known are llama, qwen2 and qwen3")]
    UnknownFamily(String),
    /// A key that must be there is not.
    #[error("config key `{0}` is missing")]
    Missing(String),
    /// A key has a value of the wrong type or out of range.
    #[error("config key `{key}` is {value}, and should be {expected}")]
    Invalid {
        /// The key.
        key: String,
        /// Its value.
        value: Value,
        /// What can stand there.
        expected: &'static str,
    },
    /// A key is known and asks for what is not implemented.
    #[error("config key `{key}` is {value}, which is not supported")]
    Unsupported {
        /// The key.
        key: String,
        /// Its value.
        value: Value,
    },
    /// A key that nobody here has heard of.
    #[error("config key `{0}` is unknown, and might change what the model computes")]
    UnknownKey(String),
}

/// The families of decoders, which differ in three places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// No biases, no norm of queries and keys.
    Llama,
    /// Biases on the projections to queries, keys and values.
    Qwen2,
    /// A norm over each head's query and key, before they are rotated.
    Qwen3,
}

/// The shape of a decoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Which decoder it is.
    pub family: Family,
    /// Token ids are below this.
    pub vocabulary: i64,
    /// The width of the residual stream.
    pub hidden: i64,
    /// The width inside a feed-forward block.
    pub intermediate: i64,
    /// How many blocks.
    pub layers: usize,
    /// How many query heads.
    pub heads: i64,
    /// How many heads of keys and values, each shared by `heads / key_value_heads` queries.
    pub key_value_heads: i64,
    /// The width of one head; `heads * head_size` need not be `hidden`.
    pub head_size: i64,
    /// Keeps norms away from a division by zero.
    pub norm_epsilon: f64,
    /// How many positions the model was made for.
    pub context: usize,
    /// How positions turn queries and keys.
    pub rotary: Rotary,
    /// Whether the embedding is also the output projection.
    pub tied_embeddings: bool,
    /// Sampling ends with one of these.
    pub stop_ids: Vec<u32>,
    source: Map<String, Value>,
}

impl Config {
    /// Reads `config.json` of a folder, and the ids that end a text from `generation_config.json`
    /// where there is one: chat models name more of them there.
    ///
    /// # Errors
    ///
    /// The file is absent, malformed, or asks for what is not implemented.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::parse(object(&folder.join("config.json"))?)?;
        let generation = folder.join("generation_config.json");
        if generation.exists() {
            let ids = stop_ids(&object(&generation)?)?;
            if !ids.is_empty() {
                config.stop_ids = ids;
            }
        }
        Ok(config)
    }

    /// Understands the object of a `config.json`.
    ///
    /// # Errors
    ///
    /// A key is missing, unknown, out of range, or asks for what is not implemented.
    pub fn parse(source: Map<String, Value>) -> Result<Self, ConfigError> {
        let keys = Keys(&source);
        let family = match keys.text("model_type")? {
            "llama" => Family::Llama,
            "qwen2" => Family::Qwen2,
            "qwen3" => Family::Qwen3,
            other => return Err(ConfigError::UnknownFamily(other.to_owned())),
        };
        keys.refuse_what_is_not_followed()?;
        let hidden = keys.count("hidden_size")?;
        let heads = keys.count("num_attention_heads")?;
        let key_value_heads = keys.count_or("num_key_value_heads", heads)?;
        if heads % key_value_heads != 0 {
            return Err(keys.invalid("num_key_value_heads", "a divisor of num_attention_heads"));
        }
        let head_size = keys.count_or("head_dim", hidden / heads)?;
        if head_size % 2 != 0 {
            return Err(keys.invalid("head_dim", "even"));
        }
        Ok(Self {
            family,
            vocabulary: keys.count("vocab_size")?,
            hidden,
            intermediate: keys.count("intermediate_size")?,
            layers: keys.count("num_hidden_layers")? as usize,
            heads,
            key_value_heads,
            head_size,
            norm_epsilon: keys.positive("rms_norm_eps")?,
            context: keys.count("max_position_embeddings")? as usize,
            rotary: keys.rotary(head_size)?,
            tied_embeddings: keys.truth_or("tie_word_embeddings", false)?,
            stop_ids: stop_ids(&source)?,
            source,
        })
    }

    /// The object that this was parsed from.
    pub fn source(&self) -> &Map<String, Value> {
        &self.source
    }

    /// The name and shape of every parameter, in the order of the computation.
    pub fn parameters(&self) -> Vec<(String, Vec<i64>)> {
        let (hidden, intermediate) = (self.hidden, self.intermediate);
        let queries = self.heads * self.head_size;
        let keys = self.key_value_heads * self.head_size;
        let mut all = vec![("model.embed_tokens.weight".to_owned(), vec![self.vocabulary, hidden])];
        for layer in 0..self.layers {
            let mut add = |name: &str, shape: &[i64]| {
                all.push((format!("model.layers.{layer}.{name}"), shape.to_vec()));
            };
            add("input_layernorm.weight", &[hidden]);
            for (name, width) in [("q_proj", queries), ("k_proj", keys), ("v_proj", keys)] {
                add(&format!("self_attn.{name}.weight"), &[width, hidden]);
                if self.family == Family::Qwen2 {
                    add(&format!("self_attn.{name}.bias"), &[width]);
                }
            }
            if self.family == Family::Qwen3 {
                add("self_attn.q_norm.weight", &[self.head_size]);
                add("self_attn.k_norm.weight", &[self.head_size]);
            }
            add("self_attn.o_proj.weight", &[hidden, queries]);
            add("post_attention_layernorm.weight", &[hidden]);
            add("mlp.gate_proj.weight", &[intermediate, hidden]);
            add("mlp.up_proj.weight", &[intermediate, hidden]);
            add("mlp.down_proj.weight", &[hidden, intermediate]);
        }
        all.push(("model.norm.weight".to_owned(), vec![hidden]));
        if !self.tied_embeddings {
            all.push(("lm_head.weight".to_owned(), vec![self.vocabulary, hidden]));
        }
        all
    }
}

fn object(file: &Path) -> Result<Map<String, Value>, ConfigError> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| ConfigError::Read { file: file.to_owned(), source })?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(ConfigError::Json { file: file.to_owned(), source: None }),
        Err(source) => Err(ConfigError::Json { file: file.to_owned(), source: Some(source) }),
    }
}

/// `eos_token_id` is a number, a list of numbers, or null.
fn stop_ids(source: &Map<String, Value>) -> Result<Vec<u32>, ConfigError> {
    let key = "eos_token_id";
    let values = match source.get(key) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(ids)) => ids.as_slice(),
        Some(id) => std::slice::from_ref(id),
    };
    let ids = values.iter().map(|id| id.as_u64().and_then(|id| u32::try_from(id).ok()));
    let ids: Option<Vec<u32>> = ids.collect();
    ids.ok_or_else(|| Keys(source).invalid(key, "a token id or a list of them"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(changes: Value) -> Result<Config, ConfigError> {
        let mut config = json!({
            "model_type": "llama", "hidden_size": 64, "intermediate_size": 160, "vocab_size": 512,
            "num_hidden_layers": 2, "num_attention_heads": 4, "rms_norm_eps": 1e-5,
            "max_position_embeddings": 512, "eos_token_id": 2,
        });
        let object = config.as_object_mut().unwrap();
        object.extend(changes.as_object().unwrap().clone());
        Config::parse(object.clone())
    }

    #[track_caller]
    fn assert_refused(changes: Value, words: &str) {
        let error = parse(changes).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn what_is_not_said_has_the_usual_value() {
        let config = parse(json!({})).unwrap();
        assert_eq!((config.key_value_heads, config.head_size), (4, 16));
        assert_eq!((config.tied_embeddings, config.stop_ids), (false, vec![2]));
        assert_eq!(config.rotary.base, 10_000.0);
    }

    #[test]
    fn a_head_may_be_wider_than_its_share_of_the_model() {
        assert_eq!(parse(json!({"head_dim": 32})).unwrap().head_size, 32);
    }

    #[test]
    fn a_key_that_nobody_knows_is_refused_by_its_name() {
        assert_refused(json!({"logit_softcap": 30.0}), "`logit_softcap` is unknown");
    }

    #[test]
    fn a_known_key_is_refused_where_it_asks_for_more_than_is_there() {
        for (changes, key) in [
            (json!({"use_sliding_window": true}), "use_sliding_window"),
            (json!({"layer_types": ["full_attention", "sliding_attention"]}), "layer_types"),
            (json!({"hidden_act": "gelu"}), "hidden_act"),
            (json!({"attention_bias": true}), "attention_bias"),
            (json!({"attention_dropout": 0.1}), "attention_dropout"),
            (json!({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}), "rope_scaling"),
        ] {
            assert_refused(changes, &format!("`{key}` is"));
        }
        parse(json!({"attention_dropout": 0, "use_sliding_window": false})).unwrap();
    }

    #[test]
    fn shapes_that_cannot_be_are_refused() {
        assert_refused(json!({"hidden_size": 0}), "hidden_size");
        assert_refused(json!({"num_key_value_heads": 3}), "divisor");
        assert_refused(json!({"vocab_size": "many"}), "vocab_size");
        assert_refused(json!({"rms_norm_eps": null}), "`rms_norm_eps` is missing");
        assert_refused(json!({"model_type": "mamba"}), "mamba");
    }
}
