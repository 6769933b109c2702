//! Where programs run: as Linux processes, or as guests of a WebAssembly engine.

use std::fmt;
use std::path::Path;

use anyhow::{Context, bail};
use clap::ValueEnum;
use sandbox::{
    Error, Execution, Isolation, Job, NativeSandbox, Python, Sandbox, Script, Tier,
    WasmInterpreter, WasmOptions, WasmSandbox, WorkerProgram,
};
use serde::{Deserialize, Serialize};

/// The hidden command by which this program becomes a worker of the wasm backend.
pub(crate) const WORKER_COMMAND: &str = "wasm-worker";

/// A way to run programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// Linux processes: the fastest for long programs, any Python, needs landlock and seccomp
    #[default]
    Native,
    /// Guests of a WebAssembly engine: needs no privilege, Python 3.15 only; see `make setup-wasm`
    Wasm,
    /// The same, counting instructions instead of time: every run is exactly the same
    WasmFuel,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Wasm => "wasm",
            Self::WasmFuel => "wasm-fuel",
        })
    }
}

/// What was asked for on the command line.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Which way.
    pub backend: Backend,
    /// The tier, unless the strongest.
    pub tier: Option<Tier>,
    /// What runs share.
    pub isolation: Isolation,
    /// The interpreter, unless the usual one.
    pub python: Option<&'a Path>,
}

/// A sandbox of either backend.
#[derive(Clone, Debug)]
pub enum AnySandbox {
    /// As Linux processes.
    Native(NativeSandbox),
    /// As guests of a WebAssembly engine.
    Wasm(WasmSandbox),
}

impl AnySandbox {
    /// The sandbox that was wished for, with its interpreter.
    pub async fn open(wish: Wish<'_>) -> anyhow::Result<(Self, Python)> {
        let Wish { backend, tier, isolation, python } = wish;
        if backend == Backend::Native {
            let python = python.map_or_else(Python::find, Python::probe)?;
            let sandbox = tier.map_or_else(NativeSandbox::strongest, NativeSandbox::of_tier)?;
            let sandbox = sandbox.isolation(isolation).knowing(benchmarks::scripts());
            return Ok((Self::Native(sandbox), python));
        }
        if tier.is_some_and(|tier| tier != Tier::W) {
            bail!("`--tier` is about the native backend; the wasm backend has only its own");
        }
        // What a run directory remembers of its interpreter is the module in its folder.
        let interpreter = match python.map(Path::parent) {
            Some(folder) => WasmInterpreter::in_folder(folder.unwrap_or(Path::new("/")))?,
            None => WasmInterpreter::find()?,
        };
        let python = interpreter.python();
        let ourselves = std::env::current_exe().context("cannot find this program itself")?;
        let program = WorkerProgram::new(ourselves).arg(WORKER_COMMAND);
        let options = WasmOptions::new(interpreter, program);
        let options = if backend == Backend::WasmFuel { options.deterministic() } else { options };
        Ok((Self::Wasm(options.start().await?), python))
    }

    /// The tier of every run.
    pub fn tier(&self) -> Tier {
        match self {
            Self::Native(sandbox) => sandbox.tier(),
            Self::Wasm(sandbox) => sandbox.tier(),
        }
    }
}

impl Sandbox for AnySandbox {
    async fn run(&self, job: Job) -> Result<Execution, Error> {
        match self {
            Self::Native(sandbox) => sandbox.run(job).await,
            Self::Wasm(sandbox) => sandbox.run(job).await,
        }
    }

    fn knows(&self, script: &Script) -> bool {
        match self {
            Self::Native(sandbox) => sandbox.knows(script),
            Self::Wasm(sandbox) => sandbox.knows(script),
        }
    }

    fn talks(&self) -> bool {
        match self {
            Self::Native(sandbox) => sandbox.talks(),
            Self::Wasm(sandbox) => sandbox.talks(),
        }
    }
}
