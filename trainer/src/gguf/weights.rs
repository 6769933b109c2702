//! The numbers of a GGUF file as the parameters of a decoder.

use tch::{Kind, Tensor};

use super::error::Problem;
use super::{GgufError, GgufModel};
use crate::model::Weights;

impl Weights for GgufModel {
    type Error = GgufError;

    fn names(&self) -> Vec<String> {
        Self::names(self).map(str::to_owned).collect()
    }

    fn copy_to(&self, name: &str, target: &mut Tensor) -> Result<(), GgufError> {
        let broken = |reason: String| self.file().error(Problem::tensor(name, reason));
        let found = self.tensor(name)?;
        let shape: Vec<i64> = found.shape.iter().map(|&size| size as i64).collect();
        if shape != target.size() {
            return Err(broken(format!("has shape {shape:?} and must have {:?}", target.size())));
        }
        if found.numbers.iter().any(|number| !number.is_finite()) {
            return Err(broken("holds a number that is not finite".to_owned()));
        }
        let numbers = Tensor::from_slice(&found.numbers).reshape(shape);
        tch::no_grad(|| target.copy_(&numbers.to_kind(Kind::Float)));
        Ok(())
    }
}
