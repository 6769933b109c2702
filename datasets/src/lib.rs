//! Problems to solve and programs to learn from, read from disk and kept as plain data.
//!
//! This crate is a leaf: it knows no sandbox, no judge and no model.

mod benchmark;
mod cache;
mod content;
mod corpus;
mod dataset;
mod error;
mod evalplus;
mod fetch;
mod files;
mod humaneval;
mod humaneval_x;
mod livecodebench;
mod mbpp;
mod mbpp_types;
pub mod mini;
mod multipl_e;
mod name;
mod overlap;
mod package;
mod parquet_rows;
mod problem;
mod programs;
mod python_json;
mod python_literal;
mod python_string;
mod row;
mod shape;
mod source;
mod syntax;
pub mod templates;
mod training;
mod value;

pub use benchmark::Benchmark;
pub use cache::{Cache, Cached};
pub use content::Content;
pub use corpus::{Corpus, Document};
pub use dataset::{Dataset, Origin, Window};
pub use error::{Error, Location, Position};
pub use fetch::Progress;
pub use livecodebench::Contest;
pub use mbpp::MbppSplit;
pub use name::DatasetName;
pub use overlap::{NGrams, Overlap};
pub use package::{Package, Submission, Validator};
pub use problem::{Case, Differential, Language, Problem, TestCase, Tests};
pub use programs::{Answers, Programs, Streams};
pub use shape::{Shape, Shapes};
pub use source::{ELSEWHERE, Elsewhere, SOURCES, Source};
pub use syntax::SyntaxError;
pub use training::{Refusal, TrainingSet};
pub use value::Value;
