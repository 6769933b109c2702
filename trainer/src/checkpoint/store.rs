//! A folder of checkpoints.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tch::Tensor;

use super::manifest::{self, Manifest};
use crate::learning::Learner;
use crate::stage::stage;
use crate::tensor_file::{TensorFile, TensorFileError, write_tensors};

const MODEL: &str = "model.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const PROGRESS: &str = "progress.json";
/// Begins the name of a folder that is being written or removed.
const PARTIAL: &str = ".partial-";

/// A checkpoint that could not be written or restored.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A file or folder cannot be used.
    #[error("failed to use `{}`", path.display())]
    Path {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// Parameters or moments.
    #[error(transparent)]
    Tensors(#[from] TensorFileError),
}

/// Where a run stands, beside its parameters.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Progress {
    /// How many steps were made.
    pub step: u64,
    /// How many updates of the parameters, which may be several a step. Entered when it is saved.
    #[serde(default)]
    pub updates: u64,
    /// The seed of all random numbers.
    pub seed: u64,
    /// Where the data stands, in the terms of whoever reads it.
    pub data: Value,
    /// What the run was asked to do.
    pub config: Value,
}

/// A folder that holds the checkpoints of one run.
#[derive(Clone, Debug)]
pub struct CheckpointStore {
    folder: PathBuf,
    keep: usize,
}

/// A whole checkpoint.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Where it is.
    pub folder: PathBuf,
    /// What it says about the run.
    pub progress: Progress,
}

impl CheckpointStore {
    /// The checkpoints in `folder`, of which the newest `keep` stay; at least one does.
    pub fn new(folder: impl Into<PathBuf>, keep: usize) -> Self {
        Self { folder: folder.into(), keep: keep.max(1) }
    }

    /// Writes a checkpoint, then removes those that are too many.
    ///
    /// # Errors
    ///
    /// The disk is full, or the folder cannot be written. The checkpoints before are still there.
    pub fn save(&self, learner: &Learner, progress: &Progress) -> Result<PathBuf, CheckpointError> {
        let _saving = stage!("saving a checkpoint");
        fs::create_dir_all(&self.folder).map_err(at(&self.folder))?;
        self.sweep()?;
        let name = format!("step-{:08}", progress.step);
        let (partial, whole) =
            (self.folder.join(format!("{PARTIAL}{name}")), self.folder.join(&name));
        let written = write(&partial, learner, progress).and_then(|()| {
            if whole.exists() {
                remove(&whole)?;
            }
            fs::rename(&partial, &whole).map_err(at(&whole))?;
            sync(&self.folder)
        });
        if let Err(error) = written {
            // What a full disk needs most is room; the first failure is the one to hear of.
            let _ = fs::remove_dir_all(&partial);
            return Err(error);
        }
        let folders = self.folders()?;
        for old in folders.iter().rev().skip(self.keep) {
            remove(old)?;
        }
        Ok(whole)
    }

    /// The newest whole checkpoint, if there is one. Those that are not whole are passed over, and
    /// that is logged.
    ///
    /// # Errors
    ///
    /// The folder is there and cannot be read.
    pub fn newest(&self) -> Result<Option<Checkpoint>, CheckpointError> {
        for folder in self.folders()?.into_iter().rev() {
            if let Err(reason) = Manifest::check(&folder) {
                tracing::warn!(folder = %folder.display(), %reason, "passed over a checkpoint");
                continue;
            }
            let file = folder.join(PROGRESS);
            let text = fs::read(&file).map_err(at(&file))?;
            let progress =
                serde_json::from_slice(&text).map_err(|error| at(&file)(error.into()))?;
            return Ok(Some(Checkpoint { folder, progress }));
        }
        Ok(None)
    }

    /// The folders that have the name of a checkpoint, oldest first.
    fn folders(&self) -> Result<Vec<PathBuf>, CheckpointError> {
        self.entries("step-")
    }

    /// Removes what a writer left that was killed.
    fn sweep(&self) -> Result<(), CheckpointError> {
        for partial in self.entries(PARTIAL)? {
            fs::remove_dir_all(&partial).map_err(at(&partial))?;
        }
        Ok(())
    }

    fn entries(&self, prefix: &str) -> Result<Vec<PathBuf>, CheckpointError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(at(&self.folder))?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(at(&self.folder))?;
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                found.push(entry.path());
            }
        }
        found.sort();
        Ok(found)
    }
}

impl Checkpoint {
    /// Puts `learner` where it was, parameters and optimizer.
    ///
    /// # Errors
    ///
    /// The checkpoint is of another model. The learner is then partly changed and of no use.
    pub fn restore(&self, learner: &mut Learner) -> Result<(), CheckpointError> {
        let parameters = TensorFile::open(&self.folder.join(MODEL))?;
        for parameter in learner.model.parameters() {
            parameters.copy_to(&parameter.name, &mut parameter.tensor.detach())?;
        }
        let moments = TensorFile::open(&self.folder.join(OPTIMIZER))?;
        let read = |name: &str, target: &mut Tensor| moments.copy_to(name, target);
        Ok(learner.optimizer.restore(self.progress.updates, read)?)
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> CheckpointError {
    let path = path.to_owned();
    move |source| CheckpointError::Path { path: path.clone(), source }
}

fn write(folder: &Path, learner: &Learner, progress: &Progress) -> Result<(), CheckpointError> {
    fs::create_dir(folder).map_err(at(folder))?;
    let parameters = learner.model.parameters().iter();
    let parameters: Vec<_> = parameters.map(|it| (it.name.clone(), it.tensor.detach())).collect();
    write_tensors(&folder.join(MODEL), &parameters)?;
    write_tensors(&folder.join(OPTIMIZER), &learner.optimizer.state())?;
    let json = |name: &str, text: serde_json::Result<Vec<u8>>| {
        let file = folder.join(name);
        let text = text.map_err(io::Error::from);
        let write = |text: Vec<u8>| {
            let mut open = File::create(&file)?;
            open.write_all(&text)?;
            open.sync_all()
        };
        text.and_then(write).map_err(at(&file))
    };
    let progress = Progress { updates: learner.optimizer.steps(), ..progress.clone() };
    json(PROGRESS, serde_json::to_vec_pretty(&progress))?;
    let manifest = Manifest::of(folder).map_err(at(folder))?;
    json(manifest::NAME, serde_json::to_vec_pretty(&manifest))?;
    sync(folder)
}

/// Takes the name away first: what is half removed should not look like a checkpoint.
fn remove(folder: &Path) -> Result<(), CheckpointError> {
    let name = folder.file_name().expect("a checkpoint has a name").to_string_lossy();
    let doomed = folder.with_file_name(format!("{PARTIAL}removed-{name}"));
    fs::rename(folder, &doomed).and_then(|()| fs::remove_dir_all(&doomed)).map_err(at(folder))
}

/// Makes the names in a folder last.
fn sync(folder: &Path) -> Result<(), CheckpointError> {
    File::open(folder).and_then(|open| open.sync_all()).map_err(at(folder))
}
