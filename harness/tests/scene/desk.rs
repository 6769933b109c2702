//! A folder in which small models are trained through the command line.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with a configuration for the smallest model at hand.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
}

/// What a command said, and how it ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    /// A desk with a file of this name, whose text is made of the place of the model. Nothing where the
    /// shared folder with the model is absent.
    pub(crate) fn new(name: &str, text: impl Fn(&Path) -> String) -> Option<Self> {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden/llama-tiny");
        if !model.exists() {
            println!("skipped: this needs ../shared/golden");
            return None;
        }
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(desk.path(name), text(&model.canonicalize().unwrap())).unwrap();
        Some(desk)
    }

    /// A desk with a configuration for `ra3 rlvr` with so many steps of so many prompts.
    pub(crate) fn rlvr(size: usize) -> Option<Self> {
        Self::new("tiny.toml", |model| {
            format!(
                "[model]\npath = {model:?}\n[data]\nbenchmark = \"mini-train\"\nlimit = {}\n\
                 [training]\nsteps = {size}\nprompts = {size}\nsamples = 3\nmax_tokens = 6\nsave_every = 1\n\
                 [evaluation]\nheld_out = {size}\nevery = 2\n",
                3 * size
            )
        })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn ra3(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ra3"));
        command.current_dir(self.folder.path()).args(arguments);
        // The interpreter that the workspace's tests use is found from the workspace.
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python3");
        if python.exists() {
            command.env("RA3_PYTHON", python);
        }
        let output = command.env("OMP_NUM_THREADS", "1").output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
