//! Trainings side by side: what each came to on what was held out, and whether it differs from the first.
//!
//! Compared is the last measurement of each run with the last one of the first run, on the problems or
//! programs of both (see [`Point::excess_over`]). All runs are of one kind, `ra3 rlvr` or `ra3 midtrain`.
//!
//! What it does not do: weigh seeds. An interval here is over problems, for these very runs; another seed
//! of the same training is another run, and several of each say more than any interval of one.

mod course;
mod page;
mod settings;

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde_json::{Value, json};

pub(crate) use self::course::{Course, Excess, Item, Point, Scale};
pub(crate) use self::page::RUNS;
use self::settings::{Setting, differing};
use crate::comparison::names;
use crate::finding::Finding;
use crate::midtraining::MidtrainingRun;
pub(crate) use crate::scores::SEED;
use crate::training::TrainingRun;

/// Runs of one kind of training.
#[derive(Debug)]
pub(crate) struct Trainings {
    /// The runs, first the one that the others are compared with.
    pub(crate) sides: Vec<Side>,
    /// How each of the others differs from it, run by run and measure by measure.
    pub(crate) differences: Vec<Difference>,
    /// In what their configurations differ.
    pub(crate) settings: Vec<Setting>,
    /// What a reader must know to read the differences aright, a sentence each.
    pub(crate) notes: Vec<String>,
}

/// One run.
#[derive(Debug)]
pub(crate) struct Side {
    /// What it is called here.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// What was measured.
    pub(crate) courses: Vec<Course>,
}

/// By how much a run differs from the first at the end of both.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    /// Which of the runs.
    pub(crate) side: usize,
    /// What is measured.
    pub(crate) name: String,
    /// What its values are.
    pub(crate) scale: Scale,
    /// By how much.
    pub(crate) excess: Excess,
}

impl Difference {
    /// How much more it is.
    pub(crate) fn value(&self) -> f64 {
        self.excess.after - self.excess.before
    }

    /// What can be said.
    pub(crate) fn finding(&self) -> Finding {
        let Excess { low, high, .. } = self.excess;
        let (one, other) = (self.scale.gain(low), self.scale.gain(high));
        Finding::of(one.min(other), one.max(other))
    }
}

impl Trainings {
    /// Whether `folder` holds the records of a training.
    pub(crate) fn are_in(folder: &Path) -> bool {
        TrainingRun::is_in(folder)
    }

    /// Compare the runs in these folders.
    ///
    /// # Errors
    ///
    /// One of them is no training or of another kind, or none of what it measured was measured by the first.
    pub(crate) fn read(folders: &[PathBuf]) -> anyhow::Result<Self> {
        let mut sides = Vec::new();
        let mut configurations = Vec::new();
        for (folder, name) in folders.iter().zip(names(folders)) {
            if !Self::are_in(folder) {
                bail!("`{}` is no training, and the others are", folder.display());
            }
            let (courses, configuration) = if MidtrainingRun::is_in(folder) {
                let run = MidtrainingRun::read(folder)?;
                (run.courses(), run.config)
            } else {
                let run = TrainingRun::read(folder)?;
                (run.courses(), run.config)
            };
            configurations.push(configuration);
            sides.push(Side { name, folder: folder.clone(), courses });
        }
        let texts: Vec<&str> = configurations.iter().map(String::as_str).collect();
        let mut compared =
            Self { differences: vec![], settings: differing(&texts), notes: vec![], sides };
        for side in 1..compared.sides.len() {
            compared.compare(side)?;
        }
        Ok(compared)
    }

    fn compare(&mut self, side: usize) -> anyhow::Result<()> {
        let (first, other) = (&self.sides[0], &self.sides[side]);
        let before = self.differences.len();
        for course in &other.courses {
            let same = first.courses.iter().find(|it| it.name == course.name);
            let ends = same.and_then(|it| it.points.last()).zip(course.points.last());
            let Some((theirs, ours)) = ends else { continue };
            let (name, scale) = (course.name.clone(), course.scale);
            if ours.step != theirs.step {
                self.notes.push(format!(
                    "{name}: {} was measured last after {} steps, {} after {}.",
                    first.name, theirs.step, other.name, ours.step
                ));
            }
            match ours.excess_over(theirs) {
                Some(excess) => {
                    self.differences.push(Difference { side, name, scale, excess });
                }
                None => self.notes.push(format!(
                    "{name}: {} and {} were not measured on the same {}.",
                    first.name,
                    other.name,
                    scale.items()
                )),
            }
        }
        if self.differences.len() == before {
            let why = self.notes.last().map_or(String::new(), |note| format!(" {note}"));
            bail!(
                "`{}` and `{}` have nothing in common that both measured.{why}",
                first.name,
                other.name
            );
        }
        Ok(())
    }

    /// The figures for people.
    pub(crate) fn table(&self) -> String {
        let mut lines: Vec<String> =
            self.notes.iter().map(|note| format!("note: {note}")).collect();
        let width = self.sides.iter().map(|side| side.name.chars().count()).max().unwrap_or(0);
        for Side { name, courses, .. } in &self.sides {
            for (at, course) in courses.iter().enumerate() {
                let name = if at == 0 { name } else { "" };
                lines.push(format!("{name:<width$}  {}: {}", course.name, course.ends()));
            }
        }
        for difference in &self.differences {
            lines.push(String::new());
            lines.extend(self.lines_of(difference));
        }
        if !self.settings.is_empty() {
            lines.push(String::new());
            lines.push("configured differently, in the order of the runs:".to_owned());
        }
        for Setting { key, values } in &self.settings {
            let values: Vec<&str> =
                values.iter().map(|value| value.as_deref().unwrap_or("-")).collect();
            lines.push(format!("  {key}: {}", values.join(" | ")));
        }
        lines.join("\n")
    }

    fn lines_of(&self, difference: &Difference) -> [String; 2] {
        let Difference { name, scale, excess, .. } = difference;
        [
            format!("{name}: {}", self.said(difference)),
            format!(
                "  {}, 95 % interval {}, on {} {}",
                scale.difference(difference.value()),
                scale.interval(excess.low, excess.high),
                excess.items,
                scale.items()
            ),
        ]
    }

    /// What can be said, in words.
    fn said(&self, difference: &Difference) -> String {
        difference.finding().said(&self.sides[difference.side].name, &self.sides[0].name)
    }

    /// Everything for machines.
    pub(crate) fn json(&self) -> Value {
        let runs = self.sides.iter().map(|Side { name, folder, courses }| {
            let courses = courses.iter().map(|Course { name, scale, points }| {
                let points = points.iter().map(|Point { step, value, margin, .. }| {
                    json!({"step": step, "value": value, "margin": margin})
                });
                json!({"name": name, "scale": scale, "points": points.collect::<Value>()})
            });
            let (folder, measures) = (folder.to_string_lossy(), courses.collect::<Value>());
            json!({"name": name, "folder": folder, "measures": measures})
        });
        let differences = self.differences.iter().map(|difference| {
            let Difference { side, name, scale, excess } = difference;
            json!({
                "run": self.sides[*side].name,
                "baseline": self.sides[0].name,
                "measure": name,
                "scale": scale,
                "items": excess.items,
                "before": excess.before,
                "after": excess.after,
                "difference": difference.value(),
                "low": excess.low,
                "high": excess.high,
                "finding": difference.finding(),
            })
        });
        json!({
            "runs": runs.collect::<Value>(),
            "differences": differences.collect::<Value>(),
            "settings": self.settings,
            "notes": self.notes,
        })
    }
}

impl Course {
    /// Where it began and where it ended.
    fn ends(&self) -> String {
        let said = |point: &Point| {
            let margin = match (self.scale, point.margin) {
                (Scale::Reward, margin) if margin > 0.0 => format!(" ± {:.1}", 100.0 * margin),
                _ => String::new(),
            };
            format!("{}{margin}", self.scale.value(point.value))
        };
        match &self.points[..] {
            [] => "was never measured".to_owned(),
            [only] => format!("{} after {} steps", said(only), only.step),
            [first, .., last] => {
                format!("{} before, {} after {} steps", said(first), said(last), last.step)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::training::{CONFIG, EVENTS, SAMPLES};

    fn rlvr<const N: usize>(folder: &Path, rewards: &[[f64; N]], config: &str) {
        fs::create_dir_all(folder).unwrap();
        let events = rewards.iter().zip([0, 5, 10]).map(|(by_prompt, step)| {
            let reward = by_prompt.iter().sum::<f64>() / N as f64;
            json!({"event": "evaluation", "step": step, "reward": reward, "margin": 0.2,
                "by_prompt": by_prompt.as_slice(), "ungraded": 0})
        });
        let text: String = events.map(|event| format!("{event}\n")).collect();
        fs::write(folder.join(EVENTS), text).unwrap();
        fs::write(folder.join(SAMPLES), "").unwrap();
        fs::write(folder.join(CONFIG), config).unwrap();
    }

    fn midtraining(folder: &Path, by_program: &[(usize, f64, f64)]) {
        fs::create_dir_all(folder).unwrap();
        let event = json!({"event": "held-out", "learned": 3, "plain_loss": 2.0, "thinking_loss": 2.0,
            "think_rate": 0.1, "thought_length": 4.0, "by_program": by_program});
        fs::write(folder.join(EVENTS), format!("{event}\n")).unwrap();
    }

    #[test]
    fn the_ends_of_trainings_are_compared_problem_by_problem() {
        let desk = tempfile::tempdir().unwrap();
        let folders = ["one", "other"].map(|name| desk.path().join(name));
        let (before, after) =
            ([0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 0.5]);
        rlvr(&folders[0], &[[0.0; 8], before], "seed = 1\nrows = 4\n");
        rlvr(&folders[1], &[[0.0; 8], [1.0; 8], after], "seed = 2\nrows = 4\n");
        let compared = Trainings::read(&folders).unwrap();
        let [difference] = &compared.differences[..] else { panic!("{compared:?}") };
        assert_eq!((difference.value(), difference.excess.items), (0.625, 8));
        assert_eq!(difference.finding(), Finding::Better);
        let table = compared.table();
        assert!(table.contains("other is better than one"), "{table}");
        assert!(table.contains("after 5 steps, other after 10"), "{table}");
        assert!(table.contains("seed: 1 | 2") && !table.contains("rows"), "{table}");
        let page = compared.html();
        assert!(page.contains("+62.5 points") && !page.contains("NaN"), "{page}");
        assert_eq!(compared.json()["differences"][0]["finding"], "better");
    }

    #[test]
    fn a_smaller_loss_is_better() {
        let desk = tempfile::tempdir().unwrap();
        let folders = ["ntp", "ra3"].map(|name| desk.path().join(name));
        let findings = |times: usize| -> Vec<Finding> {
            midtraining(&folders[0], &[(10, 20.0, 20.0), (20, 44.0, 44.0)].repeat(times));
            midtraining(&folders[1], &[(10, 19.0, 21.0), (20, 42.0, 48.0)].repeat(times));
            let compared = Trainings::read(&folders).unwrap();
            compared.differences.iter().map(Difference::finding).collect()
        };
        assert_eq!(findings(3), [Finding::Better, Finding::Worse]);
        assert_eq!(findings(2), [Finding::Open, Finding::Open], "four programs tell too little");
    }

    #[test]
    fn what_has_nothing_in_common_is_an_error_that_says_why() {
        let desk = tempfile::tempdir().unwrap();
        let folders = ["ntp", "ra3", "rlvr"].map(|name| desk.path().join(name));
        midtraining(&folders[0], &[(10, 20.0, 20.0)]);
        midtraining(&folders[1], &[(11, 19.0, 21.0)]);
        rlvr(&folders[2], &[[0.0; 4]], "");
        let error = Trainings::read(&folders[..2]).unwrap_err().to_string();
        assert!(error.contains("not measured on the same programs"), "{error}");
        let error = Trainings::read(&folders[1..]).unwrap_err().to_string();
        assert!(error.contains("nothing in common"), "{error}");
        let error = Trainings::read(&[folders[0].clone(), desk.path().to_owned()]).unwrap_err();
        assert!(error.to_string().contains("is no training"), "{error}");
    }
}
