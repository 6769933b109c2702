//! Ending a process in which libtorch computes.
//!
//! The usual end runs the destructors of libtorch's static objects. A thread that still computes then
//! works with what is gone, and panics or crashes after everything was said. Whoever leaves such a
//! thread behind ends the process here.

use std::ffi::c_int;

unsafe extern "C" {
    /// POSIX: end this process now, without destructors or handlers.
    safe fn _exit(status: c_int) -> !;
}

/// End the process at once with `code`, whatever its threads are doing. Buffers are not written.
pub fn exit_at_once(code: u8) -> ! {
    _exit(c_int::from(code))
}
