//! How the calls become imports of a module.

use wasmtime::{Caller, Linker, Memory, Result, Val};

use super::Wasi;
use super::errno::{Errno, Refusal};
use super::guest::{Answer, Guest};
use crate::Ending;

const MODULE: &str = "wasi_snapshot_preview1";

/// The state of a store whose guest makes these calls.
pub(in crate::wasm) trait Host: 'static {
    fn wasi(&mut self) -> &mut Wasi;
    /// The guest's memory; `None` until it is instantiated.
    fn memory(&self) -> Option<Memory>;
}

/// The guest was told to end; the reason is kept in [`Wasi::ended`].
#[derive(Debug, thiserror::Error)]
#[error("the program is not to go on")]
struct Ended;

/// Carry out one call of the guest's.
fn answer<T: Host>(
    caller: &mut Caller<'_, T>,
    call: impl FnOnce(&mut Guest<'_>) -> Answer,
) -> Result<i32> {
    let fuel = caller.get_fuel().unwrap_or_default();
    let Some(memory) = caller.data().memory() else { return Ok(Errno::Fault as i32) };
    let (memory, host) = memory.data_and_store_mut(&mut *caller);
    let wasi = host.wasi();
    wasi.clock.note_fuel(|| fuel);
    match call(&mut Guest { memory, wasi }) {
        Ok(()) => Ok(0),
        Err(Refusal::Errno(errno)) => Ok(errno as i32),
        Err(Refusal::End(ending)) => {
            wasi.ended = Some(ending);
            Err(Ended.into())
        }
    }
}

/// Define each call as an import with these parameters.
macro_rules! define {
    ($linker:ident, $($name:ident($($parameter:ident: $type:ty),*);)*) => {
        $($linker.func_wrap(
            MODULE,
            stringify!($name),
            |mut caller: Caller<'_, T>, $($parameter: $type),*| -> Result<i32> {
                answer(&mut caller, |guest| guest.$name($($parameter),*))
            },
        )?;)*
    };
}

/// Give `linker` all that the interpreter imports.
pub(in crate::wasm) fn link<T: Host>(linker: &mut Linker<T>) -> Result<()> {
    define! { linker,
        args_get(pointers: u32, into: u32);
        args_sizes_get(count: u32, size: u32);
        clock_res_get(clock: u32, into: u32);
        clock_time_get(clock: u32, precision: u64, into: u32);
        environ_get(pointers: u32, into: u32);
        environ_sizes_get(count: u32, size: u32);
        fd_advise(fd: u32, offset: u64, length: u64, advice: u32);
        fd_close(fd: u32);
        fd_datasync(fd: u32);
        fd_fdstat_get(fd: u32, into: u32);
        fd_fdstat_set_flags(fd: u32, flags: u32);
        fd_filestat_get(fd: u32, into: u32);
        fd_filestat_set_size(fd: u32, size: u64);
        fd_filestat_set_times(fd: u32, accessed: u64, modified: u64, flags: u32);
        fd_pread(fd: u32, buffers: u32, count: u32, offset: u64, read: u32);
        fd_prestat_dir_name(fd: u32, into: u32, length: u32);
        fd_prestat_get(fd: u32, into: u32);
        fd_pwrite(fd: u32, buffers: u32, count: u32, offset: u64, written: u32);
        fd_read(fd: u32, buffers: u32, count: u32, read: u32);
        fd_readdir(fd: u32, into: u32, length: u32, cookie: u64, used: u32);
        fd_seek(fd: u32, offset: i64, whence: u32, into: u32);
        fd_sync(fd: u32);
        fd_tell(fd: u32, into: u32);
        fd_write(fd: u32, buffers: u32, count: u32, written: u32);
        path_create_directory(fd: u32, path: u32, length: u32);
        path_filestat_get(fd: u32, flags: u32, path: u32, length: u32, into: u32);
        path_filestat_set_times(
            fd: u32, flags: u32, path: u32, length: u32, accessed: u64, modified: u64, which: u32
        );
        path_link(
            old_fd: u32, flags: u32, old: u32, old_length: u32, new_fd: u32, new: u32,
            new_length: u32
        );
        path_open(
            fd: u32, flags: u32, path: u32, length: u32, how: u32, rights: u64, inheriting: u64,
            descriptor_flags: u32, into: u32
        );
        path_readlink(fd: u32, path: u32, length: u32, into: u32, room: u32, used: u32);
        path_remove_directory(fd: u32, path: u32, length: u32);
        path_rename(
            old_fd: u32, old: u32, old_length: u32, new_fd: u32, new: u32, new_length: u32
        );
        path_symlink(target: u32, target_length: u32, fd: u32, path: u32, length: u32);
        path_unlink_file(fd: u32, path: u32, length: u32);
        poll_oneoff(from: u32, into: u32, count: u32, events: u32);
        random_get(into: u32, length: u32);
        sched_yield();
        sock_accept(fd: u32, flags: u32, into: u32);
        sock_recv(fd: u32, buffers: u32, count: u32, flags: u32, read: u32, out: u32);
        sock_send(fd: u32, buffers: u32, count: u32, flags: u32, written: u32);
        sock_shutdown(fd: u32, how: u32);
    }
    linker.func_wrap(
        MODULE,
        "proc_exit",
        |mut caller: Caller<'_, T>, code: i32| -> Result<()> {
            caller.data_mut().wasi().ended = Some(Ending::Exited(code & 0xff));
            Err(Ended.into())
        },
    )?;
    Ok(())
}

/// Answer every other import of the interpreter's, such as its door to functions of a host, with
/// -1: there is nobody there.
pub(in crate::wasm) fn link_nobody<T: Host>(
    linker: &mut Linker<T>,
    module: &wasmtime::Module,
) -> Result<()> {
    for import in module.imports().filter(|import| import.module() != MODULE) {
        let wasmtime::ExternType::Func(function) = import.ty() else { continue };
        let answers: Vec<Val> = function
            .results()
            .map(|kind| if kind.is_i64() { Val::I64(-1) } else { Val::I32(-1) })
            .collect();
        linker.func_new(import.module(), import.name(), function, move |_, _, results| {
            results.copy_from_slice(&answers);
            Ok(())
        })?;
    }
    Ok(())
}
