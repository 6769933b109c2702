//! The same tests as a user without privileges.
//!
//! Root and others take different ways through the sandbox. When root runs the tests, this copies
//! the test program to where everybody may read it and runs it again as somebody else, in control
//! groups that were delegated to them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::delegated::Delegated;

/// Names the folder of programs, for a user who cannot read the source tree.
pub(crate) const PROGRAMS: &str = "HOSTILE_PROGRAMS";

/// A user that nothing else runs as, neither a program of root's sandboxes, which other tests have at the same
/// time: the kernel counts processes by user.
const USER: u32 = 60_900;

/// Run `tests` of this test program as an ordinary user. They must pass.
pub(crate) fn run(tests: &[&str]) {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: not root, so the other tests have run as an ordinary user already");
        return;
    }
    let python = Path::new("/usr/bin/python3");
    if !python.exists() {
        println!("skipped: there is no Python that an ordinary user can read");
        return;
    }
    let home = tempfile::Builder::new().prefix("ordinary-").tempdir().unwrap();
    open_to_all(home.path());
    let program = home.path().join("hostile");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    open_to_all(&program);
    let programs = home.path().join("programs");
    copy_folder(&crate::folder(), &programs);
    let temporary = home.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    std::os::unix::fs::chown(&temporary, Some(USER), Some(USER)).unwrap();

    let groups = Delegated::to(USER);
    let mut command = Command::new(&program);
    groups.enter_as_user(&mut command);
    let output = command
        .args(["--exact", "--nocapture"])
        .args(tests)
        .env_remove("HOME")
        .env_remove("VIRTUAL_ENV")
        .env("RA3_PYTHON", python)
        .env("TMPDIR", &temporary)
        .env(PROGRAMS, &programs)
        .current_dir("/")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("as user {USER}:\n{}", text(&output.stdout));
    assert!(output.status.success(), "as user {USER}:\n{}", text(&output.stderr));
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    open_to_all(to);
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let copy = to.join(entry.file_name());
        fs::copy(entry.path(), &copy).unwrap();
        open_to_all(&copy);
    }
}

fn open_to_all(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}
