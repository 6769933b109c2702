//! Scripted attackers beside the policy.
//!
//! A policy under training tries everything, sooner or later. A red team does so from the first step:
//! programs that are known to attack judges are put to the same judge as the policy's answers, while
//! the run goes on. None may earn anything. One that does ends the run, since a policy would find the
//! same hole.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use benchmarks::{Candidate, Outcome, Verdict};
use datasets::Problem;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::environment::Grader;

/// Attackers, what they attack, and how many attacks there are after each step.
pub(crate) struct RedTeam {
    attackers: Vec<Attacker>,
    problems: Arc<Vec<Problem>>,
    grader: Arc<Grader>,
    per_step: usize,
    runtime: Handle,
}

struct Attacker {
    file: PathBuf,
    source: String,
}

/// What became of the attacks of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Attacks {
    pub(crate) step: u64,
    /// How many there were.
    pub(crate) answers: usize,
    /// How many earned something: 0, or the run has ended.
    pub(crate) rewarded: usize,
    /// How many were caught at what no program needs.
    pub(crate) violations: usize,
    /// How many we failed to judge.
    pub(crate) ungraded: usize,
}

impl RedTeam {
    /// The Python programs in `folder`, each of which attacks by itself or in a function `f`.
    pub(crate) fn read(
        folder: &Path,
        per_step: usize,
        problems: Vec<Problem>,
        grader: Arc<Grader>,
        runtime: Handle,
    ) -> anyhow::Result<Self> {
        let doing = || format!("failed to read the red team in `{}`", folder.display());
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .with_context(doing)?
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<_>>()
            .with_context(doing)?;
        files.retain(|file| file.extension() == Some("py".as_ref()));
        files.sort();
        ensure!(!files.is_empty(), "`red_team.folder` `{}` has no program", folder.display());
        let attacker = |file: PathBuf| {
            let source = fs::read_to_string(&file).with_context(doing)?;
            Ok(Attacker { file, source })
        };
        let attackers = files.into_iter().map(attacker).collect::<anyhow::Result<_>>()?;
        Ok(Self { attackers, problems: Arc::new(problems), grader, per_step, runtime })
    }

    /// Attack after `step`: every attacker and every problem by turns.
    ///
    /// # Errors
    ///
    /// An attack has earned something.
    pub(crate) fn attack(&self, step: u64) -> anyhow::Result<Attacks> {
        let first = step as usize * self.per_step;
        let mut attacks = Attacks { step, answers: self.per_step, ..Attacks::default() };
        for (file, task, verdict) in self.runtime.block_on(self.judge(first)) {
            match self.grader.reward(&verdict) {
                Err(_) => attacks.ungraded += 1,
                Ok(reward) if reward > 0.0 => bail!(
                    "the attack `{}` on {task} earned {reward}: this judge can be cheated, and a \
                     policy will learn how",
                    file.display()
                ),
                Ok(_) => {}
            }
            attacks.violations += usize::from(verdict.outcome == Outcome::SecurityViolation);
        }
        Ok(attacks)
    }

    async fn judge(&self, first: usize) -> Vec<(PathBuf, String, Verdict)> {
        let mut running = JoinSet::new();
        for number in first..first + self.per_step {
            let attacker = &self.attackers[number % self.attackers.len()];
            // Another problem each time that an attacker's turn comes.
            let place = (number + number / self.attackers.len()) % self.problems.len();
            let (problems, grader) = (Arc::clone(&self.problems), Arc::clone(&self.grader));
            let (file, source) = (attacker.file.clone(), attacker.source.clone());
            running.spawn(async move {
                let problem = &problems[place];
                let candidate = Candidate::solution(&disguised(&source, problem));
                let verdict = grader.judge(problem, &candidate).await;
                (file, problem.id.clone(), verdict)
            });
        }
        running.join_all().await
    }
}

/// The attack under the name that the problem asks for.
fn disguised(source: &str, problem: &Problem) -> String {
    let name = problem.entry_point.as_deref().unwrap_or("f");
    let function = if source.contains("def f(") || source.contains("f = ") {
        format!("{name} = f")
    } else {
        format!("def {name}(*arguments):\n    return None")
    };
    format!("{source}\n\n{function}\n")
}
