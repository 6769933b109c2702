//! The sizes of a network, as a `config.json` would have them.
//!
//! What changes how a network computes and is not understood here is refused by its key: experts,
//! sliding windows, and stretched rotary embeddings other than Llama 3's. The latter is not in the
//! metadata at all but in a tensor, `rope_freqs.weight`, with what each frequency is divided by.
//! Its formula has four parameters, of which every published model shares three; so the fourth is
//! read off the tensor, and the file is refused unless the formula then gives that tensor.

use serde_json::{Value as Json, json};

use super::error::Problem;
use super::file::GgufFile;
use super::metadata::{Metadata, Value};

/// A family of networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Architecture {
    Llama,
    Qwen2,
    Qwen3,
}

impl Architecture {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "llama" => Self::Llama,
            "qwen2" => Self::Qwen2,
            "qwen3" => Self::Qwen3,
            _ => return None,
        })
    }

    /// Its name, both in GGUF files and in `model_type`.
    fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Llama => "LlamaForCausalLM",
            Self::Qwen2 => "Qwen2ForCausalLM",
            Self::Qwen3 => "Qwen3ForCausalLM",
        }
    }
}

/// What the rest of this module has to know, and the rest as JSON.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) architecture: Architecture,
    pub(super) heads: usize,
    pub(super) key_value_heads: usize,
    pub(super) json: Json,
}

impl Config {
    pub(super) fn read(file: &GgufFile, tied: bool) -> Result<Self, Problem> {
        let metadata = file.metadata();
        let name = metadata.text("general.architecture")?;
        let architecture = Architecture::named(name).ok_or_else(|| {
            Problem::key("general.architecture", format!("is `{name}`, which is not supported"))
        })?;
        let keys = Keys { metadata, prefix: architecture.name() };
        keys.refuse_unsupported()?;

        let hidden = keys.size("embedding_length")?;
        let heads = keys.size("attention.head_count")?;
        let key_value_heads = keys.size_or("attention.head_count_kv", heads)?;
        if heads % key_value_heads != 0 {
            return Err(keys.problem("attention.head_count_kv", "does not divide the heads"));
        }
        let head_dim = keys.size_or("attention.key_length", hidden / heads)?;
        let mut json = json!({
            "architectures": [architecture.class()],
            "model_type": architecture.name(),
            "hidden_act": "silu",
            "vocab_size": metadata.texts("tokenizer.ggml.tokens")?.len(),
            "hidden_size": hidden,
            "intermediate_size": keys.size("feed_forward_length")?,
            "num_hidden_layers": keys.size("block_count")?,
            "num_attention_heads": heads,
            "num_key_value_heads": key_value_heads,
            "head_dim": head_dim,
            "max_position_embeddings": keys.size("context_length")?,
            "rope_theta": keys.real_or("rope.freq_base", 10_000.0)?,
            "rms_norm_eps": metadata.real(&keys.full("attention.layer_norm_rms_epsilon"))?,
            "tie_word_embeddings": tied,
        });
        if architecture != Architecture::Qwen2 {
            json["attention_bias"] = json!(false);
        }
        for (ours, theirs) in [("bos", "bos"), ("eos", "eos"), ("pad", "padding")] {
            let key = format!("tokenizer.ggml.{theirs}_token_id");
            if metadata.get(&key).is_some() {
                json[format!("{ours}_token_id")] = json!(metadata.natural(&key)?);
            }
        }
        if let Some(scaling) = Llama3Scaling::read(file, &json, head_dim)? {
            json["rope_scaling"] = scaling;
        }
        Ok(Self { architecture, heads, key_value_heads, json })
    }
}

/// The keys of one architecture.
struct Keys<'a> {
    metadata: &'a Metadata,
    prefix: &'static str,
}

impl Keys<'_> {
    fn full(&self, key: &str) -> String {
        format!("{}.{key}", self.prefix)
    }

    fn problem(&self, key: &str, reason: &str) -> Problem {
        Problem::key(self.full(key), reason)
    }

    /// A size that is not zero; no network has one beyond 32 bits.
    fn size(&self, key: &str) -> Result<usize, Problem> {
        let number = self.metadata.natural(&self.full(key))?;
        match u32::try_from(number) {
            Ok(number) if number > 0 => Ok(number as usize),
            _ => Err(self.problem(key, &format!("is {number}, which is no size"))),
        }
    }

    fn size_or(&self, key: &str, default: usize) -> Result<usize, Problem> {
        if self.metadata.get(&self.full(key)).is_some() { self.size(key) } else { Ok(default) }
    }

    fn real_or(&self, key: &str, default: f64) -> Result<f64, Problem> {
        let key = self.full(key);
        if self.metadata.get(&key).is_some() { self.metadata.real(&key) } else { Ok(default) }
    }

    fn refuse_unsupported(&self) -> Result<(), Problem> {
        for key in ["expert_count", "attention.sliding_window"] {
            let full = self.full(key);
            if self.metadata.get(&full).is_some() && self.metadata.natural(&full)? != 0 {
                return Err(Problem::key(full, "is set, which is not supported"));
            }
        }
        let scaling = self.full("rope.scaling.type");
        match self.metadata.get(&scaling) {
            None => Ok(()),
            Some(Value::Text(kind)) if kind == "none" => Ok(()),
            Some(_) => Err(Problem::key(scaling, "is set, which is not supported")),
        }
    }
}

/// Llama 3's way to stretch rotary embeddings to longer texts.
struct Llama3Scaling {
    factor: f64,
}

impl Llama3Scaling {
    const LOW: f64 = 1.0;
    const HIGH: f64 = 4.0;
    const ORIGINAL_CONTEXT: f64 = 8192.0;
    /// The tensor is in single precision.
    const TOLERANCE: f64 = 1e-5;

    fn read(file: &GgufFile, config: &Json, head_dim: usize) -> Result<Option<Json>, Problem> {
        let Some(tensor) = file.tensor("rope_freqs.weight") else {
            return Ok(None);
        };
        let stored = file.numbers(tensor);
        let theta = config["rope_theta"].as_f64().expect("this was written as a number");
        // The slowest frequency is divided by the whole factor.
        let scaling = Self { factor: stored.last().copied().map_or(1.0, f64::from) };
        let fits = stored.len() == head_dim / 2
            && stored.iter().enumerate().all(|(i, &stored)| {
                let wavelength =
                    std::f64::consts::TAU * theta.powf(2.0 * i as f64 / head_dim as f64);
                let divisor = scaling.divisor(wavelength);
                (divisor - f64::from(stored)).abs() <= Self::TOLERANCE * divisor
            });
        if !fits {
            return Err(Problem::tensor(&tensor.name, "does not hold the divisors of Llama 3"));
        }
        Ok(Some(json!({
            "rope_type": "llama3",
            "factor": scaling.factor,
            "low_freq_factor": Self::LOW,
            "high_freq_factor": Self::HIGH,
            "original_max_position_embeddings": Self::ORIGINAL_CONTEXT as u64,
        })))
    }

    /// What the frequency of a wavelength is divided by: nothing for short waves, the factor for
    /// long ones, and between them the frequency is interpolated.
    fn divisor(&self, wavelength: f64) -> f64 {
        let turns = Self::ORIGINAL_CONTEXT / wavelength;
        let smooth = ((turns - Self::LOW) / (Self::HIGH - Self::LOW)).clamp(0.0, 1.0);
        1.0 / ((1.0 - smooth) / self.factor + smooth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ratios recorded for Llama-3.2-1B, whose head has 64 dimensions and whose theta is 500,000.
    #[test]
    fn divisors_are_those_of_llama_3() {
        let scaling = Llama3Scaling { factor: 32.0 };
        let ratio =
            |i: f64| 1.0 / scaling.divisor(std::f64::consts::TAU * 5e5_f64.powf(2.0 * i / 64.0));
        for (i, expected) in [
            (14.0, 1.0),
            (15.0, 0.605_573),
            (16.0, 0.303_742),
            (17.0, 0.103_448),
            (18.0, 1.0 / 32.0),
        ] {
            assert!((ratio(i) - expected).abs() < 1e-6, "{i}: {} is not {expected}", ratio(i));
        }
    }
}
