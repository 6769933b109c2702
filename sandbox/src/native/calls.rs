//! Which system calls a program may make: the policy that [`super::filter`] compiles.
//!
//! The tables were made from what CPython, its standard library and numpy ask for, less what can
//! reach beyond the program: landlock decides on opening, making and removing files, but knows
//! nothing of modes, owners, times and attributes, so the calls that change those are left out.

use libc::c_long;

/// What must hold for a call to be allowed.
pub(super) enum When {
    Always,
    /// The low half of this argument is one of these values.
    OneOf(u32, &'static [u32]),
    /// The low half of this argument has one of these bits.
    AnyBit(u32, u32),
    /// The low half of this argument has none of these bits.
    NoBit(u32, u32),
    /// The low half of this argument lacks at least one of these bits.
    NotAllBits(u32, u32),
    /// This argument is a null pointer.
    Null(u32),
    /// The signal goes to the process itself and is not `SIGKILL`.
    ///
    /// A program may raise signals, but when one dies of `SIGKILL` it was somebody else's doing.
    OwnSignal {
        pid: u32,
        signal: u32,
    },
}

/// What an interpreter and its libraries need. The most frequent come first.
pub(super) const ALLOWED: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_newfstatat,
    libc::SYS_fstat,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_statx,
    libc::SYS_lseek,
    libc::SYS_munmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_msync,
    libc::SYS_mincore,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_getdents64,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_rt_sigsuspend,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_open,
    libc::SYS_creat,
    libc::SYS_access,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlink,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_mkdir,
    libc::SYS_mkdirat,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_unlinkat,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_truncate,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_sendfile,
    libc::SYS_copy_file_range,
    libc::SYS_umask,
    libc::SYS_dup,
    libc::SYS_dup2,
    libc::SYS_dup3,
    libc::SYS_pipe,
    libc::SYS_pipe2,
    libc::SYS_close_range,
    libc::SYS_poll,
    libc::SYS_ppoll,
    libc::SYS_select,
    libc::SYS_pselect6,
    libc::SYS_epoll_create,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_wait,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    // A child of a fork server takes its task by the first, from a socket that its program does not have, and
    // then leaves its server's session.
    libc::SYS_recvmsg,
    libc::SYS_setsid,
    libc::SYS_recvfrom,
    libc::SYS_shutdown,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_time,
    libc::SYS_times,
    libc::SYS_alarm,
    libc::SYS_getitimer,
    libc::SYS_setitimer,
    libc::SYS_pause,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_getcpu,
    libc::SYS_getpriority,
    libc::SYS_membarrier,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getpgrp,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getgroups,
    libc::SYS_getrlimit,
    libc::SYS_getrusage,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_arch_prctl,
    libc::SYS_set_tid_address,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_rseq,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Calls that are allowed for some of their arguments.
pub(super) const CONDITIONAL: &[(c_long, When)] = &[
    // Not shared memory without a file: its pages stay when a process gives up its view of them,
    // where no measure of the process finds them.
    (libc::SYS_mmap, When::NotAllBits(3, (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as u32)),
    // Questions about a descriptor and its blocking mode; no terminal injection, no devices.
    (libc::SYS_ioctl, When::OneOf(1, &[0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451])),
    // Duplicates, flags, locks and sizes; not the owner of SIGIO, leases, or larger pipes.
    (libc::SYS_fcntl, When::OneOf(1, &[0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032, 1034])),
    // The name of a thread.
    (libc::SYS_prctl, When::OneOf(0, &[15, 16])),
    // A pair of sockets joined to each other, which asyncio makes; `send` without an address.
    (libc::SYS_socketpair, When::OneOf(0, &[libc::AF_UNIX as u32])),
    (libc::SYS_sendto, When::Null(4)),
    // Signals to oneself, and one's own limits.
    (libc::SYS_kill, When::OwnSignal { pid: 0, signal: 1 }),
    (libc::SYS_tgkill, When::OwnSignal { pid: 0, signal: 2 }),
    (libc::SYS_prlimit64, When::OneOf(0, &[0])),
];

/// What a process tree needs on top.
pub(super) const FAMILY: &[(c_long, When)] = &[
    // A child, but not in a namespace of its own, where it would have privileges.
    (libc::SYS_clone, When::NoBit(0, NAMESPACES)),
    (libc::SYS_fork, When::Always),
    (libc::SYS_vfork, When::Always),
    (libc::SYS_execve, When::Always),
    (libc::SYS_execveat, When::Always),
    (libc::SYS_setpgid, When::Always),
    (libc::SYS_chmod, When::Always),
    (libc::SYS_fchmod, When::Always),
    (libc::SYS_fchmodat, When::Always),
];

/// What a fork server and its children do besides, before a program starts.
pub(super) const SET_UP: &[c_long] = &[
    // A server makes children, in namespaces of their own, and tells its supervisor.
    libc::SYS_clone,
    libc::SYS_sendmsg,
    // A child goes to its place, and out of every privilege.
    libc::SYS_prctl,
    libc::SYS_mount,
    libc::SYS_setgroups,
    libc::SYS_setresgid,
    libc::SYS_setresuid,
    libc::SYS_capset,
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_restrict_self,
    // Then it lets nobody do so again.
    libc::SYS_seccomp,
];

/// Every `CLONE_NEW...` there is; the last one, for time, reuses a bit of the exit signal.
const NAMESPACES: u32 = (libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWTIME) as u32;

/// Calls that no program under judgement has an honest use for.
pub(super) const FORBIDDEN: &[c_long] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_memfd_secret,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_uselib,
];
