//! Compiled code, made once and kept.
//!
//! Compiling the interpreter takes a minute or two, so the outcome is kept beside it, in a file
//! that is named by the hash of everything it depends on: module, library, preparation, and what
//! wasmtime says must agree.
//!
//! **Why loading it is sound.** Loading compiled code means executing it, so a file is only loaded
//! if no one but this user can have written it: the file and its folder belong to this user, nobody
//! else may write to them, and neither is a symbolic link. That is checked on the open descriptors,
//! so that what was checked is what is loaded. The folder matters because a hard link from another
//! place could bring in a file of this user's that someone else made him download. A file appears
//! under its name whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::engine::{Counting, engine};
use super::interpreter::WasmInterpreter;
use super::snapshot;
use super::wasi::library::Library;

/// Where compiled code for one interpreter and one way of counting is kept.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    folder: PathBuf,
    name: String,
}

impl Compiled {
    /// Work out the place. Reads the whole interpreter.
    pub(super) fn of(interpreter: &WasmInterpreter, counting: Counting) -> io::Result<Self> {
        let mut hash = Sha256::new();
        for path in [interpreter.module(), interpreter.library()] {
            let mut content = Sha256::new();
            io::copy(&mut File::open(path)?, &mut HashWriter(&mut content))?;
            hash.update(content.finalize());
        }
        hash.update(snapshot::PREPARATION);
        let engine = engine(counting).map_err(io::Error::other)?;
        engine.precompile_compatibility_hash().hash(&mut HashWriter(&mut hash));
        let name: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = interpreter.folder().join("compiled");
        Ok(Self { folder, name: format!("{name}.cwasm") })
    }

    /// Where the file is.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Whether there is a file that may be loaded.
    pub(super) fn exists(&self) -> bool {
        open_own(&self.path()).is_ok()
    }

    /// Take a snapshot of `interpreter`, compile it, and keep the outcome.
    pub(super) fn make(
        &self,
        interpreter: &WasmInterpreter,
        counting: Counting,
    ) -> wasmtime::Result<()> {
        // First, so that a folder that cannot be used is found out before the work and not after it.
        make_own_folder(&self.folder)?;
        let module = fs::read(interpreter.module())?;
        let snapshot = snapshot::take(&module, Library::open(&interpreter.library())?)?;
        drop(module);
        let code = engine(counting)?.precompile_module(&snapshot)?;
        Ok(self.keep(&code)?)
    }

    fn keep(&self, code: &[u8]) -> io::Result<()> {
        let mut unfinished =
            tempfile::Builder::new().prefix(".unfinished").tempfile_in(&self.folder)?;
        unfinished.write_all(code)?;
        unfinished.as_file().sync_all()?;
        unfinished.persist(self.path())?;
        Ok(())
    }
}

fn make_own_folder(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made?,
    }
    require_own(&open(folder, libc::O_DIRECTORY)?, folder)
}

/// Open a file that this user alone can have written.
pub(super) fn open_own(path: &Path) -> io::Result<File> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    require_own(&open(folder, libc::O_DIRECTORY)?, folder)?;
    let file = open(path, 0)?;
    require_own(&file, path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other(format!("`{}` is no file", path.display())));
    }
    Ok(file)
}

fn open(path: &Path, flags: i32) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | flags)
        .open(path)
}

fn require_own(file: &File, path: &Path) -> io::Result<()> {
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    let metadata = file.metadata()?;
    let ours = metadata.uid() == crate::effective_user();
    if ours && metadata.mode() & WRITABLE_BY_OTHERS == 0 {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("`{}` is not this user's alone, so code in it cannot be trusted", path.display()),
    ))
}

/// A hash as something that bytes are written to.
struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Hasher for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("only what is written is of interest")
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn kept() -> (tempfile::TempDir, Compiled) {
        let outer = tempfile::tempdir().unwrap();
        let compiled = Compiled { folder: outer.path().join("compiled"), name: "a.cwasm".into() };
        make_own_folder(&compiled.folder).unwrap();
        compiled.keep(b"code").unwrap();
        (outer, compiled)
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_was_kept_is_found_and_nothing_else_is_left() {
        let (_outer, compiled) = kept();
        assert!(compiled.exists());
        assert_eq!(fs::read_dir(&compiled.folder).unwrap().count(), 1);
    }

    #[test]
    fn what_others_may_write_to_is_not_loaded() {
        let (_outer, compiled) = kept();
        chmod(&compiled.path(), 0o666);
        assert!(!compiled.exists());
        chmod(&compiled.path(), 0o600);
        chmod(&compiled.folder, 0o777);
        assert!(!compiled.exists());
        assert!(make_own_folder(&compiled.folder).is_err());
        chmod(&compiled.folder, 0o700);
        assert!(compiled.exists());
    }

    #[test]
    fn what_another_user_owns_is_not_loaded() {
        if crate::effective_user() != 0 {
            println!("skipped: only root can give files away");
            return;
        }
        let (_outer, compiled) = kept();
        std::os::unix::fs::chown(compiled.path(), Some(1), None).unwrap();
        assert!(!compiled.exists());
    }

    #[test]
    fn links_are_not_followed() {
        let (outer, compiled) = kept();
        let link = compiled.folder.join("link");
        symlink(compiled.path(), &link).unwrap();
        assert!(open_own(&link).is_err());
        let folder = outer.path().join("elsewhere");
        symlink(&compiled.folder, &folder).unwrap();
        assert!(open_own(&folder.join("a.cwasm")).is_err());
    }
}
