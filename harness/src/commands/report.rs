//! `ra3 report`: the report of a finished run drawn anew, or several runs side by side.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::{explain, print};
use crate::comparison::Comparison;
use crate::midtraining::MidtrainingRun;
use crate::picture::Picture;
use crate::report::comparison_html;
use crate::run_directory::{Finished, REPORT, write_file, write_report};
use crate::scoreboard::Scoreboard;
use crate::training::TrainingRun;
use crate::trainings::Trainings;

/// Draw the report of a finished run anew, or compare several runs.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 report runs/humaneval-samples
  ra3 report runs/humaneval-samples --out scores.html
  ra3 report runs/humaneval-small runs/humaneval-large
  ra3 report runs/before runs/after --out after.html --json
  ra3 report runs/rlvr --png rewards.png
  ra3 report runs/ntp runs/ra3 --out trainings.html

Of one run it prints where the report is. Of several it prints their scores, by how much each
differs from the first on the tasks of both, with a 95 % interval, and the tasks that differ most;
the page has charts and all tasks. Intervals are from a paired bootstrap, and where few tasks differ
from Wilson's and a sign test. Trainings are compared by what was held out from them, at the end of
each, and it is told in what they were configured differently.")]
pub(crate) struct ReportArgs {
    /// The folder of the run; those of several runs, to compare them with the first.
    #[arg(value_name = "DIR", required = true)]
    runs: Vec<PathBuf>,
    /// The file to write; by default report.html in the folder of the run, or comparison.html here.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Draw a picture of it as well, for slides and papers: PNG, or SVG where the name ends with .svg.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Read the runs and write the report.
pub(crate) fn run(arguments: &ReportArgs) -> anyhow::Result<ExitCode> {
    let ReportArgs { runs, out, png, json } = arguments;
    let picture = match &runs[..] {
        [folder] => {
            let path = out.clone().unwrap_or_else(|| folder.join(REPORT));
            draw(folder, &path, *json)?
        }
        folders => {
            let path = out.clone().unwrap_or_else(|| PathBuf::from("comparison.html"));
            compare(folders, &path, *json)?
        }
    };
    if let Some(png) = png {
        write(png, &picture.file(png)?)?;
        explain(&format!("picture: {}", png.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn draw(folder: &Path, path: &Path, json: bool) -> anyhow::Result<Picture> {
    if MidtrainingRun::is_in(folder) {
        let run = MidtrainingRun::read(folder)?;
        run.write_report(path)?;
        print(&path.display().to_string())?;
        return Ok(Picture::of_midtraining(&run));
    }
    if TrainingRun::is_in(folder) {
        let run = TrainingRun::read(folder)?;
        run.write_report(path)?;
        print(&path.display().to_string())?;
        return Ok(Picture::of_training(&run));
    }
    let Finished(run) = Finished::read(folder)?;
    write_report(path, &run)?;
    let board = Scoreboard { run: &run, folder };
    print(&if json { board.json_text() } else { path.display().to_string() })?;
    Ok(Picture::of_run(&run))
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    write_file(path.parent().unwrap_or(Path::new("")), &name, content)
}

fn compare(folders: &[PathBuf], path: &Path, json: bool) -> anyhow::Result<Picture> {
    if Trainings::are_in(&folders[0]) {
        let trainings = Trainings::read(folders)?;
        write(path, trainings.html().as_bytes())?;
        explain(&format!("report: {}", path.display()));
        print(&if json { format!("{:#}", trainings.json()) } else { trainings.table() })?;
        return Ok(Picture::of_trainings(&trainings));
    }
    let read = |folder: &PathBuf| {
        if Trainings::are_in(folder) {
            bail!("`{}` is a training, and the first is a judged run", folder.display());
        }
        let Finished(run) = Finished::read(folder)?;
        Ok((folder.clone(), run))
    };
    let runs = folders.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    let comparison = Comparison::of(runs)?;
    write(path, comparison_html(&comparison).as_bytes())?;
    explain(&format!("report: {}", path.display()));
    print(&if json { format!("{:#}", comparison.json()) } else { comparison.table() })?;
    Ok(Picture::of_comparison(&comparison))
}
