//! `ra3 lab tracked-skills`: seeds side by side, and what they come to.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use harness::commands::lab::{ArmName, TrackedSkillsArgs};
use harness::commands::{explain, print};
use harness::run_directory::write_file;
use harness::training::CONFIG;
use serde_json::json;
use tokio::runtime::Handle;
use trainer::lab::{Arm, ArmReport, Experiment};

use super::page;
use super::results::{Mean, Results, reaches};
use crate::configuration::changed;

/// A line for every arm of every seed.
const RESULTS: &str = "results.jsonl";

/// What an arm is to reach in reinforcement.
const ENOUGH: f64 = 0.9;

pub(super) fn run(arguments: &TrackedSkillsArgs) -> anyhow::Result<ExitCode> {
    let text = match &arguments.config {
        Some(file) => fs::read_to_string(file)
            .with_context(|| format!("failed to read `{}`", file.display()))?,
        None => String::new(),
    };
    let experiment: Experiment = changed(&text, &arguments.set)?;
    let config = toml::to_string(&experiment)?;
    if arguments.show_config {
        print(config.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let folder = &arguments.out;
    fs::create_dir_all(folder).with_context(|| format!("failed to make `{}`", folder.display()))?;
    let known = known(folder, &config)?;
    write_file(folder, CONFIG, config.as_bytes())?;
    let arms: Vec<Arm> = arguments.arms.iter().map(|&name| arm(name)).collect();
    let all = every_seed(arguments, &experiment, &arms, known)?;
    let results = Results(all);
    let table = table(&results, &arms);
    write_file(folder, "report.html", page::html(&results, &table, &config).as_bytes())?;
    print(if arguments.json { as_json(&results, &arms)? } else { table }.trim_end())?;
    explain(&format!("report: {}", folder.join("report.html").display()));
    Ok(ExitCode::SUCCESS)
}

fn arm(name: ArmName) -> Arm {
    match name {
        ArmName::Base => Arm::Base,
        ArmName::Ntp => Arm::Ntp,
        ArmName::Ra3 => Arm::Ra3,
    }
}

/// The results in the folder, if they are of this experiment.
fn known(folder: &Path, config: &str) -> anyhow::Result<Vec<ArmReport>> {
    let path = folder.join(RESULTS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let before = fs::read_to_string(folder.join(CONFIG)).unwrap_or_default();
    anyhow::ensure!(
        before == config,
        "`{}` holds results of another configuration; another `--out` begins anew",
        folder.display()
    );
    let text = fs::read_to_string(&path)
        .with_context(|| format!("failed to read `{}`", path.display()))?;
    // A line that was cut off is run again.
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// Runs what is missing, and gives what is there with it.
fn every_seed(
    arguments: &TrackedSkillsArgs,
    experiment: &Experiment,
    arms: &[Arm],
    known: Vec<ArmReport>,
) -> anyhow::Result<Vec<ArmReport>> {
    let runtime = tokio::runtime::Runtime::new().context("failed to start the async runtime")?;
    let missing = |seed: u64| -> Vec<Arm> {
        let is_known = |arm: &Arm| known.iter().any(|it| it.seed == seed && it.arm == *arm);
        arms.iter().copied().filter(|arm| !is_known(arm)).collect()
    };
    let work: Vec<(u64, Vec<Arm>)> = (1..=arguments.seeds)
        .map(|seed| (seed, missing(seed)))
        .filter(|(_, arms)| !arms.is_empty())
        .collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = arguments.jobs.map_or(cores, usize::from).min(work.len());
    trainer::lab::compute_with_one_thread();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(known.clone()));
    let one = || -> anyhow::Result<()> {
        while let Some((seed, arms)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
            let reports = seed_of(arguments, experiment, *seed, arms, runtime.handle())?;
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            keep(&arguments.out, &reports)?;
            found.extend(reports);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(one)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("a seed does not panic"))
    })?;
    Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn seed_of(
    arguments: &TrackedSkillsArgs,
    experiment: &Experiment,
    seed: u64,
    arms: &[Arm],
    runtime: &Handle,
) -> anyhow::Result<Vec<ArmReport>> {
    // Checkpoints are for the trainer's sake; nobody goes on from them.
    let scratch = tempfile::tempdir().context("failed to make a folder for checkpoints")?;
    let mut told = |text: &str| {
        if !arguments.quiet {
            explain(&format!("seed {seed}: {text}"));
        }
    };
    Ok(experiment.run(seed, arms, scratch.path(), runtime, &mut told)?)
}

fn keep(folder: &Path, reports: &[ArmReport]) -> anyhow::Result<()> {
    let path = folder.join(RESULTS);
    let doing = || format!("failed to write to `{}`", path.display());
    let mut file = OpenOptions::new().append(true).create(true).open(&path).with_context(doing)?;
    for report in reports {
        let line = serde_json::to_string(report)? + "\n";
        file.write_all(line.as_bytes()).with_context(doing)?;
    }
    file.sync_all().with_context(doing)
}

/// What is said of an arm before reinforcement.
type Column = (&'static str, fn(&ArmReport) -> f64);

const COLUMNS: [Column; 6] = [
    ("success", |it| it.before.success),
    ("thinks", |it| it.before.think_rate),
    ("at starts", |it| it.before.think_at_starts),
    ("inside", |it| it.before.think_inside),
    ("code, nats", |it| it.before.plain_loss),
    ("behind thoughts", |it| it.before.thinking_loss),
];

fn table(results: &Results, arms: &[Arm]) -> String {
    let mut text = String::new();
    let mut line =
        |words: String| writeln!(text, "{}", words.trim_end()).expect("a String takes all");
    line("before reinforcement, mean over seeds with 95 % interval".to_owned());
    let heads: String = COLUMNS.iter().map(|(name, _)| format!("{name:>17}")).collect();
    line(format!("{:<6}{heads}", ""));
    for &arm in arms {
        let cells: String = COLUMNS
            .iter()
            .map(|(_, of)| format!("{:>17}", results.mean(arm, of).to_string()))
            .collect();
        line(format!("{:<6}{cells}", name(arm)));
    }
    if let Some(difference) = results.difference(Arm::Ra3, Arm::Ntp, |it| it.before.success) {
        line(format!("ra3 - ntp, success: {difference}"));
    }
    line(String::new());
    line(format!(
        "reinforcement: first step at which success is {ENOUGH}, by seed; success at the end"
    ));
    for &arm in arms {
        let reached = results.of(arm).into_iter().map(|it| match reaches(it, ENOUGH) {
            Some(step) => step.to_string(),
            None => "never".to_owned(),
        });
        let reached: Vec<String> = reached.collect();
        let end = results.mean(arm, |it| it.after.success);
        line(format!("{:<6}{:<40}{end}", name(arm), reached.join(" ")));
    }
    text
}

fn name(arm: Arm) -> &'static str {
    match arm {
        Arm::Base => "base",
        Arm::Ntp => "ntp",
        Arm::Ra3 => "ra3",
    }
}

fn as_json(results: &Results, arms: &[Arm]) -> anyhow::Result<String> {
    let of_arm = |&arm: &Arm| {
        let columns: serde_json::Map<_, _> = COLUMNS
            .iter()
            .map(|(name, of)| ((*name).to_owned(), json!(results.mean(arm, of))))
            .collect();
        let reached: Vec<Option<u64>> =
            results.of(arm).into_iter().map(|it| reaches(it, ENOUGH)).collect();
        let after: Mean = results.mean(arm, |it| it.after.success);
        json!({ "arm": name(arm), "before": columns, "reached": reached, "after": after })
    };
    let difference = results.difference(Arm::Ra3, Arm::Ntp, |it| it.before.success);
    let all = json!({
        "arms": arms.iter().map(of_arm).collect::<Vec<_>>(),
        "ra3_minus_ntp": difference,
        "seeds": results.0,
    });
    Ok(serde_json::to_string_pretty(&all)?)
}
