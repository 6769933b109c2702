//! How a job becomes a plan: every decision about what a run may see and do is made here.

mod view;

use std::ffi::CString;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub(super) use self::view::{BOX, visible};
use self::view::{root, rules, visible_to};
use super::filter::{self, Company};
use super::landlock::Grant;
use super::plan::{Exec, Filter, Identity, Landlock, Place, Plan, Task};
use super::slots::Slots;
use crate::{Isolation, Job, JobFile, Limits, Python, Script, Tier};

/// What the machine allows and the sandbox decided, the same for every run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground {
    pub(super) tier: Tier,
    pub(super) landlock_abi: u32,
    /// Whether we are root and may therefore become somebody else.
    pub(super) root: bool,
    /// What runs share.
    pub(super) isolation: Isolation,
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
        let folder = folder(scratch);
        let mut plan = Self::set_up(ground, &job.limits, &visible_to(job), slot, &folder);
        if let (Some(root), Some(executable)) = (&mut plan.root, &job.executable) {
            root.folders.extend(["proc", "proc/self"].map(c_string));
            root.links.push((c_string(executable), c_string("proc/self/exe")));
        }
        plan.task.files = c_files(&job.files);
        plan.task.descriptors = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        let exec = exec(job, &folder, &[]);
        if plan.place.filter.is_some() {
            let (path, argv, envp) = exec.pointers();
            let pointers = [path as u64, argv as u64, envp as u64];
            plan.place.filter = Some(filter::compile(company(ground, &job.limits), pointers));
        }
        plan.exec = Some(exec);
        plan
    }

    /// The plan of a fork server of `python`, in `scratch` where the root is not private.
    pub(super) fn of_server(
        ground: Ground,
        python: &Python,
        scratch: Option<&Path>,
        program: &[&str],
        library: &str,
        files: &[JobFile],
        descriptors: &[OwnedFd],
    ) -> Self {
        let folder = folder(scratch);
        let visible = visible(&python.folders);
        let mut plan = Self::set_up(ground, &Limits::default(), &visible, 0, &folder);
        let us = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
        let mapped = (plan.root.is_some() && !ground.root).then_some(us);
        plan.place.identity = Identity::Server { mapped };
        plan.place.scratch_options = plan.root.as_ref().map(|_| c_string("size=16m,mode=755"));
        plan.place.landlock = None;
        plan.place.filter = (ground.tier >= Tier::T0).then(filter::compile_shared);
        plan.task = Task {
            files: c_files(files),
            script: 0,
            rlimits: Vec::new(),
            descriptors: descriptors.iter().map(AsRawFd::as_raw_fd).collect(),
            kept: None,
        };
        let mut job = Job::python(python, "");
        job.program = program.iter().map(|&word| word.to_owned()).collect();
        // The library gives the interpreter its memory, and everything is linked before the copies
        // are made and not in each of them.
        let library = format!("LD_PRELOAD={folder}/{library}");
        // The heap is as large as the next huge page, so that all of it can be gathered.
        let heap = "GLIBC_TUNABLES=glibc.malloc.top_pad=2097152".to_owned();
        plan.exec = Some(exec(&job, &folder, &[library, heap, "LD_BIND_NOW=1".to_owned()]));
        plan
    }

    /// The same without a program, to see whether the machine allows it.
    pub(super) fn set_up(
        ground: Ground,
        limits: &Limits,
        visible: &[PathBuf],
        slot: u32,
        folder: &str,
    ) -> Self {
        let identity = Identity::choose(ground, slot, visible);
        Self {
            doors: Vec::new(),
            has_joined: false,
            root: (ground.tier >= Tier::T1).then(|| root(visible)),
            place: Place {
                filter: (ground.tier >= Tier::T0)
                    .then(|| filter::compile(company(ground, limits), [0; 3])),
                ..place(ground, identity, limits.scratch, rules(visible), folder)
            },
            task: Task {
                files: Vec::new(),
                script: 0,
                rlimits: rlimits(limits, identity),
                descriptors: Vec::new(),
                kept: None,
            },
            exec: None,
            failure: None,
        }
    }
}

/// What the children of a fork server have in common, decided once.
#[derive(Debug)]
pub(super) struct Common {
    ground: Ground,
    scripts: Arc<[Script]>,
    identity: Identity,
    rules: Vec<(CString, Grant)>,
    alone: Option<Filter>,
    family: Option<Filter>,
}

impl Common {
    /// For children of a server of `python` that knows `scripts`.
    pub(super) fn new(ground: Ground, python: &Python, scripts: Arc<[Script]>) -> Self {
        let filter = |company| (ground.tier >= Tier::T0).then(|| filter::compile_rest(company));
        let (alone, family) = (filter(Company::Alone), filter(Company::Family));
        let visible = visible(&python.folders);
        // A child is in its server's user namespace already.
        let identity = match Identity::choose(ground, Slots::FIRST, &visible) {
            Identity::Mapped { .. } => Identity::Ourselves,
            identity => identity,
        };
        Self { ground, scripts, identity, rules: rules(&visible), alone, family }
    }

    /// The namespaces that a child gets. It lives in its server's root, and shares its network,
    /// which is none.
    pub(super) fn namespaces(&self) -> i32 {
        let usual =
            libc::CLONE_NEWPID | libc::CLONE_NEWNS | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
        match (self.ground.tier, self.ground.isolation) {
            (Tier::None | Tier::W | Tier::T0, _) => 0,
            (Tier::T1 | Tier::T2, Isolation::Strict) => usual,
            (Tier::T1 | Tier::T2, Isolation::Paranoid) => {
                usual | libc::CLONE_NEWNET | libc::CLONE_NEWCGROUP
            }
        }
    }

    /// Where a child settles as slot user `slot` with `size` bytes of a working folder, for jobs of this
    /// `company`.
    pub(super) fn place(
        &self,
        slot: u32,
        size: u64,
        company: Company,
        scratch: Option<&Path>,
    ) -> Place {
        let (identity, rules) = (self.identity.of(slot), self.rules.clone());
        let filter = match company {
            Company::Alone => &self.alone,
            Company::Family => &self.family,
        };
        Place {
            filter: filter.clone(),
            ..place(self.ground, identity, size, rules, &folder(scratch))
        }
    }

    /// What a child is to do for `job`.
    pub(super) fn task(&self, job: &Job, slot: u32) -> Task {
        let known = |script| self.scripts.iter().position(|known| *known == script);
        Task {
            files: c_files(&job.files),
            script: job.script.and_then(known).map_or(0, |number| number as u32 + 1),
            rlimits: rlimits(&job.limits, self.identity.of(slot)),
            descriptors: Vec::new(),
            kept: None,
        }
    }

    /// The user that the working folder of a child belongs to, where that is not ourselves.
    pub(super) fn owner(&self, slot: u32) -> Option<u32> {
        self.identity.of(slot).owner()
    }
}

fn folder(scratch: Option<&Path>) -> String {
    scratch.map_or_else(|| BOX.to_owned(), |path| path.display().to_string())
}

fn c_files(files: &[JobFile]) -> Vec<(CString, Arc<[u8]>)> {
    files.iter().map(|file| (c_string(&file.name), file.content.clone())).collect()
}

fn place(
    ground: Ground,
    identity: Identity,
    size: u64,
    mut rules: Vec<(CString, Grant)>,
    folder: &str,
) -> Place {
    rules.push((c_string(folder), Grant::Scratch));
    let (confined, private) = (ground.tier >= Tier::T0, ground.tier >= Tier::T1);
    Place {
        identity,
        scratch_options: private.then(|| scratch_options(size, identity)),
        scratch: c_string(folder),
        landlock: confined.then_some(Landlock { abi: ground.landlock_abi, rules }),
        filter: None,
        is_hurried: false,
    }
}

/// Whom a job may start beside itself.
pub(super) fn company(ground: Ground, limits: &Limits) -> Company {
    // Only a pid namespace takes a whole family with it when the run is over.
    let family = limits.processes > 1 && ground.tier >= Tier::T1;
    if family { Company::Family } else { Company::Alone }
}

/// The user that the working folder of `job` belongs to, where that is not ourselves.
pub(super) fn owner(ground: Ground, job: &Job, slot: u32) -> Option<u32> {
    Identity::choose(ground, slot, &visible_to(job)).owner()
}

fn scratch_options(size: u64, identity: Identity) -> CString {
    // One inode per 4 KiB of space, so that empty files are limited as well.
    let inodes = (size / 4096).max(16);
    let owner = match identity {
        Identity::Nobody { id } => format!(",uid={id},gid={id}"),
        _ => String::new(),
    };
    c_string(&format!("size={size},nr_inodes={inodes},mode=700{owner}"))
}

/// In seconds, when the kernel ends a program that may use so much processor time.
///
/// The supervisor ends a program at its limit; the kernel does if the supervisor cannot. The kernel counts
/// in ticks for this, which on a crowded virtual machine run ahead of the exact time by an eighth and
/// more, so its limit is far off.
pub(super) fn kernels_cpu_limit(cpu: Duration) -> u64 {
    2 * cpu.as_secs() + 5
}

fn rlimits(limits: &Limits, identity: Identity) -> Vec<(u32, u64)> {
    let address_space = limits.address_space.unwrap_or(2 * limits.memory + (2 << 30));
    let mut rlimits = vec![
        // Zero would not stop a core dump that is piped to a handler; one does both.
        (libc::RLIMIT_CORE, 1),
        (libc::RLIMIT_CPU, kernels_cpu_limit(limits.cpu)),
        (libc::RLIMIT_AS, address_space),
        (libc::RLIMIT_FSIZE, limits.file_size),
        (libc::RLIMIT_NOFILE, limits.open_files),
        (libc::RLIMIT_MEMLOCK, 0),
        (libc::RLIMIT_MSGQUEUE, 0),
        (libc::RLIMIT_SIGPENDING, 128),
    ];
    if let Some(others) = identity.other_tasks() {
        rlimits.push((libc::RLIMIT_NPROC, others + limits.tasks()));
    }
    rlimits
}

fn exec(job: &Job, folder: &str, more: &[String]) -> Exec {
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
    environment.extend(more.iter().cloned());
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
