//! The program `ra3`. Commands on models it hands over to `ra3-torch`, which lies beside it.
//!
//! libtorch takes a quarter of a second and a hundred megabytes to load, and a judge that is
//! started for every batch of samples should not pay for it. So only `ra3-torch` is linked with it.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::Context;

fn main() -> ExitCode {
    harness::run(|_| become_torch())
}

/// Go on as `ra3-torch`, with the same arguments.
fn become_torch() -> anyhow::Result<ExitCode> {
    let ourselves = std::env::current_exe().context("cannot find this program itself")?;
    let torch = ourselves.with_file_name(harness::TORCH_PROGRAM);
    let mut command = Command::new(&torch);
    command.args(std::env::args_os().skip(1));
    // Threads of libtorch that wait would otherwise spin, on the cores where verdicts are reached.
    const WAITING: &str = "OMP_WAIT_POLICY";
    if std::env::var_os(WAITING).is_none() {
        command.env(WAITING, "passive");
    }
    Err(command.exec()).with_context(|| {
        format!(
            "this command needs libtorch and is carried out by `{}`, which does not start; `make \
             build` builds both programs",
            torch.display()
        )
    })
}
