//! Standard input as a sealed memory file.
//!
//! A file needs nobody to feed it, so a program that never reads cannot block the supervisor, and
//! a seal keeps the program from writing to it.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::OwnedFd;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

/// A descriptor from which `content` can be read once.
pub(super) fn open(content: &[u8]) -> io::Result<OwnedFd> {
    if content.is_empty() {
        return File::open("/dev/null").map(OwnedFd::from);
    }
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    let mut file = File::from(memfd_create(c"stdin", flags)?);
    file.write_all(content)?;
    file.rewind()?;
    let seals = SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SHRINK;
    fcntl(&file, FcntlArg::F_ADD_SEALS(seals | SealFlag::F_SEAL_SEAL))?;
    Ok(file.into())
}
