//! Training that can be ended at any moment.
//!
//! # Theory of operation
//!
//! A checkpoint is a folder: parameters, the optimizer's moments, and the [`Progress`], which is
//! where the data stands and what the run was asked to do. Random numbers need no state, because
//! they are looked up by seed and step. Restoring all three and going on gives, on the same machine,
//! the bits that the run would have had.
//!
//! A folder is written under a name that nobody looks for; every file in it is synced; a manifest
//! with their hashes comes last; and then the folder is renamed. So a process that is killed, a
//! machine that loses power and a disk that is full leave the checkpoints before as they were. Who
//! resumes takes the newest one whose files have their hashes, and says which it passed over.
//!
//! Left out: writing in the background, and more than one writer for a folder.

mod manifest;
mod store;

pub use manifest::ManifestError;
pub use store::{Checkpoint, CheckpointError, CheckpointStore, Progress};
