//! The models against numbers of the code that their checkpoints were trained with.
//!
//! `../shared/golden` holds three tiny checkpoints and what the reference computed from them on a
//! processor in f32: scores, losses, gradients, steps. Where it is absent, the tests say so and pass.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod checkpoint;
mod learning;
mod numbers;
mod sampling;

use std::path::{Path, PathBuf};

use serde_json::Value;
use tch::{Kind, Tensor};
use trainer::TensorFile;
use trainer::learning::Batch;
use trainer::model::{Decoder, Precision};

/// A checkpoint and its numbers.
pub(crate) struct Golden {
    pub(crate) folder: PathBuf,
    pub(crate) info: Value,
    tensors: TensorFile,
}

/// Runs `test` for each of the three.
pub(crate) fn for_each_model(test: impl Fn(&Golden)) {
    tch::set_num_threads(1);
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/golden"));
    for name in ["llama-tiny", "qwen2-tiny", "qwen3-tiny"] {
        let folder = root.join(name);
        if !folder.exists() {
            eprintln!("skipped: {} is absent", folder.display());
            continue;
        }
        eprintln!("{name}");
        let info = std::fs::read_to_string(folder.join("golden.json")).unwrap();
        let tensors = TensorFile::open(&folder.join("golden.safetensors")).unwrap();
        test(&Golden { info: serde_json::from_str(&info).unwrap(), tensors, folder });
    }
}

impl Golden {
    pub(crate) fn model(&self) -> Decoder {
        Decoder::load(&self.folder, tch::Device::Cpu, Precision::Single).unwrap()
    }

    pub(crate) fn tensor(&self, name: &str) -> Tensor {
        self.tensors.tensor(name).unwrap()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.names()
    }

    pub(crate) fn number(&self, pointer: &str) -> f64 {
        self.info.pointer(pointer).and_then(Value::as_f64).unwrap()
    }

    /// Rows of ids without the padding at their ends.
    pub(crate) fn texts(&self, name: &str, lengths: [usize; 2]) -> Vec<Vec<u32>> {
        let rows = Vec::<Vec<i64>>::try_from(self.tensor(name)).unwrap();
        let text = |(row, length): (&Vec<i64>, usize)| {
            row[..length].iter().map(|&id| id as u32).collect::<Vec<u32>>()
        };
        rows.iter().zip(lengths).map(text).collect()
    }

    /// The supervised batch: the second row has eight tokens of padding.
    pub(crate) fn supervised(&self) -> Batch {
        let texts = self.texts("batch_ids", [40, 32]);
        Batch::new(texts.iter().map(Vec::as_slice))
    }

    /// One for each predicted token of the supervised batch that counts.
    pub(crate) fn weights(&self) -> Tensor {
        self.predicted(&self.tensor("labels").narrow(1, 1, 39).ne(-100).to_kind(Kind::Float))
    }

    /// What a `[2, 39]` table says about the predicted tokens of the supervised batch.
    pub(crate) fn predicted(&self, table: &Tensor) -> Tensor {
        Tensor::cat(&[table.get(0), table.get(1).narrow(0, 0, 31)], 0)
    }
}

/// The largest difference of any element.
pub(crate) fn distance(left: &Tensor, right: &Tensor) -> f64 {
    assert_eq!(left.size(), right.size());
    (left.detach() - right).abs().max().double_value(&[])
}

#[track_caller]
pub(crate) fn assert_near(actual: f64, expected: f64, tolerance: f64) {
    let difference = (actual - expected).abs();
    assert!(difference < tolerance, "{actual} is {difference:e} from {expected}");
}

/// Asserts that the relative difference in norm of two tensors is small.
#[track_caller]
pub(crate) fn assert_same_direction(name: &str, actual: &Tensor, expected: &Tensor) {
    let difference = (actual - expected).norm().double_value(&[]);
    let relative = difference / expected.norm().double_value(&[]).max(1e-8);
    assert!(relative < 1e-4, "{name} differs by {relative:e} of its norm");
}
