//! Hostile programs, and the verdict that each must get.
//!
//! Every `.py` file in this folder is a program. Its first line names the verdict it must get, its
//! second line the idea; see [`program`]. Here they are all run, in every tier that the machine can
//! give, as whoever runs the tests and as an ordinary user. The runner also plays the supervisor
//! that the programs attack ([`host`]) and afterwards looks for what they left behind
//! ([`leftovers`]).
//!
//! **An attack that succeeds costs a red test and not the machine**: the programs stop by
//! themselves a little past their limits, ask with signal 0 instead of killing, and open for
//! writing without writing. So the same programs also run without isolation, to show that each
//! attack is one (`none: escaped` in the first line).
//!
//! What is not here: how a grader is deceived. The sandbox knows no right answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod delegated;
mod expectation;
mod host;
mod leftovers;
mod ordinary_user;
mod program;
mod table;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sandbox::{Error, Execution, Job, NativeSandbox, Python, Sandbox, Start, Tier};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use host::Host;
use leftovers::Belongings;
use program::Program;
use table::{Row, Table};

/// Programs that run at once.
const AT_ONCE: usize = 2;

/// The tests of this file count children and descriptors of the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[test]
fn every_program_gets_its_verdict_in_tier_t0() {
    judge_all(Tier::T0, Start::Cold);
}

#[test]
fn every_program_gets_its_verdict_in_tier_t1() {
    judge_all(Tier::T1, Start::Cold);
}

#[test]
fn every_program_gets_its_verdict_in_tier_t2() {
    judge_all(Tier::T2, Start::Cold);
}

#[test]
fn every_program_gets_its_verdict_in_tier_t0_from_a_warm_start() {
    judge_all(Tier::T0, Start::Warm);
}

#[test]
fn every_program_gets_its_verdict_in_tier_t1_from_a_warm_start() {
    judge_all(Tier::T1, Start::Warm);
}

#[test]
fn every_program_gets_its_verdict_in_tier_t2_from_a_warm_start() {
    judge_all(Tier::T2, Start::Warm);
}

#[test]
fn an_ordinary_user_gets_the_same_verdicts() {
    ordinary_user::run(&[
        "every_program_gets_its_verdict_in_tier_t0",
        "every_program_gets_its_verdict_in_tier_t1",
        "every_program_gets_its_verdict_in_tier_t0_from_a_warm_start",
        "every_program_gets_its_verdict_in_tier_t1_from_a_warm_start",
        "every_program_gets_its_verdict_in_tier_t2",
        "every_program_gets_its_verdict_in_tier_t2_from_a_warm_start",
    ]);
}

#[test]
fn without_isolation_the_attacks_succeed() {
    // A program of root's has no capabilities in any tier, so it could not even touch its parent.
    if nix::unistd::geteuid().is_root() {
        return ordinary_user::run(&["without_isolation_the_attacks_succeed"]);
    }
    judge(Tier::None, Start::Cold, |program| program.expected(Tier::None).is_some());
}

fn judge_all(tier: Tier, start: Start) {
    judge(tier, start, |_| true);
}

/// Run the programs that are `wanted` in `tier`, and fail with a table if one is not as it must be.
fn judge(tier: Tier, start: Start, wanted: impl Fn(&Program) -> bool) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let host = Arc::new(Host::new());
    let sandbox = match NativeSandbox::of_tier(tier) {
        Ok(sandbox) => Arc::new(sandbox.start(start)),
        Err(Error::TierUnavailable { obstacle, .. }) => {
            println!("skipped: no {tier} on this machine: {obstacle}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let python = Python::find().expect("the tests need a Python interpreter");
    let programs = Program::load_all(&folder()).into_iter().filter(wanted).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();

    // What stays for good is there before stock is taken: warm interpreters, and the runtime's own
    // descriptors, which come with the first run.
    runtime.block_on(sandbox.warm_up(&python)).unwrap();
    runtime.block_on(sandbox.run(Job::python(&python, "pass"))).unwrap();
    // And a child is there for each that was used up.
    runtime.block_on(sandbox.warm_up(&python)).unwrap();
    let before = Belongings::of_this_process(&host);
    let mut table = runtime.block_on(run_all(&sandbox, &python, &host, programs));
    runtime.block_on(sandbox.warm_up(&python)).unwrap();
    table.add_leftovers(before.difference_after(Duration::from_secs(5), &host));
    assert!(tier < Tier::T2 || !leftovers::groups().is_empty(), "groups are looked for in vain");
    drop((sandbox, runtime));
    table.add_leftovers(leftovers::groups());

    println!("{table}");
    assert!(table.is_clean(), "{tier}: {}", table.failures());
}

/// Where the programs lie. An ordinary user may be unable to read the source tree.
fn folder() -> PathBuf {
    std::env::var_os(ordinary_user::PROGRAMS)
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile").into(), PathBuf::from)
}

async fn run_all(
    sandbox: &Arc<NativeSandbox>,
    python: &Python,
    host: &Arc<Host>,
    programs: Vec<Program>,
) -> Table {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for program in programs {
        let (sandbox, python, host) = (Arc::clone(sandbox), python.clone(), Arc::clone(host));
        let places = Arc::clone(&places);
        running.spawn(async move {
            let _place = places.acquire_owned().await.expect("the semaphore is never closed");
            run_parts(&sandbox, &python, &host, &program).await
        });
    }
    let mut table = Table::new(sandbox.tier());
    while let Some(rows) = running.join_next().await {
        table.extend(rows.expect("a run does not panic"));
    }
    table
}

/// The parts of a program run one after the other, because some look for what the last one left.
async fn run_parts(
    sandbox: &NativeSandbox,
    python: &Python,
    host: &Host,
    program: &Program,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for part in 0..program.settings.parts {
        let job = Job::python(python, program.source.clone())
            .stdin(host.facts(part))
            .report(program.settings.report)
            .limits(program.limits());
        let started = Instant::now();
        let execution = sandbox.run(job).await;
        let took = started.elapsed();
        let complaint = match &execution {
            Ok(execution) => complaint(program, host, execution, took),
            Err(error) => Some(format!("the sandbox failed: {error}: {:?}", error)),
        };
        rows.push(Row { name: program.part_name(part), execution, took, complaint });
    }
    rows
}

/// What is wrong with this execution, if anything.
fn complaint(
    program: &Program,
    host: &Host,
    execution: &Execution,
    took: Duration,
) -> Option<String> {
    /// A program that left a daemon must not keep anyone waiting for it.
    const QUICK: Duration = Duration::from_secs(5);
    let expected = program.expected(execution.tier)?;
    if let Some(mark) = host.harm() {
        return Some(format!("ESCAPED: {mark}"));
    }
    if !expected.allows(execution) {
        return Some(format!("must get {expected}"));
    }
    (program.settings.quick && took > QUICK).then(|| format!("took {took:.1?}"))
}
