//! Files that are whole or absent.
//!
//! Content goes to a temporary name in the same folder, reaches the disk, and only then takes its
//! name. A full disk or a power cut on the way leaves the earlier file as it was.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::Context;

/// Write the file `path`.
pub(super) fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    try_write(path, content).with_context(|| format!("failed to write `{}`", path.display()))
}

fn try_write(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let unfinished = tempfile::Builder::new()
        .prefix(".unfinished-")
        // What the umask makes of it, as for any other file; a temporary file would be private.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    unfinished.as_file().write_all(content)?;
    unfinished.as_file().sync_all()?;
    unfinished.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}
