//! The most a job may use.

use std::time::Duration;

/// The most a job may use.
///
/// Time has two limits because they mean different things: processor time decides that a program
/// is too slow, and does not depend on what else the machine does; wall-clock time only decides
/// that a program is idle, and is generous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Processor time of the whole process tree. Default 10 s.
    pub cpu: Duration,
    /// Wall-clock time. Default 30 s.
    pub wall: Duration,
    /// Resident memory of the whole process tree, in bytes. In tier `t2` what the tree keeps in files in
    /// memory, as its scratch folder is, counts as well. Default 1 GiB.
    pub memory: u64,
    /// Address space of one process, in bytes (`RLIMIT_AS`); `None` leaves it at twice `memory`
    /// plus 2 GiB, so that a large reservation which is never touched does no harm.
    pub address_space: Option<u64>,
    /// Processes and threads. `processes == 1` also forbids forking; threads are then still
    /// allowed, up to [`Limits::THREADS`]. Without a pid namespace forking is always forbidden,
    /// because nothing else makes sure that every descendant dies with the run. Default 1.
    pub processes: u32,
    /// Bytes kept of standard output, and of standard error; more ends the program when
    /// it is standard output, and is dropped when it is standard error. Default 16 MiB.
    pub output: u64,
    /// Size of any one file, in bytes. Default 16 MiB.
    pub file_size: u64,
    /// All that the program may write into its scratch folder, in bytes. Default 64 MiB.
    pub scratch: u64,
    /// Open file descriptors. Default 64.
    pub open_files: u64,
}

impl Limits {
    /// Threads that one process may have when it may not fork: what numpy and friends start.
    pub const THREADS: u32 = 64;

    /// Processes and threads that there may be at a time.
    pub(crate) fn tasks(&self) -> u64 {
        u64::from(if self.processes > 1 { self.processes } else { Self::THREADS })
    }
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            cpu: Duration::from_secs(10),
            wall: Duration::from_secs(30),
            memory: 1024 * MIB,
            address_space: None,
            processes: 1,
            output: 16 * MIB,
            file_size: 16 * MIB,
            scratch: 64 * MIB,
            open_files: 64,
        }
    }
}
