//! The files of a data set.
//!
//! Some are published in parts: LiveCodeBench's releases add a file each, and Parquet comes in shards.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::Error;
use crate::content::{Content, hex};

/// How files of problems end, but for what packs them.
const ENDS: [&str; 4] = ["jsonl", "json", "ndjson", "parquet"];

/// The files that `paths` name: a folder stands for the files of problems in it, in the order of their names.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        if path.is_dir() {
            files.extend(files_in(path)?);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = |source| Error::Read { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.is_file() && holds_problems(&path) {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(Error::Folder { path: folder.to_owned() });
    }
    files.sort();
    Ok(files)
}

fn holds_problems(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    !name.starts_with('.') && name.rsplit_once('.').is_some_and(|(_, end)| ENDS.contains(&end))
}

/// What tells the bytes of files from others: of one its own digests, of several the digests of theirs.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    /// MD5 and SHA-256 of each, in hex.
    digests: Vec<(String, String)>,
}

impl Identity {
    pub(crate) fn add(&mut self, content: &Content) {
        self.digests.push((content.md5.clone(), content.sha256.clone()));
    }

    /// MD5 and SHA-256.
    pub(crate) fn finish(self) -> (String, String) {
        if let [only] = &self.digests[..] {
            return only.clone();
        }
        let lines = |of: fn(&(String, String)) -> &String| {
            self.digests.iter().map(|it| format!("{}\n", of(it))).collect::<String>()
        };
        let md5 = hex(&md5::Md5::digest(lines(|it| &it.0)));
        (md5, hex(&Sha256::digest(lines(|it| &it.1))))
    }
}
