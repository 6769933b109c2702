//! Pulling the plug at moments that nobody chose.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use trainer::checkpoint::CheckpointStore;
use trainer::rlvr::State;

use crate::world::{Seen, checkpoint, learner, rlvr, settings};

const FOLDER: &str = "RLVR_TEST_FOLDER";

/// Trains to the end from where the folder says.
fn train(folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = CheckpointStore::new(folder, 2);
    let (mut learner, mut state) = (learner(), State::default());
    if let Some(checkpoint) = store.newest().unwrap() {
        checkpoint.restore(&mut learner).unwrap();
        state = serde_json::from_value(checkpoint.progress.data).unwrap();
    }
    let run = rlvr(settings(), &runtime);
    run.train(&mut learner, None, state, &store, &Value::Null, &mut Seen::default()).unwrap();
}

#[test]
#[ignore = "is started by the test below, which kills it"]
fn the_run_that_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    train(Path::new(&folder));
}

#[test]
fn a_run_that_was_killed_five_times_ends_as_it_would_have_to_the_bit() {
    let root = tempfile::tempdir().unwrap();
    let (whole, killed) = (root.path().join("whole"), root.path().join("killed"));
    train(&whole);
    // The kill falls anywhere between two checkpoints, or into one that is being written.
    for (number, moment) in [0, 3, 7, 12, 20].into_iter().enumerate() {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "plug::the_run_that_is_killed", "--nocapture"])
            .env(FOLDER, &killed)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Open until it is dead, or else it would die of what it cannot say.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // A step more each time, so that the run is never at its end before.
        let saved = format!("saved {}", number + 1);
        assert!(lines.by_ref().map_while(Result::ok).any(|line| line.starts_with(&saved)));
        std::thread::sleep(Duration::from_millis(moment));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    train(&killed);
    let steps = settings().steps;
    for file in ["model.safetensors", "optimizer.safetensors", "progress.json"] {
        let read = |folder: &Path| fs::read(checkpoint(folder, steps).join(file)).unwrap();
        assert!(read(&whole) == read(&killed), "{file} differs");
    }
}
