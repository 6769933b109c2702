//! Text to token ids and back.
//!
//! [`Tokenizer`] wraps the library that the models' own tokenizers are written for and adds what a
//! trainer needs of one: the bytes of every single token. With those, text can be decoded token by
//! token without ever decoding a prefix twice, and [`TextStream`] finds stop strings in it while it
//! is sampled.
//!
//! Token ids that were sampled stay as they are: nothing here decodes ids in order to encode the
//! text again.

mod alphabet;
mod stream;
mod vocabulary;

pub use stream::{Progress, TextStream};
pub use vocabulary::{Tokenizer, TokenizerError};
