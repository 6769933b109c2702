//! Teaches a policy from rewards.
//!
//! The trainer sees the world through one small trait, [`Environment`]: a prompt to answer, and a
//! number for each answer. It knows no test, no verdict and no sandbox, so whatever can pay a
//! reward can be learnt from. The answers to one prompt form a [`Group`], and within a group an
//! answer is worth as much as it is better than the others: [`group_relative`] and
//! [`leave_one_out`]. What is minimised then is put together in [`algorithm`].
//!
//! The policy itself is a decoder in libtorch, read from and written to the checkpoints that other
//! tools use: [`model`]. Quantised ones come out of GGUF files: [`gguf`]. Around it stand what turns
//! text into token ids and back, [`tokenizer`], and conversations into prompts, [`chat`]; all three
//! together are a [`LanguageModel`].

mod advantage;
pub mod algorithm;
mod answers;
pub mod chat;
pub mod checkpoint;
mod device;
mod environment;
mod exit;
mod facts;
pub mod gguf;
pub mod lab;
mod language_model;
pub mod learning;
pub mod model;
mod order;
pub mod ra3;
pub mod ranks;
pub mod rlvr;
mod rollout;
pub mod sampling;
mod stage;
mod tensor_file;
pub mod tokenizer;

pub use advantage::{Scale, group_relative, leave_one_out};
pub use answers::{answer, end_text};
pub use device::{DeviceChoice, NoSuchDevice};
pub use environment::{Earned, Environment, EnvironmentError};
pub use exit::exit_at_once;
pub use facts::Facts;
pub use language_model::{LanguageModel, ModelError};
pub use rollout::{Completion, Group, Rollout, Stop};
pub use tensor_file::{TensorFile, TensorFileError, write_tensors};
