//! A tokenizer, and the bytes of its tokens.

use std::path::{Path, PathBuf};

use tokenizers::DecoderWrapper;

use super::alphabet;
use crate::gguf::{GgufError, GgufModel};

/// Why text and tokens could not be turned into each other.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// A `tokenizer.json` could not be understood.
    #[error("`{}` is no tokenizer that can be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the library says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The tokenizer is not a byte-level one.
    #[error("`{}` has a tokenizer that is not byte-level, which is not supported", file.display())]
    NotByteLevel {
        /// The file.
        file: PathBuf,
    },
    /// A GGUF file has no tokenizer that could be used.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// A text could not be encoded.
    #[error("the text could not be cut into tokens")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A number is no token.
    #[error("{id} is no token: the vocabulary has {size}")]
    NoSuchToken {
        /// The number.
        id: u32,
        /// One more than the largest id.
        size: usize,
    },
}

/// Turns text into token ids and back.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// By id: what the token adds to a text. None for ids that no token has.
    bytes: Vec<Option<Box<[u8]>>>,
}

impl Tokenizer {
    /// Reads `tokenizer.json` in the folder of a model.
    ///
    /// # Errors
    ///
    /// The file is missing or broken, or its tokenizer is not a byte-level one.
    pub fn from_folder(folder: &Path) -> Result<Self, TokenizerError> {
        let file = folder.join("tokenizer.json");
        match tokenizers::Tokenizer::from_file(&file) {
            Ok(inner) => Self::new(inner, &file),
            Err(source) => Err(TokenizerError::Unreadable { file, source }),
        }
    }

    /// Builds the tokenizer that would be in this `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// It is not one that the library understands, or not a byte-level one.
    pub fn from_json(json: &serde_json::Value) -> Result<Self, TokenizerError> {
        let file = Path::new("tokenizer.json");
        match tokenizers::Tokenizer::from_bytes(json.to_string()) {
            Ok(inner) => Self::new(inner, file),
            Err(source) => Err(TokenizerError::Unreadable { file: file.to_owned(), source }),
        }
    }

    /// Builds the tokenizer that is in a GGUF file.
    ///
    /// # Errors
    ///
    /// The file has none, or one of a kind that is not supported.
    pub fn from_gguf(model: &GgufModel) -> Result<Self, TokenizerError> {
        let file = model.file().path();
        let json = model.tokenizer_json()?.to_string();
        match tokenizers::Tokenizer::from_bytes(json) {
            Ok(inner) => Self::new(inner, file),
            Err(source) => Err(TokenizerError::Unreadable { file: file.to_owned(), source }),
        }
    }

    fn new(mut inner: tokenizers::Tokenizer, file: &Path) -> Result<Self, TokenizerError> {
        if !matches!(inner.get_decoder(), Some(DecoderWrapper::ByteLevel(_))) {
            return Err(TokenizerError::NotByteLevel { file: file.to_owned() });
        }
        // Some files ask for texts to be cut or filled up, which would change a training text.
        let _ = inner.with_truncation(None);
        inner.with_padding(None);
        let bytes = token_bytes(&inner);
        Ok(Self { inner, bytes })
    }

    /// The tokens of a text. Marks such as `<|im_end|>` that are written in it become the special
    /// tokens they name, and nothing is added before or behind.
    ///
    /// # Errors
    ///
    /// The text has something for which the vocabulary has no token.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let encoding = self.inner.encode_fast(text, false).map_err(TokenizerError::Encode)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of tokens, special ones included. Bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    ///
    /// One of the numbers is no token.
    pub fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
        let mut bytes = Vec::new();
        for &id in ids {
            bytes.extend_from_slice(self.bytes(id)?);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What one token adds to a text, which need not be whole characters.
    ///
    /// # Errors
    ///
    /// The number is no token.
    pub fn bytes(&self, id: u32) -> Result<&[u8], TokenizerError> {
        let token = usize::try_from(id).ok().and_then(|index| self.bytes.get(index));
        match token {
            Some(Some(bytes)) => Ok(bytes),
            _ => Err(TokenizerError::NoSuchToken { id, size: self.bytes.len() }),
        }
    }

    /// The id of a token by its text in the vocabulary, for special tokens.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// One more than the largest id. The embedding of a model may have more rows.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// What would stand in `tokenizer.json`, for a folder that other programs read.
    ///
    /// # Errors
    ///
    /// The library could not write it.
    pub fn to_json(&self) -> Result<String, TokenizerError> {
        self.inner.to_string(true).map_err(TokenizerError::Encode)
    }
}

fn token_bytes(inner: &tokenizers::Tokenizer) -> Vec<Option<Box<[u8]>>> {
    let added = inner.get_added_tokens_decoder();
    let mut bytes = Vec::new();
    for (token, id) in inner.get_vocab(true) {
        let index = id as usize;
        if bytes.len() <= index {
            bytes.resize(index + 1, None);
        }
        let written = token.chars().map(alphabet::byte).collect::<Option<Vec<u8>>>();
        bytes[index] = Some(match written {
            // Added tokens are texts as they stand.
            Some(written) if !added.contains_key(&id) => written.into_boxed_slice(),
            _ => token.into_bytes().into_boxed_slice(),
        });
    }
    bytes
}
