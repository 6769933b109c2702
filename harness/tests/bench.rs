//! `ra3 bench sandbox`: which ways are measured, and what is said of those that are not here.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// As little as can be measured, where there is no interpreter of the wasm backend and no bubblewrap.
fn measured() -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ra3"));
    command.args(["bench", "sandbox", "--runs", "8", "--rounds", "2", "--json"]);
    command.env("RA3_WASM", "/nowhere").env("PATH", "/nowhere");
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python3");
    if python.exists() {
        command.env("RA3_PYTHON", python);
    } else {
        command.env("RA3_PYTHON", "/usr/bin/python3");
    }
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let rounds = stderr.lines().filter(|line| line.starts_with("bench: tiny, round")).count();
    assert_eq!(rounds, 2, "{stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_way_that_is_not_here_is_a_sentence_that_says_how_to_get_it() {
    let findings = measured();
    let names: Vec<_> =
        findings["ways"].as_array().unwrap().iter().map(|way| &way["name"]).collect();
    assert_eq!(names, ["warm", "cold", "plain"]);
    for way in findings["ways"].as_array().unwrap() {
        assert!(way["runs_per_second"].as_f64().unwrap() > 0.0, "{way}");
        assert!(way["latency_p99_milliseconds"].as_f64().unwrap() > 0.0, "{way}");
    }
    let absent: Vec<_> =
        findings["absent"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(
        absent,
        [
            "bubblewrap is left out: bwrap is not on the path; Debian has it in bubblewrap",
            "wasm is left out: no wasm backend: `/nowhere/python.wasm` is missing; \
             `make setup-wasm` fetches its interpreter",
        ]
    );
}
