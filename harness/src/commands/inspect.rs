//! `ra3 inspect`: a training run in a terminal, from the trend to one answer.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;
use serde_json::json;

use super::print;
use crate::midtraining::MidtrainingRun;
use crate::training::{Sample, TrainingRun};

/// Walk through a training run: its steps, the answers of a step, one answer.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 inspect runs/rlvr-demo
  ra3 inspect runs/rlvr-demo --step 3
  ra3 inspect runs/rlvr-demo --step 3 --task mini-train/add_3
  ra3 inspect runs/rlvr-demo --step 3 --json | jq '.[] | select(.reward == 0).text'

Of a mid-training, what it came to. Without --step the steps of the run, with it the problems of the step, with --task the answers to
one problem and what the judge said of each.")]
pub(crate) struct InspectArgs {
    /// The folder of the run.
    #[arg(value_name = "DIR")]
    run: PathBuf,
    /// A step, from 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    step: Option<u64>,
    /// A problem of that step.
    #[arg(long, value_name = "ID", requires = "step")]
    task: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Print what was asked for.
pub(crate) fn run(arguments: &InspectArgs) -> anyhow::Result<ExitCode> {
    if MidtrainingRun::is_in(&arguments.run) {
        ensure!(
            arguments.step.is_none(),
            "a mid-training has no answers; without --step, what it came to"
        );
        let run = MidtrainingRun::read(&arguments.run)?;
        let text = match arguments.json {
            true => serde_json::to_string_pretty(&run.json())?,
            false => run.overview(),
        };
        print(text.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let run = TrainingRun::read(&arguments.run)?;
    let Some(step) = arguments.step else {
        print(if arguments.json { overview_json(&run)? } else { overview(&run) }.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    };
    let is_wanted = |sample: &&Sample| {
        let task = arguments.task.as_ref();
        sample.step + 1 == step && task.is_none_or(|task| sample.task_id == *task)
    };
    let samples: Vec<&Sample> = run.samples.iter().filter(is_wanted).collect();
    ensure!(
        !samples.is_empty(),
        "`{}` has no such answers; it has {} steps",
        arguments.run.display(),
        run.steps.len()
    );
    let text = match (arguments.json, &arguments.task) {
        (true, _) => serde_json::to_string_pretty(&samples)?,
        (false, None) => problems(&samples),
        (false, Some(_)) => answers(&samples),
    };
    print(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn overview_json(run: &TrainingRun) -> anyhow::Result<String> {
    let value = json!({
        "violations": run.violations(),
        "ungraded": run.ungraded(),
        "gain": run.gain(),
        "seconds": run.seconds(),
        "steps": run.steps,
        "evaluations": run.evaluations,
    });
    Ok(serde_json::to_string_pretty(&value)?)
}

fn overview(run: &TrainingRun) -> String {
    let mut text = format!(
        "attacks on the judge: {}   answers without a verdict: {}\n\n",
        run.violations(),
        run.ungraded()
    );
    if let (attacks @ 1.., rewarded) = run.scripted_attacks() {
        writeln!(text, "scripted attacks that earned something: {rewarded} of {attacks}\n")
            .expect("a String takes whatever is written");
    }
    text += "step  reward   mixed  tokens  cut off  entropy      loss  gradient      gap    time\n";
    for step in &run.steps {
        for evaluation in run.evaluations.iter().filter(|it| it.step == step.step) {
            text += &held_out(evaluation.reward, evaluation.margin);
        }
        let mixed = format!("{}/{}", step.mixed_groups, step.groups);
        writeln!(
            text,
            "{:>4}  {:>6.3}  {mixed:>6}  {:>6.1}  {:>5.0} %  {:>7.3}  {:>+8.4}  {:>8.3}  {:>7.0e}  {:>4.0} s",
            step.step + 1,
            step.reward,
            step.length,
            100.0 * step.truncated,
            step.entropy,
            step.loss,
            step.gradient_norm,
            step.gap,
            step.seconds.total()
        )
        .expect("a String takes whatever is written");
    }
    let made = run.steps.last().map_or(0, |step| step.step + 1);
    for evaluation in run.evaluations.iter().filter(|it| it.step == made) {
        text += &held_out(evaluation.reward, evaluation.margin);
    }
    if let Some(gain) = run.gain() {
        writeln!(
            text,
            "\nheld-out problems: {:.3} before, {:.3} after, 95 % interval of the difference {:+.3} to {:+.3}",
            gain.before, gain.after, gain.low, gain.high
        )
        .expect("a String takes whatever is written");
    }
    let seconds = run.seconds();
    let share = 100.0 * seconds.waiting / seconds.total().max(f64::MIN_POSITIVE);
    writeln!(
        text,
        "time: {:.0} s writing answers, {:.1} s waiting for verdicts ({share:.2} %), {:.0} s learning",
        seconds.sampling, seconds.waiting, seconds.learning
    )
    .expect("a String takes whatever is written");
    text
}

fn held_out(reward: f64, margin: f64) -> String {
    format!("      {reward:>6.3}  held-out problems, ± {margin:.3}\n")
}

/// The problems of a step, each with the rewards of its answers.
fn problems(samples: &[&Sample]) -> String {
    let mut text = String::new();
    for group in samples.chunk_by(|left, right| left.task_id == right.task_id) {
        let mean = group.iter().map(|it| f64::from(it.reward)).sum::<f64>() / group.len() as f64;
        let rewards: String = group.iter().map(|it| format!(" {:.2}", it.reward)).collect();
        writeln!(text, "{mean:>6.3}  {:<40}{rewards}", group[0].task_id)
            .expect("a String takes whatever is written");
    }
    text
}

/// The answers to a problem.
fn answers(samples: &[&Sample]) -> String {
    let mut text = String::new();
    for sample in samples {
        let verdict = sample.verdict.map_or("-".to_owned(), |it| format!("{it:?}"));
        let message = sample.message.as_deref().unwrap_or_default();
        writeln!(
            text,
            "== answer {}: reward {:.2}, {verdict}, {} tokens {}\n{}\n",
            sample.sample,
            sample.reward,
            sample.tokens.len(),
            visible(message),
            visible(&sample.text)
        )
        .expect("a String takes whatever is written");
    }
    text
}

/// What a terminal can show: a policy may write escape sequences.
fn visible(text: &str) -> String {
    let shown = |character: char| match character {
        '\n' | '\t' => character,
        character if character.is_control() => '\u{fffd}',
        character => character,
    };
    text.trim_end().chars().map(shown).collect()
}
