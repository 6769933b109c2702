//! What makes a Python interpreter a fork server.
//!
//! # Theory of operation
//!
//! The interpreter imports what programs commonly import and then calls `ra3_serve`, which does
//! not return there. It waits for orders on a socket. For each it makes a child, a copy of the warm
//! interpreter, and sends the supervisor the child's pid, a pidfd and one end of a socket whose
//! other end the child has.
//!
//! ```text
//!   server                child                          supervisor
//!   ------                -----                          ----------
//!   ra3_serve  <---------------------- place ----------  order a child
//!   clone  ------------>  inside::settle
//!       ------------ pid, pidfd, socket -------------->  keep it ready
//!                         the script rehearses
//!                         ra3_begin  <--- task, fds ---  hand it a job
//!                         inside::take_up
//!                            ----------- a word ------>  (read when all is over)
//!                         the program
//! ```
//!
//! - The interpreter that serves **never runs a program**; there is nothing in it to poison.
//! - A child waits for **one task and runs it**; nobody's code has run in it before.
//! - It has **one thread**, so a copy of it is whole. CPython before 3.12 needs no preparation
//!   for that; later versions do, and their own hooks are called.
//! - The **supervisor is the parent** of every child (`CLONE_PARENT`): it alone waits for it.
//! - An order comes with the **doors of control groups**, where there are any: files that a child, which
//!   does not see them, joins its groups by before anything else.
//! - The child's last word says that its program starts, or which step failed. Its socket is closed
//!   before the program starts.
//! - [`arenas`] gives the interpreter huge pages, which are copied at a fraction of the price.
//! - [`nursery`] gives a child memory of its own, so that it copies few of the pages that it shares.

mod arenas;
mod images;
#[path = "../../src/native/inside.rs"]
#[allow(dead_code, reason = "a child of a fork server needs only the last two parts")]
mod inside;
#[path = "../../src/native/landlock.rs"]
#[allow(dead_code, reason = "the version of the interface is the supervisor's business")]
mod landlock;
mod message;
mod nursery;
mod pad;
#[path = "../../src/native/plan.rs"]
#[allow(dead_code, reason = "a child of a fork server executes nothing")]
mod plan;
#[path = "../../src/native/wire.rs"]
#[allow(dead_code, reason = "this side writes what the other reads")]
mod wire;

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use plan::{Failure, Place};
use wire::{Beginning, Birth, Word};

/// The descriptor of a child's socket, above those that its program gets.
const OWN_SOCKET: c_int = 9;

#[global_allocator]
static PAD: pad::Pad = pad::Pad::new();

/// In a child: what its place says.
static IS_HURRIED: AtomicBool = AtomicBool::new(false);

/// In a child: whether it is in its control groups.
static HAS_JOINED: AtomicBool = AtomicBool::new(false);

/// CPython's functions around a fork, or nothing where they are not needed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Hooks {
    before: Option<extern "C" fn()>,
    in_parent: Option<extern "C" fn()>,
    in_child: Option<extern "C" fn()>,
}

/// Serve orders from `socket`. Returns 0 in a child, which has settled in its place, and 1 in the
/// server when the supervisor has gone.
///
/// # Safety
///
/// The calling thread must be the only one of its process and hold the interpreter's lock, and
/// `hooks` must point to a [`Hooks`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ra3_serve(socket: c_int, hooks: *const Hooks) -> c_int {
    // SAFETY: the caller's promise.
    let hooks = unsafe { *hooks };
    loop {
        let Some(order) = message::receive(socket) else { return 1 };
        let Some((namespaces, mut place)) = wire::decode_place(&order.bytes) else { return 1 };
        let made = message::pair().map_or(Made::Failed(libc::EMFILE), |ends| {
            let made = make_child(namespaces, hooks);
            if let Made::Child = made {
                // Before anything is taken, so that all of it counts there.
                HAS_JOINED.store(inside::join(&order.descriptors).is_ok(), Ordering::Relaxed);
                nursery::open();
                become_ready(ends[1], &mut place);
                return made;
            }
            message::close(ends[1]);
            if let Made::Parent { pid, pidfd } = made {
                message::send(socket, &Birth { pid, errno: 0 }.encode(), &[pidfd, ends[0]]);
                message::close(pidfd);
            }
            message::close(ends[0]);
            made
        });
        if !matches!(made, Made::Child) {
            order.descriptors.into_iter().for_each(message::close);
        }
        match made {
            Made::Child => return 0,
            Made::Parent { .. } => {}
            Made::Failed(errno) => message::send(socket, &Birth { pid: 0, errno }.encode(), &[]),
        }
    }
}

/// In a child: whether its task is there, or others have better use for the processor than what a child
/// can do before.
#[unsafe(no_mangle)]
pub extern "C" fn ra3_is_awaited() -> c_int {
    c_int::from(IS_HURRIED.load(Ordering::Relaxed) || message::is_waiting(OWN_SOCKET))
}

/// In a child: wait for the task and take it up. Returns the number of the script to run, or 0 for the program
/// in the working folder.
///
/// # Safety
///
/// `ra3_serve` has returned 0 in this process, and this has not been called before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ra3_begin() -> c_int {
    let Some(mut message) = message::receive(OWN_SOCKET) else { exit() };
    let Some(mut task) = message.plan().and_then(|bytes| wire::decode_task(&bytes)) else { exit() };
    task.descriptors = message.descriptors;
    task.kept = Some(OWN_SOCKET);
    if let Err(failure) = inside::take_up(&task) {
        give_up(failure);
    }
    let has_joined = HAS_JOINED.load(Ordering::Relaxed);
    let beginning = Beginning { spent: processor_time(), has_joined };
    message::write(OWN_SOCKET, &Word::Started(beginning).encode());
    message::close(OWN_SOCKET);
    task.script as c_int
}

enum Made {
    Child,
    Parent { pid: i32, pidfd: c_int },
    Failed(i32),
}

fn make_child(namespaces: c_int, hooks: Hooks) -> Made {
    let flags = libc::CLONE_PARENT | libc::CLONE_PIDFD | namespaces;
    let mut pidfd: c_int = -1;
    call(hooks.before);
    // SAFETY: without a stack and without CLONE_VM this is a fork: the child gets a copy of this
    // thread, which is the only one. With CLONE_PIDFD the third argument receives a descriptor.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, &raw mut pidfd, 0, 0) };
    if pid == 0 {
        call(hooks.in_child);
        return Made::Child;
    }
    let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    call(hooks.in_parent);
    match i32::try_from(pid) {
        Ok(pid) if pid > 0 => Made::Parent { pid, pidfd },
        _ => Made::Failed(errno),
    }
}

fn call(hook: Option<extern "C" fn()>) {
    if let Some(hook) = hook {
        hook();
    }
}

/// In a child: keep nothing open but its own socket, and settle.
fn become_ready(socket: c_int, place: &mut Place) {
    IS_HURRIED.store(place.is_hurried, Ordering::Relaxed);
    message::move_to(socket, OWN_SOCKET);
    let closed = inside::close_all(3, OWN_SOCKET as usize - 1)
        .and_then(|()| inside::close_all(OWN_SOCKET as usize + 1, u32::MAX as usize));
    if closed.is_err() {
        exit();
    }
    if let Err(failure) = inside::settle(place) {
        give_up(failure);
    }
    // A process that has changed its user is hidden from that user, as whom the supervisor looks at
    // what it has open. One that executes a program is not.
    // SAFETY: the option takes a number and touches only this process.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0) };
    // What it still has to do, any program may do.
    if let Err(failure) = inside::filter(&mut place.filter) {
        give_up(failure);
    }
}

/// Say which step failed, and end.
fn give_up(failure: Failure) -> ! {
    let Failure { step, errno } = failure;
    message::write(OWN_SOCKET, &Word::Failed { step: step.into(), errno }.encode());
    exit()
}

/// End a child whose set-up failed.
fn exit() -> ! {
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(inside::SET_UP_FAILED) }
}

fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}
