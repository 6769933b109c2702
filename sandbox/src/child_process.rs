//! Child processes that run our own code: that they hear of a request to stop once, and do
//! not outlive who started them.
//!
//! Programs of others are the business of the backends.

use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Makes what `command` starts die with the thread that starts it, and keeps Ctrl-C in a terminal from it,
/// which reaches a whole process group.
pub fn bind_to_us(command: &mut Command) {
    command.process_group(0);
    // SAFETY: between fork and exec this makes one system call, and allocates nothing.
    unsafe { command.pre_exec(|| Ok(set_pdeathsig(Signal::SIGKILL)?)) };
}

/// Asks the process `pid`, which must be a child that was not waited for, to end as soon as it may.
pub fn ask_to_end(pid: u32) {
    send(pid, Signal::SIGTERM);
}

/// Ends the process `pid`, which must be a child that was not waited for.
pub fn end(pid: u32) {
    send(pid, Signal::SIGKILL);
}

fn send(pid: u32, signal: Signal) {
    // One that has just ended needs no telling.
    let _ = kill(Pid::from_raw(pid.cast_signed()), signal);
}
