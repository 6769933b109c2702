//! `kill -9`, through the program that people start: at moments that chance chose, with everything in it that
//! a run has, judges and records included.

#![cfg(feature = "train")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "scene/desk.rs"]
#[expect(dead_code, reason = "other tests read what a command prints")]
mod desk;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use desk::Desk;
use serde_json::Value;

/// More than five runs get through before they are killed, on a busy machine too.
const STEPS: usize = 32;

/// A run whose weights move although no answer is right: what keeps it near the reference has a gradient.
fn desk() -> Option<Desk> {
    Desk::new("tiny.toml", |model| {
        format!(
            "[model]\npath = {model:?}\n[data]\nbenchmark = \"mini-train\"\nlimit = 6\n\
             [training]\nsteps = {STEPS}\nprompts = 2\nsamples = 3\nmax_tokens = 6\nsave_every = 1\n\
             learning_rate = 1e-3\n[objective]\npreset = \"grpo\"\nkl = \"k1\"\n[evaluation]\nheld_out = 2\nevery = 8\n"
        )
    })
}

/// Where a run is killed: so many steps after it began or went on, and this part of a step later.
struct Moment {
    steps: usize,
    part: f64,
}

/// Five moments by `seed`; one is before the first step is made, and all come before the run's end.
fn moments(seed: u64) -> Vec<Moment> {
    // SplitMix64, of which a test needs to know no more than that it is the same every time.
    let mut state = seed;
    let mut number = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut moment = |most: f64| Moment { steps: (number() * most) as usize, part: number() };
    (0..5).map(|kill| moment(if kill == 1 { 1.0 } else { 3.0 })).collect()
}

/// Begins the run, or goes on with it, and kills it at `moment`. Says how many steps it had made then.
fn kill(desk: &Desk, changes: &[&str], moment: &Moment, step: Duration) -> usize {
    let is_begun = desk.path("killed/config.toml").exists();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ra3"));
    command.current_dir(desk.folder.path()).env("OMP_NUM_THREADS", "1").arg("rlvr");
    if is_begun {
        command.arg("--resume");
    } else {
        command.args(["--config", "tiny.toml"]).args(changes);
    }
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python3");
    if python.exists() {
        command.env("RA3_PYTHON", python);
    }
    let mut child = command.args(["--out", "killed"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut made = 0;
    while made < moment.steps {
        let line = said.next().expect("it goes on until it is killed");
        made += usize::from(line.starts_with("step "));
    }
    std::thread::sleep(step.mul_f64(moment.part));
    assert_eq!(child.try_wait().unwrap(), None, "it was at its end before the kill");
    child.kill().unwrap();
    child.wait().unwrap();
    made
}

/// What happened, but for how long it took.
fn events(desk: &Desk, run: &str) -> Vec<Value> {
    let mut events = desk.lines(&format!("{run}/events.jsonl"));
    for event in &mut events {
        event.as_object_mut().unwrap().remove("seconds");
    }
    events
}

fn kill_five_times(seed: u64, changes: &[&str]) {
    let Some(desk) = desk() else { return };
    let began = Instant::now();
    let first = ["rlvr", "--config", "tiny.toml", "--out", "whole"];
    let ran = desk.ra3(&[&first[..], changes].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let step = began.elapsed() / STEPS as u32;
    let made: Vec<usize> =
        moments(seed).iter().map(|moment| kill(&desk, changes, moment, step)).collect();
    println!("killed after {made:?} steps, each and up to {step:?} later");
    let ran = desk.ra3(&["rlvr", "--resume", "--out", "killed"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);

    let last = format!("checkpoints/step-{STEPS:08}");
    let files = ["model.safetensors", "optimizer.safetensors", "progress.json"];
    let files = files.map(|name| format!("{last}/{name}"));
    for file in files.iter().map(String::as_str).chain(["samples.jsonl"]) {
        let read = |run: &str| fs::read(desk.path(run).join(file)).unwrap();
        assert!(read("whole") == read("killed"), "{file} differs");
    }
    let events = |run| events(&desk, run);
    assert_eq!(events("whole"), events("killed"));
    let moves = |event: &Value| event["gradient_norm"].as_f64().is_some_and(|norm| norm > 0.0);
    assert_eq!(events("whole").iter().filter(|event| moves(event)).count(), STEPS);
}

#[test]
fn a_run_that_was_killed_at_five_random_moments_ends_with_the_same_bytes() {
    kill_five_times(1, &[]);
}

#[test]
fn so_does_one_that_draws_ahead() {
    kill_five_times(2, &["--set", "training.overlap=true"]);
}
