//! Writes a model as a folder that other tools load.
//!
//! The config goes out as it came in but for the kind of the weights, and with it what lies beside
//! the weights of the model it began as: tokenizer, chat template, generation defaults. An embedding
//! that is also the output projection is written once, which is what readers expect.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tch::{Kind, Tensor};

use super::decoder::Decoder;
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
        let total: usize = model.parameters().iter().map(|it| self.bytes(&it.tensor)).sum();
        let index = json!({ "metadata": { "total_size": total }, "weight_map": places });
        write_json(&folder.join("model.safetensors.index.json"), &index)
    }

    /// The parameters in their order, a new shard wherever one would get too large.
    fn shards(&self, model: &Decoder) -> Vec<Vec<(String, Tensor)>> {
        let mut shards = vec![Vec::new()];
        let mut size = 0;
        for parameter in model.parameters() {
            let bytes = self.bytes(&parameter.tensor);
            if size + bytes > self.shard_bytes && size > 0 {
                shards.push(Vec::new());
                size = 0;
            }
            size += bytes;
            let tensor = parameter.tensor.detach().to_kind(self.kind);
            shards.last_mut().expect("there is one").push((parameter.name.clone(), tensor));
        }
        shards
    }

    fn bytes(&self, tensor: &Tensor) -> usize {
        tensor.numel() * self.kind.elt_size_in_bytes()
    }
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
