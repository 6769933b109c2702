//! `ra3 data decontaminate`: which problems of a training set stand in a benchmark.
//!
//! Prints one line for each pair, and takes nothing out of any file: what is trained on is the business
//! of whoever trains, by the same function.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use datasets::{Dataset, DatasetName, NGrams, Overlap};
use serde_json::json;

use crate::named_data::NamedData;

/// Find the problems of a training set that stand in a benchmark, by thirteen words in a row.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 data decontaminate leetcode --data LeetCodeDataset.jsonl --against humaneval mbpp
  ra3 data decontaminate taco --data train.parquet --against livecodebench=test6.jsonl --json
  ra3 data decontaminate mini-train --against mini-test

Case and punctuation do not count. A statement of 8 to 12 words, on either side, must be found whole in the
other; a shorter one is not looked for. Words that stand in more than 3 problems of the benchmarks are not compared.")]
pub(super) struct DecontaminateArgs {
    /// The training set: leetcode, acecode, taco, deepcoder, areal-code, kodcode, or a benchmark.
    name: DatasetName,
    /// Its file, or a folder of them: JSON lines, JSON or Parquet; may be given more than once.
    #[arg(long, value_name = "PATH")]
    data: Vec<PathBuf>,
    /// The benchmarks to compare with, as `NAME` or, with a file of yours, as `NAME=FILE`.
    #[arg(long, required = true, num_args = 1.., value_name = "NAME[=FILE]")]
    against: Vec<NamedData>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Print what overlaps with what.
pub(super) fn run(arguments: &DecontaminateArgs) -> anyhow::Result<ExitCode> {
    let mut training = Dataset::open_all(arguments.name, &arguments.data)?;
    let benchmarks =
        arguments.against.iter().map(NamedData::open).collect::<Result<Vec<_>, _>>()?;
    let known = NGrams::of(benchmarks.iter().flat_map(|benchmark| &benchmark.problems));
    let all = training.problems.len();
    let short = training.problems.iter().filter(|problem| NGrams::is_too_short(problem)).count();
    let overlaps = training.decontaminate(&known);
    let clean = training.problems.len();
    if arguments.json {
        let report = json!({
            "problems": all,
            "clean": clean,
            "refused": training.refused.len(),
            "too_short": { "training": short, "benchmarks": known.too_short() },
            "overlaps": overlaps,
        });
        crate::commands::print(&serde_json::to_string_pretty(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for Overlap { id, with, shared, words } in &overlaps {
        crate::commands::print(&format!("{id:<40} {with:<24} {shared:>4}  {words}"))?;
    }
    crate::commands::explain(&format!("{} of {all} problems overlap", all - clean));
    let unseen = known.too_short().len();
    if short + unseen > 0 {
        crate::commands::explain(&format!(
            "too short to be compared: {short} of these, and {unseen} of the benchmarks'"
        ));
    }
    Ok(ExitCode::SUCCESS)
}
