//! Reads models out of GGUF files.
//!
//! A GGUF file is one file with everything: the weights, mostly quantised, the sizes of the
//! network, the tokenizer and the chat template. [`GgufModel`] hands all of it out in the terms of
//! a Hugging Face folder, so that what loads such a folder loads this as well: parameter names, a
//! `config.json`, a `tokenizer.json`. [`GgufFile`] is the layer below, which knows the container
//! and nothing about networks.
//!
//! A file from the network may be truncated or made to do harm. Every length in it is compared
//! with what is left of the file before anything is allocated or read, and an error names the file
//! and the key or tensor.
//!
//! Left out: writing, big-endian files, encodings below four bits and the importance-weighted
//! ones, architectures other than `llama`, `qwen2` and `qwen3`, and tokenizers other than
//! byte-level BPE. Each is refused by name.

mod blocks;
mod config;
mod encoding;
mod error;
mod file;
mod metadata;
mod model;
mod names;
mod reader;
mod vocabulary;
mod weights;

pub use encoding::Encoding;
pub use error::GgufError;
pub use file::{GgufFile, TensorInfo};
pub use metadata::{Array, Metadata, Value};
pub use model::{GgufModel, NamedTensor};
