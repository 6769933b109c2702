//! Writes a model as a folder that other tools load.
//!
//! The config goes out as it came in but for the kind of the weights, and with it what lies beside
//! the weights of the model it began as: tokenizer, chat template, generation defaults. An embedding
//! that is also the output projection is written once, which is what readers expect. Adapters are merged into
//! their matrices, and written by themselves as well.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tch::{Kind, Tensor};

use super::decoder::{Decoder, Parameter};
use super::lora::Lora;
use crate::tensor_file::{TensorFileError, write_tensors};

/// A model that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file of the folder, or the folder.
    #[error("failed to write `{}`", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// A file of weights.
    #[error(transparent)]
    Weights(#[from] TensorFileError),
}

/// How a model is written: by default in bf16, and in shards of at most 5 GB.
#[derive(Clone, Debug)]
pub struct Export {
    /// The kind of number.
    pub kind: Kind,
    /// A file of weights gets no larger, unless by a single parameter.
    pub shard_bytes: usize,
    /// The folder whose tokenizer and generation defaults are copied, if any.
    pub beside: Option<PathBuf>,
}

impl Default for Export {
    fn default() -> Self {
        Self { kind: Kind::BFloat16, shard_bytes: 5_000_000_000, beside: None }
    }
}

/// What lies beside weights and is not changed by training.
const COMPANIONS: [&str; 9] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    "generation_config.json",
    "chat_template.jinja",
];

impl Export {
    /// Writes `model` to `folder`, which is made if need be.
    ///
    /// # Errors
    ///
    /// Something cannot be written. Files that were whole before stay whole.
    pub fn write(&self, model: &Decoder, folder: &Path) -> Result<(), ExportError> {
        let failed = |file: &Path| {
            let file = file.to_owned();
            |source| ExportError::Write { file, source }
        };
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        self.write_weights(model, folder)?;
        if let Some(lora) = model.lora() {
            write_adapter(model, lora, &folder.join("adapter"))?;
        }
        for name in COMPANIONS {
            let Some(source) = self.beside.as_ref().map(|folder| folder.join(name)) else { break };
            if source.exists() {
                let target = folder.join(name);
                std::fs::copy(&source, &target).map_err(failed(&target))?;
            }
        }
        let mut config = model.config().source().clone();
        let key = if config.contains_key("dtype") { "dtype" } else { "torch_dtype" };
        config.insert(key.to_owned(), kind_name(self.kind).into());
        write_json(&folder.join("config.json"), &Value::Object(config))
    }

    fn write_weights(&self, model: &Decoder, folder: &Path) -> Result<(), ExportError> {
        let shards = self.shards(model);
        if let [only] = &shards[..] {
            return Ok(write_tensors(&folder.join("model.safetensors"), only)?);
        }
        let mut places = BTreeMap::new();
        for (number, shard) in shards.iter().enumerate() {
            let file = format!("model-{:05}-of-{:05}.safetensors", number + 1, shards.len());
            write_tensors(&folder.join(&file), shard)?;
            places.extend(shard.iter().map(|(name, _)| (name.clone(), file.clone())));
        }
        let total: usize = shards.iter().flatten().map(|(_, tensor)| self.bytes(tensor)).sum();
        let index = json!({ "metadata": { "total_size": total }, "weight_map": places });
        write_json(&folder.join("model.safetensors.index.json"), &index)
    }

    /// The parameters in their order, a new shard wherever one would get too large.
    fn shards(&self, model: &Decoder) -> Vec<Vec<(String, Tensor)>> {
        let mut shards = vec![Vec::new()];
        let mut size = 0;
        for (name, tensor) in model.merged() {
            let bytes = self.bytes(&tensor);
            if size + bytes > self.shard_bytes && size > 0 {
                shards.push(Vec::new());
                size = 0;
            }
            size += bytes;
            shards.last_mut().expect("there is one").push((name, tensor.to_kind(self.kind)));
        }
        shards
    }

    fn bytes(&self, tensor: &Tensor) -> usize {
        tensor.numel() * self.kind.elt_size_in_bytes()
    }
}

/// Writes the adapters of a model by themselves, as PEFT lays them out.
fn write_adapter(model: &Decoder, lora: &Lora, folder: &Path) -> Result<(), ExportError> {
    std::fs::create_dir_all(folder)
        .map_err(|source| ExportError::Write { file: folder.to_owned(), source })?;
    let named = |it: &Parameter| (format!("base_model.model.{}", it.name), it.tensor.detach());
    let parameters: Vec<(String, Tensor)> = model.parameters().iter().map(named).collect();
    write_tensors(&folder.join("adapter_model.safetensors"), &parameters)?;
    let config = json!({
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": null,
        "r": lora.rank,
        "lora_alpha": lora.alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": false,
        "inference_mode": true,
        "target_modules": lora.targets.iter().map(|it| it.name()).collect::<Vec<_>>(),
    });
    write_json(&folder.join("adapter_config.json"), &config)
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::BFloat16 => "bfloat16",
        Kind::Half => "float16",
        _ => "float32",
    }
}

/// Written under a temporary name, synced, renamed.
fn write_json(file: &Path, value: &Value) -> Result<(), ExportError> {
    let temporary = file.with_extension("json.partial");
    let write = || {
        let mut open = std::fs::File::create(&temporary)?;
        open.write_all(format!("{value:#}\n").as_bytes())?;
        open.sync_all()?;
        std::fs::rename(&temporary, file)
    };
    write().map_err(|source| ExportError::Write { file: file.to_owned(), source })
}
