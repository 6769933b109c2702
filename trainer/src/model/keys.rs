//! The object in a `config.json`, asked key by key.
//!
//! It knows which keys are read, which change nothing and which may only have the value that changes
//! nothing, and refuses all others.

use serde_json::{Map, Value};

use super::config::ConfigError;
use super::rotary::{Rescaling, Rotary};

/// Keys whose value is looked at.
const READ: &[&str] = &[
    "eos_token_id",
    "head_dim",
    "hidden_size",
    "intermediate_size",
    "max_position_embeddings",
    "num_attention_heads",
    "num_hidden_layers",
    "num_key_value_heads",
    "rms_norm_eps",
    "rope_parameters",
    "rope_scaling",
    "rope_theta",
    "tie_word_embeddings",
    "vocab_size",
];

/// Keys that change nothing of what a decoder computes.
const WITHOUT_EFFECT: &[&str] = &[
    "_name_or_path",
    "architectures",
    "bos_token_id",
    "dtype",
    "initializer_range",
    "is_llama_config",
    "max_window_layers",
    "model_type",
    "pad_token_id",
    "sliding_window",
    "torch_dtype",
    "transformers.js_config",
    "transformers_version",
    "use_cache",
];

/// Keys that may only have the value beside them, if they are there at all.
fn harmless_value(key: &str) -> Option<Value> {
    Some(match key {
        "hidden_act" => "silu".into(),
        "attention_dropout" => 0.0.into(),
        "attention_bias" | "mlp_bias" | "rope_interleaved" | "use_sliding_window" => false.into(),
        "pretraining_tp" => 1.into(),
        _ => return None,
    })
}

/// The object, asked key by key.
pub(super) struct Keys<'a>(pub(super) &'a Map<String, Value>);

impl Keys<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn need(&self, key: &str) -> Result<&Value, ConfigError> {
        self.get(key).ok_or_else(|| ConfigError::Missing(key.to_owned()))
    }

    pub(super) fn invalid(&self, key: &str, expected: &'static str) -> ConfigError {
        let value = self.get(key).cloned().unwrap_or_default();
        ConfigError::Invalid { key: key.to_owned(), value, expected }
    }

    pub(super) fn text(&self, key: &str) -> Result<&str, ConfigError> {
        self.need(key)?.as_str().ok_or_else(|| self.invalid(key, "a text"))
    }

    /// Bounded, so that products of two of them are numbers too.
    pub(super) fn count(&self, key: &str) -> Result<i64, ConfigError> {
        let count = self.need(key)?.as_i64().filter(|count| (1..1 << 31).contains(count));
        count.ok_or_else(|| self.invalid(key, "a whole number from 1"))
    }

    pub(super) fn count_or(&self, key: &str, default: i64) -> Result<i64, ConfigError> {
        if self.get(key).is_some() { self.count(key) } else { Ok(default) }
    }

    pub(super) fn positive(&self, key: &str) -> Result<f64, ConfigError> {
        let number = self.need(key)?.as_f64().filter(|number| *number > 0.0);
        number.ok_or_else(|| self.invalid(key, "a positive number"))
    }

    pub(super) fn truth_or(&self, key: &str, default: bool) -> Result<bool, ConfigError> {
        match self.get(key) {
            None => Ok(default),
            Some(value) => value.as_bool().ok_or_else(|| self.invalid(key, "true or false")),
        }
    }

    pub(super) fn refuse_what_is_not_followed(&self) -> Result<(), ConfigError> {
        for (key, value) in self.0 {
            if READ.contains(&key.as_str()) || WITHOUT_EFFECT.contains(&key.as_str()) {
                continue;
            }
            let supported = match (harmless_value(key), value) {
                (Some(harmless), value) => value.is_null() || same(&harmless, value),
                (None, Value::Array(layers)) if key == "layer_types" => {
                    layers.iter().all(|layer| layer == "full_attention")
                }
                (None, Value::Null) => true,
                (None, _) => return Err(ConfigError::UnknownKey(key.clone())),
            };
            if !supported {
                return Err(ConfigError::Unsupported { key: key.clone(), value: value.clone() });
            }
        }
        Ok(())
    }

    /// The base stands beside `rope_scaling`, or in `rope_parameters`, which newer files have.
    pub(super) fn rotary(&self, head_size: i64) -> Result<Rotary, ConfigError> {
        let empty = Map::new();
        let inner = |key: &str| match self.get(key) {
            None => Ok(&empty),
            Some(Value::Object(map)) => Ok(map),
            Some(_) => Err(self.invalid(key, "an object")),
        };
        let (name, scaling) = match inner("rope_parameters")? {
            map if map.is_empty() => ("rope_scaling", Keys(inner("rope_scaling")?)),
            map => ("rope_parameters", Keys(map)),
        };
        let base = match scaling.get("rope_theta").or(self.get("rope_theta")) {
            None => 10_000.0,
            Some(_) if scaling.get("rope_theta").is_some() => scaling.positive("rope_theta")?,
            Some(_) => self.positive("rope_theta")?,
        };
        let kind = scaling.get("rope_type").or(scaling.get("type"));
        let rescaling = match kind.map_or(Some("default"), Value::as_str) {
            Some("default") => None,
            Some("llama3") => Some(Rescaling {
                factor: scaling.positive("factor")?,
                low_frequency_factor: scaling.positive("low_freq_factor")?,
                high_frequency_factor: scaling.positive("high_freq_factor")?,
                original_context: scaling.positive("original_max_position_embeddings")?,
            }),
            _ => {
                let value = Value::Object(scaling.0.clone());
                return Err(ConfigError::Unsupported { key: name.to_owned(), value });
            }
        };
        Ok(Rotary { head_size, base, rescaling })
    }
}

/// Whether two values are equal, where 0 and 0.0 are.
fn same(left: &Value, right: &Value) -> bool {
    left == right || left.is_number() && left.as_f64() == right.as_f64()
}
