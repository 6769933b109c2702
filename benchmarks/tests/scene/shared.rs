//! Data that lies in the project's sibling folder `shared`.

use std::path::PathBuf;

/// The path of a file of data; `None`, said on standard output, where it is absent.
pub(crate) fn shared(file: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(file);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}
