//! The interpreter of the wasm backend: where it is and what it is.

use std::path::{Path, PathBuf};

use crate::{Error, Python};

/// CPython for WASI: a module and its library, as `make setup-wasm` lays them down.
///
/// The folder also keeps what is made of them, so it must be one that this user may write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WasmInterpreter {
    folder: PathBuf,
}

/// The module's name in the folder.
const MODULE: &str = "python.wasm";
/// The library's name in the folder.
const LIBRARY: &str = "python-stdlib.zip";
/// What the interpreter calls itself.
const VERSION: &str = "3.15.0";
/// The version of the numpy that is linked into it.
const NUMPY: &str = "2.5.2";

impl WasmInterpreter {
    /// The interpreter to use: the folder `RA3_WASM`, else `.wasm` in this folder or one above it.
    pub fn find() -> Result<Self, Error> {
        if let Some(named) = std::env::var_os("RA3_WASM") {
            return Self::in_folder(Path::new(&named));
        }
        let here = std::env::current_dir().unwrap_or_default();
        let nearby = here.ancestors().map(|folder| folder.join(".wasm"));
        let Some(folder) = nearby.into_iter().find(|folder| folder.join(MODULE).exists()) else {
            return Err(Error::NoWasm { reason: "there is no `.wasm` here or above".into() });
        };
        Self::in_folder(&folder)
    }

    /// The interpreter in `folder`.
    pub fn in_folder(folder: &Path) -> Result<Self, Error> {
        let found = Self { folder: folder.to_owned() };
        for path in [found.module(), found.library()] {
            if !path.is_file() {
                return Err(Error::NoWasm { reason: format!("`{}` is missing", path.display()) });
            }
        }
        Ok(found)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The interpreter as jobs name it.
    ///
    /// It is no executable and can import what its library holds and nothing installed.
    pub fn python(&self) -> Python {
        Python {
            executable: self.module(),
            version: format!("{VERSION}+wasi"),
            folders: Vec::new(),
            packages: Vec::new(),
            numpy: Some(NUMPY.to_owned()),
        }
    }

    pub(super) fn module(&self) -> PathBuf {
        self.folder.join(MODULE)
    }

    pub(super) fn library(&self) -> PathBuf {
        self.folder.join(LIBRARY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_an_interpreter_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = WasmInterpreter::in_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains("python.wasm"), "{error}");
        assert!(error.contains("make setup-wasm"), "{error}");
        for name in [MODULE, LIBRARY] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = WasmInterpreter::in_folder(folder.path()).unwrap();
        assert_eq!(found.python().executable, folder.path().join(MODULE));
    }
}
