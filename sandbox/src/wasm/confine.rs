//! The walls around a worker, which stand even if a program breaks out of its guest.
//!
//! A worker has everything it needs before the first program: its code is mapped, its library open,
//! its threads running. From then on it may compute, read and write what is open, and wait. It has
//! no access to any path, cannot make a socket or a process, and cannot make memory executable.
//! Layers that a kernel lacks are left out: the first wall, the guest itself, needs none of them.

use std::io;

use libc::{c_long, sock_filter, sock_fprog};
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};

use crate::native::landlock;

/// Confine this thread, and the threads that it starts.
pub(super) fn files() -> io::Result<()> {
    prctl::set_no_new_privs()?;
    prctl::set_dumpable(false)?;
    // Not the size of files: standard error may be one.
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    match landlock::abi() {
        0 => Ok(()),
        abi => landlock::restrict(abi, std::iter::empty()),
    }
}

/// Confine every thread of this process to the calls of [`ALLOWED`].
pub(super) fn calls() -> io::Result<()> {
    let filter = filter();
    let program = sock_fprog {
        len: u16::try_from(filter.len()).expect("the filter is short"),
        filter: filter.as_ptr().cast_mut(),
    };
    // SAFETY: `program` and the filter it points to outlive the call, which only reads them.
    let result = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_TSYNC,
            &raw const program,
        )
    };
    match result {
        0 => Ok(()),
        1.. => Err(io::Error::other("a thread of the worker could not be confined")),
        _ => match io::Error::last_os_error() {
            // The kernel was built without filters.
            error if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS)) => Ok(()),
            error => Err(error),
        },
    }
}

/// The calls that a worker makes while it works.
const ALLOWED: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getrandom,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_pread64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_sendto,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
];

/// `PAGEMAP_SCAN` of `linux/fs.h`: which pages were touched.
const PAGEMAP_SCAN: u32 = 0xC060_6610;

const ARCHITECTURE: u32 = 4;
const NUMBER: u32 = 0;
const SECOND_ARGUMENT: u32 = 16 + 8;
const THIRD_ARGUMENT: u32 = 16 + 16;
const AUDIT_ARCH_X86_64: u32 = 0xC000_003E;
const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const ANY_BIT: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
const DENY: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;

/// The list as a filter. Numbers of the x32 interface are on no list and are therefore denied.
fn filter() -> Vec<sock_filter> {
    let mut code = vec![
        step(LOAD, ARCHITECTURE, 0, 0),
        step(EQUAL, AUDIT_ARCH_X86_64, 1, 0),
        step(RETURN, libc::SECCOMP_RET_KILL_PROCESS, 0, 0),
        step(LOAD, NUMBER, 0, 0),
    ];
    for &call in ALLOWED {
        code.extend([step(EQUAL, call as u32, 0, 1), step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0)]);
    }
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        code.extend([
            step(EQUAL, call as u32, 0, 4),
            step(LOAD, THIRD_ARGUMENT, 0, 0),
            step(ANY_BIT, libc::PROT_EXEC as u32, 0, 1),
            step(RETURN, DENY, 0, 0),
            step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0),
        ]);
    }
    code.extend([
        step(EQUAL, libc::SYS_ioctl as u32, 0, 3),
        step(LOAD, SECOND_ARGUMENT, 0, 0),
        step(EQUAL, PAGEMAP_SCAN, 0, 1),
        step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0),
        step(RETURN, DENY, 0, 0),
    ]);
    code
}

fn step(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: code as u16, jt, jf, k }
}
