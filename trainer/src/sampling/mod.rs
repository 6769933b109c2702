//! Draws answers from a model.
//!
//! # Theory of operation
//!
//! A [`Sampler`] keeps a fixed number of rows busy. A prompt is read once, its answers enter as rows
//! become free, all rows get one token per step, and a row that is done leaves and is handed on at
//! once: it can be graded while others are still being written. Which rows happen to be neighbours
//! depends on lengths and so on chance, and nothing of it reaches a sample: random numbers are
//! looked up by what they are for ([`Draw`]). What remains is the rounding of f32, which depends on
//! the number of rows in a product: log-probabilities can differ in their last digits, and a token
//! with them, where a number falls that close to the border between two.
//!
//! Left out: stop strings, which need a tokenizer. The caller sees every token as it is drawn, and
//! can end an answer.

mod distribution;
mod random;
mod sampler;

pub use distribution::Filter;
pub use random::Draw;
pub use sampler::{Desk, Manner, Request, RequestError, Sample, Sampler, Watcher, serve};
