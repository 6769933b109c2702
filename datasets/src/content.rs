//! The bytes of a data set, unpacked and identified.
//!
//! What packed a file is decided by its first bytes: people rename files, and a browser may unpack
//! one without dropping its `.gz`. The digests are those of the unpacked bytes, because the same
//! data packed twice differs.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use md5::Md5;
use sha2::{Digest, Sha256};

use crate::Error;

/// Unpacked bytes with their digests in hex.
#[derive(Debug)]
pub struct Content {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their MD5.
    pub md5: String,
    /// Their SHA-256.
    pub sha256: String,
}

impl Content {
    /// Read the file `path` and unpack it.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::unpack(read_file(path)?, path)
    }

    /// Unpack `bytes`, which came from `path`.
    pub(crate) fn unpack(bytes: Vec<u8>, path: &Path) -> Result<Self, Error> {
        let damaged = |format| {
            move |source: io::Error| {
                let short = source.kind() == io::ErrorKind::UnexpectedEof;
                let damage = if short { "cut short" } else { "damaged" };
                Error::Unpack { path: path.to_owned(), format, damage, source }
            }
        };
        let bytes = match bytes.as_slice() {
            [0x1f, 0x8b, ..] => drain(MultiGzDecoder::new(&bytes[..])).map_err(damaged("gzip"))?,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                zstd::Decoder::new(&bytes[..]).and_then(drain).map_err(damaged("zstd"))?
            }
            _ => bytes,
        };
        Ok(Self::of(bytes))
    }

    /// Identify bytes that are not packed.
    pub fn of(bytes: Vec<u8>) -> Self {
        let (md5, sha256) = (hex(&Md5::digest(&bytes)), hex(&Sha256::digest(&bytes)));
        Self { bytes, md5, sha256 }
    }
}

/// Read all of a file, and say so plainly when it is a folder.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    if path.is_dir() {
        return Err(Error::Folder { path: path.to_owned() });
    }
    fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// A digest in lower-case hex.
pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn drain(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    Ok(bytes)
}
