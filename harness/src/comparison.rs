//! Runs side by side: which is better, by how much, and on which tasks.
//!
//! The first run is the one that the others are compared with. A difference is over the tasks that
//! both have a verdict on, and its interval is drawn from tasks in pairs, so that what makes a task
//! hard for both cancels out: two runs whose own intervals overlap widely may still differ for sure. Where few
//! tasks differ, a sign test must agree.
//!
//! With several runs there are several intervals, each of which is wrong once in twenty times; no
//! correction is made for that.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use anyhow::bail;
use benchmarks::{Interval, Tally};
use serde::Serialize;
use serde_json::{Value, json};

use crate::finding::Finding;
use crate::scores::{SEED, by_task};
use crate::summary::{Run, Score};

/// How many tasks a person is shown on the screen.
const SHOWN: usize = 10;

/// How many tasks must differ, at least, before a sign test can tell runs apart: five heads in a row are
/// nothing unusual.
const TELLING: usize = 6;

/// Runs on the same tasks.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// The runs, first the one that the others are compared with.
    pub(crate) sides: Vec<Side>,
    /// How each of the others differs from it, by set of tests and then by k.
    pub(crate) contrasts: Vec<Contrast>,
    /// The tasks that any of them has, those that differ most first.
    pub(crate) tasks: Vec<TaskRow>,
    /// What a reader must know to read the differences aright, a sentence each.
    pub(crate) notes: Vec<String>,
}

/// One run.
#[derive(Debug)]
pub(crate) struct Side {
    /// What it is called here: as its folder, and more of the path where that is not enough.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// What it is.
    pub(crate) run: Run,
}

/// By how much a run is better than the first, on the tasks of both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Contrast {
    /// Which of the runs.
    #[serde(skip)]
    pub(crate) side: usize,
    /// The set of tests; empty where there is one.
    pub(crate) tests: String,
    /// How many tries the score allows.
    pub(crate) k: usize,
    /// How many tasks both have.
    pub(crate) tasks: usize,
    /// The score of the first run on these.
    pub(crate) before: f64,
    /// The score of this run on these.
    pub(crate) after: f64,
    /// The lower end of the 95 % interval of the difference.
    pub(crate) low: f64,
    /// The upper end.
    pub(crate) high: f64,
    /// On how many tasks it is better,
    pub(crate) better: usize,
    /// and worse,
    pub(crate) worse: usize,
    /// and neither.
    pub(crate) alike: usize,
}

/// A task, and how often each run solved it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TaskRow {
    /// Its name.
    pub(crate) id: String,
    /// Samples and passes of each run; nothing where a run has no verdict on it.
    pub(crate) tallies: Vec<Option<Tally>>,
}

impl Contrast {
    /// How much better it is.
    pub(crate) fn difference(&self) -> f64 {
        self.after - self.before
    }

    /// What can be said.
    pub(crate) fn finding(&self) -> Finding {
        Finding::of(self.low, self.high)
    }

    /// The same in words, of runs that have these names.
    pub(crate) fn said(&self, name: &str, first: &str) -> String {
        match self.better + self.worse {
            1..TELLING => format!("too few tasks differ to tell {name} from {first}"),
            _ => self.finding().said(name, first),
        }
    }

    /// What is scored, such as `pass@1 base`.
    pub(crate) fn score_name(&self) -> String {
        format!("pass@{} {}", self.k, self.tests).trim_end().to_owned()
    }
}

impl TaskRow {
    /// The share of samples that passed in the run of that place.
    pub(crate) fn rate(&self, side: usize) -> Option<f64> {
        self.tallies[side].map(|tally| tally.correct as f64 / tally.samples as f64)
    }

    /// How far apart the runs are.
    pub(crate) fn spread(&self) -> f64 {
        let rates = (0..self.tallies.len()).filter_map(|side| self.rate(side));
        let (low, high) =
            rates.fold((1.0, 0.0), |(low, high): (f64, f64), rate| (low.min(rate), high.max(rate)));
        (high - low).max(0.0)
    }
}

impl Comparison {
    /// Compare the runs in these folders.
    ///
    /// # Errors
    ///
    /// Two of them have no task in common.
    pub(crate) fn of(runs: Vec<(PathBuf, Run)>) -> anyhow::Result<Self> {
        let names = names(&runs.iter().map(|(folder, _)| folder.clone()).collect::<Vec<_>>());
        let sides: Vec<Side> = runs
            .into_iter()
            .zip(names)
            .map(|((folder, run), name)| Side { name, folder, run })
            .collect();
        let mut contrasts = Vec::new();
        for side in 1..sides.len() {
            let of_side = contrasts_of(&sides, side);
            if of_side.is_empty() {
                let [first, other] = [0, side].map(|at| &sides[at]);
                bail!(
                    "`{}` ({}) and `{}` ({}) have no task in common on which both have a score",
                    first.name,
                    first.run.benchmark,
                    other.name,
                    other.run.benchmark
                );
            }
            contrasts.extend(of_side);
        }
        let tasks = tasks(&sides);
        let notes = notes(&sides);
        Ok(Self { sides, contrasts, tasks, notes })
    }

    /// Everything for machines.
    pub(crate) fn json(&self) -> Value {
        let runs = self.sides.iter().map(|Side { name, folder, run }| {
            let score = |score: &Score| {
                let Score { tests, k, estimate, low, high } = score;
                json!({"tests": tests, "k": k, "estimate": estimate, "low": low, "high": high})
            };
            json!({
                "name": name,
                "folder": folder.to_string_lossy(),
                "model": run.asked.as_ref().map(|asked| &asked.model),
                "benchmark": run.benchmark,
                "profile": run.profile,
                "tasks": run.tasks(),
                "samples": run.judged.len(),
                "passed": run.count(Some(true)),
                "ungraded": run.count(None),
                "scores": run.scores.iter().map(score).collect::<Value>(),
            })
        });
        let differences = self.contrasts.iter().map(|contrast| {
            let mut value = json!({
                "run": self.sides[contrast.side].name,
                "baseline": self.sides[0].name,
            });
            let fields = value.as_object_mut().expect("it was made as one");
            if let Value::Object(facts) = json!(contrast) {
                fields.extend(facts);
            }
            value["difference"] = json!(contrast.difference());
            value["finding"] = json!(contrast.finding());
            value
        });
        let tasks = self.tasks.iter().map(|task| {
            let tally = |tally: &Option<Tally>| {
                tally.map(|it| json!({"samples": it.samples, "passed": it.correct}))
            };
            json!({"task_id": task.id, "runs": task.tallies.iter().map(tally).collect::<Value>()})
        });
        json!({
            "runs": runs.collect::<Value>(),
            "differences": differences.collect::<Value>(),
            "tasks": tasks.collect::<Value>(),
            "notes": self.notes,
        })
    }

    /// The figures for people.
    pub(crate) fn table(&self) -> String {
        let mut lines: Vec<String> =
            self.notes.iter().map(|note| format!("note: {note}")).collect();
        let width = self.sides.iter().map(|side| side.name.chars().count()).max().unwrap_or(0);
        for Side { name, run, .. } in &self.sides {
            for (at, Score { tests, k, estimate, low, high }) in run.scores.iter().enumerate() {
                let name = if at == 0 { name } else { "" };
                let score = format!("pass@{k} {tests}");
                lines.push(format!(
                    "{name:<width$}  {score:<18}{:>6.1} %  95 % interval {:.1} to {:.1}",
                    100.0 * estimate,
                    100.0 * low,
                    100.0 * high
                ));
            }
        }
        for contrast in &self.contrasts {
            lines.push(String::new());
            lines.extend(self.contrast_lines(contrast));
        }
        lines.extend(self.task_lines());
        lines.join("\n")
    }

    fn contrast_lines(&self, contrast: &Contrast) -> [String; 2] {
        let Contrast { low, high, better, worse, alike, .. } = contrast;
        let (name, first) = (&self.sides[contrast.side].name, &self.sides[0].name);
        let finding = contrast.said(name, first);
        [
            format!(
                "{}: {finding}: {:+.1} points, 95 % interval {:+.1} to {:+.1}",
                contrast.score_name(),
                100.0 * contrast.difference(),
                100.0 * low,
                100.0 * high
            ),
            format!(
                "  on {} tasks of both: {better} better, {worse} worse, {alike} alike",
                contrast.tasks
            ),
        ]
    }

    fn task_lines(&self) -> Vec<String> {
        let differing = self.tasks.iter().filter(|task| task.spread() > 0.0);
        let shown: Vec<&TaskRow> = differing.clone().take(SHOWN).collect();
        if shown.is_empty() {
            return vec![String::new(), "every task is solved as often by each".to_owned()];
        }
        let width = shown.iter().map(|task| task.id.chars().count()).max().unwrap_or(0);
        let mut lines = vec![
            String::new(),
            "tasks that differ most, passed of samples, in the order of the runs:".to_owned(),
        ];
        for TaskRow { id, tallies } in &shown {
            let cell = |tally: &Option<Tally>| {
                tally.map_or("-".to_owned(), |it| format!("{}/{}", it.correct, it.samples))
            };
            let cells: String =
                tallies.iter().map(|tally| format!("{:>10}", cell(tally))).collect();
            lines.push(format!("  {id:<width$}{cells}"));
        }
        let more = differing.count() - shown.len();
        if more > 0 {
            lines.push(format!("  and {more} more"));
        }
        lines
    }
}

/// How the run of that place differs from the first, for every score that both have.
fn contrasts_of(sides: &[Side], side: usize) -> Vec<Contrast> {
    let (first, other) = (&sides[0].run, &sides[side].run);
    let is_common =
        |score: &&Score| other.scores.iter().any(|it| it.tests == score.tests && it.k == score.k);
    let common = first.scores.iter().filter(is_common);
    common.filter_map(|score| contrast(first, other, side, &score.tests, score.k)).collect()
}

fn contrast(first: &Run, other: &Run, side: usize, tests: &str, k: usize) -> Option<Contrast> {
    let theirs: HashMap<String, Tally> = by_task(&other.judged, tests).into_iter().collect();
    let pairs = by_task(&first.judged, tests).into_iter();
    let (before, after): (Vec<f64>, Vec<f64>) =
        pairs.filter_map(|(id, ours)| Some((ours.pass_at(k), theirs.get(&id)?.pass_at(k)))).unzip();
    let Interval { low, high } = Interval::of_difference(&before, &after, SEED)?;
    let count = |wanted: fn(f64, f64) -> bool| {
        before.iter().zip(&after).filter(|(before, after)| wanted(**before, **after)).count()
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    Some(Contrast {
        side,
        tests: tests.to_owned(),
        k,
        tasks: before.len(),
        before: mean(&before),
        after: mean(&after),
        low,
        high,
        better: count(|before, after| after > before),
        worse: count(|before, after| after < before),
        alike: count(|before, after| after == before),
    })
}

/// Every task of any run, those that differ most first and else in the order of the runs.
fn tasks(sides: &[Side]) -> Vec<TaskRow> {
    let mut rows: Vec<TaskRow> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (side, it) in sides.iter().enumerate() {
        for (id, tally) in by_task(&it.run.judged, "") {
            let place = *places.entry(id.clone()).or_insert(rows.len());
            if place == rows.len() {
                rows.push(TaskRow { id, tallies: vec![None; sides.len()] });
            }
            rows[place].tallies[side] = Some(tally);
        }
    }
    rows.sort_by(|one, other| other.spread().total_cmp(&one.spread()));
    rows
}

/// Something that runs should have in common.
type Fact = fn(&Run) -> &str;

fn notes(sides: &[Side]) -> Vec<String> {
    let mut notes = Vec::new();
    let facts: [(&str, Fact); 4] = [
        ("on different benchmarks", |run| &run.benchmark),
        ("judged by different rules", |run| &run.profile),
        ("judged with different versions of Python", |run| &run.python),
        ("judged under different isolation", |run| &run.tier),
    ];
    for (words, fact) in facts {
        let found: BTreeSet<&str> = sides.iter().map(|side| fact(&side.run)).collect();
        if found.len() > 1 {
            let found: Vec<&str> = found.into_iter().collect();
            notes.push(format!("The runs are {words}: {}.", found.join(", ")));
        }
    }
    for Side { name, run, .. } in sides {
        let shortened = run.asked.as_ref().map(|asked| asked.tally.shortened).unwrap_or_default();
        let count = shortened.cut + shortened.filtered;
        if count > 0 {
            notes.push(format!(
                "Answers of {name} that were cut at the limit of tokens or withheld, and count as they are: {count}."
            ));
        }
        let missing = run.asked.as_ref().map_or(0, |asked| asked.tally.unanswered);
        let lost = run.count(None) + missing;
        if lost > 0 {
            notes.push(format!("Of {name} {lost} samples have no verdict and count neither way."));
        }
    }
    notes
}

/// What the runs are called: the ends of their paths, as short as tells them apart.
pub(crate) fn names(folders: &[PathBuf]) -> Vec<String> {
    let end = |folder: &PathBuf, parts: usize| {
        let all: Vec<String> = folder
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .filter(|part| part != "/")
            .collect();
        all[all.len().saturating_sub(parts)..].join("/")
    };
    let longest = folders.iter().map(|folder| folder.components().count()).max().unwrap_or(1);
    let of_length = |parts| folders.iter().map(|it| end(it, parts)).collect::<Vec<_>>();
    let differ = |names: &Vec<String>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
    let names = (1..=longest).map(of_length).find(differ);
    // The same folder twice.
    names.unwrap_or_else(|| {
        let numbered =
            folders.iter().zip(1..).map(|(it, number)| format!("{} ({number})", end(it, 1)));
        numbered.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_called_by_as_little_of_their_path_as_tells_them_apart() {
        let called =
            |folders: &[&str]| names(&folders.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(called(&["runs/a", "/tmp/runs/b/"]), ["a", "b"]);
        assert_eq!(called(&["one/run", "two/run"]), ["one/run", "two/run"]);
        assert_eq!(called(&["run", "run"]), ["run (1)", "run (2)"]);
    }
}
