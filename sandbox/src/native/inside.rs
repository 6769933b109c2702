//! The child, from its first instruction to `execve`.
//!
//! This code runs in a process that shares its memory with the supervisor (`CLONE_VM`), while the
//! thread that made it waits (`CLONE_VFORK`). Sharing spares the kernel from copying page tables
//! of a supervisor that may hold gigabytes. The price is a rule: **nothing here allocates, locks,
//! panics or calls a libc function that touches more than `errno`**. In particular the credentials
//! are changed by bare system calls, because glibc's wrappers would change them in the
//! supervisor's other threads too.
//!
//! A child of a fork server comes here too, for [`settle`] and [`take_up`]: it has a copy of its parent's
//! memory and could allocate, but the steps are the same and so is the code.
//!
//! What it does not do: decide anything. The [`Plan`] says it all.
//!
//! This file is compiled twice: into the supervisor and into the fork server's library.

use std::ffi::{CStr, c_void};
use std::ptr;

use super::landlock;
use super::plan::{BindKind, Exec, Failure, Filter, Identity, Place, Plan, Root, Task};

/// Exit code of a child whose set-up failed; the plan says why.
pub(crate) const SET_UP_FAILED: i32 = 127;

/// What a failed system call left behind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Errno(i32);

pub(crate) type Done = Result<(), Errno>;

/// The entry point of the child: carry out the [`Plan`] at `plan`.
pub(crate) extern "C" fn begin(plan: *mut c_void) -> i32 {
    // SAFETY: the supervisor passes a pointer to a `Plan` that it neither moves nor reads until
    // this process has executed something else or is gone.
    let plan = unsafe { &mut *plan.cast::<Plan>() };
    plan.failure = Some(carry_out(plan));
    // SAFETY: ends this process without running anything that belongs to the supervisor.
    unsafe { libc::_exit(SET_UP_FAILED) }
}

macro_rules! step {
    ($name:literal, $done:expr) => {
        if let Err(Errno(errno)) = $done {
            return Err(Failure { step: $name, errno });
        }
    };
}

/// Runs every step. Returns only if one failed, or if there was nothing to execute.
fn carry_out(plan: &mut Plan) -> Failure {
    reset_signals();
    // Without groups the run goes on, and is not said to have had any.
    plan.has_joined = join(&plan.doors).is_ok();
    let done = detach(plan)
        .and_then(|()| settle(&plan.place))
        .and_then(|()| take_up(&plan.task))
        .and_then(|()| filter(&mut plan.place.filter));
    match (done, &plan.exec) {
        (Err(failure), _) => failure,
        (Ok(()), Some(exec)) => Failure { step: "executing the program", errno: execute(exec) },
        (Ok(()), None) => Failure { step: "nothing to execute", errno: 0 },
    }
}

/// The first half: away from the supervisor's user and file system.
fn detach(plan: &Plan) -> Result<(), Failure> {
    call(libc::SYS_umask, [0o022, 0, 0, 0]);
    // Where this fails the machine merely picks its victims less well.
    let _ = write_to(c"/proc/self/oom_score_adj", b"1000");
    match plan.place.identity {
        Identity::Mapped { uid, gid } => step!("mapping the user", map_user(b"1000 ", uid, gid)),
        // Only user 0 keeps its privileges when it executes a program.
        Identity::Server { mapped: Some((uid, gid)) } => {
            step!("mapping the user", map_user(b"0    ", uid, gid));
        }
        _ => {}
    }
    if let Some(root) = &plan.root {
        step!("making mounts private", make_private());
        step!("building the root", build(root));
        step!("entering the root", enter_root());
    }
    Ok(())
}

/// Then: into the working folder, and out of every privilege.
pub(crate) fn settle(place: &Place) -> Result<(), Failure> {
    if let Some(options) = &place.scratch_options {
        step!("mounting the working folder", mount_scratch(&place.scratch, options));
    }
    step!("entering the working folder", change_folder(&place.scratch));
    step!("giving up privileges", give_up_privileges(place.identity));
    // Changing the user undoes this, so it comes after.
    step!("tying its life to the supervisor's", die_with_parent());
    step!("setting no_new_privs", no_new_privileges());
    if let Some(rules) = &place.landlock {
        step!("applying landlock", restrict(rules));
    }
    Ok(())
}

/// Last: a session of its own, what the program needs, and the limits it gets.
///
pub(crate) fn take_up(task: &Task) -> Result<(), Failure> {
    // Children that wait are in their server's session, by which they are found when it dies.
    step!("leaving the supervisor's session", check(call(libc::SYS_setsid, [0; 4])));
    for (name, content) in &task.files {
        step!("writing a file of the job", write_file(name, content));
    }
    step!("arranging file descriptors", arrange(&task.descriptors, task.kept));
    for &(resource, most) in &task.rlimits {
        step!("setting a resource limit", limit(resource, most));
    }
    Ok(())
}

/// Forbid the system calls that `filter` does, where there is one: most of what comes before, but nothing that
/// [`take_up`] needs.
pub(crate) fn filter(filter: &mut Option<Filter>) -> Result<(), Failure> {
    let Some(filter) = filter else { return Ok(()) };
    let own_pid = call(libc::SYS_getpid, [0; 4]) as u32;
    for &index in &filter.own_pid {
        filter.code[index as usize].k = own_pid;
    }
    step!("applying seccomp", apply_filter(&filter.code));
    Ok(())
}

/// Join the control groups with these doors.
pub(crate) fn join(doors: &[i32]) -> Done {
    doors.iter().try_for_each(|&door| write_all(door, b"0"))
}

/// Default handlers and an empty mask, so that the program inherits nothing of ours.
///
/// The handlers of this process are its own copy; the supervisor's stay.
fn reset_signals() {
    for signal in 1..=64 {
        // SAFETY: setting the default disposition is async-signal-safe. It fails for SIGKILL,
        // SIGSTOP and glibc's own two, which cannot have handlers of ours.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // SAFETY: an all-zero set is the empty set, and the mask of this process is its own.
    unsafe {
        let empty: libc::sigset_t = std::mem::zeroed();
        libc::sigprocmask(libc::SIG_SETMASK, &raw const empty, ptr::null_mut());
    }
}

/// Map our user to the number `inner`, which needs no privilege when it is the only one mapped.
fn map_user(inner: &[u8; 5], uid: u32, gid: u32) -> Done {
    write_to(c"/proc/self/setgroups", b"deny")?;
    let mut line = [0; 32];
    write_to(c"/proc/self/uid_map", mapping(&mut line, inner, uid))?;
    write_to(c"/proc/self/gid_map", mapping(&mut line, inner, gid))
}

/// Render `<inner> <id> 1` into `line`.
fn mapping<'a>(line: &'a mut [u8; 32], inner: &[u8; 5], id: u32) -> &'a [u8] {
    line[..5].copy_from_slice(inner);
    let mut divisor = 1_000_000_000;
    let mut end = 5;
    while divisor > 0 {
        let digit = (id / divisor % 10) as u8;
        if end > 5 || digit > 0 || divisor == 1 {
            line[end] = b'0' + digit;
            end += 1;
        }
        divisor /= 10;
    }
    line[end..end + 2].copy_from_slice(b" 1");
    &line[..end + 2]
}

fn make_private() -> Done {
    mount(None, c"/", None, libc::MS_REC | libc::MS_PRIVATE, None)
}

fn build(root: &Root) -> Done {
    let plain = libc::MS_NOSUID | libc::MS_NODEV;
    mount(Some(c"tmpfs"), &root.base, Some(c"tmpfs"), plain, Some(c"size=1m,mode=755"))?;
    change_folder(&root.base)?;
    for folder in &root.folders {
        // SAFETY: `folder` is a C string.
        check(unsafe { libc::mkdir(folder.as_ptr(), 0o755) }.into())?;
    }
    for (target, link) in &root.links {
        // SAFETY: both are C strings.
        check(unsafe { libc::symlink(target.as_ptr(), link.as_ptr()) }.into())?;
    }
    for bind in &root.binds {
        if bind.kind != BindKind::Folder {
            make_file(&bind.target)?;
        }
        mount(Some(&bind.source), &bind.target, None, libc::MS_BIND | libc::MS_REC, None)?;
        if bind.kind != BindKind::Device {
            make_read_only(&bind.target, libc::AT_RECURSIVE)?;
        }
    }
    make_read_only(c".", 0)
}

fn mount_scratch(folder: &CStr, options: &CStr) -> Done {
    let plain = libc::MS_NOSUID | libc::MS_NODEV;
    mount(Some(c"tmpfs"), folder, Some(c"tmpfs"), plain, Some(options))
}

/// Forbid writing, set-user-id programs and devices in the mount at `path`.
fn make_read_only(path: &CStr, recursive: i32) -> Done {
    let attributes = libc::mount_attr {
        attr_set: libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    // SAFETY: `path` is a C string, and `attributes` is as large as is said.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            recursive,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    })
}

/// Make the current folder the root and let go of the old one.
fn enter_root() -> Done {
    let dot = c".".as_ptr() as usize;
    check(call(libc::SYS_pivot_root, [dot, dot, 0, 0]))?;
    // SAFETY: `.` is a C string; the old root is mounted over the new one and is detached.
    check(unsafe { libc::umount2(c".".as_ptr(), libc::MNT_DETACH) }.into())?;
    let name = b"sandbox";
    check(call(libc::SYS_sethostname, [name.as_ptr() as usize, name.len(), 0, 0]))
}

fn change_folder(path: &CStr) -> Done {
    // SAFETY: `path` is a C string; the working folder of this process is its own.
    check(unsafe { libc::chdir(path.as_ptr()) }.into())
}

fn give_up_privileges(identity: Identity) -> Done {
    if let Identity::Server { .. } = identity {
        return Ok(());
    }
    if let Identity::Nobody { id } = identity {
        let id = id as usize;
        check(call(libc::SYS_setgroups, [0, 0, 0, 0]))?;
        check(call(libc::SYS_setresgid, [id, id, id, 0]))?;
        check(call(libc::SYS_setresuid, [id, id, id, 0]))?;
    }
    /// `struct __user_cap_header_struct`.
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    const VERSION_3: u32 = 0x2008_0522;
    let header = Header { version: VERSION_3, pid: 0 };
    // Two `__user_cap_data_struct`: effective, permitted and inheritable, all empty.
    let none = [0u32; 6];
    let (header, none) = (&raw const header as usize, none.as_ptr() as usize);
    check(call(libc::SYS_capset, [header, none, 0, 0]))
}

fn die_with_parent() -> Done {
    prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as usize)
}

fn no_new_privileges() -> Done {
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1)
}

fn prctl(option: i32, value: usize) -> Done {
    // All five arguments are given, because the kernel refuses `no_new_privs` with rubbish in them.
    // SAFETY: the options used here take a number and touch only this process.
    check(unsafe { libc::syscall(libc::SYS_prctl, option, value, 0usize, 0usize, 0usize) })
}

fn write_file(name: &CStr, content: &[u8]) -> Done {
    let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC | libc::O_CLOEXEC;
    // SAFETY: `name` is a C string.
    let fd = unsafe { libc::open(name.as_ptr(), flags, 0o600) };
    check(fd.into())?;
    let written = write_all(fd, content);
    // SAFETY: closes the descriptor opened above.
    unsafe { libc::close(fd) };
    written
}

fn make_file(name: &CStr) -> Done {
    write_file(name, b"")
}

fn write_to(path: &CStr, content: &[u8]) -> Done {
    // SAFETY: `path` is a C string.
    let fd = unsafe { libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) };
    check(fd.into())?;
    let written = write_all(fd, content);
    // SAFETY: closes the descriptor opened above.
    unsafe { libc::close(fd) };
    written
}

fn write_all(fd: i32, mut content: &[u8]) -> Done {
    while !content.is_empty() {
        // SAFETY: the pointer and the length are of one slice.
        let count = unsafe { libc::write(fd, content.as_ptr().cast(), content.len()) };
        check(count as i64)?;
        content = content.get(count as usize..).unwrap_or_default();
    }
    Ok(())
}

/// Make `descriptors` 0, 1, 2, ... and close everything else but `kept`, which is above them.
fn arrange(descriptors: &[i32], kept: Option<i32>) -> Done {
    /// Above any number that is about to be overwritten.
    const OUT_OF_THE_WAY: usize = 10;
    let mut moved = [-1; 4];
    // Each number is free by the time it is needed if they ascend, as they mostly do.
    let ascending =
        descriptors.first() > Some(&0) && descriptors.is_sorted_by(|one, next| one < next);
    for (place, &fd) in moved.iter_mut().zip(descriptors) {
        *place = fd;
        if !ascending {
            let duplicate = [fd as usize, libc::F_DUPFD_CLOEXEC as usize, OUT_OF_THE_WAY, 0];
            let fd = call(libc::SYS_fcntl, duplicate);
            check(fd)?;
            *place = fd as i32;
        }
    }
    for (target, &fd) in moved.iter().take(descriptors.len()).enumerate() {
        // SAFETY: both numbers are descriptors of this process alone.
        check(unsafe { libc::dup2(fd, target as i32) }.into())?;
    }
    let Some(kept) = kept else { return close_all(descriptors.len(), u32::MAX as usize) };
    close_all(descriptors.len(), kept as usize - 1)?;
    close_all(kept as usize + 1, u32::MAX as usize)
}

/// Close the descriptors from `first` to `last`.
pub(crate) fn close_all(first: usize, last: usize) -> Done {
    if first > last { Ok(()) } else { check(call(libc::SYS_close_range, [first, last, 0, 0])) }
}

fn limit(resource: u32, most: u64) -> Done {
    let set = |most| {
        let wanted = libc::rlimit { rlim_cur: most, rlim_max: most };
        // SAFETY: `wanted` outlives the call.
        check(unsafe { libc::setrlimit(resource, &raw const wanted) }.into())
    };
    if set(most).is_ok() {
        return Ok(());
    }
    // It may have been lower already, and cannot be raised.
    let mut current = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `current` outlives the call.
    check(unsafe { libc::getrlimit(resource, &raw mut current) }.into())?;
    set(most.min(current.rlim_max))
}

fn restrict(landlock: &super::plan::Landlock) -> Done {
    landlock::restrict(landlock.abi, landlock.rules())
        .map_err(|error| Errno(error.raw_os_error().unwrap_or(0)))
}

fn apply_filter(code: &[libc::sock_filter]) -> Done {
    let program = libc::sock_fprog { len: code.len() as u16, filter: code.as_ptr().cast_mut() };
    let address = &raw const program as usize;
    let mode = libc::SECCOMP_SET_MODE_FILTER as usize;
    check(call(libc::SYS_seccomp, [mode, 0, address, 0]))
}

/// Returns only if it failed.
fn execute(exec: &Exec) -> i32 {
    let (path, argv, envp) = exec.pointers();
    // SAFETY: a C string and two null-terminated arrays of C strings, all owned by the plan.
    unsafe { libc::execve(path, argv, envp) };
    last_errno()
}

fn mount(
    source: Option<&CStr>,
    target: &CStr,
    kind: Option<&CStr>,
    flags: libc::c_ulong,
    options: Option<&CStr>,
) -> Done {
    let pointer = |text: Option<&CStr>| text.map_or(ptr::null(), CStr::as_ptr);
    // SAFETY: all are C strings or null, as mount(2) allows.
    check(
        unsafe {
            libc::mount(
                pointer(source),
                target.as_ptr(),
                pointer(kind),
                flags,
                pointer(options).cast(),
            )
        }
        .into(),
    )
}

/// A system call that takes numbers and addresses.
fn call(number: libc::c_long, arguments: [usize; 4]) -> i64 {
    let [a, b, c, d] = arguments;
    // SAFETY: every caller in this file passes addresses of live memory of the right size, and no
    // call made this way changes memory that Rust believes to be unchanged.
    unsafe { libc::syscall(number, a, b, c, d) }
}

fn check(result: i64) -> Done {
    if result < 0 { Err(Errno(last_errno())) } else { Ok(()) }
}

fn last_errno() -> i32 {
    // SAFETY: errno of this thread, which shares it with the suspended thread of the supervisor.
    unsafe { *libc::__errno_location() }
}
