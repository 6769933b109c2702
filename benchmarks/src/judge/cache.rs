//! Files that keep expected values from one judge to the next.
//!
//! A file is named by the hash of what its values were computed from, and begins with the hash of
//! its own content. One that was cut off or changed is as good as none: the values are computed anew.
//! It is written under another name and renamed when it is whole, so that judges may share a folder.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use datasets::Value;
use sha2::{Digest, Sha256};

use super::marshal;

/// How long the hash at the beginning is.
const HASH: usize = 32;

/// Where the values called `key` are kept.
pub(super) fn path(folder: &Path, key: &[u8]) -> PathBuf {
    let name: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    folder.join(name)
}

/// What is kept at `path`, if it is whole.
pub(super) fn read(path: &Path) -> Option<Value> {
    let bytes = fs::read(path).ok()?;
    let (hash, content) = bytes.split_at_checked(HASH)?;
    (Sha256::digest(content).as_slice() == hash).then(|| marshal::decode(content))?
}

/// Keep `value` at `path`.
pub(super) fn write(path: &Path, value: &Value) -> io::Result<()> {
    let folder = path.parent().expect("a cached file is in a folder");
    fs::create_dir_all(folder)?;
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let unfinished = path.with_extension(format!("{}-{count}.unfinished", std::process::id()));
    let written = write_whole(&unfinished, &marshal::encode(value))
        .and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // It may not even have been made.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(&Sha256::digest(content))?;
    file.write_all(content)?;
    file.sync_all()
}
