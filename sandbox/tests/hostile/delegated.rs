//! Control groups that root hands to an ordinary user, as a service manager would.
//!
//! Only those of the first version: in the second, nobody can hand controllers on who has processes in
//! his own group.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Groups of a user, gone when this value is.
pub(crate) struct Delegated {
    user: u32,
    groups: Vec<PathBuf>,
}

impl Delegated {
    /// A group in each hierarchy that the sandbox uses, as far as there are any.
    pub(crate) fn to(user: u32) -> Self {
        let name = format!("hostile-{}", std::process::id());
        let groups = ["memory", "pids", "cpuacct"].iter().filter_map(|controller| {
            let group = own_group(controller)?.join(&name);
            fs::create_dir(&group).ok()?;
            for path in ["", "cgroup.procs"].map(|file| group.join(file)) {
                chown(path, Some(user), Some(user)).ok()?;
            }
            Some(group)
        });
        Self { user, groups: groups.collect() }
    }

    /// Have `command` enter the groups, and then become the user.
    pub(crate) fn enter_as_user(&self, command: &mut Command) {
        let open = |group: &PathBuf| File::options().write(true).open(group.join("cgroup.procs"));
        let mut doors: Vec<File> = self.groups.iter().map(|group| open(group).unwrap()).collect();
        let user = self.user;
        let become_user = move || {
            doors.iter_mut().try_for_each(|door| door.write_all(b"0"))?;
            // SAFETY: the calls take numbers and a null pointer, and change this process alone.
            let changed = unsafe {
                libc::setgroups(0, std::ptr::null()) == 0
                    && libc::setgid(user) == 0
                    && libc::setuid(user) == 0
            };
            if changed { Ok(()) } else { Err(std::io::Error::last_os_error()) }
        };
        // SAFETY: the closure makes system calls, and allocates nothing.
        unsafe { command.pre_exec(become_user) };
    }
}

impl Drop for Delegated {
    fn drop(&mut self) {
        self.groups.iter().for_each(|group| fs::remove_dir(group).unwrap_or_default());
    }
}

/// The folder of our own group in the hierarchy of a controller, where it is mounted as usual.
fn own_group(controller: &str) -> Option<PathBuf> {
    let memberships = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = memberships.lines().find_map(|line| line.split_once(&format!(":{controller}:")))?.1;
    let folder = Path::new("/sys/fs/cgroup").join(controller).join(own.trim_start_matches('/'));
    folder.join("cgroup.procs").exists().then_some(folder)
}
