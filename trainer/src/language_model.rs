//! A decoder together with what turns text into its tokens and back.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tch::Device;

use crate::chat::{ChatTemplate, ChatTemplateError};
use crate::gguf::{GgufError, GgufModel};
use crate::model::{Config, ConfigError, Decoder, LoadError, Precision};
use crate::tokenizer::{Tokenizer, TokenizerError};

/// A model that can be talked to.
#[derive(Debug)]
pub struct LanguageModel {
    /// What predicts the next token.
    pub decoder: Decoder,
    /// What texts are made of.
    pub tokenizer: Tokenizer,
    /// How a conversation becomes a prompt, where the model was taught to converse.
    pub template: Option<ChatTemplate>,
}

/// A model that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// There is nothing at this place.
    #[error("`{}` is neither a folder nor a GGUF file", .0.display())]
    Absent(PathBuf),
    /// The folder's config or weights.
    #[error(transparent)]
    Folder(#[from] LoadError),
    /// The GGUF file.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// The shape that a GGUF file describes.
    #[error("`{}` describes a model that is not supported", file.display())]
    Config {
        /// The file.
        file: PathBuf,
        /// What is not.
        source: Box<ConfigError>,
    },
    /// The weights of a GGUF file.
    #[error(transparent)]
    GgufWeights(#[from] LoadError<GgufError>),
    /// The tokenizer.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The tokenizer writes what the model cannot read.
    #[error(
        "the tokenizer of `{}` has tokens up to {largest}, and `vocab_size` of its model is {vocabulary}",
        path.display()
    )]
    Vocabulary {
        /// The folder or file.
        path: PathBuf,
        /// The largest token.
        largest: usize,
        /// How many tokens the model knows.
        vocabulary: i64,
    },
    /// The chat template, which is there and broken.
    #[error(transparent)]
    Template(#[from] ChatTemplateError),
}

impl LanguageModel {
    /// Loads the model in a folder as Hugging Face lays it out, or in a GGUF file.
    ///
    /// # Errors
    ///
    /// A part of it is missing, broken or not supported; the error names file and part.
    pub fn load(path: &Path, device: Device, precision: Precision) -> Result<Self, ModelError> {
        if path.is_dir() {
            let decoder = Decoder::load(path, device, precision)?;
            let tokenizer = Tokenizer::from_folder(path)?;
            let template = if_there(ChatTemplate::from_folder(path))?;
            return Self { decoder, tokenizer, template }.checked(path);
        }
        let file = open(path)?;
        let tokenizer = Tokenizer::from_gguf(&file)?;
        let template = if_there(ChatTemplate::from_gguf(&file))?;
        Self { decoder: decoder_of(&file, device, precision)?, tokenizer, template }.checked(path)
    }

    /// A model may know more tokens than its tokenizer has, but not fewer.
    fn checked(self, path: &Path) -> Result<Self, ModelError> {
        let (size, vocabulary) = (self.tokenizer.size(), self.decoder.config().vocabulary);
        if size as i64 <= vocabulary {
            return Ok(self);
        }
        let (path, largest) = (path.to_owned(), size.saturating_sub(1));
        Err(ModelError::Vocabulary { path, largest, vocabulary })
    }

    /// The files that lie beside the weights in a folder as Hugging Face lays it out, where this model
    /// did not come from one: names and texts.
    ///
    /// # Errors
    ///
    /// The tokenizer cannot be written.
    pub fn companions(&self) -> Result<Vec<(&'static str, String)>, TokenizerError> {
        let mut files = vec![("tokenizer.json", self.tokenizer.to_json()?)];
        if let Some(template) = &self.template {
            files.push(("tokenizer_config.json", format!("{:#}\n", template.to_json())));
        }
        Ok(files)
    }

    /// Loads only what predicts, for who has token ids already.
    ///
    /// # Errors
    ///
    /// As [`LanguageModel::load`].
    pub fn decoder(
        path: &Path,
        device: Device,
        precision: Precision,
    ) -> Result<Decoder, ModelError> {
        if path.is_dir() {
            return Ok(Decoder::load(path, device, precision)?);
        }
        decoder_of(&open(path)?, device, precision)
    }
}

fn open(path: &Path) -> Result<GgufModel, ModelError> {
    if path.is_file() {
        Ok(GgufModel::open(path)?)
    } else {
        Err(ModelError::Absent(path.to_owned()))
    }
}

fn decoder_of(
    file: &GgufModel,
    device: Device,
    precision: Precision,
) -> Result<Decoder, ModelError> {
    let Value::Object(object) = file.config().clone() else {
        unreachable!("a config is made as an object");
    };
    let config = Config::parse(object).map_err(|source| {
        let (file, source) = (file.file().path().to_owned(), Box::new(source));
        ModelError::Config { file, source }
    })?;
    Ok(Decoder::new(config, file, device, precision)?)
}

/// A model without a template is a base model, which is no mistake.
fn if_there(
    template: Result<ChatTemplate, ChatTemplateError>,
) -> Result<Option<ChatTemplate>, ChatTemplateError> {
    match template {
        Ok(template) => Ok(Some(template)),
        Err(ChatTemplateError::None { .. }) => Ok(None),
        Err(ChatTemplateError::Unreadable { source, .. })
            if source.kind() == std::io::ErrorKind::NotFound =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
