//! `ra3 demo`: the whole way on problems that are part of the program, from a verdict to a model that
//! learned from verdicts.
//!
//! It is a list of commands that a person could type, run one after the other and shown as they are.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};

use anyhow::{Context, ensure};
use clap::Args;
use sandbox::child_process;
use tokio::process::Command;

use super::{explain, print};
use crate::interrupt::Interrupt;
use crate::run_directory::{REPORT, write_file};
use crate::training::CONFIG;

/// The training of the demonstration.
const RECIPE: &str = include_str!("../../recipes/demo.toml");
/// Where `make setup-model` puts the model, seen from the checkout.
const MODEL: &str = ".models/SmolLM2-135M-Instruct.Q4_1.gguf";

/// Judge embedded answers, train a small model on verdicts, and say where the reports are.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 demo
  ra3 demo --model SmolLM2-135M-Instruct.Q4_1.gguf --out runs/demo

Takes about ten minutes on two cores. `make demo` sets up what it needs first, the model among it. Each
step is a command that is shown before it runs and can be typed by hand.")]
pub(crate) struct DemoArgs {
    /// The model to train: a folder of Hugging Face, or a GGUF file.
    #[arg(long, value_name = "PLACE", env = "RA3_DEMO_MODEL", default_value = MODEL)]
    model: PathBuf,
    /// The folder of the two runs; those of an earlier demonstration are replaced.
    #[arg(long, value_name = "FOLDER", default_value = "runs/demo")]
    out: PathBuf,
}

/// Carry out the steps.
pub(crate) async fn run(arguments: DemoArgs) -> anyhow::Result<ExitCode> {
    let DemoArgs { model, out } = arguments;
    ensure!(
        model.exists(),
        "there is no model at `{}`; `make setup-model` fetches it, and --model names another",
        model.display()
    );
    let (judged, trained) = (out.join("judge"), out.join("rlvr"));
    for folder in [&judged, &trained] {
        make_room(folder)?;
    }
    fs::create_dir_all(&out).with_context(|| format!("failed to make `{}`", out.display()))?;
    let (samples, recipe) = ("samples.jsonl", "recipe.toml");
    write_file(&out, samples, datasets::mini::COMPLETIONS.as_bytes())?;
    write_file(&out, recipe, RECIPE.as_bytes())?;
    let (samples, recipe) = (out.join(samples), out.join(recipe));

    let mut path = OsString::from("model.path=");
    path.push(&model);
    let steps = [
        ("what this machine can do", words("doctor", [])),
        (
            "the embedded problems, and answers to them",
            words(
                "judge --benchmark mini --allow-missing --samples @ --out @",
                [&samples, &judged],
            ),
        ),
        (
            "reinforcement learning on strict verdicts",
            words("rlvr --config @ --set @ --out @", [&recipe, Path::new(&path), &trained]),
        ),
        ("what it learned", words("inspect @", [&trained])),
    ];
    let mut interrupt = Interrupt::listen()?;
    for (title, command) in steps {
        let shown: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
        explain(&format!("\n== {title}\n$ ra3 {}", shown.join(" ")));
        let status = carry_out(&command, &mut interrupt).await?;
        if status.code() == Some(Interrupt::EXIT.into()) {
            return Ok(Interrupt::exit_code());
        }
        ensure!(status.success(), "`ra3 {}` failed: {status}", command[0].to_string_lossy());
    }
    explain("\n== the reports: of the verdicts, and of the training");
    for folder in [judged, trained] {
        print(&folder.join(REPORT).display().to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The words of a command, in which each `@` is the next of the paths.
fn words<const N: usize>(command: &str, paths: [&Path; N]) -> Vec<OsString> {
    let mut paths = paths.into_iter();
    let word = |word| match word {
        "@" => paths.next().map(OsString::from),
        word => Some(word.into()),
    };
    command.split_whitespace().filter_map(word).collect()
}

/// Remove what an earlier demonstration left, and nothing else.
fn make_room(folder: &Path) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    ensure!(
        folder.join(CONFIG).exists(),
        "`{}` is there and is no run; --out names another folder",
        folder.display()
    );
    fs::remove_dir_all(folder).with_context(|| format!("failed to remove `{}`", folder.display()))
}

/// Run this program with other arguments, and hand on what it is asked by Ctrl-C.
async fn carry_out(command: &[OsString], interrupt: &mut Interrupt) -> anyhow::Result<ExitStatus> {
    let ourselves = std::env::current_exe().context("cannot find this program itself")?;
    let mut child = Command::new(&ourselves);
    child.args(command);
    child_process::bind_to_us(child.as_std_mut());
    let mut child =
        child.spawn().with_context(|| format!("failed to start `{}`", ourselves.display()))?;
    let mut how: fn(u32) = child_process::ask_to_end;
    loop {
        tokio::select! {
            status = child.wait() => return status.context("failed to wait for a step"),
            () = interrupt.asked() => {
                child.id().into_iter().for_each(how);
                how = child_process::end;
            }
        }
    }
}
