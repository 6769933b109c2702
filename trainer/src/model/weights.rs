//! Where a model's parameters come from.
//!
//! A folder as Hugging Face lays it out holds one `model.safetensors`, or shards and an index of
//! which parameter is in which. Shards are opened at once, so a missing one is known before the
//! first byte is copied.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tch::Tensor;

use crate::tensor_file::{TensorFile, TensorFileError};

/// Something that parameters can be copied from by name.
pub trait Weights {
    /// What went wrong.
    type Error;

    /// The names of all parameters that are there.
    fn names(&self) -> Vec<String>;

    /// Copies the parameter `name` over all of `target`, whose kind and device it takes.
    ///
    /// # Errors
    ///
    /// It is absent, of another shape, or not finite; the error names the file and the parameter.
    fn copy_to(&self, name: &str, target: &mut Tensor) -> Result<(), Self::Error>;
}

/// A folder whose weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// There are no weights.
    #[error("`{}` holds neither model.safetensors nor model.safetensors.index.json", .0.display())]
    Absent(PathBuf),
    /// The index of the shards cannot be read.
    #[error("failed to read the index `{}`", file.display())]
    Index {
        /// The index.
        file: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The index lists nothing of this name.
    #[error("`{}` has no `{name}`", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The parameter.
        name: String,
    },
    /// One of the files.
    #[error(transparent)]
    File(#[from] TensorFileError),
}

/// The weights in a folder.
#[derive(Debug)]
pub struct Safetensors {
    folder: PathBuf,
    files: Vec<TensorFile>,
    /// Which of the files has a parameter.
    places: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Safetensors {
    /// Opens every file of weights in `folder`.
    ///
    /// # Errors
    ///
    /// There are none, or one is missing or malformed.
    pub fn open(folder: &Path) -> Result<Self, WeightsError> {
        let index = folder.join("model.safetensors.index.json");
        let single = folder.join("model.safetensors");
        if single.exists() {
            let file = TensorFile::open(&single)?;
            let places = file.names().map(|name| (name.to_owned(), 0)).collect();
            Ok(Self { folder: folder.to_owned(), files: vec![file], places })
        } else if index.exists() {
            Self::open_shards(folder, &index)
        } else {
            Err(WeightsError::Absent(folder.to_owned()))
        }
    }

    fn open_shards(folder: &Path, index: &Path) -> Result<Self, WeightsError> {
        let failed = |source| WeightsError::Index { file: index.to_owned(), source };
        let text = std::fs::read_to_string(index).map_err(failed)?;
        let Index { weight_map } =
            serde_json::from_str(&text).map_err(|error| failed(error.into()))?;
        let names: BTreeSet<&String> = weight_map.values().collect();
        let names: Vec<&String> = names.into_iter().collect();
        // A shard lies beside its index: what leads elsewhere is not opened.
        if let Some(stray) =
            names.iter().find(|name| Path::new(name).file_name() != Some(name.as_ref()))
        {
            let source = std::io::Error::other(format!("shard `{stray}` is not a file name"));
            return Err(failed(source));
        }
        let files: Result<Vec<_>, _> =
            names.iter().map(|name| TensorFile::open(&folder.join(name))).collect();
        let shard = |name: &String| names.binary_search(&name).expect("collected from these");
        let places = weight_map.iter().map(|(parameter, name)| (parameter.clone(), shard(name)));
        Ok(Self { folder: folder.to_owned(), files: files?, places: places.collect() })
    }
}

impl Weights for Safetensors {
    type Error = WeightsError;

    fn names(&self) -> Vec<String> {
        self.places.keys().cloned().collect()
    }

    fn copy_to(&self, name: &str, target: &mut Tensor) -> Result<(), WeightsError> {
        let Some(&place) = self.places.get(name) else {
            let (folder, name) = (self.folder.clone(), name.to_owned());
            return Err(WeightsError::Missing { folder, name });
        };
        Ok(self.files[place].copy_to(name, target)?)
    }
}
