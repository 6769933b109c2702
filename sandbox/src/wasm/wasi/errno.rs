//! How a call of the guest's is refused.

use crate::Ending;

/// The error numbers of `wasi_snapshot_preview1` that this host answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(in crate::wasm) enum Errno {
    /// The folder or file belongs to the interpreter and is not to be changed.
    Access = 2,
    BadDescriptor = 8,
    Exists = 20,
    /// A pointer leads out of the guest's memory.
    Fault = 21,
    FileTooBig = 22,
    Invalid = 28,
    Io = 29,
    IsFolder = 31,
    Loop = 32,
    TooManyOpen = 33,
    NameTooLong = 37,
    NoEntry = 44,
    NoSpace = 51,
    NotFolder = 54,
    NotEmpty = 55,
    NotSupported = 58,
    NotPermitted = 63,
    /// The descriptor is a stream, which has no position.
    NotSeekable = 70,
}

/// Why a call does not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wasm) enum Refusal {
    /// The guest is told this number.
    Errno(Errno),
    /// The guest is told nothing any more.
    End(Ending),
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}
