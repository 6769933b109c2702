//! `ra3 launch`: several processes of one training.

use std::ffi::OsString;
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Args;
use sandbox::child_process;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::{JoinHandle, JoinSet};

use super::explain;
use crate::interrupt::Interrupt;

/// The arguments of `ra3 launch`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 launch -n 2 -- rlvr --config rlvr.toml
  ra3 launch -n 8 -- midtrain --resume --out runs/ra3
  torchrun --no-python --nnodes 2 --nproc-per-node 8 ... ra3 rlvr --config rlvr.toml

Runs the command N times on this machine. Each process is told who it is by RANK, LOCAL_RANK, WORLD_SIZE,
MASTER_ADDR and MASTER_PORT, as torchrun does it, and takes the GPU with its number where there are GPUs.
They answer different prompts, compute different batches, and make the same steps; rank 0 keeps the
records. What the others say on stderr is shown with their rank before it.

If one process fails, the others are ended. Ctrl-C reaches all of them: the step that is being made is
finished and saved.")]
pub(crate) struct LaunchArgs {
    /// How many processes.
    #[arg(long, short = 'n', value_name = "N")]
    processes: NonZeroUsize,
    /// The port at which they meet; a free one by default.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// What each of them carries out, for instance `rlvr --config rlvr.toml`.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Run the processes to their end.
pub(crate) async fn run(arguments: LaunchArgs) -> anyhow::Result<ExitCode> {
    let trains = |word: &OsString| ["rlvr", "midtrain"].iter().any(|it| word == it);
    ensure!(
        arguments.command.first().is_some_and(trains),
        "only `rlvr` and `midtrain` are made for several processes"
    );
    let count = arguments.processes.get();
    let port = arguments.port.map_or_else(free_port, Ok)?;
    let mut interrupt = Interrupt::listen()?;
    let (mut running, mut pids, mut relays) = (JoinSet::new(), Vec::new(), Vec::new());
    for rank in 0..count {
        let mut child = start(&arguments.command, rank, count, port)?;
        pids.push(child.id());
        if let Some(stderr) = child.stderr.take() {
            relays.push(relay(rank, stderr));
        }
        running.spawn(async move { (rank, child.wait().await) });
    }
    let mut asked = 0;
    let mut failed: Option<(usize, ExitStatus)> = None;
    let mut interrupted = false;
    while !running.is_empty() {
        tokio::select! {
            () = interrupt.asked() => {
                asked += 1;
                tell(&pids, if asked == 1 { child_process::ask_to_end } else { child_process::end });
            }
            Some(ended) = running.join_next() => {
                let (rank, status) = ended.context("a process was not waited for")?;
                let status = status.with_context(|| format!("failed to wait for rank {rank}"))?;
                pids[rank] = None;
                let was_interrupted = status.code() == Some(Interrupt::EXIT.into());
                interrupted |= was_interrupted;
                if !status.success() && !was_interrupted && failed.is_none() && asked < 2 {
                    explain(&format!("rank {rank} failed: {status}; the others are ended"));
                    failed = Some((rank, status));
                    // They may be about to say what they saw of it.
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    tell(&pids, child_process::end);
                }
            }
        }
    }
    for relay in relays {
        // What is said last is said of the end.
        let _ = relay.await;
    }
    Ok(match failed {
        Some((_, status)) => ExitCode::from(status.code().map_or(crate::FAILED, |it| it as u8)),
        None if interrupted || asked > 0 => Interrupt::exit_code(),
        None => ExitCode::SUCCESS,
    })
}

fn start(command: &[OsString], rank: usize, count: usize, port: u16) -> anyhow::Result<Child> {
    let ourselves = std::env::current_exe().context("cannot find this program itself")?;
    let mut child = Command::new(&ourselves);
    child
        .args(command)
        .env("RANK", rank.to_string())
        .env("LOCAL_RANK", rank.to_string())
        .env("WORLD_SIZE", count.to_string())
        .env("LOCAL_WORLD_SIZE", count.to_string())
        .env("MASTER_ADDR", "127.0.0.1")
        .env("MASTER_PORT", port.to_string())
        .stdin(Stdio::null());
    child_process::bind_to_us(child.as_std_mut());
    const THREADS: &str = "OMP_NUM_THREADS";
    if std::env::var_os(THREADS).is_none() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        child.env(THREADS, (cores / count).max(1).to_string());
    }
    if rank > 0 {
        child.stdout(Stdio::null()).stderr(Stdio::piped());
    }
    child.spawn().with_context(|| format!("failed to start `{}`", ourselves.display()))
}

/// Show the lines of a rank with its number.
fn relay(rank: usize, stderr: impl AsyncRead + Send + Unpin + 'static) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            explain(&format!("[rank {rank}] {line}"));
        }
    })
}

fn tell(pids: &[Option<u32>], how: fn(u32)) {
    pids.iter().flatten().for_each(|&pid| how(pid));
}

/// A port that nobody listens at.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("failed to find a free port")?;
    Ok(listener.local_addr().context("failed to find a free port")?.port())
}
