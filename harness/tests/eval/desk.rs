//! A folder to work in, the program, and a server whose model has learnt some answers by heart.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use datasets::Dataset;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::ran::{self, Ran};
use crate::server::{Request, Server};

/// A folder that is gone when the test is over.
pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) server: Server,
}

/// A solution to the embedded problem that is asked about: a right one, if the number is even.
pub(crate) fn solution(request: &Request, number: u64) -> String {
    let dataset = Dataset::embedded();
    let text = request.text();
    let asked = dataset.problems.iter().find(|problem| text.contains(problem.prompt.trim()));
    let right = asked.unwrap().reference.clone().unwrap();
    let program =
        if number.is_multiple_of(2) { right } else { "def nothing():\n    pass\n".to_owned() };
    format!("Answer {number}:\n```python\n{program}\n```\n")
}

impl Desk {
    /// A desk with a model that knows every embedded problem and answers every other time.
    pub(crate) fn new() -> Self {
        Self::with(solution)
    }

    /// A desk with a model that answers as `mind` says.
    pub(crate) fn with(mind: impl Fn(&Request, u64) -> String + Send + Sync + 'static) -> Self {
        Self { folder: TempDir::new().unwrap(), server: Server::with(mind) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn rows(&self, name: &str, rows: impl IntoIterator<Item = Value>) {
        let rows: Vec<String> = rows.into_iter().map(|row| format!("{row}\n")).collect();
        fs::write(self.path(name), rows.concat()).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn read_rows(&self, name: &str) -> Vec<Value> {
        self.read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Every file below the folder, with what is in it.
    pub(crate) fn everything(&self) -> String {
        let mut folders = vec![self.folder.path().to_owned()];
        let mut text = String::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                match entry.is_dir() {
                    true => folders.push(entry),
                    false => text += &String::from_utf8_lossy(&fs::read(entry).unwrap()),
                }
            }
        }
        text
    }

    /// How many whole lines a file has, which need not be there.
    pub(crate) fn lines(&self, name: &str) -> usize {
        fs::read_to_string(self.path(name)).map_or(0, |text| text.matches('\n').count())
    }

    /// Wait until a file has so many lines.
    pub(crate) fn wait_for_lines(&self, name: &str, count: usize) {
        let patience = Instant::now() + Duration::from_secs(120);
        while self.lines(name) < count {
            assert!(Instant::now() < patience, "{name} has only {} lines", self.lines(name));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// `ra3` with these arguments, ready to run at this desk.
    pub(crate) fn ra3(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ra3"));
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        command.env("RA3_DATA", self.path("cache")).env("TZ", "UTC");
        command.env_remove("RA3_LOG").env_remove("RA3_API_KEY");
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.ran(self.ra3(arguments).output().unwrap())
    }

    pub(crate) fn ran(&self, output: Output) -> Ran {
        let folder = format!("{}/", self.folder.path().display());
        Ran::of(output, |text| text.replace(&folder, "").replace(&self.server.url, "URL"))
    }

    /// The arguments that evaluate the model on some embedded problems, a few times each. No test
    /// waits a second where the first pause need not be one.
    pub(crate) fn eval(&self, problems: usize, samples: usize) -> String {
        let url = &self.server.url;
        format!("eval --model {url} -b mini --limit {problems} -n {samples} --pause 0.01 --json")
    }

    /// The verdicts of a run as (task, sample, verdict).
    pub(crate) fn verdicts(&self, run: &str) -> Vec<(String, u64, String)> {
        ran::verdicts(&self.read_rows(&format!("{run}/verdicts.jsonl")))
    }

    /// Two runs must have left the same results, but for what was measured.
    pub(crate) fn assert_same_results(&self, one: &str, other: &str) {
        for name in ["human-eval-results.jsonl", "samples.jsonl"] {
            let [one, other] = [one, other].map(|run| self.read(&format!("{run}/{name}")));
            assert_eq!(one, other, "{name}");
        }
        assert_eq!(self.verdicts(one), self.verdicts(other));
    }
}

/// A task in the form of MBPP: return `number`.
pub(crate) fn mbpp_task(number: usize) -> Value {
    let assert = format!("assert g{number}() == {number}");
    json!({
        "task_id": number,
        "text": format!("Write a function to return {number}."),
        "code": format!("def g{number}():\r\n    return {number}"),
        "test_setup_code": "",
        "test_list": [assert, assert, assert],
        "challenge_test_list": [],
    })
}
