//! Problems to solve, read from disk and kept as plain data.
//!
//! This crate is a leaf: it knows no sandbox, no judge and no model.

mod benchmark;
mod dataset;
mod error;
mod problem;
mod value;

pub use benchmark::Benchmark;
pub use dataset::{Dataset, Origin};
pub use error::{Error, Location, Position};
pub use problem::{Case, Differential, Language, Problem, TestCase, Tests};
pub use value::Value;
