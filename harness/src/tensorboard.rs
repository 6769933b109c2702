//! Event files that TensorBoard draws.
//!
//! What goes into events.jsonl as a line goes in here as scalars, one for every number of it, under the
//! name of the event and the path of the number: `step/reward`, `step/seconds/sampling`.
//!
//! The format is TensorFlow's: records with their length and two checksums, and in each an `Event`
//! message (tensorflow/core/util/event.proto), of which this knows scalars and the begin of a session.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use serde_json::Value;

/// The folder of event files within the folder of a run.
pub const FOLDER: &str = "tensorboard";

/// An event file that is being written.
#[derive(Debug)]
pub struct EventFile {
    file: File,
}

impl EventFile {
    /// A new file in the run's folder, for a sitting that begins at `step`. What another sitting said of
    /// that step and later ones is not shown any more.
    ///
    /// # Errors
    ///
    /// The folder cannot be made or the file not be written.
    pub fn create(run: &Path, step: u64) -> anyhow::Result<Self> {
        let folder = run.join(FOLDER);
        let now = now();
        let name = format!("events.out.tfevents.{}.ra3.{}", now as u64, std::process::id());
        let path = folder.join(name);
        let create = || -> std::io::Result<File> {
            fs::create_dir_all(&folder)?;
            let mut file = File::create(&path)?;
            let version = Message::default().double(1, now).bytes(3, b"brain.Event:2");
            file.write_all(&record(&version.0))?;
            const START: u64 = 1;
            let session = Message::default().number(1, START);
            let begin = Message::default().double(1, now).number(2, step).bytes(7, &session.0);
            file.write_all(&record(&begin.0))?;
            Ok(file)
        };
        let file = create().with_context(|| format!("failed to write `{}`", path.display()))?;
        Ok(Self { file })
    }

    /// Add the numbers of a line of events.jsonl, which has an `event` and a `step`.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn add(&mut self, line: &Value) -> anyhow::Result<()> {
        let name = line["event"].as_str().unwrap_or("event");
        let mut summary = Message::default();
        for (tag, number) in numbers(name, line) {
            let value = Message::default().bytes(1, tag.as_bytes()).float(2, number as f32);
            summary = summary.bytes(1, &value.0);
        }
        let step = line["step"].as_u64().unwrap_or(0);
        let event = Message::default().double(1, now()).number(2, step).bytes(5, &summary.0);
        self.file.write_all(&record(&event.0)).context("failed to write TensorBoard's events")
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Every number within `value`, and its path. Lists are no scalars, and a step's number is its place.
fn numbers(path: &str, value: &Value) -> Vec<(String, f64)> {
    let Value::Object(fields) = value else { return Vec::new() };
    let each = fields.iter().filter(|(name, _)| *name != "step").flat_map(|(name, value)| {
        let path = format!("{path}/{name}");
        match value.as_f64() {
            Some(number) => vec![(path, number)],
            None => numbers(&path, value),
        }
    });
    each.collect()
}

/// A message as protocol buffers write it.
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    const VARINT: u64 = 0;
    const FIXED_64: u64 = 1;
    const LENGTH: u64 = 2;
    const FIXED_32: u64 = 5;

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn number(mut self, field: u64, number: u64) -> Self {
        self.varint(field << 3 | Self::VARINT);
        self.varint(number);
        self
    }

    fn double(mut self, field: u64, number: f64) -> Self {
        self.varint(field << 3 | Self::FIXED_64);
        self.0.extend(number.to_le_bytes());
        self
    }

    fn float(mut self, field: u64, number: f32) -> Self {
        self.varint(field << 3 | Self::FIXED_32);
        self.0.extend(number.to_le_bytes());
        self
    }

    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | Self::LENGTH);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }
}

/// `data` with its length and the checksums of both.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &checksum(&length), data, &checksum(data)].concat()
}

/// CRC-32C, turned and shifted so that data which holds checksums is no special case.
fn checksum(data: &[u8]) -> [u8; 4] {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_is_as_tensorboard_writes_it() {
        // Made by the `RecordWriter` of tensorboard 2.21.
        let written = "\
            2100000000000000017becf6090000000000000040\
            10032a140a120a0b737465702f726577617264150000003f\
            afca65d5";
        let value = Message::default().bytes(1, b"step/reward").float(2, 0.5);
        let summary = Message::default().bytes(1, &value.0);
        let event = Message::default().double(1, 2.0).number(2, 3).bytes(5, &summary.0);
        let hex: String = record(&event.0).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, written);
    }

    #[test]
    fn every_number_has_its_path() {
        let line = json!({
            "event": "step", "step": 3, "reward": 0.5, "seconds": { "sampling": 2 },
            "by_prompt": [1, 2], "loss": null,
        });
        let expected = [("step/reward".to_owned(), 0.5), ("step/seconds/sampling".to_owned(), 2.0)];
        assert_eq!(numbers("step", &line), expected);
    }
}
