//! The records of a training run, as a person looks at them.
//!
//! `ra3 rlvr` writes events.jsonl and samples.jsonl; here they are read again, from a trend down to
//! a step, to the answers to one problem, to one answer and its verdict. Nothing here needs libtorch.

pub(crate) mod chart;
mod page;

use std::fs;
use std::path::Path;

use anyhow::Context;
use benchmarks::{Interval, Outcome};
use serde::{Deserialize, Serialize};

use crate::run_directory::write_file;
use crate::trainings::{Course, Point, Scale};

/// What happened, a line each: steps, evaluations, attacks.
pub const EVENTS: &str = "events.jsonl";
/// Every answer that was learnt from, a line each.
pub const SAMPLES: &str = "samples.jsonl";
/// The configuration as it was resolved.
pub const CONFIG: &str = "config.toml";

/// A run of `ra3 rlvr`.
#[derive(Debug)]
pub struct TrainingRun {
    /// Its steps, in order.
    pub(crate) steps: Vec<Step>,
    /// Its evaluations, in order.
    pub(crate) evaluations: Vec<Evaluation>,
    /// What scripted attackers came to, where there were any.
    pub(crate) attacks: Vec<Attacks>,
    /// Every answer that was learnt from.
    pub(crate) samples: Vec<Sample>,
    pub(crate) config: String,
}

/// Where the time of a step went.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Seconds {
    pub(crate) sampling: f64,
    pub(crate) waiting: f64,
    pub(crate) learning: f64,
}

impl Seconds {
    pub(crate) fn total(self) -> f64 {
        self.sampling + self.waiting + self.learning
    }
}

/// A step of training.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Step {
    pub(crate) step: u64,
    pub(crate) reward: f64,
    pub(crate) answers: usize,
    pub(crate) ungraded: usize,
    pub(crate) groups: usize,
    pub(crate) mixed_groups: usize,
    pub(crate) truncated: f64,
    pub(crate) length: f64,
    pub(crate) entropy: f64,
    pub(crate) loss: f64,
    pub(crate) gradient_norm: f64,
    pub(crate) gap: f64,
    pub(crate) seconds: Seconds,
}

/// What held-out problems earned.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Evaluation {
    pub(crate) step: u64,
    pub(crate) reward: f64,
    pub(crate) margin: f64,
    pub(crate) by_prompt: Vec<Option<f64>>,
    pub(crate) ungraded: usize,
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event {
    Step(Step),
    Evaluation(Evaluation),
    Attacks(Attacks),
    #[serde(other)]
    Other,
}

/// What scripted attackers came to after a step.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Attacks {
    pub(crate) answers: usize,
    pub(crate) rewarded: usize,
}

/// An answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Sample {
    pub(crate) step: u64,
    pub(crate) task_id: String,
    pub(crate) sample: u32,
    pub(crate) reward: f32,
    pub(crate) verdict: Option<Outcome>,
    pub(crate) message: Option<String>,
    pub(crate) text: String,
    pub(crate) tokens: Vec<u32>,
}

impl TrainingRun {
    /// Whether `folder` holds the records of a training run.
    pub(crate) fn is_in(folder: &Path) -> bool {
        folder.join(EVENTS).exists()
    }

    /// Read the records in `folder`.
    ///
    /// # Errors
    ///
    /// They are not there, or are no records of a run.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut run = Self {
            steps: vec![],
            evaluations: vec![],
            attacks: vec![],
            samples: vec![],
            config: String::new(),
        };
        for event in lines::<Event>(&folder.join(EVENTS))? {
            match event {
                Event::Step(step) => run.steps.push(step),
                Event::Evaluation(evaluation) => run.evaluations.push(evaluation),
                Event::Attacks(attacks) => run.attacks.push(attacks),
                Event::Other => {}
            }
        }
        run.samples = lines(&folder.join(SAMPLES))?;
        run.config = fs::read_to_string(folder.join(CONFIG)).unwrap_or_default();
        Ok(run)
    }

    /// The most that held-out problems ever earned in the run in `folder`.
    ///
    /// # Errors
    ///
    /// As [`TrainingRun::read`].
    pub fn best_in(folder: &Path) -> anyhow::Result<Option<f64>> {
        let events = lines::<Event>(&folder.join(EVENTS))?.into_iter();
        let rewards = events.filter_map(|event| match event {
            Event::Evaluation(evaluation) => Some(evaluation.reward),
            _ => None,
        });
        Ok(rewards.reduce(f64::max))
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

    /// What was measured on the way: what held-out problems earn.
    pub(crate) fn courses(&self) -> Vec<Course> {
        let points = self.evaluations.iter();
        let points =
            points.map(|it| Point::of_rewards(it.step, it.reward, it.margin, &it.by_prompt));
        let name = "held-out problems".to_owned();
        vec![Course { name, scale: Scale::Reward, points: points.collect() }]
    }

    /// Programs that attacked the judge.
    pub(crate) fn violations(&self) -> usize {
        let is_one = |it: &&Sample| it.verdict == Some(Outcome::SecurityViolation);
        self.samples.iter().filter(is_one).count()
    }

    /// How many scripted attacks there were, and how many of them earned something.
    pub(crate) fn scripted_attacks(&self) -> (usize, usize) {
        let sum = |of: fn(&Attacks) -> usize| self.attacks.iter().map(of).sum();
        (sum(|it| it.answers), sum(|it| it.rewarded))
    }

    pub(crate) fn ungraded(&self) -> usize {
        let evaluations = self.evaluations.iter().map(|it| it.ungraded);
        self.steps.iter().map(|it| it.ungraded).chain(evaluations).sum()
    }

    /// Where the time of all steps went.
    pub(crate) fn seconds(&self) -> Seconds {
        self.steps.iter().fold(Seconds::default(), |sum, step| Seconds {
            sampling: sum.sampling + step.seconds.sampling,
            waiting: sum.waiting + step.seconds.waiting,
            learning: sum.learning + step.seconds.learning,
        })
    }

    /// By how much held-out problems earned more at the end than at the beginning, with a 95 %
    /// interval over problems.
    pub(crate) fn gain(&self) -> Option<Gain> {
        let (first, last) = (self.evaluations.first()?, self.evaluations.last()?);
        if first.step == last.step {
            return None;
        }
        let pairs = first.by_prompt.iter().zip(&last.by_prompt);
        let (before, after): (Vec<f64>, Vec<f64>) =
            pairs.filter_map(|(before, after)| (*before).zip(*after)).unzip();
        let Interval { low, high } = Interval::of_difference(&before, &after, 0)?;
        Some(Gain { before: first.reward, after: last.reward, low, high })
    }
}

/// A difference and its 95 % interval.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Gain {
    pub(crate) before: f64,
    pub(crate) after: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

pub(crate) fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("failed to read `{}`", path.display()))?;
    // A line that is being written has no end yet.
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    let rows = whole.lines().enumerate().map(|(number, line)| {
        serde_json::from_str(line)
            .with_context(|| format!("in line {} of `{}`", number + 1, path.display()))
    });
    rows.collect()
}
