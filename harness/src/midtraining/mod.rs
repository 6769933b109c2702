//! The records of a mid-training, as a person looks at them. Nothing here needs libtorch.

mod page;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::run_directory::write_file;
use crate::training::{CONFIG, EVENTS, SAMPLES, lines};
use crate::trainings::{Course, Item, Point, Scale};

/// A run of `ra3 midtrain`.
#[derive(Debug)]
pub struct MidtrainingRun {
    explain: Vec<Explain>,
    annotate: Vec<Annotate>,
    learn: Vec<Learn>,
    held_out: Vec<HeldOut>,
    exams: Vec<Exam>,
    /// The most frequent thoughts, and how often each was thought.
    thoughts: Vec<(String, usize)>,
    pub(crate) config: String,
}

/// What the loss on held-out code is called, without thoughts and with.
const PLAIN: &str = "held-out code, nats a token, without thoughts";
const THINKING: &str = "held-out code, nats a token, behind the model's own thoughts";

/// How many of the most frequent thoughts are kept.
const THOUGHTS: usize = 60;

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Explain {
    step: u64,
    reward: f64,
    gain: f64,
    think_rate: f64,
    thought_length: f64,
    malformed: f64,
    gap: f64,
    code_tokens: usize,
    seconds: [f64; 3],
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Annotate {
    programs: usize,
    lines: usize,
    code_tokens: usize,
    thoughts: usize,
    thought_tokens: usize,
    seconds: f64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Learn {
    learned: u64,
    loss: f64,
    code_loss: f64,
    code_tokens: usize,
    tokens: usize,
    seconds: f64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct HeldOut {
    learned: u64,
    plain_loss: f64,
    thinking_loss: f64,
    think_rate: f64,
    thought_length: f64,
    /// Of each program its tokens, and their losses without thoughts and with.
    #[serde(default, skip_serializing)]
    by_program: Vec<(usize, f64, f64)>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Exam {
    learned: u64,
    benchmark: String,
    reward: f64,
    margin: f64,
    #[serde(default, skip_serializing)]
    by_prompt: Vec<Option<f64>>,
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event {
    Explain(Explain),
    Annotate(Annotate),
    Learn(Learn),
    HeldOut(HeldOut),
    Exam(Exam),
    #[serde(other)]
    Other,
}

/// What is read of an explained program.
#[derive(Deserialize)]
struct Trajectory {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    decision: Decision,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Decision {
    Think(Thought),
    #[serde(untagged)]
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Thought {
    text: String,
}

impl MidtrainingRun {
    /// Whether `folder` holds the records of a mid-training.
    pub(crate) fn is_in(folder: &Path) -> bool {
        folder.join(EVENTS).exists() && !folder.join(SAMPLES).exists()
    }

    /// What it came to, line by line.
    pub(crate) fn overview(&self) -> String {
        let facts = self.facts();
        let longest = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        facts.iter().map(|(name, value)| format!("{name:longest$}  {value}\n")).collect()
    }

    /// All of it, but for the thoughts that are rare.
    pub(crate) fn json(&self) -> serde_json::Value {
        json!({
            "explain": self.explain,
            "annotate": self.annotate,
            "learn": self.learn,
            "held_out": self.held_out,
            "exams": self.exams,
            "thoughts": self.thoughts,
        })
    }

    /// Read the records in `folder`.
    ///
    /// # Errors
    ///
    /// They are not there, or are no records of a run.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut run = Self {
            explain: vec![],
            annotate: vec![],
            learn: vec![],
            held_out: vec![],
            exams: vec![],
            thoughts: thoughts(&folder.join("explained"))?,
            config: fs::read_to_string(folder.join(CONFIG)).unwrap_or_default(),
        };
        for event in lines::<Event>(&folder.join(EVENTS))? {
            match event {
                Event::Explain(it) => run.explain.push(it),
                Event::Annotate(it) => run.annotate.push(it),
                Event::Learn(it) => run.learn.push(it),
                Event::HeldOut(it) => run.held_out.push(it),
                Event::Exam(it) => run.exams.push(it),
                Event::Other => {}
            }
        }
        Ok(run)
    }

    /// What was measured on the way: held-out code without thoughts and with, and each exam.
    pub(crate) fn courses(&self) -> Vec<Course> {
        let losses = |name: &str, loss: fn(&HeldOut) -> f64, sum: fn(f64, f64) -> f64| {
            let points = self.held_out.iter().map(|it| {
                let items = it.by_program.iter().map(|&(tokens, without, with)| {
                    Some(Item { weight: tokens as f64, sum: sum(without, with) })
                });
                Point { step: it.learned, value: loss(it), margin: 0.0, items: items.collect() }
            });
            Course { name: name.to_owned(), scale: Scale::Loss, points: points.collect() }
        };
        let mut courses = vec![
            losses(PLAIN, |it| it.plain_loss, |without, _| without),
            losses(THINKING, |it| it.thinking_loss, |_, with| with),
        ];
        for it in &self.exams {
            let point = Point::of_rewards(it.learned, it.reward, it.margin, &it.by_prompt);
            match courses.iter_mut().find(|course| course.name == it.benchmark) {
                Some(course) => course.points.push(point),
                None => courses.push(Course {
                    name: it.benchmark.clone(),
                    scale: Scale::Reward,
                    points: vec![point],
                }),
            }
        }
        courses
    }

    /// Draw the report of the run into `file`.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write_report(&self, file: &Path) -> anyhow::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        let name = file.file_name().context("the report needs the name of a file")?;
        write_file(folder, &name.to_string_lossy(), self.html().as_bytes())
    }
}

/// The most frequent thoughts in the files of a folder, which need not be there.
fn thoughts(folder: &Path) -> anyhow::Result<Vec<(String, usize)>> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let files = fs::read_dir(folder).into_iter().flatten();
    for file in files {
        let path = file.with_context(|| format!("failed to read `{}`", folder.display()))?.path();
        for trajectory in lines::<Trajectory>(&path)? {
            for choice in trajectory.choices {
                match choice.decision {
                    Decision::Think(thought) => *counts.entry(thought.text).or_default() += 1,
                    Decision::Other(_) => {}
                }
            }
        }
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    counts.truncate(THOUGHTS);
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_read_and_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let events = [
            r#"{"event":"explain","step":0,"round":0,"reward":-1.0,"gain":0.5,"think_rate":0.1,
                "thought_length":4.0,"malformed":0.0,"gap":1e-5,"code_tokens":100,"seconds":[1,2,3]}"#,
            r#"{"event":"learn","step":1,"learned":0,"loss":2.0,"code_loss":2.1,"code_tokens":90,
                "tokens":100,"seconds":1.0}"#,
            r#"{"event":"held-out","step":1,"learned":0,"plain_loss":2.0,"thinking_loss":1.9,
                "think_rate":0.1,"thought_length":4.0}"#,
        ];
        let text: String = events.iter().map(|it| it.replace('\n', " ") + "\n").collect();
        fs::write(folder.path().join(EVENTS), text).unwrap();
        fs::create_dir(folder.path().join("explained")).unwrap();
        let explained = r##"{"choices":[{"decision":{"think":{"text":"# <b>"}}},{"decision":"no-room"},
            {"decision":{"act":-0.1}},{"decision":{"think":{"text":"# <b>"}}}]}"##;
        let path = folder.path().join("explained/round-0.jsonl");
        fs::write(path, explained.replace('\n', " ") + "\n").unwrap();
        let run = MidtrainingRun::read(folder.path()).unwrap();
        assert_eq!(run.thoughts, [("# <b>".to_owned(), 2)]);
        assert!(MidtrainingRun::is_in(folder.path()));
        assert!(run.overview().contains("2.0000 before"), "{}", run.overview());
        assert_eq!(run.json()["explain"][0]["gain"], 0.5);
        let page = run.html();
        assert!(page.contains("# &lt;b&gt;") && !page.contains("NaN"), "{page}");
    }
}
