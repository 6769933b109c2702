//! The kernel's files, as they are read and written.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Write `text` to a file that the kernel has made.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes())
}

/// The same for a file that some kernels do not have.
pub(super) fn write_if_there(path: &Path, text: &str) -> io::Result<()> {
    match write(path, text) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        written => written,
    }
}

/// The number that is all there is in a file.
pub(super) fn number(path: &Path) -> io::Result<u64> {
    fs::read_to_string(path)?.trim().parse().map_err(|_| ErrorKind::InvalidData.into())
}

/// The number after `name` in a file of names and numbers, a pair a line.
pub(super) fn number_of(path: &Path, name: &str) -> io::Result<u64> {
    let text = fs::read_to_string(path)?;
    let mut pairs = text.lines().filter_map(|line| line.split_once(' '));
    let value = pairs.find_map(|(of, value)| (of == name).then_some(value));
    value.and_then(|value| value.trim().parse().ok()).ok_or_else(|| ErrorKind::InvalidData.into())
}

/// Let the groups in `folder`, of the second version, have memory and pids.
pub(super) fn hand_on(folder: &Path) -> io::Result<()> {
    write(&folder.join("cgroup.subtree_control"), "+memory +pids")
}
