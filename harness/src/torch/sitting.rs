//! What every training does at a sitting: it is told what to do and where, can be asked to stop, adds to
//! its records, and writes a model.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, ensure};
use harness::commands::explain;
use harness::commands::training::TrainingArgs;
use harness::interrupt::Interrupt;
use harness::run_directory::{require_free, write_file};
use harness::training::CONFIG;
use harness::watchdog;
use serde::Deserialize;
use tokio::runtime::Runtime;
use trainer::model::{Decoder, Export};
use trainer::ranks::{Patience, Place, Ranks};

/// What `command` is to do, and the folder of the run. `least` is the configuration that is shown where
/// none is named; `parse` makes one of a text and changes to it.
pub(crate) fn resolve<C>(
    command: &str,
    arguments: &TrainingArgs,
    least: &str,
    parse: impl Fn(&str, &[String]) -> anyhow::Result<C>,
) -> anyhow::Result<(C, PathBuf)> {
    let read = |file: &Path, changes: &[String]| -> anyhow::Result<C> {
        let text = fs::read_to_string(file)
            .with_context(|| format!("failed to read `{}`", file.display()))?;
        let changed = if changes.is_empty() { "" } else { ", as `--set` changes it" };
        parse(&text, changes).with_context(|| format!("in `{}`{changed}", file.display()))
    };
    if let (true, Some(folder)) = (arguments.resume, &arguments.out) {
        let config = read(&folder.join(CONFIG), &[]).with_context(|| {
            format!("`{}` holds no run of `ra3 {command}` to go on with", folder.display())
        })?;
        return Ok((config, folder.clone()));
    }
    let Some(file) = &arguments.config else {
        return Ok((parse(least, &arguments.set)?, PathBuf::new()));
    };
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let usual = || PathBuf::from(format!("runs/{command}-{name}"));
    let folder = arguments.out.clone().unwrap_or_else(usual);
    let config = read(file, &arguments.set)?;
    if !arguments.show_config {
        ensure!(
            !folder.join(CONFIG).exists(),
            "`{}` holds a run already; `--resume --out` goes on with it, another `--out` begins one",
            folder.display()
        );
        require_free(&folder, "another `--out` begins one")?;
    }
    Ok((config, folder))
}

/// Where what is awaited runs, and whether somebody asked to stop. From now on it is said if a stage of the
/// training is stuck.
pub(crate) fn begin() -> anyhow::Result<(Runtime, Arc<AtomicBool>)> {
    let runtime = Runtime::new().context("failed to start the async runtime")?;
    let stopped = Arc::new(AtomicBool::new(false));
    runtime.spawn(listen(Arc::clone(&stopped)));
    watchdog::start();
    Ok((runtime, stopped))
}

/// Meet the processes that train with this one, if there are any, and see that they are about to do the
/// same as `asked`.
pub(crate) fn meet(asked: &serde_json::Value) -> anyhow::Result<Ranks> {
    let Some(place) = Place::in_environment()? else { return Ok(Ranks::default()) };
    let ranks = Ranks::meet(&place, Patience::default(), |said| {
        explain(&format!("error: {said}"));
        trainer::exit_at_once(harness::FAILED);
    })?;
    ranks.agree("the configuration", &asked.to_string())?;
    if ranks.is_first() {
        explain(&format!("{} processes train together", ranks.count()));
    }
    Ok(ranks)
}

/// What a sitting ends with.
pub(crate) fn exit_code(is_done: bool) -> ExitCode {
    if is_done { ExitCode::SUCCESS } else { Interrupt::exit_code() }
}

/// Remember the first Ctrl-C; the second ends the process at once.
async fn listen(stopped: Arc<AtomicBool>) {
    let Ok(mut interrupt) = Interrupt::listen() else { return };
    interrupt.asked().await;
    explain("this step is finished and saved; Ctrl-C once more ends the run at once");
    stopped.store(true, Ordering::Relaxed);
    interrupt.asked().await;
    trainer::exit_at_once(Interrupt::EXIT);
}

/// The part of a line that says whether it is to be kept.
#[derive(Deserialize)]
struct Step {
    step: u64,
}

/// Write a model as other tools load it, with what lies beside the weights of the one it came from.
pub(crate) fn export(
    model: &Decoder,
    origin: &Path,
    companions: &[(&'static str, String)],
    folder: &Path,
) -> anyhow::Result<()> {
    let beside = origin.is_dir().then(|| origin.to_owned());
    let is_folder = beside.is_some();
    Export { beside, ..Export::default() }.write(model, folder)?;
    if !is_folder {
        for (name, text) in companions {
            write_file(folder, name, text.as_bytes())?;
        }
    }
    Ok(())
}

/// Open a file to add lines to, after removing those of `step` and later ones.
pub(crate) fn open_up_to(path: &Path, step: u64) -> anyhow::Result<File> {
    let doing = || format!("failed to open `{}`", path.display());
    let text = match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        read => read.with_context(doing)?,
    };
    let mut kept = 0;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        // What was cut off by a power failure is of a step that is made again.
        match serde_json::from_slice::<Step>(line) {
            Ok(it) if it.step < step && line.ends_with(b"\n") => kept += line.len(),
            _ => break,
        }
    }
    let file = OpenOptions::new().append(true).create(true).open(path).with_context(doing)?;
    file.set_len(kept as u64).with_context(doing)?;
    Ok(file)
}
