//! Takes a snapshot of an interpreter that has started and imported what programs import.
//!
//! Starting CPython takes 25 ms here and importing common modules 100 more. A module whose memory
//! already holds the outcome starts in the time that it takes to map it. Nothing of the machine is
//! in a snapshot: the guest that made it saw only its library, no chance and no secret.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmtime::error::Context as _;
use wasmtime::{Error, Instance, Linker, Memory, Module, Result, Store, Val};
use wasmtime_wizer::{InstanceState, SnapshotVal, ValType, Wizer};

use super::engine::snapshot_engine;
use super::machine::turn;
use super::wasi::clock::Clock;
use super::wasi::library::Library;
use super::wasi::{Host, Streams, Wasi, link, link_nobody};
use crate::Limits;

/// What the interpreter does before it is snapshot.
pub(super) const PREPARATION: &str = include_str!("guest.py");

/// An export of the interpreter's that starts CPython and is gone from the snapshot.
const START: &str = "wizer.initialize";

/// Start the interpreter in `module` and return a module in which it has started.
pub(super) fn take(module: &[u8], library: Library) -> Result<Vec<u8>> {
    let mut wizer = Wizer::new();
    wizer.init_func(START);
    let (context, instrumented) = wizer.instrument(module)?;
    let engine = snapshot_engine()?;
    let module = Module::new(&engine, &instrumented)?;
    let mut linker = Linker::new(&engine);
    link(&mut linker)?;
    link_nobody(&mut linker, &module)?;
    let mut store = Store::new(&engine, Starting::new(library));
    store.set_epoch_deadline(1);
    let instance = linker.instantiate(&mut store, &module)?;
    store.data_mut().memory = instance.get_memory(&mut store, "memory");
    for name in ["_initialize", START] {
        let function = instance.get_typed_func::<(), ()>(&mut store, name)?;
        function.call(&mut store, ()).with_context(|| format!("`{name}` failed"))?;
    }
    let prepared = turn(&instance, &mut store, PREPARATION)?;
    let said = store.data().wasi.streams.errors.text().into_owned();
    if prepared != 0 || !said.is_empty() {
        return Err(Error::msg(format!("the interpreter was not prepared: {prepared}, {said}")));
    }
    let mut state = State { store: &mut store, instance };
    at_once(wizer.snapshot(&context, &mut state))
}

/// The store's data while the interpreter starts.
struct Starting {
    wasi: Wasi,
    memory: Option<Memory>,
}

impl Starting {
    fn new(library: Library) -> Self {
        let limits = Limits::default();
        let streams = Streams::new([].into(), limits.output, 0);
        let wasi = Wasi::new(limits, streams, false, Clock::by_fuel(0), library.into());
        Self { wasi, memory: None }
    }
}

impl Host for Starting {
    fn wasi(&mut self) -> &mut Wasi {
        &mut self.wasi
    }

    fn memory(&self) -> Option<Memory> {
        self.memory
    }
}

/// The instance as the snapshot is taken from it.
struct State<'a> {
    store: &'a mut Store<Starting>,
    instance: Instance,
}

impl InstanceState for State<'_> {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        let global = self.instance.get_global(&mut *self.store, name);
        match global.expect("the module was made to export it").get(&mut *self.store) {
            Val::I32(value) => SnapshotVal::I32(value),
            Val::I64(value) => SnapshotVal::I64(value),
            Val::F32(value) => SnapshotVal::F32(value),
            Val::F64(value) => SnapshotVal::F64(value),
            Val::V128(value) => SnapshotVal::V128(value.as_u128()),
            value => unreachable!("a module with {value:?} is refused before"),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.instance.get_memory(&mut *self.store, name);
        contents(memory.expect("the module was made to export it").data(&*self.store));
    }
}

/// The result of a future that never waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("reading an instance's state does not wait"),
    }
}
