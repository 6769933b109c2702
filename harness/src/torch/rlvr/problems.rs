//! What a run trains on and is measured by, and what was left out of that.

use std::collections::BTreeSet;

use anyhow::ensure;
use datasets::{Dataset, NGrams, Overlap, Problem, Refusal};
use harness::commands::explain;
use harness::named_data::NamedData;
use serde_json::{Value, json};

use super::config::Config;

/// The file that says what was left out.
pub(super) const DATA: &str = "data.json";

/// The problems of a run.
pub(super) struct Problems {
    pub(super) train: Vec<Problem>,
    pub(super) held_out: Vec<Problem>,
    /// Rows that make no sense, and why.
    refused: Vec<Refusal>,
    /// Problems of benchmarks.
    overlaps: Vec<Overlap>,
}

impl Problems {
    /// Open what the configuration names.
    pub(super) fn open(config: &Config) -> anyhow::Result<Self> {
        let data = &config.data;
        let mut training = Dataset::open(data.benchmark, data.file.as_deref())?;
        if let Some(most) = data.max_tests {
            training.cap_tests(most);
        }
        let named =
            data.decontaminate.iter().map(NamedData::open).collect::<Result<Vec<_>, _>>()?;
        let file = config.evaluation.file.as_deref();
        let measured = config.evaluation.benchmark.map(|it| Dataset::open(it, file)).transpose()?;
        // The same data for both is for who wants to see a model learn by heart.
        let others = measured.iter().filter(|it| it.benchmark != data.benchmark);
        let benchmarks: Vec<&Dataset> = named.iter().chain(others).collect();
        let known = NGrams::of(benchmarks.iter().flat_map(|benchmark| &benchmark.problems));
        let overlaps =
            if benchmarks.is_empty() { Vec::new() } else { training.decontaminate(&known) };
        let Dataset { problems: mut train, refused, .. } = training;
        train.truncate(data.limit.unwrap_or(usize::MAX));
        let held_out = match measured {
            Some(measured) => measured.problems,
            None => {
                let held_out = config.evaluation.held_out;
                ensure!(
                    held_out < train.len(),
                    "`evaluation.held_out` is {held_out}, and of {} problems none would be left to \
                     train on",
                    train.len()
                );
                train.split_off(train.len() - held_out)
            }
        };
        ensure!(
            !train.is_empty(),
            "there is no problem to train on: {} overlap with benchmarks, {} were refused",
            overlaps.len(),
            refused.len()
        );
        Ok(Self { train, held_out, refused, overlaps })
    }

    /// Say what was left out, if anything was.
    pub(super) fn tell(&self) {
        if !self.refused.is_empty() {
            explain(&format!("{} rows make no sense and were left out", self.refused.len()));
        }
        let overlapping: BTreeSet<&str> = self.overlaps.iter().map(|it| &it.id[..]).collect();
        if !overlapping.is_empty() {
            let count = overlapping.len();
            explain(&format!("{count} problems stand in benchmarks and are not trained on"));
        }
    }

    /// What the file [`DATA`] says: how many there are, and what was left out.
    pub(super) fn record(&self) -> String {
        let refused = self.refused.iter().map(|it| json!({ "id": it.id, "reason": it.reason }));
        let all = json!({
            "train": self.train.len(),
            "held_out": self.held_out.len(),
            "refused": refused.collect::<Vec<Value>>(),
            "overlaps": self.overlaps,
        });
        format!("{all:#}\n")
    }
}
