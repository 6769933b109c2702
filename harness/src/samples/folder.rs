//! Samples as a folder of programs: `HumanEval_0/0.py`, `HumanEval_0/1.py`, ...
//!
//! This is EvalPlus' other form. A file is a whole program, a folder is named by its task with `_`
//! in the place of `/`, and whatever else lies about is none of our business: EvalPlus writes its
//! results into the same folder.

use std::fs;
use std::path::{Path, PathBuf};

use datasets::{Content, Value};

use super::error::{Place, SamplesError};
use super::{Answer, Entry};

/// Every program under `folder`, by task and then by number, and one digest of them all.
pub(super) fn entries(folder: &Path) -> Result<(Vec<Entry>, String), SamplesError> {
    let mut entries = Vec::new();
    let mut everything = Vec::new();
    for task in sorted(folder)?.into_iter().filter(|path| path.is_dir()) {
        for path in sorted(&task)?.into_iter().filter(|path| is_program(path)) {
            let bytes = fs::read(&path)
                .map_err(|source| SamplesError::Folder { path: path.clone(), source })?;
            let name = path.strip_prefix(folder).expect("it lies in the folder");
            everything.extend(name.as_os_str().as_encoded_bytes());
            everything.extend((bytes.len() as u64).to_be_bytes());
            everything.extend(&bytes);
            entries.push(entry(&task, path, bytes)?);
        }
    }
    Ok((entries, Content::of(everything).sha256))
}

fn entry(task: &Path, path: PathBuf, bytes: Vec<u8>) -> Result<Entry, SamplesError> {
    let at = Place { path, position: None };
    let text = String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        SamplesError::NotUtf8 { at: at.clone(), byte }
    })?;
    // Python reads a text file with every kind of line end turned into one.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let name = task.file_name().expect("an entry of a folder has a name");
    let task = name.to_string_lossy().into_owned();
    let fields = vec![("solution".to_owned(), Value::Str(text.clone()))];
    Ok(Entry { at, task, answer: Answer::Solution, text, fields })
}

fn is_program(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|extension| extension == "py")
}

/// What a folder holds: those with a number for a name in the order of the numbers.
fn sorted(folder: &Path) -> Result<Vec<PathBuf>, SamplesError> {
    let fail = |source| SamplesError::Folder { path: folder.to_owned(), source };
    let mut paths = fs::read_dir(folder)
        .map_err(fail)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(fail)?;
    paths.sort_by_cached_key(|path| {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let number = stem.as_deref().and_then(|stem| stem.parse::<u64>().ok());
        (number.unwrap_or(u64::MAX), path.clone())
    });
    Ok(paths)
}
