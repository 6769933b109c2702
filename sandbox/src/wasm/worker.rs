//! The process that runs guests: an order in, an outcome out, until there are no more orders.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::compiled::{Compiled, open_own};
use super::confine;
use super::engine::{Counting, THREAD_STACK};
use super::interpreter::WasmInterpreter;
use super::machine::Machine;
use super::message::{LONGEST_ORDER, Order};
use super::wasi::library::Library;
use crate::Limits;

/// What a worker process is started for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Make the compiled code of the interpreter in this folder.
    Prepare { folder: PathBuf, counting: Counting },
    /// Run programs with this library and this compiled code.
    Serve { library: PathBuf, compiled: PathBuf, counting: Counting },
}

impl Task {
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let word = |counting: &Counting| match counting {
            Counting::Time => "time".into(),
            Counting::Fuel => "fuel".into(),
        };
        match self {
            Self::Prepare { folder, counting } => {
                vec!["prepare".into(), word(counting), folder.into()]
            }
            Self::Serve { library, compiled, counting } => {
                vec!["serve".into(), word(counting), library.into(), compiled.into()]
            }
        }
    }

    fn parse(arguments: &[OsString]) -> Option<Self> {
        let counting = match arguments.get(1)?.to_str()? {
            "time" => Counting::Time,
            "fuel" => Counting::Fuel,
            _ => return None,
        };
        match (arguments[0].to_str()?, &arguments[2..]) {
            ("prepare", [folder]) => Some(Self::Prepare { folder: folder.into(), counting }),
            ("serve", [library, compiled]) => {
                Some(Self::Serve { library: library.into(), compiled: compiled.into(), counting })
            }
            _ => None,
        }
    }
}

/// Be a worker of the wasm backend. A program that starts workers by executing itself calls this
/// with the arguments that come after its own, see [`crate::WorkerProgram`].
///
/// Returns when the supervisor has gone away.
pub fn wasm_worker(arguments: impl IntoIterator<Item = OsString>) -> io::Result<()> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match Task::parse(&arguments) {
        Some(Task::Prepare { folder, counting }) => prepare(&folder, counting),
        Some(Task::Serve { library, compiled, counting }) => serve(&library, &compiled, counting),
        None => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a worker is started by the wasm backend, not by hand",
        )),
    }
}

fn prepare(folder: &Path, counting: Counting) -> io::Result<()> {
    let interpreter = WasmInterpreter::in_folder(folder).map_err(io::Error::other)?;
    let compiled = Compiled::of(&interpreter, counting)?;
    // The interpreter starts in here, on a stack like a guest's.
    on_large_stack(move || compiled.make(&interpreter, counting).map_err(describe))?
}

fn serve(library: &Path, compiled: &Path, counting: Counting) -> io::Result<()> {
    // SAFETY: the supervisor started this process with its socket as standard input, and nothing
    // else in this process uses that.
    let socket = UnixStream::from(unsafe { OwnedFd::from_raw_fd(libc::STDIN_FILENO) });
    let (compiled, library) = (open_own(compiled)?, Library::open(library)?);
    // SAFETY: `open_own` found that nobody but this user can have written the file.
    let machine = unsafe { Machine::load(compiled, library, counting) }.map_err(describe)?;
    confine::files()?;
    on_large_stack(move || {
        // What is made at the first run is made before the last wall stands.
        machine.run(&first_order()).map_err(describe)?;
        confine::calls()?;
        answer(&machine, socket)
    })?
}

fn on_large_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let thread =
        thread::Builder::new().name("guest".into()).stack_size(THREAD_STACK).spawn(work)?;
    thread.join().map_err(|_| io::Error::other("the worker panicked"))
}

fn first_order() -> Order {
    Order {
        limits: Limits::default(),
        report: 0,
        bare: false,
        stdin: Arc::from([]),
        files: vec![("main.py".into(), Arc::from(*b"print(1)"))],
    }
}

/// Say that all is ready, then answer orders.
fn answer(machine: &Machine, mut socket: UnixStream) -> io::Result<()> {
    socket.write_all(&READY)?;
    while let Some(order) = receive(&mut socket)? {
        socket.write_all(&machine.run(&order).map_err(describe)?.encode())?;
    }
    Ok(())
}

/// What a worker says when it is ready: an empty message.
pub(super) const READY: [u8; 8] = [0; 8];

/// The next order; `None` when the supervisor has gone away.
fn receive(socket: &mut UnixStream) -> io::Result<Option<Order>> {
    let mut length = [0; 8];
    match socket.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u64::from_le_bytes(length);
    if length > LONGEST_ORDER {
        return Err(io::Error::other("an order is too long"));
    }
    let mut bytes = Vec::new();
    socket.take(length).read_to_end(&mut bytes)?;
    Order::decode(&bytes).map(Some).ok_or_else(|| io::Error::other("an order cannot be read"))
}

/// A failure with its causes on one line, as all that a worker can hand on is text.
fn describe(error: wasmtime::Error) -> io::Error {
    io::Error::other(format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_read_as_it_was_written() {
        for counting in [Counting::Time, Counting::Fuel] {
            let prepare = Task::Prepare { folder: "/a b".into(), counting };
            let serve = Task::Serve { library: "/l".into(), compiled: "/c".into(), counting };
            for task in [prepare, serve] {
                assert_eq!(Task::parse(&task.arguments()), Some(task));
            }
        }
    }

    #[test]
    fn started_by_hand_it_says_so() {
        for arguments in [&[][..], &["serve"], &["serve", "time"], &["serve", "x", "a", "b"]] {
            let error = wasm_worker(arguments.iter().map(OsString::from)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        }
    }
}
