//! A folder of control groups that belongs to one supervisor, and how it goes.
//!
//! Whoever makes one keeps a lock on it. The kernel lets go of the lock when its holder ends, in
//! whatever way, so a home that nobody has locked is what a dead supervisor left, and is removed by
//! the next one that comes by.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::files;

/// How the names of all our groups begin.
pub(super) const PREFIX: &str = "ra3-";

/// How long a group may take to become empty once everybody in it is killed, and how often it is tried.
const PATIENCE: (u32, Duration) = (40, Duration::from_millis(5));

/// A folder for groups, gone when this value is.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) path: PathBuf,
    _lock: File,
}

impl Home {
    /// A new one in `parent`.
    pub(super) fn make(parent: &Path) -> io::Result<Self> {
        /// Another supervisor may have our number, in a pid namespace of its own.
        const TRIES: u32 = 64;
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        for _ in 0..TRIES {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!("{PREFIX}{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            let lock = File::open(&path)?;
            lock.lock()?;
            // Between the two somebody may have taken it for one that was left.
            if path
                .metadata()
                .is_ok_and(|now| Some(now.ino()) == lock.metadata().ok().map(|it| it.ino()))
            {
                return Ok(Self { path, _lock: lock });
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Remove from `parent` what dead supervisors left.
    pub(super) fn sweep(parent: &Path) {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
            // A file of the kernel's own never begins so, and somebody's lock says that it is in use.
            if is_ours && File::open(entry.path()).is_ok_and(|folder| folder.try_lock().is_ok()) {
                let inner = fs::read_dir(entry.path()).into_iter().flatten().flatten();
                for folder in inner.filter(|it| it.file_type().is_ok_and(|kind| kind.is_dir())) {
                    remove(&folder.path());
                }
                remove(&entry.path());
            }
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Remove a group, with whoever is still in it. At worst it stays, and is swept another time.
pub(super) fn remove(group: &Path) {
    let (tries, pause) = PATIENCE;
    for attempt in 0..tries {
        match fs::remove_dir(group) {
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) && attempt + 1 < tries => {
                evict(group);
                sleep(pause);
            }
            _gone_or_hopeless => return,
        }
    }
}

/// Kill everybody in `group`: whoever is in a group of ours is ours.
fn evict(group: &Path) {
    if files::write(&group.join("cgroup.kill"), "1").is_ok() {
        return;
    }
    let members = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    // A number of 0 is a process that this pid namespace does not have.
    for pid in members.lines().filter_map(|line| line.parse().ok()).filter(|pid| *pid > 0) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_supervisor_left_is_swept_and_what_a_living_one_has_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let living = Home::make(parent.path()).unwrap();
        let dead = parent.path().join("ra3-1-0");
        fs::create_dir_all(dead.join("0")).unwrap();
        let stranger = parent.path().join("user.slice");
        fs::create_dir(&stranger).unwrap();
        Home::sweep(parent.path());
        assert!(!dead.exists());
        assert!(living.path.exists() && stranger.exists());
        let path = living.path.clone();
        drop(living);
        assert!(!path.exists());
    }

    #[test]
    fn no_two_homes_are_one() {
        let parent = tempfile::tempdir().unwrap();
        let taken = Home::make(parent.path()).unwrap();
        assert_ne!(taken.path, Home::make(parent.path()).unwrap().path);
    }
}
