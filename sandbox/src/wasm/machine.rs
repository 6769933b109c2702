//! Runs programs, each in a fresh copy of the interpreter's snapshot.

use std::cell::RefCell;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{
    Engine, Error, Instance, InstancePre, Linker, Memory, Module, ResourceLimiter, Result, Store,
    ThrownException, Trap, UpdateDeadline,
};

use super::engine::{Counting, engine};
use super::message::{Order, Outcome};
use super::pages::Bridges;
use super::wasi::clock::{Clock, fuel};
use super::wasi::library::Library;
use super::wasi::{Host, Streams, Wasi, link, link_nobody};
use crate::{Ending, Limits, Usage};

/// How often a guest is interrupted to look at the clock.
const TICK: Duration = Duration::from_millis(5);

/// What the interpreter is told to do. The preparation left the function under this name, which the
/// program does not find any more.
const START: &str = "__import__('builtins').__dict__.pop('__ra3__')(False)";
const BARE_START: &str = "__import__('builtins').__dict__.pop('__ra3__')(True)";

/// A loaded interpreter.
pub(super) struct Machine {
    engine: Engine,
    interpreter: InstancePre<Run>,
    library: Arc<Library>,
    counting: Counting,
    ticker: Ticker,
    bridges: RefCell<Bridges>,
}

/// One run, as the engine sees it.
struct Run {
    wasi: Wasi,
    memory: Option<Memory>,
    /// The most memory that the guest has had.
    peak: u64,
}

impl Machine {
    /// Load the code in `compiled`.
    ///
    /// # Safety
    ///
    /// `compiled` holds what [`super::compiled`] wrote and nobody else could change it since: its
    /// code is executed as it stands.
    pub(super) unsafe fn load(
        compiled: File,
        library: Library,
        counting: Counting,
    ) -> Result<Self> {
        let engine = engine(counting)?;
        // SAFETY: the caller vouches for the file.
        let module = unsafe { Module::deserialize_open_file(&engine, compiled)? };
        let mut linker = Linker::new(&engine);
        link(&mut linker)?;
        link_nobody(&mut linker, &module)?;
        let interpreter = linker.instantiate_pre(&module)?;
        let ticker = Ticker::start(engine.clone())?;
        let (library, bridges) = (Arc::new(library), RefCell::new(Bridges::open()?));
        Ok(Self { engine, interpreter, library, counting, ticker, bridges })
    }

    /// Run a program to its end. An error is a failure of ours.
    pub(super) fn run(&self, order: &Order) -> Result<Outcome> {
        let began = super::wasi::clock::thread_time();
        let mut store = Store::new(&self.engine, Run::new(order, self.counting, &self.library));
        store.limiter(|run| run);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut context| {
            context.data_mut().look();
            if context.data().wasi.ended.is_some() {
                return Err(Error::from(Trap::Interrupt));
            }
            Ok(UpdateDeadline::Continue(1))
        });
        if self.counting == Counting::Fuel {
            store.set_fuel(fuel(order.limits.cpu)).expect("the engine counts fuel");
        }
        self.ticker.wake();
        let result = self.call_program(&mut store, order);
        self.ticker.rest();
        if let Some(memory) = store.data().memory {
            self.bridges.borrow_mut().learn(memory.data(&store));
        }
        if let Ok(left) = store.get_fuel() {
            store.data_mut().wasi.clock.note_fuel(|| left);
        }
        let Run { wasi, peak, .. } = store.into_data();
        let ending = match (wasi.ended, result) {
            (Some(ending), _) => ending,
            (None, Err(error)) => ending_of(error)?,
            (None, Ok(())) => return Err(Error::msg("the interpreter returned from a program")),
        };
        let cpu = super::wasi::clock::thread_time().saturating_sub(began);
        let wall = cpu.saturating_add(wasi.clock.waited());
        let usage = Usage { cpu, wall, memory: peak, ..Usage::default() };
        let Streams { output: stdout, errors: stderr, report, .. } = wasi.streams;
        Ok(Outcome { ending, usage, stdout, stderr, report })
    }

    /// Start a copy of the interpreter and let it run the program, which does not return.
    fn call_program(&self, store: &mut Store<Run>, order: &Order) -> Result<()> {
        for (name, content) in &order.files {
            if !store.data_mut().wasi.put_file(name, content) {
                store.data_mut().wasi.ended = Some(Ending::OutputLimit);
                return Ok(());
            }
        }
        let instance = self.interpreter.instantiate(&mut *store)?;
        let memory = instance.get_memory(&mut *store, "memory");
        store.data_mut().memory = memory;
        if let Some(memory) = memory {
            self.bridges.borrow().build(memory.data_mut(&mut *store));
        }
        turn(&instance, store, if order.bare { BARE_START } else { START }).map(drop)
    }
}

/// Let the interpreter execute `source`, as if a person had typed it in.
pub(super) fn turn<T: Host>(
    instance: &Instance,
    store: &mut Store<T>,
    source: &str,
) -> Result<i32> {
    let length = i32::try_from(source.len())?;
    let allocate = instance.get_typed_func::<i32, i32>(&mut *store, "host_alloc")?;
    let turn = instance.get_typed_func::<(i32, i32), i32>(&mut *store, "turn")?;
    let pointer = allocate.call(&mut *store, length)?;
    let memory = store.data().memory().ok_or_else(|| Error::msg("the guest has no memory"))?;
    memory.write(&mut *store, pointer.cast_unsigned() as usize, source.as_bytes())?;
    turn.call(&mut *store, (pointer, length))
}

/// What a trap would be natively.
fn ending_of(error: Error) -> Result<Ending> {
    let signal = match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => return Ok(Ending::CpuLimit),
        Some(Trap::UnreachableCodeReached) => libc::SIGABRT,
        Some(Trap::IntegerDivisionByZero | Trap::IntegerOverflow) => libc::SIGFPE,
        Some(_) => libc::SIGSEGV,
        // An exception that nobody in the guest catches ends it as a C++ program would be.
        None if error.is::<ThrownException>() => libc::SIGABRT,
        None => return Err(error),
    };
    Ok(Ending::Signalled(signal))
}

impl Run {
    fn new(order: &Order, counting: Counting, library: &Arc<Library>) -> Self {
        let clock = match counting {
            Counting::Time => Clock::by_processor(),
            Counting::Fuel => Clock::by_fuel(fuel(order.limits.cpu)),
        };
        let limits = order.limits;
        let streams = Streams::new(Arc::clone(&order.stdin), limits.output, order.report);
        let wasi = Wasi::new(limits, streams, order.report > 0, clock, Arc::clone(library));
        Self { wasi, memory: None, peak: 0 }
    }

    /// End the guest if its time is up.
    fn look(&mut self) {
        if self.wasi.clock.computed() >= self.wasi.limits.cpu {
            self.wasi.ended = Some(Ending::CpuLimit);
        }
    }
}

impl Host for Run {
    fn wasi(&mut self) -> &mut Wasi {
        &mut self.wasi
    }

    fn memory(&self) -> Option<Memory> {
        self.memory
    }
}

impl ResourceLimiter for Run {
    /// A guest that wants more than its address space is refused, as an allocation would be
    /// natively. One that wants more than its memory is ended: it would have been, at the first use.
    fn memory_growing(&mut self, _: usize, desired: usize, most: Option<usize>) -> Result<bool> {
        let limits = &self.wasi.limits;
        let desired = desired as u64;
        if desired > address_space(limits) || most.is_some_and(|most| desired > most as u64) {
            return Ok(false);
        }
        if desired > limits.memory {
            self.wasi.ended = Some(Ending::MemoryLimit);
            return Err(Error::msg("the guest wants more memory than it may have"));
        }
        self.peak = self.peak.max(desired);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        // The pool's slot is as large as a table can be.
        Ok(true)
    }
}

/// A thread that interrupts the guest, as long as there is one.
struct Ticker {
    running: Arc<AtomicBool>,
    thread: Thread,
}

impl Ticker {
    /// Returns when the thread runs. What the C library does when a thread begins, the worker's last wall forbids,
    /// and a busy machine may be late in beginning.
    fn start(engine: Engine) -> Result<Self> {
        let running = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&running);
        let begun = Arc::new(Barrier::new(2));
        let begins = Arc::clone(&begun);
        let tick = move || {
            begins.wait();
            loop {
                if seen.load(Ordering::Acquire) {
                    thread::sleep(TICK);
                    engine.increment_epoch();
                } else {
                    thread::park();
                }
            }
        };
        let thread = thread::Builder::new().name("ticker".into()).spawn(tick)?.thread().clone();
        begun.wait();
        Ok(Self { running, thread })
    }

    fn wake(&self) {
        self.running.store(true, Ordering::Release);
        self.thread.unpark();
    }

    fn rest(&self) {
        self.running.store(false, Ordering::Release);
    }
}

/// The address space of a program with these limits.
fn address_space(limits: &Limits) -> u64 {
    const MORE: u64 = 2 << 30;
    limits.address_space.unwrap_or(limits.memory.saturating_mul(2).saturating_add(MORE))
}
