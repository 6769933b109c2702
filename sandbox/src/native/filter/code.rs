//! Filters as classic BPF: what a call is answered, in as few steps as may be.

use std::collections::BTreeMap;

use libc::sock_filter;

use super::super::calls::When;
use super::super::plan::Filter;

/// What each call is answered that is not refused.
pub(super) type Answers = BTreeMap<u32, Answer>;

pub(super) const ARGUMENTS: u32 = 16;
pub(super) const AUDIT_ARCH_X86_64: u32 = 0xC000_003E;
pub(super) const X32_BIT: u32 = 0x4000_0000;

pub(super) const ALLOW: Answer = Answer::Flat(libc::SECCOMP_RET_ALLOW);
pub(super) const REFUSED: Answer = Answer::Flat(errno(libc::EPERM));

/// What a call is answered.
#[derive(Clone)]
pub(super) enum Answer {
    /// The same, whatever its arguments are.
    Flat(u32),
    /// What this piece of a filter finds.
    Examined(Filter),
}

impl Answer {
    /// Allowed when its arguments are so.
    pub(super) fn of(when: &When) -> Self {
        let mut code = Vec::new();
        let mut own_pid = Vec::new();
        match *when {
            When::Always => return ALLOW,
            When::OneOf(argument, values) => {
                code.push(statement(LOAD, ARGUMENTS + 8 * argument));
                for (index, &value) in values.iter().enumerate() {
                    code.push(jump(JEQ, value, (values.len() - index) as u8, 0));
                }
            }
            When::AnyBit(argument, bits) => {
                code.push(statement(LOAD, ARGUMENTS + 8 * argument));
                code.push(jump(JSET, bits, 1, 0));
            }
            When::NoBit(argument, bits) => {
                code.push(statement(LOAD, ARGUMENTS + 8 * argument));
                code.push(jump(JSET, bits, 0, 1));
            }
            When::NotAllBits(argument, bits) => {
                code.push(statement(LOAD, ARGUMENTS + 8 * argument));
                code.push(statement(AND, bits));
                code.push(jump(JEQ, bits, 0, 1));
            }
            When::Null(argument) => {
                code.push(statement(LOAD, ARGUMENTS + 8 * argument));
                code.push(jump(JEQ, 0, 0, 2));
                code.push(statement(LOAD, ARGUMENTS + 8 * argument + 4));
                code.push(jump(JEQ, 0, 1, 0));
            }
            When::OwnSignal { pid, signal } => {
                code.push(statement(LOAD, ARGUMENTS + 8 * pid));
                own_pid.push(code.len() as u32);
                code.push(jump(JEQ, u32::MAX, 0, 2));
                code.push(statement(LOAD, ARGUMENTS + 8 * signal));
                code.push(jump(JEQ, libc::SIGKILL as u32, 0, 1));
            }
        }
        code.push(statement(RET, errno(libc::EPERM)));
        code.push(statement(RET, libc::SECCOMP_RET_ALLOW));
        Self::Examined(Filter { code, own_pid })
    }

    /// Allowed with exactly these pointers.
    pub(super) fn one_exec(pointers: [u64; 3]) -> Self {
        let mut code = Vec::new();
        for half in 0..6 {
            let pointer = pointers[half / 2];
            let expected = if half % 2 == 0 { pointer as u32 } else { (pointer >> 32) as u32 };
            code.push(statement(LOAD, ARGUMENTS + 4 * half as u32));
            code.push(jump(JEQ, expected, 1, 0));
            code.push(statement(RET, errno(libc::EPERM)));
        }
        code.push(statement(RET, libc::SECCOMP_RET_ALLOW));
        Self::Examined(Filter { code, own_pid: Vec::new() })
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        let steps = |filter: &Filter| -> Vec<_> {
            filter.code.iter().map(|step| (step.code, step.jt, step.jf, step.k)).collect()
        };
        match (self, other) {
            (Self::Flat(one), Self::Flat(other)) => one == other,
            (Self::Examined(one), Self::Examined(other)) => steps(one) == steps(other),
            _ => false,
        }
    }

    pub(super) fn is_of_one_process(&self) -> bool {
        matches!(self, Self::Examined(piece) if !piece.own_pid.is_empty())
    }

    fn piece(&self) -> Filter {
        match self {
            Self::Flat(value) => Filter { code: vec![statement(RET, *value)], own_pid: Vec::new() },
            Self::Examined(piece) => piece.clone(),
        }
    }
}

/// A filter that stands alone.
///
/// The kernel walks the filter once for every system call there is when a filter is installed, and
/// once at every call after that, so the numbers are found by bisection and not one by one.
pub(super) fn whole(answers: Answers) -> Filter {
    let mut filter = Filter::default();
    refuse_other_architectures(&mut filter.code);
    append(&mut filter, bisect(&segments(answers, &REFUSED)));
    filter
}

/// A filter beside one that stands alone: what is not among `answers` is left to that one.
pub(super) fn addition(answers: Answers) -> Filter {
    let mut filter = Filter::default();
    filter.code.push(statement(LOAD, 0));
    append(&mut filter, bisect(&segments(answers, &ALLOW)));
    filter
}

fn refuse_other_architectures(code: &mut Vec<sock_filter>) {
    code.push(statement(LOAD, 4));
    code.push(jump(JEQ, AUDIT_ARCH_X86_64, 1, 0));
    code.push(statement(RET, libc::SECCOMP_RET_KILL_PROCESS));
    code.push(statement(LOAD, 0));
    code.push(jump(JGE, X32_BIT, 0, 1));
    code.push(statement(RET, libc::SECCOMP_RET_KILL_PROCESS));
}

/// All numbers from 0 on, cut where the answer changes: each segment's first number and answer. What is not
/// among `answers` is answered as `others` are.
fn segments(answers: Answers, others: &Answer) -> Vec<(u32, Answer)> {
    let mut segments = vec![(0, others.clone())];
    for (call, answer) in answers {
        let last = segments.last().expect("there is one from the start");
        if last.0 == call {
            segments.pop();
        }
        let is_flat = matches!(answer, Answer::Flat(_));
        if !segments.last().is_some_and(|(_, last)| is_flat && last.is(&answer)) {
            segments.push((call, answer));
        }
        segments.push((call + 1, others.clone()));
    }
    segments
}

/// Code that finds the segment of the number in the accumulator, and answers as it says.
fn bisect(segments: &[(u32, Answer)]) -> Filter {
    let [(_, answer)] = segments else {
        let (lower, upper) = segments.split_at(segments.len() / 2);
        let (below, above) = (bisect(lower), bisect(upper));
        let mut filter = Filter::default();
        match u8::try_from(below.code.len()) {
            Ok(distance) => filter.code.push(jump(JGE, upper[0].0, distance, 0)),
            Err(_) => {
                filter.code.push(jump(JGE, upper[0].0, 0, 1));
                filter.code.push(statement(JUMP, below.code.len() as u32));
            }
        }
        append(&mut filter, below);
        append(&mut filter, above);
        return filter;
    };
    answer.piece()
}

/// Jumps are relative, so a piece of a filter works wherever it stands.
fn append(filter: &mut Filter, piece: Filter) {
    let start = filter.code.len() as u32;
    filter.own_pid.extend(piece.own_pid.iter().map(|index| start + index));
    filter.code.extend(piece.code);
}

fn statement(code: u16, k: u32) -> sock_filter {
    sock_filter { code, jt: 0, jf: 0, k }
}

fn jump(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

pub(super) const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
pub(super) const RET: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
pub(super) const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
pub(super) const JUMP: u16 = (libc::BPF_JMP | libc::BPF_JA) as u16;
pub(super) const JEQ: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
pub(super) const JGE: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
pub(super) const JSET: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;

pub(super) const fn errno(number: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | number as u32
}
