//! What a job gets and what is reported of it, in every tier that the machine can give.
//!
//! Everything goes through the public door. How hostile programs fare is told in
//! `tests/hostile`.

mod endings;
mod folder;
mod groups;
mod lifetimes;
mod servers;
mod streams;
mod toolchains;
mod usage;

use std::sync::LazyLock;
use std::time::Duration;

use sandbox::{Error, Execution, Job, Limits, NativeSandbox, Python, Sandbox, Tier};

const MIB: u64 = 1 << 20;

/// The sandboxes of every tier that isolates, as far as the machine can give them.
fn sandboxes() -> Vec<NativeSandbox> {
    let tiers = [Tier::T0, Tier::T1, Tier::T2];
    tiers
        .into_iter()
        .filter_map(|tier| match NativeSandbox::of_tier(tier) {
            Ok(sandbox) => Some(sandbox),
            Err(Error::TierUnavailable { obstacle, .. }) => {
                println!("skipped: no {tier} on this machine: {obstacle}");
                None
            }
            Err(error) => panic!("{error}"),
        })
        .collect()
}

/// The interpreter of all tests. Asking it about itself costs more than most programs here.
fn python() -> Python {
    static PYTHON: LazyLock<Python> =
        LazyLock::new(|| Python::find().expect("the tests need a Python interpreter"));
    PYTHON.clone()
}

/// A job that runs `source` under limits that leave room on a busy machine.
fn job(source: &str) -> Job {
    Job::python(&python(), source).limits(limits())
}

fn limits() -> Limits {
    Limits { cpu: Duration::from_secs(5), memory: 256 * MIB, output: MIB, ..Limits::default() }
}

async fn run(sandbox: &NativeSandbox, job: Job) -> Execution {
    sandbox.run(job).await.expect("the sandbox works")
}
