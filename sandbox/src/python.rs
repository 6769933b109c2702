//! The Python interpreter that runs candidates.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// An interpreter together with the folders it needs to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// The executable, with symbolic links resolved or the virtual environment's own.
    pub executable: PathBuf,
    /// Its version, such as `3.11.7`.
    pub version: String,
    /// Every folder it reads code from, to be made readable in the sandbox.
    pub folders: Vec<PathBuf>,
    /// Where installed packages are imported from.
    pub packages: Vec<PathBuf>,
    /// The version of numpy, where it is installed.
    pub numpy: Option<String>,
}

/// Asks an interpreter about itself; prints one fact a line. What is installed is looked up and not
/// imported: that takes numpy a tenth of a second and a thread for each core. `importlib.metadata` knows as
/// much and takes longer than all the rest.
const PROBE: &str = "
import os, sys
print(sys.executable)
print('.'.join(map(str, sys.version_info[:3])))
def version(package):
    for folder in filter(os.path.isdir, sys.path):
        for name in os.listdir(folder):
            stem, suffix = os.path.splitext(name)
            if stem.startswith(package + '-') and suffix in ('.dist-info', '.egg-info'):
                return stem.split('-')[1]
    return ''
print(version('numpy'))
print(os.path.realpath(sys.executable))
print(os.pathsep.join(path for path in sys.path if path.endswith('-packages')))
for folder in (sys.prefix, sys.base_prefix):
    print(folder)
";

impl Python {
    /// The interpreter to use: `RA3_PYTHON`, else the active virtual environment, else `.venv` in
    /// this folder or one above it, else `python3` on the path.
    pub fn find() -> Result<Self, Error> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let named = variable("RA3_PYTHON").map(PathBuf::from);
        let active = variable("VIRTUAL_ENV").map(|venv| Path::new(&venv).join("bin/python3"));
        let here = std::env::current_dir().unwrap_or_default();
        let nearby =
            here.ancestors().map(|folder| folder.join(".venv/bin/python3")).find(|p| p.exists());
        Self::probe(&named.or(active).or(nearby).unwrap_or_else(|| "python3".into()))
    }

    /// Ask the interpreter `executable` about itself.
    pub fn probe(executable: &Path) -> Result<Self, Error> {
        let fail = |what: String| Error::NoPython {
            reason: format!(
                "`{}` {what}; set RA3_PYTHON to a CPython 3.10 or later",
                executable.display()
            ),
        };
        let output = Command::new(executable)
            .args(["-I", "-c", PROBE])
            .output()
            .map_err(|error| fail(format!("did not start: {error}")))?;
        if !output.status.success() {
            return Err(fail(format!(
                "failed: {}",
                String::from_utf8_lossy(&output.stderr).trim_end()
            )));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines();
        let mut next = || {
            lines.next().map(str::to_owned).ok_or_else(|| fail("said too little of itself".into()))
        };
        let (path, version, numpy, real, packages) = (next()?, next()?, next()?, next()?, next()?);
        if is_too_old(&version) {
            return Err(fail(format!("is Python {version}, which is too old")));
        }
        let mut folders: Vec<PathBuf> = lines.map(PathBuf::from).collect();
        let packages: Vec<PathBuf> =
            std::env::split_paths(&packages).filter(|path| !path.as_os_str().is_empty()).collect();
        folders.extend(packages.iter().cloned());
        folders.extend(Path::new(&real).parent().map(Path::to_path_buf));
        folders.sort();
        folders.dedup();
        let numpy = (!numpy.is_empty()).then_some(numpy);
        Ok(Self { executable: path.into(), version, folders, packages, numpy })
    }

    /// The value of `PYTHONPATH` that makes installed packages importable without `site`.
    pub(crate) fn search_path(&self) -> String {
        let paths: Vec<_> = self.packages.iter().map(|path| path.display().to_string()).collect();
        paths.join(":")
    }
}

/// Whether an interpreter is older than 3.10, whose `sys.stdlib_module_names` a judge relies on.
fn is_too_old(version: &str) -> bool {
    const OLDEST: [u32; 2] = [3, 10];
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    [0; 2].map(|_: u32| numbers.next().unwrap_or(0)) < OLDEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(is_too_old("3.9.19") && is_too_old("2.7.18") && is_too_old(""));
        assert!(!is_too_old("3.10.0") && !is_too_old("3.15.0a1") && !is_too_old("4.0.0"));
    }
}
