//! `ra3 launch`: what two processes make of a training is what one makes of it.

#![cfg(feature = "train")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "scene/desk.rs"]
mod desk;

use std::fs;

use desk::Desk;

#[test]
fn two_processes_keep_one_record_with_the_answers_and_verdicts_of_both() {
    let Some(desk) = Desk::rlvr(3) else { return };
    let ran = desk.ra3(&["rlvr", "--config", "tiny.toml", "--out", "one"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let launch = ["launch", "-n", "2", "--", "rlvr", "--config", "tiny.toml", "--out", "two"];
    let ran = desk.ra3(&launch);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("2 processes train together"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("step 3/3").count(), 1, "{}", ran.stderr);

    let answers = |run: &str| -> Vec<_> {
        let rows = desk.lines(&format!("{run}/samples.jsonl"));
        let known = |row: &serde_json::Value| {
            ["step", "task_id", "sample", "tokens", "verdict", "reward"].map(|key| row[key].clone())
        };
        rows.iter().map(known).collect()
    };
    let (one, two) = (answers("one"), answers("two"));
    assert_eq!(one, two);
    assert!(two.iter().all(|row| row[4].is_string()), "an answer has no verdict");
    assert!(desk.path("two/report.html").exists());
}

#[test]
fn two_processes_that_lost_their_last_step_end_with_the_same_bytes() {
    let Some(desk) = Desk::rlvr(3) else { return };
    let launch = |rest: &[&str]| {
        let ran = desk.ra3(&[&["launch", "-n", "2", "--"], rest].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran
    };
    launch(&["rlvr", "--config", "tiny.toml", "--out", "run", "--quiet"]);
    let last = "run/checkpoints/step-00000003/model.safetensors";
    let kept = |name: &str| fs::read(desk.path(name)).unwrap();
    let (model, samples) = (kept(last), kept("run/samples.jsonl"));
    fs::remove_file(desk.path("run/checkpoints/step-00000003/manifest.json")).unwrap();
    let ran = launch(&["rlvr", "--resume", "--out", "run"]);
    assert!(ran.stderr.contains("step-00000002"), "{}", ran.stderr);
    assert!(kept(last) == model, "the resumed model differs");
    assert!(kept("run/samples.jsonl") == samples, "the resumed records differ");
}

#[test]
fn what_goes_wrong_in_a_process_ends_them_all_and_is_said() {
    let Some(desk) = Desk::rlvr(3) else { return };
    let broken = ["launch", "-n", "2", "--", "rlvr", "--config", "tiny.toml", "--set"];
    let ran = desk.ra3(&[&broken[..], &["training.stepz=1"]].concat());
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("stepz"), "{}", ran.stderr);
    let ran = desk.ra3(&["launch", "-n", "2", "--", "judge", "--benchmark", "mini"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("`rlvr` and `midtrain`"), "{}", ran.stderr);
}
