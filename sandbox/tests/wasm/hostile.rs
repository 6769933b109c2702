//! The hostile programs of `tests/hostile`, as guests.
//!
//! Most get the verdict that their first line names. A guest lacks threads, processes, signals and
//! native code, though, so that many attacks fail earlier and with another exit code than on Linux:
//! those are listed with their reason in `verdicts.txt`. Whatever the list says, a program that
//! escapes fails the test.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use sandbox::{Execution, Job, Limits, Sandbox, Tier};

use super::expectation::Expectation;
use super::host::Host;
use super::program::Program;
use super::table::{Row, Table};
use super::{python, sandbox};

/// Verdicts that differ, a line each: name, colon, verdicts, two spaces, `#` and the reason.
const DIFFERENT: &str = include_str!("verdicts.txt");

fn different() -> HashMap<&'static str, Expectation> {
    let lines = DIFFERENT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parse = |line: &'static str| {
        let (rule, reason) = line.split_once("  # ").expect("a line gives its reason");
        assert!(!reason.is_empty());
        let (name, verdicts) = rule.split_once(": ").expect("a line names a program");
        (name, verdicts.parse().expect("its verdicts exist"))
    };
    lines.map(parse).collect()
}

#[tokio::test]
async fn every_program_gets_its_verdict_as_a_guest() {
    let Some(sandbox) = sandbox().await else { return };
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile"));
    let (host, mut different) = (Host::new(), different());
    let mut table = Table::new(Tier::W);
    for program in Program::load_all(folder) {
        let own = different.remove(program.name.as_str());
        let expected = own.as_ref().or(program.expected(Tier::W)).expect("each has one");
        let mut rows = Vec::new();
        for part in 0..program.settings.parts {
            let job = Job::python(&python(), program.source.clone())
                .stdin(host.facts(part))
                .report(program.settings.report)
                .limits(limits(&program));
            let started = Instant::now();
            let execution = sandbox.run(job).await;
            let took = started.elapsed();
            let complaint = match &execution {
                Ok(execution) => complaint(expected, &host, execution),
                Err(error) => Some(format!("the sandbox failed: {error:?}")),
            };
            rows.push(Row { name: program.part_name(part), execution, took, complaint });
        }
        table.extend(rows);
    }
    assert!(different.is_empty(), "there are no such programs: {:?}", different.keys());
    println!("{table}");
    assert!(table.is_clean(), "{}", table.failures());
    assert_eq!(mode_of_the_secret(&host), 0o666, "a guest changed a file of the host");
}

/// What a program may believe to have changed.
fn mode_of_the_secret(host: &Host) -> u32 {
    let facts = String::from_utf8(host.facts(0)).unwrap();
    let path = facts.lines().find_map(|line| line.strip_prefix("secret ")).unwrap();
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn complaint(expected: &Expectation, host: &Host, execution: &Execution) -> Option<String> {
    if let Some(mark) = host.harm() {
        return Some(format!("ESCAPED: {mark}"));
    }
    (!expected.allows(execution)).then(|| format!("must get {expected}"))
}

/// As for the native backend, with half the processor time: it is multiplied by how much slower
/// the interpreter is.
fn limits(program: &Program) -> Limits {
    Limits { cpu: program.settings.cpu.min(Duration::from_secs(2)) / 2, ..program.limits() }
}
