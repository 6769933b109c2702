//! The interpreter's own modules: one archive, read where it lies.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The archive, open since before the worker was confined.
#[derive(Debug)]
pub(in crate::wasm) struct Library {
    file: File,
    size: u64,
}

impl Library {
    pub(in crate::wasm) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { file, size })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(into, offset)
    }
}
