//! A folder to work in, with a data set, samples and the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::ran::{self, Ran, task};

/// A folder that is gone when the test is over.
pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    /// A desk with a data set of `tasks` functions, the first of which returns 0, the next 1, ...
    pub(crate) fn with(tasks: usize) -> Self {
        let desk = Self { folder: TempDir::new().unwrap() };
        desk.rows("tasks.jsonl", (0..tasks).map(task));
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn rows(&self, name: &str, rows: impl IntoIterator<Item = Value>) {
        let rows: Vec<String> = rows.into_iter().map(|row| format!("{row}\n")).collect();
        self.write(name, rows.concat());
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn read_rows(&self, name: &str) -> Vec<Value> {
        self.read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// `ra3` with these arguments, ready to run at this desk.
    pub(crate) fn ra3(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ra3"));
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        command.env("RA3_DATA", self.path("cache")).env_remove("RA3_LOG").env("TZ", "UTC");
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.ran(self.ra3(arguments).output().unwrap())
    }

    /// Judge against this desk's own tasks.
    pub(crate) fn judge(&self, arguments: &str) -> Ran {
        self.run(&format!("judge --benchmark humaneval --data tasks.jsonl {arguments}"))
    }

    /// The message about a command that must fail as one on bad input does: with exit code 2,
    /// nothing on stdout and one line on stderr.
    pub(crate) fn complaint(&self, arguments: &str) -> String {
        let ran = self.judge(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        ran.stderr
    }

    pub(crate) fn ran(&self, output: Output) -> Ran {
        let folder = format!("{}/", self.folder.path().display());
        Ran::of(output, |text| text.replace(&folder, ""))
    }

    /// The verdicts of a run as (task, sample, verdict).
    pub(crate) fn verdicts(&self, run: &str) -> Vec<(String, u64, String)> {
        ran::verdicts(&self.read_rows(&format!("{run}/verdicts.jsonl")))
    }
}

/// An answer to the task of that number.
pub(crate) fn answer(number: usize, completion: &str) -> Value {
    json!({ "task_id": format!("HumanEval/{number}"), "completion": completion })
}

/// A right answer to the task of that number.
pub(crate) fn right(number: usize) -> Value {
    answer(number, &format!("    return {number}\n"))
}

/// A file of the shared data, where there is one.
pub(crate) fn shared(file: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(file);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}
