//! How a job becomes a plan: every decision about what a run may see and do is made here.

use std::ffi::CString;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::filter::{self, Company};
use super::landlock::Grant;
use super::plan::{Bind, BindKind, Exec, Identity, Landlock, Plan, Root};
use crate::{Job, Limits, Python, Tier};

/// The working folder inside a private root.
pub(super) const BOX: &str = "/box";

/// Folders of the system that programs read code from, where they exist.
const SYSTEM: [&str; 5] = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"];
/// Devices that programs may expect. Not `/dev/zero`, a mapping of which is memory that no measure
/// of the process finds.
const DEVICES: [&str; 2] = ["/dev/null", "/dev/urandom"];

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
        descriptors: &[OwnedFd],
    ) -> Self {
        let folder = scratch.map_or_else(|| BOX.to_owned(), |path| path.display().to_string());
        let mut plan = Self::set_up(ground, &job.limits, job.python.as_ref(), slot, &folder);
        plan.files =
            job.files.iter().map(|file| (c_string(&file.name), file.content.clone())).collect();
        plan.descriptors = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        let exec = exec(job, &folder);
        if plan.filter.is_some() {
            let (path, argv, envp) = exec.pointers();
            let pointers = [path as u64, argv as u64, envp as u64];
            plan.filter = Some(filter::compile(company(ground, &job.limits), pointers));
        }
        plan.exec = Some(exec);
        plan
    }

    /// The plan of a copy of a warm interpreter, which is in its server's root already.
    pub(super) fn of_copy(
        ground: Ground,
        job: &Job,
        slot: u32,
        scratch: Option<&Path>,
        descriptors: &[OwnedFd],
    ) -> Self {
        let mut plan = Self::new(ground, job, slot, scratch, descriptors);
        if let Identity::Mapped { .. } = plan.identity {
            plan.identity = Identity::Ourselves;
            plan.rlimits = rlimits(&job.limits, plan.identity);
        }
        (plan.root, plan.exec) = (None, None);
        plan
    }

    /// The plan of a fork server of `python`, in `scratch` where the root is not private.
    pub(super) fn of_server(
        ground: Ground,
        python: &Python,
        scratch: Option<&Path>,
        files: [(&str, &[u8]); 2],
        descriptors: &[OwnedFd],
    ) -> Self {
        let folder = scratch.map_or_else(|| BOX.to_owned(), |path| path.display().to_string());
        let mut plan = Self::set_up(ground, &Limits::default(), Some(python), 0, &folder);
        let us = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
        let mapped = (plan.root.is_some() && !ground.root).then_some(us);
        plan.identity = Identity::Server { mapped };
        plan.scratch_options = plan.root.as_ref().map(|_| c_string("size=16m,mode=755"));
        plan.files =
            files.iter().map(|(name, content)| (c_string(name), Arc::from(*content))).collect();
        (plan.rlimits, plan.landlock, plan.filter) = (Vec::new(), None, None);
        let socket = (descriptors.len() - 1).to_string();
        plan.descriptors = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        let mut job = Job::python(python, "");
        job.program = vec![files[0].0.to_owned(), socket];
        plan.exec = Some(exec(&job, &folder));
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
        let private = ground.tier >= Tier::T1;
        let visible = visible(python);
        let identity = identity(ground, slot, &visible);
        Self {
            identity,
            root: private.then(|| root(&visible)),
            scratch_options: private.then(|| scratch_options(limits, identity)),
            scratch: c_string(folder),
            files: Vec::new(),
            rlimits: rlimits(limits, identity),
            landlock: confined
                .then(|| Landlock { abi: ground.landlock_abi, rules: rules(&visible, folder) }),
            filter: confined.then(|| filter::compile(company(ground, limits), [0; 3])),
            descriptors: Vec::new(),
            exec: None,
            failure: None,
        }
    }
}

fn company(ground: Ground, limits: &Limits) -> Company {
    // Only a pid namespace takes a whole family with it when the run is over.
    let family = limits.processes > 1 && ground.tier >= Tier::T1;
    if family { Company::Family } else { Company::Alone }
}

/// The user that `job` will run as, where that is not ourselves.
pub(super) fn owner(ground: Ground, job: &Job, slot: u32) -> Option<u32> {
    match identity(ground, slot, &visible(job.python.as_ref())) {
        Identity::Nobody { id } => Some(id),
        _ => None,
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

fn root(visible: &[PathBuf]) -> Root {
    let mut root = Root {
        base: c_string(base(visible)),
        folders: Vec::new(),
        links: tmp_link(visible),
        binds: Vec::new(),
    };
    let mut folders = vec![BOX[1..].to_owned(), "dev".to_owned()];
    for path in visible {
        let target = path.strip_prefix("/").unwrap_or(path);
        // The system's own links stay links; a link to an interpreter may lead anywhere.
        if let Ok(link) = path.read_link()
            && SYSTEM.iter().any(|system| path == Path::new(system))
        {
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

/// `/tmp` leads to the working folder, unless something that is bound lives there.
fn tmp_link(visible: &[PathBuf]) -> Vec<(CString, CString)> {
    let taken = visible.iter().any(|path| path.starts_with("/tmp"));
    if taken { Vec::new() } else { vec![(c_string("box"), c_string("tmp"))] }
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

fn rlimits(limits: &Limits, identity: Identity) -> Vec<(u32, u64)> {
    let address_space = limits.address_space.unwrap_or(2 * limits.memory + (2 << 30));
    // The supervisor ends a program at its limit; the kernel does if the supervisor cannot. The
    // kernel counts in ticks for this, which on a crowded virtual machine run ahead of the exact
    // time by an eighth and more, so its limit is far off.
    let cpu = 2 * limits.cpu.as_secs() + 5;
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
        rlimits.push((libc::RLIMIT_NPROC, limits.tasks()));
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
        return new_exec(&job.program[0], &job.program, &environment);
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
    new_exec(&executable, &arguments, &environment)
}

fn new_exec(path: &str, arguments: &[String], environment: &[String]) -> Exec {
    let strings = |texts: &[String]| texts.iter().map(|text| c_string(text)).collect();
    Exec::new(c_string(path), strings(arguments), strings(environment))
}

fn c_string(text: &str) -> CString {
    // A NUL cannot be part of a path or a variable; what follows it is dropped.
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).expect("there is no NUL before the first NUL")
}

fn c_path(path: &Path) -> CString {
    c_string(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_below_tmp_has_a_folder_there_and_not_a_link() {
        let usual = root(&[PathBuf::from("/usr")]);
        assert_eq!(usual.links, [(c_string("box"), c_string("tmp"))]);
        let below_tmp = root(&[PathBuf::from("/tmp/project/.venv")]);
        assert!(below_tmp.links.is_empty());
        assert!(below_tmp.folders.contains(&c_string("tmp")));
    }
}
