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
//! A child of a fork server is under two filters, because the kernel takes its time to prepare a long one:
//! its server's, which allows besides what a child does before its program starts, and a short one of its
//! own, which forbids just that. The stricter answer counts, so together they are the list.
//!
//! What it does not do: look at paths (landlock does) or count anything (rlimits do).

mod code;

use std::collections::BTreeSet;

use libc::{SYS_clone, SYS_clone3, SYS_execve, c_long};

use self::code::{ALLOW, Answer, Answers, REFUSED, errno};
use super::calls::{ALLOWED, CONDITIONAL, FAMILY, FORBIDDEN, SET_UP, When};
use super::plan::Filter;

/// How many processes a program may consist of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Company {
    /// One process with its threads; it may not fork or execute another program.
    Alone,
    /// A process tree, such as a compiler driver.
    Family,
}

/// Compile the filter for a program of this company, which is started by `execve` with exactly
/// these pointers.
pub(super) fn compile(company: Company, exec: [u64; 3]) -> Filter {
    let mut answers = answers(company);
    if company == Company::Alone {
        answers.insert(SYS_execve as u32, Answer::one_exec(exec));
    }
    code::whole(answers)
}

/// Compile the filter of a fork server, under which its children do what they do before their programs
/// start.
pub(super) fn compile_shared() -> Filter {
    code::whole(shared_answers())
}

/// Compile what a child adds to the filter of its server before a program of this company starts.
pub(super) fn compile_rest(company: Company) -> Filter {
    let (shared, wanted) = (shared_answers(), answers(company));
    let calls: BTreeSet<u32> = shared.keys().chain(wanted.keys()).copied().collect();
    let answer = |answers: &Answers, call| answers.get(&call).cloned().unwrap_or(REFUSED);
    let differing = calls.into_iter().filter_map(|call| {
        let wanted = answer(&wanted, call);
        (!wanted.is(&answer(&shared, call))).then_some((call, wanted))
    });
    code::addition(differing.collect())
}

fn answers(company: Company) -> Answers {
    let mut answers = Answers::from([(SYS_clone3 as u32, Answer::Flat(errno(libc::ENOSYS)))]);
    answers.extend(FORBIDDEN.iter().map(|&call| {
        let kill = Answer::Flat(libc::SECCOMP_RET_KILL_PROCESS);
        (call as u32, kill)
    }));
    answers.extend(ALLOWED.iter().map(|&call| (call as u32, ALLOW)));
    let mut allow = |call: c_long, when: &When| answers.insert(call as u32, Answer::of(when));
    for (call, when) in CONDITIONAL {
        allow(*call, when);
    }
    match company {
        Company::Family => FAMILY.iter().for_each(|(call, when)| drop(allow(*call, when))),
        Company::Alone => {
            allow(SYS_clone, &When::AnyBit(0, libc::CLONE_THREAD as u32));
        }
    }
    answers
}

fn shared_answers() -> Answers {
    let mut answers = answers(Company::Family);
    // Its own pid is not that of its children.
    answers.values_mut().filter(|answer| answer.is_of_one_process()).for_each(|it| *it = ALLOW);
    answers.extend(SET_UP.iter().map(|&call| (call as u32, ALLOW)));
    answers
}

#[cfg(test)]
mod tests {
    use super::code::{
        AND, ARGUMENTS, AUDIT_ARCH_X86_64, JEQ, JGE, JSET, JUMP, LOAD, RET, X32_BIT,
    };
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
                AND => {
                    accumulator &= step.k;
                    continue;
                }
                RET => return step.k,
                JUMP => {
                    at += step.k as usize;
                    continue;
                }
                JEQ => accumulator == step.k,
                JGE => accumulator >= step.k,
                JSET => accumulator & step.k != 0,
                other => panic!("no such instruction: {other:#x}"),
            };
            at += usize::from(if taken { step.jt } else { step.jf });
        }
    }

    fn alone(call: c_long, arguments: [u64; 6]) -> u32 {
        let exec = [0x7f00_1234_5678, 0x7f00_0000_1111, 0x7f00_0000_2222];
        let mut filter = compile(Company::Alone, exec);
        for &index in &filter.own_pid {
            filter.code[index as usize].k = 1;
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
    fn every_unlisted_call_is_refused_and_found_quickly() {
        let listed = |call| {
            ALLOWED.contains(&call)
                || FORBIDDEN.contains(&call)
                || CONDITIONAL.iter().any(|(listed, _)| *listed == call)
                || [SYS_clone, SYS_clone3, SYS_execve].contains(&call)
        };
        for call in (0..600).filter(|&call| !listed(call)) {
            assert_eq!(alone(call, [0; 6]), DENY, "{call}");
        }
        let filter = compile(Company::Alone, [1; 3]);
        assert!(filter.code.len() < 500, "{}", filter.code.len());
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
        let (shared, anonymous) = (libc::MAP_SHARED as u64, libc::MAP_ANONYMOUS as u64);
        assert_eq!(alone(libc::SYS_mmap, [0, 4096, 3, shared | anonymous, 0, 0]), DENY);
        assert_eq!(alone(libc::SYS_mmap, [0, 4096, 3, shared, 3, 0]), ALLOW);
        assert_eq!(alone(libc::SYS_mmap, [0, 4096, 3, 2 | anonymous, 0, 0]), ALLOW);
        assert_eq!(alone(libc::SYS_ioctl, [0, 0x5401, 0, 0, 0, 0]), ALLOW);
        assert_eq!(alone(libc::SYS_ioctl, [0, libc::TIOCSTI, 0, 0, 0, 0]), DENY);
        assert_eq!(alone(libc::SYS_fcntl, [0, libc::F_SETOWN as u64, 0, 0, 0, 0]), DENY);
        assert_eq!(alone(libc::SYS_sendto, [0, 0, 0, 0, 0, 0]), ALLOW);
        assert_eq!(alone(libc::SYS_sendto, [0, 0, 0, 0, 1 << 40, 0]), DENY);
        assert_eq!(alone(libc::SYS_sendto, [0, 0, 0, 0, 0x1000, 0]), DENY);
    }

    /// The one of two answers that the kernel follows.
    fn stricter(one: u32, other: u32) -> u32 {
        // Actions are signed numbers, the strictest the least; data is not part of them.
        let action = |answer: u32| (answer & libc::SECCOMP_RET_ACTION_FULL).cast_signed();
        if action(other) < action(one) { other } else { one }
    }

    #[test]
    fn a_server_and_its_child_together_answer_as_the_whole_filter_does() {
        let arguments = || {
            let words = [0, 1, 2, 5, 6, 9, 15, 17, 0x22, 0x5401, 0x10_0000, 1 << 16 | 17, 1 << 40];
            (0..5).flat_map(move |place| {
                words.map(|word| {
                    let mut arguments = [1; 6];
                    arguments[place] = word;
                    arguments
                })
            })
        };
        for company in [Company::Alone, Company::Family] {
            let [mut whole, mut shared, mut rest] =
                [code::whole(answers(company)), compile_shared(), compile_rest(company)];
            assert!(shared.own_pid.is_empty());
            for filter in [&mut whole, &mut shared, &mut rest] {
                for &index in &filter.own_pid {
                    filter.code[index as usize].k = 1;
                }
            }
            for call in 0..600 {
                for arguments in arguments() {
                    let decide = |filter| decide(filter, AUDIT_ARCH_X86_64, call, arguments);
                    let together = stricter(decide(&shared), decide(&rest));
                    assert_eq!(together, decide(&whole), "{company:?} {call} {arguments:?}");
                }
            }
            assert!(rest.code.len() < 130, "{}", rest.code.len());
        }
    }

    #[test]
    fn a_child_can_be_made_and_settle_under_the_filter_of_its_server() {
        let filter = compile_shared();
        for &call in SET_UP {
            assert_eq!(decide(&filter, AUDIT_ARCH_X86_64, call as u32, [0; 6]), ALLOW, "{call}");
        }
        let unlisted = [libc::SYS_ptrace, libc::SYS_unshare, libc::SYS_bpf, libc::SYS_setns];
        for call in unlisted {
            assert_eq!(decide(&filter, AUDIT_ARCH_X86_64, call as u32, [0; 6]), KILL, "{call}");
        }
    }

    #[test]
    fn other_architectures_are_killed() {
        let filter = compile(Company::Alone, [1; 3]);
        assert_eq!(decide(&filter, 0x4000_0003, 1, [0; 6]), KILL, "i386");
        assert_eq!(decide(&filter, AUDIT_ARCH_X86_64, X32_BIT | 1, [0; 6]), KILL, "x32");
    }

    #[test]
    fn a_family_may_fork_and_execute() {
        let filter = compile(Company::Family, [1; 3]);
        for (call, _) in FAMILY {
            assert_eq!(decide(&filter, AUDIT_ARCH_X86_64, *call as u32, [0; 6]), ALLOW);
        }
        let user = [libc::CLONE_NEWUSER as u64 | 17, 0, 0, 0, 0, 0];
        assert_eq!(decide(&filter, AUDIT_ARCH_X86_64, SYS_clone as u32, user), DENY);
    }
}
