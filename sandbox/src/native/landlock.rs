//! Landlock, as the child calls it: no allocation, no library, three system calls.
//!
//! The rules say which files may be read, executed or written. They hold in every tier, also
//! inside a private root, because a mount namespace alone does not stop a program from executing
//! what it has just written.
//!
//! This file is compiled twice: into the supervisor and into the fork server's library.

use std::ffi::CStr;
use std::io;

/// The version of the interface that the kernel offers; 0 where there is none.
pub(crate) fn abi() -> u32 {
    const LANDLOCK_CREATE_RULESET_VERSION: u32 = 1;
    // SAFETY: with a null attribute and this flag the call only returns a number.
    let version = unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION)
    };
    u32::try_from(version).unwrap_or(0)
}

/// What a rule grants below a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// Read and execute files, list folders.
    Execute,
    /// Read and write a file, but neither make nor remove one: a device.
    Device,
    /// Anything but devices, sockets and links.
    Scratch,
}

const EXECUTE: u64 = 1 << 0;
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIR: u64 = 1 << 3;
const REMOVE_DIR: u64 = 1 << 4;
const REMOVE_FILE: u64 = 1 << 5;
const MAKE_DIR: u64 = 1 << 7;
const MAKE_REG: u64 = 1 << 8;
const REFER: u64 = 1 << 13;
const TRUNCATE: u64 = 1 << 14;
/// Rights that mean something for a file that is not a folder.
const OF_FILES: u64 = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE;

impl Grant {
    fn rights(self) -> u64 {
        match self {
            Self::Execute => READ_FILE | READ_DIR | EXECUTE,
            Self::Device => READ_FILE | WRITE_FILE,
            Self::Scratch => {
                READ_FILE
                    | READ_DIR
                    | WRITE_FILE
                    | TRUNCATE
                    | REFER
                    | MAKE_REG
                    | MAKE_DIR
                    | REMOVE_FILE
                    | REMOVE_DIR
            }
        }
    }
}

/// All rights that version `abi` of the interface knows, so that all the others are denied.
fn handled(abi: u32) -> u64 {
    let bits = match abi {
        0 | 1 => 13,
        2 => 14,
        3 | 4 => 15,
        _ => 16,
    };
    (1 << bits) - 1
}

/// The kernel's `struct landlock_ruleset_attr`.
#[repr(C)]
struct RulesetAttributes {
    handled_access_fs: u64,
    handled_access_net: u64,
    scoped: u64,
}

/// The kernel's `struct landlock_path_beneath_attr`.
#[repr(C, packed)]
struct PathBeneath {
    allowed_access: u64,
    parent_fd: i32,
}

/// Restrict the calling thread to `rules`. Paths that do not exist are passed over.
///
/// Needs `no_new_privs`. Async-signal-safe: it only makes system calls.
pub(crate) fn restrict<'a>(
    abi: u32,
    rules: impl Iterator<Item = (&'a CStr, Grant)>,
) -> io::Result<()> {
    let attributes = RulesetAttributes {
        handled_access_fs: handled(abi),
        // Binding and connecting TCP ports; abstract sockets and signals of other domains.
        handled_access_net: if abi >= 4 { 0b11 } else { 0 },
        scoped: if abi >= 6 { 0b11 } else { 0 },
    };
    let size = match abi {
        0..=3 => 8,
        4 | 5 => 16,
        _ => size_of::<RulesetAttributes>(),
    };
    // SAFETY: `attributes` outlives the call and `size` does not exceed it.
    let ruleset =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, &raw const attributes, size, 0) };
    let ruleset = check(ruleset)?;
    for (path, grant) in rules {
        add_rule(ruleset, abi, path, grant)?;
    }
    // SAFETY: `ruleset` is a landlock descriptor made above.
    check(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0) })?;
    // SAFETY: closes the descriptor made above, which nothing else holds.
    unsafe { libc::close(ruleset) };
    Ok(())
}

fn add_rule(ruleset: i32, abi: u32, path: &CStr, grant: Grant) -> io::Result<()> {
    const LANDLOCK_RULE_PATH_BENEATH: i32 = 1;
    // SAFETY: `path` is a C string.
    let fd = unsafe { libc::open(path.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) };
    if fd < 0 {
        let error = io::Error::last_os_error();
        return if error.raw_os_error() == Some(libc::ENOENT) { Ok(()) } else { Err(error) };
    }
    // SAFETY: `stat` is plain data for which zero is a valid value, and `fstat` fills it.
    let is_folder = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        libc::fstat(fd, &raw mut stat) == 0 && stat.st_mode & libc::S_IFMT == libc::S_IFDIR
    };
    let known = handled(abi) & if is_folder { u64::MAX } else { OF_FILES };
    let rule = PathBeneath { allowed_access: grant.rights() & known, parent_fd: fd };
    // SAFETY: `rule` outlives the call and both descriptors are open.
    let added = check(unsafe {
        libc::syscall(
            libc::SYS_landlock_add_rule,
            ruleset,
            LANDLOCK_RULE_PATH_BENEATH,
            &raw const rule,
            0,
        )
    });
    // SAFETY: closes the descriptor opened above.
    unsafe { libc::close(fd) };
    added.map(drop)
}

fn check(result: libc::c_long) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result as i32) }
}
