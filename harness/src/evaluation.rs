//! One evaluation: from what was asked for to judged samples and the files of a run.
//!
//! [`Evaluation::begin`] and [`Evaluation::resume`] read all input and check it; nothing is written
//! before it is found good. [`Evaluation::judge`] may be left at any moment without losing a
//! verdict, and [`Evaluation::finish`] writes what the verdicts add up to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::bail;
use benchmarks::Profile;
use datasets::Benchmark;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::backend::AnySandbox;
use crate::commands::judge::{JudgeArgs, Rules};
use crate::court::{Court, absolute};
use crate::interrupt::Interrupt;
use crate::judging::{Judging, Waiting};
use crate::progress::Progress;
use crate::results::{VerdictRow, eval_results, human_eval_results, livecodebench_results};
use crate::run_directory::{
    Entry, Files, Place, RunConfig, RunDirectory, STRICT, SamplesIdentity, holds_a_run,
    require_apart, require_free, require_replaceable,
};
use crate::samples::{Reading, Sample, Samples};
use crate::scoreboard::Scoreboard;
use crate::summary::{Judged, Run};

/// An evaluation under way.
pub(crate) struct Evaluation {
    config: RunConfig,
    judging: Arc<Judging<AnySandbox>>,
    directory: RunDirectory,
    /// What is judged. Where a model still answers, some of it is not known yet.
    samples: Vec<Option<Arc<Sample>>>,
    /// A row for each sample that was judged.
    rows: Vec<Option<VerdictRow>>,
    /// Seconds spent on judging, over all sittings.
    elapsed: f64,
}

/// How judging ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Every sample was judged.
    Finished,
    /// Somebody asked it to stop.
    Interrupted,
}

impl Evaluation {
    /// Begin a new run.
    pub(crate) async fn begin(arguments: &JudgeArgs) -> anyhow::Result<Self> {
        let Resolved { config, judging, samples } = resolve(arguments).await?;
        let folder = match &arguments.out {
            Some(folder) => folder.clone(),
            None => Place::of(&config.benchmark, &config.samples.path).next(),
        };
        if arguments.overwrite && holds_a_run(&folder) {
            require_replaceable(&folder)?;
            let inputs = arguments.samples.iter().chain(&arguments.data);
            require_apart(&folder, &inputs.map(PathBuf::as_path).collect::<Vec<_>>())?;
        } else {
            require_free(&folder, "`--overwrite` replaces it")?;
        }
        let directory = RunDirectory::begin(&folder, &config)?;
        Ok(Self::with(config, judging, directory, samples, Vec::new()))
    }

    /// Go on with the `earlier` run in `folder`.
    pub(crate) async fn resume(
        arguments: &JudgeArgs,
        folder: &Path,
        earlier: &RunConfig,
    ) -> anyhow::Result<Self> {
        let Resolved { mut config, judging, samples } = resolve(arguments).await?;
        let differences = config.differences(earlier);
        if !differences.is_empty() {
            bail!("cannot resume `{}`: {}", folder.display(), differences.join("; "));
        }
        config.started.clone_from(&earlier.started);
        let (directory, entries) = RunDirectory::resume(folder, &config)?;
        Ok(Self::with(config, judging, directory, samples, entries))
    }

    /// The evaluation of the run in `folder` by strict rules, in a folder inside it: begun, or gone on
    /// with where it was interrupted.
    pub(crate) async fn strict_beside(folder: &Path) -> anyhow::Result<Self> {
        let outer = RunConfig::read(folder)?;
        let inner = folder.join(STRICT);
        let arguments = JudgeArgs {
            profile: Some(Rules::One(Profile::Strict1)),
            out: Some(inner.clone()),
            overwrite: true,
            ..JudgeArgs::of(&outer)?
        };
        // A strict run of an earlier one in the same folder is not to be gone on with.
        let earlier = holds_a_run(&inner).then(|| RunConfig::read(&inner)).transpose()?;
        match earlier {
            Some(earlier) if earlier.started >= outer.started => {
                Self::resume(&arguments, &inner, &earlier).await
            }
            _ => Self::begin(&arguments).await,
        }
    }

    /// Whether the samples are to be judged by strict rules as well.
    pub(crate) fn is_of_both(&self) -> bool {
        self.config.both
    }

    /// An evaluation of `samples`, of which those in `entries` may be judged already.
    pub(crate) fn with(
        config: RunConfig,
        judging: Judging<AnySandbox>,
        directory: RunDirectory,
        samples: Vec<Option<Arc<Sample>>>,
        entries: Vec<Entry>,
    ) -> Self {
        let mut rows = vec![None; samples.len()];
        let mut elapsed = 0.0;
        for Entry { place, elapsed: at, row } in entries {
            elapsed = at.max(elapsed);
            let is_judged = row.passed.is_some();
            if let Some(known) = rows.get_mut(place) {
                *known = is_judged.then_some(row);
            }
        }
        Self { config, judging: Arc::new(judging), directory, samples, rows, elapsed }
    }

    /// Where the results go.
    pub(crate) fn folder(&self) -> &Path {
        self.directory.path()
    }

    /// How many samples are judged, and how many there are.
    pub(crate) fn judged_of_total(&self) -> (usize, usize) {
        (self.rows.iter().flatten().count(), self.rows.len())
    }

    /// The samples that are known and not judged yet.
    pub(crate) fn waiting(&self) -> Vec<Waiting> {
        let both = self.samples.iter().zip(&self.rows).enumerate();
        let waiting = both.filter(|(_, (_, row))| row.is_none());
        waiting.filter_map(|(place, (sample, _))| Some((place, sample.clone()?))).collect()
    }

    /// Judge every sample that is not judged yet.
    ///
    /// Programs under way when somebody interrupts are killed; they count as not judged.
    pub(crate) async fn judge(
        &mut self,
        quiet: bool,
        interrupt: &mut Interrupt,
    ) -> anyhow::Result<Ended> {
        let (queue, waiting) = unbounded_channel();
        for sample in self.waiting() {
            queue.send(sample).expect("its other end is below");
        }
        drop(queue);
        let mut progress = self.progress(quiet);
        let ended = tokio::select! {
            judged = self.judge_as_they_come(waiting, &mut progress) => judged.map(|()| Ended::Finished),
            () = interrupt.asked() => Ok(Ended::Interrupted),
        };
        progress.end();
        ended
    }

    /// Judge the samples that come until no more can come.
    ///
    /// Each verdict is in the journal before the next sample begins.
    pub(crate) async fn judge_as_they_come(
        &mut self,
        waiting: UnboundedReceiver<Waiting>,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let (before, started) = (self.elapsed, Instant::now());
        let Self { config, judging, directory, samples, rows, elapsed } = self;
        let tier = config.tier.to_string();
        let judging = Arc::clone(judging).run(waiting, config.jobs, |(place, sample), verdict| {
            let id = (sample.task_id.as_str(), sample.number);
            let row = VerdictRow::new(id, verdict, &tier, &config.profile);
            *elapsed = before + started.elapsed().as_secs_f64();
            directory.record(&Entry { place: *place, elapsed: *elapsed, row: row.clone() })?;
            progress.judged(row.verdict);
            rows[*place] = Some(row);
            samples[*place] = Some(Arc::clone(sample));
            Ok(())
        });
        judging.await
    }

    /// Progress from what is judged already.
    pub(crate) fn progress(&self, quiet: bool) -> Progress {
        let (judged, total) = self.judged_of_total();
        let passed = self.rows.iter().flatten().filter(|row| row.passed == Some(true)).count();
        Progress::begin(quiet, judged, passed, total)
    }

    /// The benchmark that is judged.
    pub(crate) fn benchmark(&self) -> Benchmark {
        self.judging.dataset.benchmark
    }

    /// The run as resolved.
    pub(crate) fn config_mut(&mut self) -> &mut RunConfig {
        &mut self.config
    }

    /// Write the files of the run, which has a verdict on every sample that there is.
    pub(crate) fn finish(self) -> anyhow::Result<Run> {
        let both = self.rows.into_iter().zip(self.samples);
        let (verdicts, samples): (Vec<VerdictRow>, Vec<Arc<Sample>>) =
            both.filter_map(|(row, sample)| row.zip(sample)).unzip();
        let judged = verdicts.iter().zip(&samples).map(|(row, sample)| Judged {
            task_id: row.task_id.clone(),
            sample: row.sample,
            program: sample.candidate.source.clone(),
            verdict: row.clone().into_verdict(),
        });
        let run = Run::of(&self.config, judged.collect(), self.elapsed);
        let date = self.config.started.get(.."2026-11-23 14:02".len()).unwrap_or_default();
        self.directory.finish(&Files {
            run: &run,
            verdicts: &verdicts,
            human_eval: human_eval_results(&samples, &run.judged),
            livecodebench: livecodebench_results(&samples, &run, &self.judging.dataset),
            evalplus: eval_results(&run, &self.judging.dataset, date),
            summary: &Scoreboard { run: &run, folder: self.directory.path() }.json(),
        })?;
        Ok(run)
    }
}

/// Everything that was asked for.
struct Resolved {
    config: RunConfig,
    judging: Judging<AnySandbox>,
    samples: Vec<Option<Arc<Sample>>>,
}

/// Read and check everything that was asked for.
async fn resolve(arguments: &JudgeArgs) -> anyhow::Result<Resolved> {
    let (Some(_), Some(path)) = (arguments.benchmark, &arguments.samples) else {
        bail!("`--benchmark` and `--samples` say what to judge");
    };
    let dataset = Court::dataset(arguments)?;
    let reading = Reading {
        allow_missing: arguments.allow_missing,
        allow_unknown: arguments.allow_unknown,
        sanitize: arguments.sanitize,
        limit: arguments.limit,
    };
    let samples = Samples::read(path, &dataset, reading)?;
    let court = Court::convene(arguments, dataset).await?;
    let identity = SamplesIdentity {
        path: absolute(path)?,
        sha256: samples.sha256,
        count: samples.all.len(),
        skipped: samples.skipped,
        outside: samples.outside,
        missing_tasks: samples.missing,
        unasked: 0,
    };
    let config = court.config(arguments, identity)?;
    let samples = samples.all.into_iter().map(|sample| Some(Arc::new(sample))).collect();
    Ok(Resolved { judging: court.judging(&config), config, samples })
}
