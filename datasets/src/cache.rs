//! The folder where fetched data sets lie.
//!
//! A file is in it whole or not at all: it is written under another name, compared with its
//! checksum, synced, and only then given its own. One lock for the folder keeps two programs from
//! writing at a time.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use directories::BaseDirs;
use sha2::{Digest, Sha256};

use crate::content::{Content, hex, read_file};
use crate::{Error, Source};

/// The folder where fetched data sets lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    folder: PathBuf,
}

/// What the cache has of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cached {
    /// Nothing.
    Absent,
    /// The file as it was published, packed or not.
    Sound(PathBuf),
    /// A file with this other checksum.
    Altered {
        /// The file.
        path: PathBuf,
        /// SHA-256 of its content unpacked.
        sha256: String,
    },
}

impl Cache {
    /// The folder that `RA3_DATA` names, else `ra3` where this platform keeps the data of programs.
    pub fn standard() -> Result<Self, Error> {
        if let Some(folder) = std::env::var_os("RA3_DATA").filter(|folder| !folder.is_empty()) {
            return Ok(Self::at(PathBuf::from(folder)));
        }
        let platform = BaseDirs::new().ok_or(Error::NoDataFolder)?;
        Ok(Self::at(platform.data_dir().join("ra3")))
    }

    /// A folder, which need not exist.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of `source`, where the cache has one.
    pub fn find(&self, source: &Source) -> Option<PathBuf> {
        [source.file_name, unpacked_name(source)]
            .map(|name| self.folder.join(name))
            .into_iter()
            .find(|path| path.exists())
    }

    /// Read the file of `source` and compare it with its checksum.
    pub fn verify(&self, source: &Source) -> Result<Cached, Error> {
        let Some(path) = self.find(source) else { return Ok(Cached::Absent) };
        match Content::read(&path) {
            Ok(content) if content.sha256 == source.content_sha256 => Ok(Cached::Sound(path)),
            Ok(content) => Ok(Cached::Altered { path, sha256: content.sha256 }),
            Err(error @ Error::Unpack { .. }) => {
                // Damaged is altered too; the packed bytes still have a checksum.
                let bytes = read_file(&path).map_err(|_| error)?;
                Ok(Cached::Altered { path, sha256: hex(&Sha256::digest(&bytes)) })
            }
            Err(error) => Err(error),
        }
    }

    /// Take over the file `from`, which must be that of `source`, packed as published or not at all.
    pub fn import(&self, source: &Source, from: &Path) -> Result<PathBuf, Error> {
        let bytes = read_file(from)?;
        let found = hex(&Sha256::digest(&bytes));
        let name = match found.as_str() {
            sha256 if sha256 == source.sha256 => source.file_name,
            sha256 if sha256 == source.content_sha256 => unpacked_name(source),
            _ => return Err(checksum(source, from.display().to_string(), found)),
        };
        let _lock = self.lock()?;
        let part = self.part(source);
        let written = File::create(&part).and_then(|mut file| file.write_all(&bytes));
        written.map_err(|error| store("write", &part, error))?;
        self.admit(source, &part, name)
    }

    /// Keep other programs from writing here until the result is dropped.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        fs::create_dir_all(&self.folder)
            .map_err(|error| store("create the folder", &self.folder, error))?;
        let path = self.folder.join(".lock");
        let file = File::create(&path).map_err(|error| store("create", &path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => {
                Err(Error::CacheInUse { folder: self.folder.clone() })
            }
            Err(fs::TryLockError::Error(error)) => Err(store("lock", &path, error)),
        }
    }

    /// Where the file of `source` grows until it is whole.
    pub(crate) fn part(&self, source: &Source) -> PathBuf {
        self.folder.join([source.file_name, ".part"].concat())
    }

    /// Make `part`, which was found to be right, the file of `source`.
    pub(crate) fn admit(&self, source: &Source, part: &Path, name: &str) -> Result<PathBuf, Error> {
        let path = self.folder.join(name);
        let synced = File::open(part).and_then(|file| file.sync_all());
        synced.map_err(|error| store("write", part, error))?;
        fs::rename(part, &path).map_err(|error| store("rename", part, error))?;
        for other in [source.file_name, unpacked_name(source)].map(|name| self.folder.join(name)) {
            if other != path && other.exists() {
                fs::remove_file(&other).map_err(|error| store("remove", &other, error))?;
            }
        }
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| store("write", &self.folder, error))?;
        Ok(path)
    }
}

/// What the file is called when it is not packed.
fn unpacked_name(source: &Source) -> &'static str {
    source.file_name.strip_suffix(".gz").unwrap_or(source.file_name)
}

/// The complaint that something in the cache could not be done.
pub(crate) fn store(act: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Store { act, path: path.to_owned(), source }
}

/// The complaint that `file` is not the file of `source`.
pub(crate) fn checksum(source: &Source, file: String, found: String) -> Error {
    Error::Checksum {
        file,
        name: source.name,
        expected: source.sha256,
        found,
        caveat: source.caveat,
    }
}
