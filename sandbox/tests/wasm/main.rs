//! The wasm backend through the public door: what a job gets, and how hostile programs fare.
//!
//! The interpreter is fetched by `make setup-wasm` and is optional: without it these tests say so
//! and pass. The first of them to run compiles it, which takes minutes.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod behaviour;
#[path = "../hostile/expectation.rs"]
mod expectation;
#[path = "../hostile/host.rs"]
mod host;
mod hostile;
#[path = "../hostile/program.rs"]
mod program;
#[path = "../hostile/table.rs"]
#[expect(dead_code, reason = "a guest leaves nothing behind that could be looked for")]
mod table;
mod workers;

use std::time::Duration;

use sandbox::{
    Execution, Job, Limits, Python, Sandbox, WasmInterpreter, WasmOptions, WasmSandbox,
    WorkerProgram,
};

const MIB: u64 = 1 << 20;

/// The interpreter, where it was fetched.
fn interpreter() -> Option<WasmInterpreter> {
    let found = WasmInterpreter::find();
    if let Err(error) = &found {
        println!("skipped: {error}");
    }
    found.ok()
}

fn worker() -> WorkerProgram {
    WorkerProgram::new(env!("CARGO_BIN_EXE_sandbox-wasm-worker"))
}

async fn sandbox() -> Option<WasmSandbox> {
    let options = WasmOptions::new(interpreter()?, worker());
    Some(options.start().await.expect("the backend starts"))
}

fn python() -> Python {
    interpreter().expect("it was found before").python()
}

/// A job that runs `source` under limits that leave room on a busy machine.
fn job(source: &str) -> Job {
    Job::python(&python(), source).limits(limits())
}

fn limits() -> Limits {
    Limits { cpu: Duration::from_secs(5), memory: 256 * MIB, output: MIB, ..Limits::default() }
}

async fn run(sandbox: &WasmSandbox, job: Job) -> Execution {
    sandbox.run(job).await.expect("the sandbox works")
}
