//! Everything the child needs to know, prepared while allocation is still allowed.
//!
//! A [`Plan`] is built by the supervisor and read by [`super::inside`] in the child, which shares
//! the supervisor's memory and must not allocate. So all paths are C strings, all options are
//! rendered, and the filter is compiled. A failure is written back into the same memory.

use std::ffi::{CStr, CString, c_char};
use std::os::fd::RawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::Arc;

use super::filter::{Company, Filter};
use super::landlock::Grant;
use crate::{Job, Limits, Python, Tier};

/// The working folder inside a private root.
pub(super) const BOX: &str = "/box";

/// Folders of the system that programs read code from, where they exist.
const SYSTEM: [&str; 5] = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"];
/// Devices that programs may expect.
const DEVICES: [&str; 3] = ["/dev/null", "/dev/zero", "/dev/urandom"];

/// What the child does, in order.
pub(super) struct Plan {
    pub(super) identity: Identity,
    pub(super) root: Option<Root>,
    pub(super) scratch: CString,
    pub(super) files: Vec<(CString, Arc<[u8]>)>,
    pub(super) rlimits: Vec<(libc::__rlimit_resource_t, u64)>,
    pub(super) landlock: Option<Landlock>,
    pub(super) filter: Option<Filter>,
    /// Descriptors that become 0, 1, 2 and, where there is a report channel, 3.
    pub(super) descriptors: Vec<RawFd>,
    /// What to execute; a plan without it only tries the set-up.
    pub(super) exec: Option<Exec>,
    /// Written by the child when a step fails.
    pub(super) failure: Option<Failure>,
}

/// The step that failed in the child and the `errno` it failed with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure {
    pub(super) step: &'static str,
    pub(super) errno: i32,
}

/// Whom the program runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Whoever we are, without capabilities.
    Ourselves,
    /// Ourselves under another number, in a user namespace of its own.
    Mapped { uid: u32, gid: u32 },
    /// A user that nothing else runs as; only root can become one.
    Nobody { id: u32 },
}

/// A private root: an empty tmpfs into which some of the system is bound, read-only.
pub(super) struct Root {
    /// An existing folder that is mounted over; it hides nothing that is bound.
    pub(super) base: CString,
    pub(super) folders: Vec<CString>,
    pub(super) links: Vec<(CString, CString)>,
    pub(super) binds: Vec<Bind>,
    /// Options of the tmpfs that is the working folder.
    pub(super) scratch_options: CString,
}

/// One path of the system that is visible in a private root.
pub(super) struct Bind {
    pub(super) source: CString,
    /// Relative to the new root.
    pub(super) target: CString,
    pub(super) kind: BindKind,
}

/// How a path is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BindKind {
    /// A folder, read-only with all below it.
    Folder,
    /// A file, read-only.
    File,
    /// A device, as it is.
    Device,
}

/// The rules of the landlock domain.
pub(super) struct Landlock {
    pub(super) abi: u32,
    pub(super) rules: Vec<(CString, Grant)>,
}

/// The arguments of `execve`, with the pointer arrays that it wants.
pub(super) struct Exec {
    path: CString,
    _arguments: Vec<CString>,
    _environment: Vec<CString>,
    argv: Vec<*const c_char>,
    envp: Vec<*const c_char>,
}

// SAFETY: the pointers in `Exec` point into heap blocks that `Exec` itself owns and never changes.
unsafe impl Send for Exec {}

impl Exec {
    fn new(path: &str, arguments: &[String], environment: Vec<String>) -> Self {
        let arguments: Vec<CString> = arguments.iter().map(|text| c_string(text)).collect();
        let environment: Vec<CString> = environment.iter().map(|text| c_string(text)).collect();
        let pointers = |strings: &[CString]| {
            strings.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect()
        };
        Self {
            path: c_string(path),
            argv: pointers(&arguments),
            envp: pointers(&environment),
            _arguments: arguments,
            _environment: environment,
        }
    }

    /// The three pointers that `execve` is called with.
    pub(super) fn pointers(&self) -> (*const c_char, *const *const c_char, *const *const c_char) {
        (self.path.as_ptr(), self.argv.as_ptr(), self.envp.as_ptr())
    }
}

/// What the machine allows and the sandbox decided, the same for every run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground {
    pub(super) tier: Tier,
    pub(super) landlock_abi: u32,
    /// Whether we are root and may therefore become somebody else.
    pub(super) root: bool,
}

impl Plan {
    /// The plan to run `job` as slot user `slot`, in `scratch` where the root is not private.
    pub(super) fn new(
        ground: Ground,
        job: &Job,
        slot: u32,
        scratch: Option<&Path>,
        descriptors: Vec<RawFd>,
    ) -> Self {
        let folder = scratch.map_or_else(|| BOX.to_owned(), |path| path.display().to_string());
        let mut plan = Self::set_up(ground, &job.limits, job.python.as_ref(), slot, &folder);
        plan.files =
            job.files.iter().map(|file| (c_string(&file.name), file.content.clone())).collect();
        plan.descriptors = descriptors;
        let exec = exec(job, &folder);
        if let Some(filter) = &mut plan.filter {
            let (path, argv, envp) = exec.pointers();
            filter.set_exec_pointers([path as u64, argv as u64, envp as u64]);
        }
        plan.exec = Some(exec);
        plan
    }

    /// The same without a program, to see whether the machine allows it.
    pub(super) fn set_up(
        ground: Ground,
        limits: &Limits,
        python: Option<&Python>,
        slot: u32,
        folder: &str,
    ) -> Self {
        let confined = ground.tier >= Tier::T0;
        let visible = visible(python);
        // Only a pid namespace takes a whole family with it when the run is over.
        let family = limits.processes > 1 && ground.tier >= Tier::T1;
        let company = if family { Company::Family } else { Company::Alone };
        let identity = identity(ground, slot, &visible);
        Self {
            identity,
            root: (ground.tier >= Tier::T1).then(|| root(&visible, limits, identity)),
            scratch: c_string(folder),
            files: Vec::new(),
            rlimits: rlimits(limits, identity),
            landlock: confined
                .then(|| Landlock { abi: ground.landlock_abi, rules: rules(&visible, folder) }),
            filter: confined.then(|| Filter::new(company)),
            descriptors: Vec::new(),
            exec: None,
            failure: None,
        }
    }

    /// Namespaces to create together with the child.
    pub(super) fn namespaces(&self) -> i32 {
        let user = match self.identity {
            Identity::Mapped { .. } => libc::CLONE_NEWUSER,
            _ => 0,
        };
        let private = libc::CLONE_NEWPID
            | libc::CLONE_NEWNS
            | libc::CLONE_NEWNET
            | libc::CLONE_NEWIPC
            | libc::CLONE_NEWUTS;
        if self.root.is_some() { private | user } else { 0 }
    }
}

/// The user that `job` will run as, where that is not ourselves.
pub(super) fn owner(ground: Ground, job: &Job, slot: u32) -> Option<u32> {
    match identity(ground, slot, &visible(job.python.as_ref())) {
        Identity::Nobody { id } => Some(id),
        Identity::Ourselves | Identity::Mapped { .. } => None,
    }
}

fn identity(ground: Ground, slot: u32, visible: &[PathBuf]) -> Identity {
    if ground.tier == Tier::None {
        return Identity::Ourselves;
    }
    if ground.root {
        // Outside a private root another user may not be able to reach the interpreter.
        let reachable = ground.tier >= Tier::T1 || visible.iter().all(|path| open_to_all(path));
        return if reachable { Identity::Nobody { id: slot } } else { Identity::Ourselves };
    }
    if ground.tier >= Tier::T1 {
        let (uid, gid) = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
        return Identity::Mapped { uid, gid };
    }
    Identity::Ourselves
}

/// Whether everybody may enter every folder on the way to `path`, and read it.
fn open_to_all(path: &Path) -> bool {
    path.ancestors().all(|part| {
        let needed = if part.is_dir() { 0o005 } else { 0o004 };
        part.metadata().is_ok_and(|metadata| metadata.permissions().mode() & needed == needed)
    })
}

/// The paths that the program may read code from: the system's and the interpreter's.
fn visible(python: Option<&Python>) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        SYSTEM.iter().map(PathBuf::from).filter(|path| path.exists()).collect();
    for folder in python.iter().flat_map(|python| &python.folders) {
        if folder.exists() && !paths.iter().any(|path| folder.starts_with(path)) {
            paths.push(folder.clone());
        }
    }
    paths
}

fn rules(visible: &[PathBuf], folder: &str) -> Vec<(CString, Grant)> {
    let code = visible.iter().map(|path| (c_path(path), Grant::Execute));
    let devices = DEVICES.iter().map(|path| (c_string(path), Grant::Device));
    code.chain(devices).chain([(c_string(folder), Grant::Scratch)]).collect()
}

fn root(visible: &[PathBuf], limits: &Limits, identity: Identity) -> Root {
    let mut root = Root {
        base: c_string(base(visible)),
        folders: Vec::new(),
        links: vec![(c_string("box"), c_string("tmp"))],
        binds: Vec::new(),
        scratch_options: scratch_options(limits, identity),
    };
    let mut folders = vec![BOX[1..].to_owned(), "dev".to_owned()];
    for path in visible {
        let target = path.strip_prefix("/").unwrap_or(path);
        if let Ok(link) = path.read_link() {
            root.links.push((c_path(&link), c_path(target)));
            continue;
        }
        let kind = if path.is_dir() { BindKind::Folder } else { BindKind::File };
        let deepest = if kind == BindKind::Folder { Some(target) } else { target.parent() };
        folders.extend(way_to(deepest.unwrap_or(target)));
        root.binds.push(Bind { source: c_path(path), target: c_path(target), kind });
    }
    for device in DEVICES {
        root.binds.push(Bind {
            source: c_string(device),
            target: c_string(&device[1..]),
            kind: BindKind::Device,
        });
    }
    folders.sort();
    folders.dedup();
    root.folders = folders.iter().map(|folder| c_string(folder)).collect();
    root
}

/// Every folder from the root to `path`, outermost first.
fn way_to(path: &Path) -> Vec<String> {
    let mut way: Vec<String> = path
        .ancestors()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| folder.display().to_string())
        .collect();
    way.reverse();
    way
}

/// A folder to mount the new root over. Any will do that holds none of the bound paths.
fn base(visible: &[PathBuf]) -> &'static str {
    ["/mnt", "/media", "/srv", "/opt", "/tmp"]
        .into_iter()
        .find(|base| Path::new(base).is_dir() && !visible.iter().any(|path| path.starts_with(base)))
        .unwrap_or("/proc")
}

fn scratch_options(limits: &Limits, identity: Identity) -> CString {
    // One inode per 4 KiB of space, so that empty files are limited as well.
    let inodes = (limits.scratch / 4096).max(16);
    let owner = match identity {
        Identity::Nobody { id } => format!(",uid={id},gid={id}"),
        _ => String::new(),
    };
    c_string(&format!("size={},nr_inodes={inodes},mode=700{owner}", limits.scratch))
}

fn rlimits(limits: &Limits, identity: Identity) -> Vec<(libc::__rlimit_resource_t, u64)> {
    let address_space = limits.address_space.unwrap_or(2 * limits.memory + (2 << 30));
    // The supervisor ends a program at its limit; the kernel does if the supervisor cannot.
    let cpu = limits.cpu.as_secs() + 2;
    let mut rlimits = vec![
        // Zero would not stop a core dump that is piped to a handler; one does both.
        (libc::RLIMIT_CORE, 1),
        (libc::RLIMIT_CPU, cpu),
        (libc::RLIMIT_AS, address_space),
        (libc::RLIMIT_FSIZE, limits.file_size),
        (libc::RLIMIT_NOFILE, limits.open_files),
        (libc::RLIMIT_MEMLOCK, 0),
        (libc::RLIMIT_MSGQUEUE, 0),
        (libc::RLIMIT_SIGPENDING, 128),
    ];
    // The limit counts all processes of a user, so it means something only for a user apart.
    if identity != Identity::Ourselves {
        rlimits.push((libc::RLIMIT_NPROC, u64::from(limits.processes.max(Limits::THREADS))));
    }
    rlimits
}

fn exec(job: &Job, folder: &str) -> Exec {
    let mut environment = vec![
        "PATH=/usr/local/bin:/usr/bin:/bin".to_owned(),
        format!("HOME={folder}"),
        format!("TMPDIR={folder}"),
        "LANG=C.UTF-8".to_owned(),
        "LC_ALL=C.UTF-8".to_owned(),
        "TZ=UTC".to_owned(),
        // A library that starts a thread per core would only slow down its neighbours.
        "OMP_NUM_THREADS=1".to_owned(),
        "OPENBLAS_NUM_THREADS=1".to_owned(),
        "MKL_NUM_THREADS=1".to_owned(),
    ];
    let Some(python) = &job.python else {
        return Exec::new(&job.program[0], &job.program, environment);
    };
    // Set and dict order is defined by the seed of the hash, so the seed is defined.
    environment.push("PYTHONHASHSEED=0".to_owned());
    let executable = python.executable.display().to_string();
    let mut arguments = vec![executable.clone(), "-s".to_owned(), "-B".to_owned()];
    if job.bare {
        arguments.push("-S".to_owned());
        environment.push(format!("PYTHONPATH={}", python.search_path()));
    }
    arguments.extend(job.program.iter().cloned());
    Exec::new(&executable, &arguments, environment)
}

fn c_string(text: &str) -> CString {
    // A NUL cannot be part of a path or a variable; what follows it is dropped.
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).expect("there is no NUL before the first NUL")
}

fn c_path(path: &Path) -> CString {
    c_string(&path.display().to_string())
}

impl Landlock {
    /// The rules as [`super::landlock::restrict`] wants them.
    pub(super) fn rules(&self) -> impl Iterator<Item = (&CStr, Grant)> {
        self.rules.iter().map(|(path, grant)| (path.as_c_str(), *grant))
    }
}
