//! Programs as guests of a WebAssembly engine: isolation that needs nothing of the machine.
//!
//! # Theory of operation
//!
//! The interpreter is CPython compiled to WebAssembly. Its module, started and with the common
//! modules imported, is a snapshot ([`snapshot`]), and that is compiled to native code once and kept
//! ([`compiled`]). A run is a new instance of it: its memory is mapped copy-on-write, so that
//! starting takes well under a millisecond and nothing of an earlier run can be left in it.
//!
//! ```text
//!   WasmSandbox::run         worker process, one per core       guest
//!   ----------------         ----------------------------       -----
//!   Order     --socket-->    Machine::run                       instance of the snapshot
//!                            epoch or fuel, memory limit  --->  main.py
//!                            wasi: files, streams, clocks <---  calls
//!   Outcome   <--socket--    (instance dropped)
//!   watches the worker's processor time; replaces a worker that died
//! ```
//!
//! - The **guest** can compute, and make the calls of [`wasi`], which end in buffers. There is no
//!   path from there to the machine: no file, no clock, no chance, no process.
//! - The **worker** is a process of its own, because two threads in one process get in each other's
//!   way when memory is mapped and unmapped a thousand times a second, and because a guest that
//!   broke out would then be in a process that can do nothing ([`confine`]).
//! - The **supervisor** does not trust a worker: it bounds what it reads from it, and kills it when
//!   it uses more than the job may.
//! - **Time** is what the guest has used, divided by how much slower it is here than natively
//!   ([`wasi::clock`]). Limits keep their meaning, and waiting takes no time at all.
//!
//! What this backend does not do: threads, subprocesses, signals, sockets, installed packages; and
//! dialogues; any language but Python. Its Python is 3.15 with 32-bit pointers whatever the job names.

mod compiled;
mod confine;
mod engine;
mod interpreter;
mod machine;
mod message;
mod pages;
mod snapshot;
mod wasi;
mod worker;
mod workers;

use std::sync::Arc;

pub use interpreter::WasmInterpreter;
pub use worker::wasm_worker;
pub use workers::WorkerProgram;

use crate::{Error, Execution, Job, Sandbox, Tier};
use compiled::Compiled;
use engine::Counting;
use message::Order;
use worker::Task;
use workers::Workers;

/// Runs every job as a guest of a WebAssembly engine.
///
/// Dropping the future of [`Sandbox::run`] kills the program.
#[derive(Clone, Debug)]
pub struct WasmSandbox {
    workers: Arc<Workers>,
}

/// How a [`WasmSandbox`] is set up.
///
/// By default there is a worker for each core, and programs are limited by processor time.
#[derive(Clone, Debug)]
pub struct WasmOptions {
    interpreter: WasmInterpreter,
    program: WorkerProgram,
    workers: usize,
    counting: Counting,
}

impl WasmOptions {
    /// Run programs with `interpreter`, in processes that are started as `program`.
    pub fn new(interpreter: WasmInterpreter, program: WorkerProgram) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Self { interpreter, program, workers, counting: Counting::Time }
    }

    /// How many programs run at a time.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Count instructions instead of time, so that a program does exactly the same in every run and
    /// is ended at exactly the same place. It costs a sixth, and code compiled for it.
    #[must_use]
    pub fn deterministic(mut self) -> Self {
        self.counting = Counting::Fuel;
        self
    }

    /// Set the sandbox up. The first time this takes minutes and 2.2 GB of memory.
    pub async fn start(self) -> Result<WasmSandbox, Error> {
        let Self { interpreter, program, workers, counting } = self;
        let compiled = self::compiled(&interpreter, &program, counting).await?;
        let library = interpreter.library();
        let task = Task::Serve { library, compiled: compiled.path(), counting };
        let workers = Workers::new(program, task, workers);
        workers.start_one().await.map_err(failed("start a wasm worker"))?;
        Ok(WasmSandbox { workers: Arc::new(workers) })
    }
}

/// The compiled code of `interpreter`, which is made where there is none.
async fn compiled(
    interpreter: &WasmInterpreter,
    program: &WorkerProgram,
    counting: Counting,
) -> Result<Compiled, Error> {
    let known = interpreter.clone();
    let compiled = tokio::task::spawn_blocking(move || Compiled::of(&known, counting))
        .await
        .map_err(|error| failed("read the interpreter")(error.into()))?
        .map_err(failed("read the interpreter"))?;
    if compiled.exists() {
        return Ok(compiled);
    }
    tracing::warn!(
        "compiling the interpreter in `{}`: once, for a minute or two",
        interpreter.folder().display()
    );
    // In a process of its own, which gives the memory back.
    let task = Task::Prepare { folder: interpreter.folder().to_owned(), counting };
    let act = "compile the interpreter";
    let status = program.command(&task).status().await.map_err(failed(act))?;
    if !status.success() || !compiled.exists() {
        let reason = format!("the process that was to do it: {status}");
        return Err(failed(act)(std::io::Error::other(reason)));
    }
    Ok(compiled)
}

fn failed(act: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Supervise { act, source }
}

impl WasmSandbox {
    /// The tier of every run.
    pub fn tier(&self) -> Tier {
        Tier::W
    }

    /// The processes of the workers that have nothing to do.
    pub fn idle_processes(&self) -> Vec<u32> {
        self.workers.idle_processes()
    }
}

impl Sandbox for WasmSandbox {
    async fn run(&self, mut job: Job) -> Result<Execution, Error> {
        job.check_names()?;
        job.spell_out();
        if job.python.is_none() {
            return Err(Error::Unsupported { what: "run anything but Python" });
        }
        if job.dialogue.is_some() {
            // Its program would have to run on while the supervisor thinks.
            return Err(Error::Unsupported { what: "talk with a program while it runs" });
        }
        let outcome =
            self.workers.run(&Order::of(&job)).await.map_err(failed("run a wasm worker"))?;
        Ok(Execution {
            ending: outcome.ending,
            usage: outcome.usage,
            stdout: outcome.stdout,
            stderr: outcome.stderr,
            report: outcome.report,
            tier: Tier::W,
        })
    }

    fn talks(&self) -> bool {
        false
    }
}

/// Read `bytes` as the messages that they may be; what is read is written as it was.
#[cfg(feature = "fuzzing")]
pub fn fuzz_messages(bytes: &[u8]) {
    if let Some(order) = Order::decode(bytes) {
        assert_eq!(Order::decode(&order.encode()[size_of::<u64>()..]), Some(order));
    }
    if let Some(outcome) = message::Outcome::decode(bytes) {
        assert_eq!(message::Outcome::decode(&outcome.encode()[size_of::<u64>()..]), Some(outcome));
    }
}
