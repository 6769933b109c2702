//! Ctrl-C, and the polite way of ending a process, as something that can be waited for.

use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for a request to stop.
///
/// From the moment it listens, neither signal ends the process by itself.
pub struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupt {
    /// The exit code of an interrupted command: 128 and the number of SIGINT, as a shell has it.
    pub const EXIT: u8 = 130;

    /// Begin to listen.
    pub fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("failed to listen for Ctrl-C");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Wait until somebody asks the command to stop.
    pub async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// What an interrupted command ends with.
    pub fn exit_code() -> ExitCode {
        ExitCode::from(Self::EXIT)
    }
}
