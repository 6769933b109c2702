//! The system call filter: a list of what a program may ask of the kernel, compiled to classic BPF.
//!
//! Everything that is not on the list is answered `EPERM`, as if the program lacked a privilege,
//! so that a library which merely probes goes on. Calls that no honest program makes end it at
//! once and are reported as [`crate::Ending::Violation`]. Two more answers are deliberate:
//!
//! - `clone3` says `ENOSYS`. A filter cannot look into its argument structure, so it could not
//!   tell a thread from a fork; glibc then falls back to `clone`, whose flags are in a register.
//! - `execve` is allowed only with the three pointer values that the supervisor itself uses to
//!   start the program. They are addresses in the supervisor, which the program cannot learn, so
//!   the call works exactly once.
//!
//! What it does not do: look at paths (landlock does) or count anything (rlimits do).

use libc::{SYS_clone, SYS_clone3, SYS_execve, c_long, sock_filter};

/// How many processes a program may consist of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Company {
    /// One process with its threads; it may not fork or execute another program.
    Alone,
    /// A process tree, such as a compiler driver.
    Family,
}

/// A compiled filter whose comparisons with the program's own pid are filled in by the child.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub(super) code: Vec<sock_filter>,
    /// Instructions whose constant is the pid of the filtered process.
    pub(super) own_pid: Vec<usize>,
    /// Instructions whose constants are the halves of the pointers given to `execve`.
    exec_pointers: Vec<usize>,
}

/// What must hold for a call to be allowed.
enum When {
    Always,
    /// The low half of this argument is one of these values.
    OneOf(u32, &'static [u32]),
    /// The low half of this argument has one of these bits.
    AnyBit(u32, u32),
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

const ARGUMENTS: u32 = 16;
const AUDIT_ARCH_X86_64: u32 = 0xC000_003E;
const X32_BIT: u32 = 0x4000_0000;

impl Filter {
    /// The filter for a program of this company.
    pub(super) fn new(company: Company) -> Self {
        let mut filter = Self { code: Vec::new(), own_pid: Vec::new(), exec_pointers: Vec::new() };
        filter.refuse_other_architectures();
        filter.answer(SYS_clone3, errno(libc::ENOSYS));
        for &call in FORBIDDEN {
            filter.answer(call, libc::SECCOMP_RET_KILL_PROCESS);
        }
        for &call in ALLOWED {
            filter.allow(call, &When::Always);
        }
        for (call, when) in CONDITIONAL {
            filter.allow(*call, when);
        }
        match company {
            Company::Alone => filter.allow_threads_and_one_exec(),
            Company::Family => {
                FAMILY.iter().for_each(|&call| filter.allow(call, &When::Always));
            }
        }
        filter.push(RET, errno(libc::EPERM));
        filter
    }

    /// Allow `execve` with exactly these pointers.
    pub(super) fn set_exec_pointers(&mut self, pointers: [u64; 3]) {
        for (place, &index) in self.exec_pointers.iter().enumerate() {
            let pointer = pointers[place / 2];
            self.code[index].k =
                if place % 2 == 0 { pointer as u32 } else { (pointer >> 32) as u32 };
        }
    }

    fn refuse_other_architectures(&mut self) {
        self.push(LOAD, 4);
        self.jump(JEQ, AUDIT_ARCH_X86_64, 1, 0);
        self.push(RET, libc::SECCOMP_RET_KILL_PROCESS);
        self.push(LOAD, 0);
        self.jump(JGE, X32_BIT, 0, 1);
        self.push(RET, libc::SECCOMP_RET_KILL_PROCESS);
    }

    fn answer(&mut self, call: c_long, action: u32) {
        self.jump(JEQ, call as u32, 0, 1);
        self.push(RET, action);
    }

    fn allow(&mut self, call: c_long, when: &When) {
        let start = self.code.len();
        self.jump(JEQ, call as u32, 0, 0);
        match *when {
            When::Always => {}
            When::OneOf(argument, values) => {
                self.push(LOAD, ARGUMENTS + 8 * argument);
                for (index, &value) in values.iter().enumerate() {
                    self.jump(JEQ, value, (values.len() - index) as u8, 0);
                }
            }
            When::AnyBit(argument, bits) => {
                self.push(LOAD, ARGUMENTS + 8 * argument);
                self.jump(JSET, bits, 1, 0);
            }
            When::Null(argument) => {
                self.push(LOAD, ARGUMENTS + 8 * argument);
                self.jump(JEQ, 0, 0, 2);
                self.push(LOAD, ARGUMENTS + 8 * argument + 4);
                self.jump(JEQ, 0, 1, 0);
            }
            When::OwnSignal { pid, signal } => {
                self.push(LOAD, ARGUMENTS + 8 * pid);
                self.own_pid.push(self.code.len());
                self.jump(JEQ, u32::MAX, 0, 2);
                self.push(LOAD, ARGUMENTS + 8 * signal);
                self.jump(JEQ, libc::SIGKILL as u32, 0, 1);
            }
        }
        if !matches!(when, When::Always) {
            self.push(RET, errno(libc::EPERM));
        }
        self.push(RET, libc::SECCOMP_RET_ALLOW);
        self.skip_from(start);
    }

    fn allow_threads_and_one_exec(&mut self) {
        self.allow(SYS_clone, &When::AnyBit(0, libc::CLONE_THREAD as u32));
        let start = self.code.len();
        self.jump(JEQ, SYS_execve as u32, 0, 0);
        for half in 0..6 {
            self.push(LOAD, ARGUMENTS + 4 * half);
            self.exec_pointers.push(self.code.len());
            self.jump(JEQ, 0, 1, 0);
            self.push(RET, errno(libc::EPERM));
        }
        self.push(RET, libc::SECCOMP_RET_ALLOW);
        self.skip_from(start);
    }

    /// Make the comparison at `start` jump past all that was written since when it does not hold.
    fn skip_from(&mut self, start: usize) {
        let distance = self.code.len() - start - 1;
        self.code[start].jf = u8::try_from(distance).expect("one rule is shorter than a jump");
    }

    fn push(&mut self, code: u16, k: u32) {
        self.code.push(sock_filter { code, jt: 0, jf: 0, k });
    }

    fn jump(&mut self, code: u16, k: u32, jt: u8, jf: u8) {
        self.code.push(sock_filter { code, jt, jf, k });
    }
}

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const RET: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
const JEQ: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const JGE: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
const JSET: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;

const fn errno(number: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | number as u32
}

/// What an interpreter and its libraries need. The most frequent come first.
const ALLOWED: &[c_long] = &[
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
    libc::SYS_mmap,
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
const CONDITIONAL: &[(c_long, When)] = &[
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
const FAMILY: &[c_long] = &[
    libc::SYS_clone,
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_setpgid,
    libc::SYS_setsid,
    libc::SYS_chmod,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
];

/// Calls that no program under judgement has an honest use for.
const FORBIDDEN: &[c_long] = &[
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Run the filter on one call, as the kernel would.
    fn decide(filter: &Filter, arch: u32, call: u32, arguments: [u64; 6]) -> u32 {
        let word = |offset: u32| match offset {
            0 => call,
            4 => arch,
            _ => {
                let argument = arguments[((offset - ARGUMENTS) / 8) as usize];
                if (offset - ARGUMENTS).is_multiple_of(8) {
                    argument as u32
                } else {
                    (argument >> 32) as u32
                }
            }
        };
        let (mut accumulator, mut at) = (0, 0);
        loop {
            let step = filter.code[at];
            at += 1;
            let taken = match step.code {
                LOAD => {
                    accumulator = word(step.k);
                    continue;
                }
                RET => return step.k,
                JEQ => accumulator == step.k,
                JGE => accumulator >= step.k,
                JSET => accumulator & step.k != 0,
                other => panic!("no such instruction: {other:#x}"),
            };
            at += usize::from(if taken { step.jt } else { step.jf });
        }
    }

    fn alone(call: c_long, arguments: [u64; 6]) -> u32 {
        let mut filter = Filter::new(Company::Alone);
        filter.set_exec_pointers([0x7f00_1234_5678, 0x7f00_0000_1111, 0x7f00_0000_2222]);
        for &index in &filter.own_pid.clone() {
            filter.code[index].k = 1;
        }
        decide(&filter, AUDIT_ARCH_X86_64, call as u32, arguments)
    }

    const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
    const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;
    const DENY: u32 = errno(libc::EPERM);

    #[test]
    fn every_listed_call_gets_its_answer() {
        for &call in ALLOWED {
            assert_eq!(alone(call, [0; 6]), ALLOW, "{call}");
        }
        for &call in FORBIDDEN {
            assert_eq!(alone(call, [0; 6]), KILL, "{call}");
        }
        for call in [libc::SYS_socket, libc::SYS_fork, libc::SYS_vfork, libc::SYS_execveat, 9999] {
            assert_eq!(alone(call, [0; 6]), DENY, "{call}");
        }
    }

    #[test]
    fn threads_are_allowed_and_forks_are_not() {
        assert_eq!(alone(SYS_clone, [libc::CLONE_THREAD as u64 | 0xf00, 0, 0, 0, 0, 0]), ALLOW);
        assert_eq!(alone(SYS_clone, [17, 0, 0, 0, 0, 0]), DENY);
        assert_eq!(alone(SYS_clone3, [0; 6]), errno(libc::ENOSYS));
    }

    #[test]
    fn exec_needs_all_three_secret_pointers() {
        let right = [0x7f00_1234_5678, 0x7f00_0000_1111, 0x7f00_0000_2222, 0, 0, 0];
        assert_eq!(alone(SYS_execve, right), ALLOW);
        for place in 0..3 {
            for wrong in [0, right[place] ^ 1, right[place] ^ (1 << 40)] {
                let mut pointers = right;
                pointers[place] = wrong;
                assert_eq!(alone(SYS_execve, pointers), DENY);
            }
        }
    }

    #[test]
    fn arguments_decide_where_they_should() {
        assert_eq!(alone(libc::SYS_kill, [1, 6, 0, 0, 0, 0]), ALLOW);
        assert_eq!(alone(libc::SYS_kill, [1, 9, 0, 0, 0, 0]), DENY);
        assert_eq!(alone(libc::SYS_tgkill, [1, 1, 6, 0, 0, 0]), ALLOW);
        assert_eq!(alone(libc::SYS_tgkill, [1, 1, 9, 0, 0, 0]), DENY);
        assert_eq!(alone(libc::SYS_tgkill, [2, 2, 6, 0, 0, 0]), DENY);
        assert_eq!(alone(libc::SYS_kill, [-1i64 as u64, 9, 0, 0, 0, 0]), DENY);
        assert_eq!(alone(libc::SYS_ioctl, [0, 0x5401, 0, 0, 0, 0]), ALLOW);
        assert_eq!(alone(libc::SYS_ioctl, [0, libc::TIOCSTI, 0, 0, 0, 0]), DENY);
        assert_eq!(alone(libc::SYS_fcntl, [0, libc::F_SETOWN as u64, 0, 0, 0, 0]), DENY);
        assert_eq!(alone(libc::SYS_sendto, [0, 0, 0, 0, 0, 0]), ALLOW);
        assert_eq!(alone(libc::SYS_sendto, [0, 0, 0, 0, 1 << 40, 0]), DENY);
        assert_eq!(alone(libc::SYS_sendto, [0, 0, 0, 0, 0x1000, 0]), DENY);
    }

    #[test]
    fn other_architectures_are_killed() {
        let filter = Filter::new(Company::Alone);
        assert_eq!(decide(&filter, 0x4000_0003, 1, [0; 6]), KILL, "i386");
        assert_eq!(decide(&filter, AUDIT_ARCH_X86_64, X32_BIT | 1, [0; 6]), KILL, "x32");
    }

    #[test]
    fn a_family_may_fork_and_execute() {
        let filter = Filter::new(Company::Family);
        for call in FAMILY {
            assert_eq!(decide(&filter, AUDIT_ARCH_X86_64, *call as u32, [0; 6]), ALLOW);
        }
    }
}
