//! The working folder of a run that has no private root.
//!
//! Without a tmpfs of its own a program writes to a real folder, so its size is measured while it
//! runs, and it is removed afterwards however the program has twisted it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{Error, Tier};

/// Deeper trees than this are nobody's honest work.
const DEEPEST: usize = 32;
/// Neither are more files than this.
const MOST_FILES: u64 = 16_384;

/// A folder that is gone when this value is.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: Option<TempDir>,
    /// The user that the program runs as, where that is not ourselves.
    owner: Option<u32>,
}

impl Scratch {
    /// A folder that belongs to `owner`, or to us, in a tier whose programs have no private root with
    /// a working folder in it.
    pub(super) fn for_tier(
        tier: Tier,
        owner: impl FnOnce() -> Option<u32>,
    ) -> Result<Option<Self>, Error> {
        match tier {
            Tier::T1 | Tier::T2 => Ok(None),
            Tier::None | Tier::W | Tier::T0 => Self::make(owner()).map(Some),
        }
    }

    fn make(owner: Option<u32>) -> Result<Self, Error> {
        let within = std::env::temp_dir();
        let folder = tempfile::Builder::new()
            .prefix("ra3-")
            .tempdir_in(&within)
            .map_err(|source| Error::Prepare { path: within, source })?;
        if let Some(id) = owner {
            std::os::unix::fs::chown(folder.path(), Some(id), Some(id))
                .map_err(|source| Error::Prepare { path: folder.path().into(), source })?;
        }
        Ok(Self { folder: Some(folder), owner })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.as_ref().expect("the folder is there until it is dropped").path()
    }

    /// What is in the folder, or was removed from it and is still held open by the process `pid`.
    pub(super) fn contents(&self, pid: libc::pid_t) -> Contents {
        Contents { folder: self.path().to_owned(), owner: self.owner, pid }
    }

    /// Remove the folder. What a program leaves in it may take seconds, in which other programs are to be
    /// watched, so it is done on a thread that may wait.
    pub(super) async fn remove(self) {
        // A runtime that ends first drops it as well.
        let _ = tokio::task::spawn_blocking(|| drop(self)).await;
    }
}

/// What a program keeps in its scratch folder. To look through it may take long.
#[derive(Debug)]
pub(super) struct Contents {
    folder: PathBuf,
    owner: Option<u32>,
    pid: libc::pid_t,
}

impl Contents {
    /// Whether they are more than `most` bytes, or too many files.
    pub(super) fn exceed(&self, most: u64) -> bool {
        let mut total = Total { bytes: 0, files: 0 };
        // A folder that cannot be read is being changed under our eyes; the next look will tell.
        let too_many = total.add(&self.folder, 0).unwrap_or(false);
        let nameless = self.nameless().unwrap_or(0);
        too_many || total.bytes + nameless > most
    }

    /// Bytes of files on the folder's device that have no name any more but are held open, or
    /// mapped.
    fn nameless(&self) -> io::Result<u64> {
        let device = self.folder.metadata()?.dev();
        let _as_owner = self.owner.map(FileUser::change);
        let open = fs::read_dir(format!("/proc/{}/fd", self.pid))?.flatten();
        let files = open.filter_map(|entry| fs::metadata(entry.path()).ok());
        let nameless = files.filter(|file| file.dev() == device && file.nlink() == 0);
        let sizes: HashMap<u64, u64> =
            nameless.map(|file| (file.ino(), file.blocks() * 512)).collect();
        let mapped = self.mapped()?;
        let only_mapped = mapped.iter().filter(|(inode, _)| !sizes.contains_key(inode));
        Ok(sizes.values().sum::<u64>() + only_mapped.map(|(_, bytes)| bytes).sum::<u64>())
    }

    /// Removed files of the folder that the process has mapped, and how much of each.
    fn mapped(&self) -> io::Result<HashMap<u64, u64>> {
        let folder = self.folder.display().to_string();
        let mut mapped = HashMap::new();
        for line in fs::read_to_string(format!("/proc/{}/maps", self.pid))?.lines() {
            // start-end rights offset device inode path (deleted); see proc_pid_maps(5).
            let mut fields = line.split_ascii_whitespace();
            let (Some(range), Some(inode)) = (fields.next(), fields.nth(3)) else { continue };
            let ours = line.ends_with(" (deleted)") && line.contains(&folder);
            let (Ok(inode), Some((start, end))) = (inode.parse(), range.split_once('-')) else {
                continue;
            };
            let address = |text| u64::from_str_radix(text, 16).unwrap_or(0);
            if ours {
                *mapped.entry(inode).or_default() += address(end).saturating_sub(address(start));
            }
        }
        Ok(mapped)
    }
}

/// Another user as whom this thread accesses files until this value is dropped.
///
/// What a process has open is shown to its own user and to those with a capability that root in a
/// container lacks.
struct FileUser {
    user: libc::c_int,
    group: libc::c_int,
}

impl FileUser {
    fn change(id: u32) -> Self {
        // The group first: afterwards there may be no right to change it.
        // SAFETY: the calls change how the kernel sees this thread, and touch no memory.
        unsafe {
            let group = libc::setfsgid(id);
            Self { group, user: libc::setfsuid(id) }
        }
    }
}

impl Drop for FileUser {
    fn drop(&mut self) {
        // SAFETY: as in `change`.
        unsafe {
            libc::setfsuid(self.user.cast_unsigned());
            libc::setfsgid(self.group.cast_unsigned());
        }
    }
}

struct Total {
    bytes: u64,
    files: u64,
}

impl Total {
    /// Count what is below `folder`; true when there is too much of it to go on.
    fn add(&mut self, folder: &Path, depth: usize) -> io::Result<bool> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            self.files += 1;
            if depth == DEEPEST || self.files > MOST_FILES {
                return Ok(true);
            }
            let Ok(metadata) = entry.metadata() else { continue };
            self.bytes += metadata.blocks() * 512;
            if metadata.is_dir() && self.add(&entry.path(), depth + 1)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Some(folder) = self.folder.take() else { return };
        // The program is judged already; at worst a folder among the temporary files stays.
        let _ = remove(&folder.keep());
    }
}

/// Remove `top` and all below it, however deep: nested folders are first moved side by side into
/// another folder, so that no path grows longer than a few components.
fn remove(top: &Path) -> io::Result<()> {
    let bin = tempfile::Builder::new().prefix("ra3-").tempdir_in(top.parent().unwrap_or(top))?;
    let mut folders = vec![top.to_owned()];
    let mut moved = 0u64;
    while let Some(folder) = folders.last().cloned() {
        let nested = remove_files(&folder)?;
        if nested.is_empty() {
            fs::remove_dir(&folder)?;
            folders.pop();
        }
        for inner in nested {
            let aside = bin.path().join(moved.to_string());
            moved += 1;
            // Moving a folder changes its `..`, for which it must be writable.
            fs::set_permissions(&inner, fs::Permissions::from_mode(0o700))?;
            fs::rename(&inner, &aside)?;
            folders.push(aside);
        }
    }
    Ok(())
}

/// Remove the files in `folder` and tell which folders remain.
fn remove_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut nested = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            nested.push(entry.path());
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(nested)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_folder_is_gone_with_its_value() {
        let scratch = Scratch::make(None).unwrap();
        let path = scratch.path().to_owned();
        fs::create_dir_all(path.join("a/b/c")).unwrap();
        fs::write(path.join("a/b/c/file"), "x").unwrap();
        fs::write(path.join("a/file"), "x").unwrap();
        std::os::unix::fs::symlink("/etc", path.join("a/link")).unwrap();
        drop(scratch);
        assert!(!path.exists());
        assert!(Path::new("/etc").exists());
    }

    #[test]
    fn a_tree_deeper_than_a_path_can_name_is_removed() {
        let scratch = Scratch::make(None).unwrap();
        let path = scratch.path().to_owned();
        let status = std::process::Command::new("python3")
            .args(["-c", "import os\nfor _ in range(3000): os.mkdir('deep'); os.chdir('deep')"])
            .current_dir(&path)
            .status()
            .unwrap();
        assert!(status.success());
        assert!(scratch.contents(1).exceed(1 << 40), "too deep");
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn bytes_on_disk_are_counted() {
        let scratch = Scratch::make(None).unwrap();
        fs::write(scratch.path().join("file"), vec![1; 100_000]).unwrap();
        assert!(!scratch.contents(1).exceed(1 << 20));
        assert!(scratch.contents(1).exceed(50_000));
    }
}
