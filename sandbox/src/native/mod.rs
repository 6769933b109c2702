//! Programs as Linux processes.

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::{Captured, Ending, Error, Execution, Job, Sandbox, Tier, Usage};

/// Runs every job as a fresh Linux process.
#[derive(Clone, Debug)]
pub struct NativeSandbox {
    tier: Tier,
}

impl NativeSandbox {
    /// The strongest sandbox that this machine allows.
    pub fn strongest() -> Result<Self, Error> {
        Ok(Self { tier: Tier::None })
    }

    /// A sandbox of exactly this tier.
    pub fn of_tier(tier: Tier) -> Result<Self, Error> {
        Ok(Self { tier })
    }

    /// The tier of every run.
    pub fn tier(&self) -> Tier {
        self.tier
    }
}

impl Sandbox for NativeSandbox {
    async fn run(&self, job: Job) -> Result<Execution, Error> {
        let tier = self.tier;
        tokio::task::spawn_blocking(move || run_bare(job, tier))
            .await
            .expect("a run does not panic")
    }
}

// Placeholder until the native backend lands: a plain child process without isolation.
fn run_bare(job: Job, tier: Tier) -> Result<Execution, Error> {
    use std::io::{Read, Write};
    let failed = |act| move |source| Error::Supervise { act, source };
    let folder = tempfile::tempdir().map_err(failed("make a folder"))?;
    for file in &job.files {
        std::fs::write(folder.path().join(&file.name), &file.content)
            .map_err(failed("write a file"))?;
    }
    let (mut report_read, report_write) = std::io::pipe().map_err(failed("make a pipe"))?;
    let python = job.python.as_ref().expect("only Python so far");
    let mut command = Command::new(&python.executable);
    command.arg("-I").args(&job.program).current_dir(folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let fd = report_write.as_raw_fd();
    // SAFETY: dup2 is async-signal-safe and `fd` is open until the child has been spawned.
    unsafe {
        command.pre_exec(move || {
            if libc::dup2(fd, 3) < 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
        });
    }
    let started = Instant::now();
    let mut child = command.spawn().map_err(failed("spawn"))?;
    drop(OwnedFd::from(report_write));
    let mut stdin = child.stdin.take().expect("piped");
    let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let input = job.stdin.clone();
    std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let read = |mut from: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = vec![];
            let _ = from.read_to_end(&mut bytes);
            Captured { bytes, truncated: false }
        })
    };
    let (out, err) = (read(Box::new(out)), read(Box::new(err)));
    let mut report = Captured::default();
    let deadline = started + job.limits.wall;
    let reader = std::thread::spawn(move || {
        let mut bytes = vec![];
        let _ = report_read.read_to_end(&mut bytes);
        bytes
    });
    let ending = loop {
        if let Some(status) = child.try_wait().map_err(failed("wait"))? {
            break match status.signal() {
                Some(signal) => Ending::Signalled(signal),
                None => Ending::Exited(status.code().unwrap_or(-1)),
            };
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            break Ending::Idle;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    report.bytes = reader.join().expect("reader");
    Ok(Execution {
        ending,
        usage: Usage { wall: started.elapsed(), ..Usage::default() },
        stdout: out.join().expect("reader"),
        stderr: err.join().expect("reader"),
        report,
        tier,
    })
}
