//! Which files a checkpoint has, and their hashes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Its name in the folder.
pub(super) const NAME: &str = "manifest.json";

/// Why a folder is not a whole checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The manifest comes last, so the folder was being written.
    #[error("it has no readable manifest")]
    Manifest(#[source] io::Error),
    /// A file is not there.
    #[error("`{name}` cannot be read")]
    Read {
        /// The file.
        name: String,
        /// The reason.
        source: io::Error,
    },
    /// A file is not as it was written.
    #[error("`{0}` is not as it was written")]
    Changed(String),
}

/// The hash of every file, in hexadecimal SHA-256.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Manifest {
    files: BTreeMap<String, String>,
}

impl Manifest {
    /// Hashes every file in `folder`.
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            files.insert(name, hash(&entry.path())?);
        }
        Ok(Self { files })
    }

    /// Reads the manifest in `folder` and compares it with what is there.
    pub(super) fn check(folder: &Path) -> Result<(), ManifestError> {
        let text = std::fs::read(folder.join(NAME)).map_err(ManifestError::Manifest)?;
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|error| ManifestError::Manifest(error.into()))?;
        for (name, recorded) in manifest.files {
            match hash(&folder.join(&name)) {
                Ok(found) if found == recorded => {}
                Ok(_) => return Err(ManifestError::Changed(name)),
                Err(source) => return Err(ManifestError::Read { name, source }),
            }
        }
        Ok(())
    }
}

fn hash(file: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut open = File::open(file)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match io::Read::read(&mut open, &mut buffer)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
