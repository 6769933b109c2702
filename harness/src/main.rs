//! The program `ra3`. Commands on models it hands over to `ra3-torch`, which lies beside it.
//!
//! libtorch takes a quarter of a second and a hundred megabytes to load, and a judge that is
//! started for every batch of samples should not pay for it. So only `ra3-torch` is linked with it.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::Context;

/// What libtorch's own libraries read when they are loaded, unless a person has set it.
const SETTINGS: [(&str, &str); 3] = [
    // Threads that wait would otherwise spin for milliseconds, on the cores where verdicts are reached.
    // Some microseconds are worth it: a step of sampling waits hundreds of times, and never for long.
    ("OMP_WAIT_POLICY", "passive"),
    ("GOMP_SPINCOUNT", "3000"),
    // Tensors are large, short-lived and soon made again. So their memory is kept, where it would be given
    // back and cleared anew each time, and taken in huge pages.
    (
        "GLIBC_TUNABLES",
        "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1073741824:\
         glibc.malloc.trim_threshold=1073741824",
    ),
];

fn main() -> ExitCode {
    harness::run(|_| become_torch())
}

/// Go on as `ra3-torch`, with the same arguments.
fn become_torch() -> anyhow::Result<ExitCode> {
    let ourselves = std::env::current_exe().context("cannot find this program itself")?;
    let torch = ourselves.with_file_name(harness::TORCH_PROGRAM);
    let mut command = Command::new(&torch);
    command.args(std::env::args_os().skip(1));
    for (name, value) in SETTINGS {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    Err(command.exec()).with_context(|| {
        format!(
            "this command needs libtorch and is carried out by `{}`, which does not start; `make \
             build` builds both programs",
            torch.display()
        )
    })
}
