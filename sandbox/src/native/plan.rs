//! What a child does between its first instruction and the program, as plain data.
//!
//! A [`Plan`] is made by the supervisor (see `draft`) and carried out by [`super::inside`],
//! either in a child that shares the supervisor's memory and must not allocate, or in a child of
//! a fork server, to which it travels as bytes (see `wire.rs`). So all paths are C strings, all
//! options are rendered, and the filter is compiled.
//!
//! This file is compiled twice: into the supervisor and into the fork server's library.

use std::ffi::{CStr, CString, c_char};
use std::os::fd::RawFd;
use std::ptr;
use std::sync::Arc;

use super::landlock::Grant;

/// What a child does, in order.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Descriptors by which to join control groups, before anything else.
    pub(crate) doors: Vec<RawFd>,
    /// Written by the child: whether it has joined them all.
    pub(crate) has_joined: bool,
    /// The private root to build and enter, where it is not the parent's.
    pub(crate) root: Option<Root>,
    /// Where it settles.
    pub(crate) place: Place,
    /// What it then prepares for its program.
    pub(crate) task: Task,
    /// What to execute. A plan without it only sets up.
    pub(crate) exec: Option<Exec>,
    /// Written by the child when a step fails.
    pub(crate) failure: Option<Failure>,
}

/// The half of a plan that does not depend on the program, so that a child of a fork server can be
/// through with it before there is one.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Whom the program runs as.
    pub(crate) identity: Identity,
    /// Options of the tmpfs that is mounted over the working folder, where it gets one.
    pub(crate) scratch_options: Option<CString>,
    /// The working folder.
    pub(crate) scratch: CString,
    /// The landlock domain to enter.
    pub(crate) landlock: Option<Landlock>,
    /// The system call filter: where something is executed it is applied last of all, and a child of a fork
    /// server waits under it.
    pub(crate) filter: Option<Filter>,
    /// Whether others want the processor now, so that nothing is done that can be left undone.
    pub(crate) is_hurried: bool,
}

/// The half that depends on the program.
#[derive(Debug)]
pub(crate) struct Task {
    /// Files to write into the working folder.
    pub(crate) files: Vec<(CString, Arc<[u8]>)>,
    /// The number of the known script to run, from 1 on; 0 for the program in the files.
    pub(crate) script: u32,
    /// Resource limits.
    pub(crate) rlimits: Vec<(u32, u64)>,
    /// Descriptors that become 0, 1, 2, ...; all others are closed.
    pub(crate) descriptors: Vec<RawFd>,
    /// One that stays open beside them.
    pub(crate) kept: Option<RawFd>,
}

/// The step that failed in the child and the `errno` it failed with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    pub(crate) step: &'static str,
    pub(crate) errno: i32,
}

/// Whom the program runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Whoever we are, without capabilities.
    Ourselves,
    /// Ourselves under another number, in a user namespace of its own.
    Mapped { uid: u32, gid: u32 },
    /// A user that nothing else runs as; only root can become one.
    Nobody { id: u32 },
    /// A fork server, which keeps the privileges that its children give up. Where we are not root
    /// it gets them in a user namespace of its own, into which our user and group are mapped.
    Server { mapped: Option<(u32, u32)> },
}

/// A private root: an empty tmpfs into which some of the system is bound, read-only.
#[derive(Debug)]
pub(crate) struct Root {
    /// An existing folder that is mounted over; it hides nothing that is bound.
    pub(crate) base: CString,
    /// Folders to make, outermost first, relative to the new root like all that follows.
    pub(crate) folders: Vec<CString>,
    /// Symbolic links to make: target and link.
    pub(crate) links: Vec<(CString, CString)>,
    /// Paths of the system to make visible.
    pub(crate) binds: Vec<Bind>,
}

/// One path of the system that is visible in a private root.
#[derive(Debug)]
pub(crate) struct Bind {
    pub(crate) source: CString,
    /// Relative to the new root.
    pub(crate) target: CString,
    pub(crate) kind: BindKind,
}

/// How a path is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BindKind {
    /// A folder, read-only with all below it.
    Folder,
    /// A file, read-only.
    File,
    /// A device, as it is.
    Device,
}

/// The rules of a landlock domain.
#[derive(Clone, Debug)]
pub(crate) struct Landlock {
    /// The version of the interface to use.
    pub(crate) abi: u32,
    /// What is granted below which path.
    pub(crate) rules: Vec<(CString, Grant)>,
}

impl Landlock {
    /// The rules as [`super::landlock::restrict`] wants them.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (&CStr, Grant)> {
        self.rules.iter().map(|(path, grant)| (path.as_c_str(), *grant))
    }
}

/// A compiled filter, but for the pid of the process that it will filter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) code: Vec<libc::sock_filter>,
    /// Instructions whose constant is the pid of the filtered process.
    pub(crate) own_pid: Vec<u32>,
}

/// The arguments of `execve`, with the pointer arrays that it wants.
#[derive(Debug)]
pub(crate) struct Exec {
    path: CString,
    _arguments: Vec<CString>,
    _environment: Vec<CString>,
    argv: Vec<*const c_char>,
    envp: Vec<*const c_char>,
}

// SAFETY: the pointers in `Exec` point into heap blocks that `Exec` itself owns and never changes.
unsafe impl Send for Exec {}

impl Exec {
    /// Execute `path` with these arguments, of which the first is the name, and variables.
    pub(crate) fn new(path: CString, arguments: Vec<CString>, environment: Vec<CString>) -> Self {
        let pointers = |strings: &[CString]| {
            strings.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect()
        };
        Self {
            path,
            argv: pointers(&arguments),
            envp: pointers(&environment),
            _arguments: arguments,
            _environment: environment,
        }
    }

    /// The three pointers that `execve` is called with.
    pub(crate) fn pointers(&self) -> (*const c_char, *const *const c_char, *const *const c_char) {
        (self.path.as_ptr(), self.argv.as_ptr(), self.envp.as_ptr())
    }
}

impl Plan {
    /// Namespaces to create together with the child.
    pub(crate) fn namespaces(&self) -> i32 {
        let user = match self.place.identity {
            Identity::Mapped { .. } | Identity::Server { mapped: Some(_) } => libc::CLONE_NEWUSER,
            _ => 0,
        };
        // A server must not be process 1 of a namespace, or its children could not be ours.
        let own_pids = match self.place.identity {
            Identity::Server { .. } => 0,
            _ => libc::CLONE_NEWPID,
        };
        let private =
            libc::CLONE_NEWNS | libc::CLONE_NEWNET | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
        if self.root.is_some() { private | own_pids | user } else { 0 }
    }
}
