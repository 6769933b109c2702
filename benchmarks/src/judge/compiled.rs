//! The drivers in the form that the interpreter executes, for sandboxes that do not know them.
//!
//! Compiling a driver takes the interpreter longer than most candidates take to run. So each driver
//! is compiled once, in the sandbox and by the interpreter that will run it, and what comes back is
//! the program of every run thereafter.

use std::sync::Arc;

use sandbox::{Ending, Job, Limits, Python, Sandbox};
use tokio::sync::OnceCell;

use super::driver::{self, Driver};

/// Reads source and reports what a `.pyc` file of it would hold.
const COMPILER: &str = "\
import importlib.util
import marshal
import os
import sys

code = compile(sys.stdin.buffer.read(), 'main.py', 'exec', dont_inherit=True)
content = importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)
while content:
    content = content[os.write(3, content):]
";
/// Many times what the longest driver takes.
const LARGEST: u64 = 4 << 20;

/// The drivers that were compiled so far.
#[derive(Debug, Default)]
pub(super) struct CompiledDrivers([OnceCell<Arc<[u8]>>; Driver::COUNT]);

/// Why a driver could not be compiled.
#[derive(Debug)]
pub(super) enum NotCompiled {
    /// The sandbox failed.
    Sandbox(sandbox::Error),
    /// The interpreter said this.
    Said(String),
}

impl CompiledDrivers {
    /// The program that `python` is to run in `sandbox` for `driver`.
    pub(super) async fn program(
        &self,
        driver: Driver,
        sandbox: &impl Sandbox,
        python: &Python,
    ) -> Result<&[u8], NotCompiled> {
        let cell = &self.0[driver as usize];
        Ok(cell.get_or_try_init(|| compile(driver, sandbox, python)).await?)
    }
}

async fn compile(
    driver: Driver,
    sandbox: &impl Sandbox,
    python: &Python,
) -> Result<Arc<[u8]>, NotCompiled> {
    let job = Job::python(python, COMPILER)
        .without_site()
        .stdin(driver.script().text().as_bytes())
        .report(LARGEST)
        .limits(Limits::default());
    let execution = Box::pin(sandbox.run(job)).await.map_err(NotCompiled::Sandbox)?;
    if execution.ending != Ending::Exited(0) {
        return Err(NotCompiled::Said(driver::last_words(&execution)));
    }
    Ok(execution.report.bytes.into())
}
