//! `ra3 run`: one program in the sandbox, for a person who wants to see what happens.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use sandbox::{Captured, Ending, Execution, Isolation, Job, Limits, Python, Sandbox, Tier};
use serde_json::{Value, json};

use crate::backend::{AnySandbox, Backend, Wish};

/// Exit code for a program that was ended at a limit, as timeout(1) has it.
const LIMIT: u8 = 124;
/// What a shell adds to the number of the signal that ended a program.
const SIGNAL: i32 = 128;

/// Run one Python program in the sandbox and say how it ended.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 run program.py
  ra3 run program.py --stdin input.txt --cpu 2 --memory 256
  echo 'print(1 + 1)' | ra3 run - --json

The program's output goes to stdout and stderr, and a line on how it ended to stderr.
Exit code: the program's own; 128 + N if signal N ended it; 124 if a limit did; 2 if ra3 failed.")]
pub(crate) struct RunArgs {
    /// The program; `-` reads it from standard input.
    file: PathBuf,
    /// A file to give the program as its standard input.
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,
    /// Processor time limit in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = super::seconds)]
    cpu: f64,
    /// Idle time limit in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = super::seconds)]
    wall: f64,
    /// Memory limit in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(8..1 << 24))]
    memory: u64,
    /// Where it runs.
    #[arg(long, value_name = "NAME", default_value_t)]
    backend: Backend,
    /// Isolation tier: t2, t1, t0 or none. The strongest that the machine allows by default.
    #[arg(long)]
    tier: Option<Tier>,
    /// What runs share from tier t1 on: strict (an empty network) or paranoid (nothing).
    #[arg(long, value_name = "NAME", default_value_t)]
    isolation: Isolation,
    /// The interpreter, instead of the one that `ra3 doctor` shows.
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// Print one JSON object instead of the program's output.
    #[arg(long)]
    json: bool,
}

/// Run the program and pass on what it said.
pub(crate) async fn run(arguments: RunArgs) -> anyhow::Result<ExitCode> {
    let wish = Wish {
        backend: arguments.backend,
        tier: arguments.tier,
        isolation: arguments.isolation,
        python: arguments.python.as_deref(),
    };
    let (sandbox, python) = AnySandbox::open(wish).await?;
    let execution = execute(&sandbox, &python, &arguments).await?;
    if arguments.json {
        super::print(&serde_json::to_string_pretty(&as_json(&execution))?)?;
        return Ok(exit_code(execution.ending));
    }
    super::print_bytes(&execution.stdout.bytes)?;
    super::explain_bytes(&execution.stderr.bytes)?;
    eprintln!("{}", summary(&execution));
    Ok(exit_code(execution.ending))
}

async fn execute(
    sandbox: &AnySandbox,
    python: &Python,
    arguments: &RunArgs,
) -> anyhow::Result<Execution> {
    let source = read(&arguments.file).context("failed to read the program")?;
    let stdin = match &arguments.stdin {
        Some(path) => read(path).context("failed to read the input")?,
        None => Vec::new(),
    };
    let limits = Limits {
        cpu: Duration::from_secs_f64(arguments.cpu),
        wall: Duration::from_secs_f64(arguments.wall),
        memory: arguments.memory << 20,
        ..Limits::default()
    };
    Ok(sandbox.run(Job::python(python, source).stdin(stdin).limits(limits)).await?)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(|| format!("`{}`", path.display()))
}

fn exit_code(ending: Ending) -> ExitCode {
    match ending {
        Ending::Exited(code) => ExitCode::from(code as u8),
        Ending::Signalled(signal) => ExitCode::from((SIGNAL + signal) as u8),
        _ => ExitCode::from(LIMIT),
    }
}

fn summary(execution: &Execution) -> String {
    let usage = execution.usage;
    format!(
        "ra3: {}; cpu {:.3} s, wall {:.3} s, memory {:.1} MiB, tier {}",
        execution.ending,
        usage.cpu.as_secs_f64(),
        usage.wall.as_secs_f64(),
        usage.memory as f64 / f64::from(1 << 20),
        execution.tier
    )
}

fn as_json(execution: &Execution) -> Value {
    let (code, signal) = match execution.ending {
        Ending::Exited(code) => (Some(code), None),
        Ending::Signalled(signal) => (None, Some(signal)),
        _ => (None, None),
    };
    json!({
        "ending": execution.ending.name(),
        "exit_code": code,
        "signal": signal,
        "cpu_seconds": execution.usage.cpu.as_secs_f64(),
        "wall_seconds": execution.usage.wall.as_secs_f64(),
        "memory_bytes": execution.usage.memory,
        "tier": execution.tier,
        "stdout": stream(&execution.stdout),
        "stderr": stream(&execution.stderr),
    })
}

/// A stream as text where it is text, and as numbers where it is not.
fn stream(captured: &Captured) -> Value {
    match std::str::from_utf8(&captured.bytes) {
        Ok(text) => json!({ "text": text, "truncated": captured.truncated }),
        Err(_) => json!({
            "text": captured.text(),
            "bytes": captured.bytes,
            "truncated": captured.truncated,
        }),
    }
}
