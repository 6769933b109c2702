//! `ra3 demo` before its first step: what it needs and what it never touches.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;

/// What it says when it refuses to begin, in `folder`.
fn refusal(folder: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ra3"));
    command.current_dir(folder).env_remove("RA3_DEMO_MODEL").args(["demo", "--out", "out"]);
    let output = command.assert().failure().code(2).get_output().clone();
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_missing_model_is_said_before_anything_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let said = refusal(folder.path());
    assert!(said.contains("`make setup-model` fetches it, and --model names another"), "{said}");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_folder_that_is_no_run_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("out/judge/precious.txt");
    fs::create_dir_all(precious.parent().unwrap()).unwrap();
    fs::create_dir_all(folder.path().join(".models")).unwrap();
    for file in [&precious, &folder.path().join(".models/SmolLM2-135M-Instruct.Q4_1.gguf")] {
        fs::write(file, "").unwrap();
    }
    let said = refusal(folder.path());
    assert!(said.contains("is there and is no run; --out names another folder"), "{said}");
    assert!(precious.exists());
}
