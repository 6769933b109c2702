//! What makes a Python interpreter a fork server: one function, `ra3_serve`.
//!
//! # Theory of operation
//!
//! The interpreter imports what programs commonly import and then calls `ra3_serve`, which does
//! not return there. It waits for requests on a socket. For each it makes a child, a copy of the
//! warm interpreter, and sends the supervisor the child's pid and a pidfd. In the child it carries
//! out the request's plan, the same steps that a freshly executed program goes through, and only
//! then returns, to an interpreter that runs the program.
//!
//! - The interpreter that serves **never runs a program**; there is nothing in it to poison.
//! - It has **one thread**, so a copy of it is whole. CPython before 3.12 needs no preparation
//!   for that; later versions do, and their own hooks are called.
//! - The **supervisor is the parent** of every child (`CLONE_PARENT`): it alone waits for it.
//! - The child reports a failed step on the last of its descriptors, which is closed before the
//!   program starts.

#[path = "../../src/native/inside.rs"]
#[allow(dead_code, reason = "a child of a fork server needs only the second half")]
mod inside;
#[path = "../../src/native/landlock.rs"]
#[allow(dead_code, reason = "the version of the interface is the supervisor's business")]
mod landlock;
#[path = "../../src/native/plan.rs"]
#[allow(dead_code, reason = "a child of a fork server executes nothing")]
mod plan;
mod request;
#[path = "../../src/native/wire.rs"]
#[allow(dead_code, reason = "this side writes what the other reads")]
mod wire;

use std::ffi::c_int;

use request::Request;
use wire::Reply;

/// CPython's functions around a fork, or nothing where they are not needed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Hooks {
    before: Option<extern "C" fn()>,
    in_parent: Option<extern "C" fn()>,
    in_child: Option<extern "C" fn()>,
}

/// Serve requests from `socket`. Returns 0 in a child that is to run its program, and 1 in the
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
        let Some(request) = Request::receive(socket) else { return 1 };
        match make_child(&request, hooks) {
            Made::Child => return become_program(request),
            Made::Parent { pid, pidfd } => {
                request.reply(socket, Reply { pid, errno: 0 }, Some(pidfd))
            }
            Made::Failed(errno) => request.reply(socket, Reply { pid: 0, errno }, None),
        }
    }
}

enum Made {
    Child,
    Parent { pid: i32, pidfd: c_int },
    Failed(i32),
}

fn make_child(request: &Request, hooks: Hooks) -> Made {
    let flags = libc::CLONE_PARENT | libc::CLONE_PIDFD | request.namespaces;
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

/// In the child: go through the plan. Returns 0 when the program may start.
fn become_program(request: Request) -> c_int {
    let Request { plan, descriptors, .. } = request;
    let Some(mut plan) = plan else { exit() };
    // The last descriptor is for telling what went wrong; its place follows from the others.
    let Some(confession) = descriptors.len().checked_sub(1) else { exit() };
    plan.descriptors = descriptors;
    let before = plan.descriptors[confession];
    if let Err(failure) = inside::confine(&mut plan) {
        let words = wire::encode_failure(failure.step, failure.errno);
        for fd in [confession as c_int, before] {
            // SAFETY: writes our own bytes to a descriptor that is open, or fails.
            unsafe { libc::write(fd, words.as_ptr().cast(), words.len()) };
        }
        exit();
    }
    // SAFETY: this descriptor is ours and nothing else uses it.
    unsafe { libc::close(confession as c_int) };
    0
}

/// End a child whose set-up failed.
fn exit() -> ! {
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(inside::SET_UP_FAILED) }
}
