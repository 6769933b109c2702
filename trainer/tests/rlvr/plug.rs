//! Pulling the plug at moments that nobody chose.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use trainer::checkpoint::CheckpointStore;
use trainer::rlvr::{Settings, State};

use crate::world::{Seen, checkpoint, learner, rlvr, settings};

const FOLDER: &str = "RLVR_TEST_FOLDER";
const OVERLAP: &str = "RLVR_TEST_OVERLAP";

/// More than five runs get through before they are killed, on a busy machine too.
const STEPS: u64 = 32;

/// Trains to the end from where the folder says.
fn train(folder: &Path, overlap: bool) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = CheckpointStore::new(folder, 2);
    let (mut learner, mut state) = (learner(), State::default());
    if let Some(checkpoint) = store.newest().unwrap() {
        checkpoint.restore(&mut learner).unwrap();
        state = serde_json::from_value(checkpoint.progress.data).unwrap();
    }
    let run = rlvr(Settings { steps: STEPS, overlap, ..settings() }, &runtime);
    run.train(&mut learner, None, state, &store, &Value::Null, &mut Seen::default()).unwrap();
}

#[test]
#[ignore = "is started by the test below, which kills it"]
fn the_run_that_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    train(Path::new(&folder), std::env::var_os(OVERLAP).is_some());
}

#[test]
fn a_run_that_was_killed_five_times_ends_as_it_would_have_to_the_bit() {
    kill_five_times(false);
}

#[test]
fn so_does_one_that_draws_ahead() {
    kill_five_times(true);
}

fn kill_five_times(overlap: bool) {
    let root = tempfile::tempdir().unwrap();
    let (whole, killed) = (root.path().join("whole"), root.path().join("killed"));
    train(&whole, overlap);
    // The kill falls anywhere between two checkpoints, or into one that is being written.
    for moment in [0, 3, 7, 12, 20] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        if overlap {
            command.env(OVERLAP, "1");
        }
        let mut child = command
            .args(["--ignored", "--exact", "plug::the_run_that_is_killed", "--nocapture"])
            .env(FOLDER, &killed)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Open until it is dead, or else it would die of what it cannot say.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("saved ")));
        std::thread::sleep(Duration::from_millis(moment));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    train(&killed, overlap);
    for file in ["model.safetensors", "optimizer.safetensors", "progress.json"] {
        let read = |folder: &Path| fs::read(checkpoint(folder, STEPS).join(file)).unwrap();
        assert!(read(&whole) == read(&killed), "{file} differs");
    }
}
