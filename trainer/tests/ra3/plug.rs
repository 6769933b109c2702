//! Pulling the plug while programs are explained, annotated and learnt.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use trainer::ra3::{Algorithm, Event, MidtrainObserver};

use super::world::{Seen, settings, train};

const FOLDER: &str = "RA3_TEST_FOLDER";

/// Says what happened, for who is about to kill this process.
#[derive(Default)]
struct Said {
    units: usize,
}

impl MidtrainObserver for Said {
    fn begins(&mut self, done: u64) -> Result<(), String> {
        self.units = done as usize;
        Ok(())
    }

    fn happened(&mut self, event: &Event) -> Result<(), String> {
        if !matches!(event, Event::HeldOut { .. }) {
            self.units += 1;
            println!("unit {}", self.units);
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        false
    }
}

#[test]
#[ignore = "is started by the test below, which kills it"]
fn the_run_that_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    train(Path::new(&folder), settings(Algorithm::Ra3), &mut Said::default());
}

/// Kills a run by a signal, some time after it has said this.
fn kill(folder: &Path, said: &str, moment: Duration) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "plug::the_run_that_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Open until it is dead, or else it would die of what it cannot say.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.by_ref().map_while(Result::ok).any(|line| line.ends_with(said)), "{said}");
    std::thread::sleep(moment);
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
}

#[test]
fn a_run_that_was_killed_in_every_part_of_a_round_ends_as_it_would_have_to_the_bit() {
    let root = tempfile::tempdir().unwrap();
    let (whole, killed) = (root.path().join("whole"), root.path().join("killed"));
    let whole = train(&whole, settings(Algorithm::Ra3), &mut Seen::default()).unwrap();
    // Of a round's 9 units the first 3 are E-steps, the next 3 chunks that are annotated, the last 3
    // M-steps; what was done is saved at once or a moment later, and the kill falls where it falls.
    for (unit, moment) in [(1, 0), (3, 4), (5, 1), (7, 9), (9, 2), (12, 0), (15, 5)] {
        kill(&killed, &format!("unit {unit}"), Duration::from_millis(moment));
    }
    let mut seen = Seen::default();
    let resumed = train(&killed, settings(Algorithm::Ra3), &mut seen).unwrap();
    assert!(resumed == whole);
    assert!(seen.begun >= 14, "{}", seen.begun);
}
