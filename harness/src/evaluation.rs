//! One evaluation: from what was asked for to judged samples and the files of a run.
//!
//! [`Evaluation::begin`] and [`Evaluation::resume`] read all input and check it; nothing is written
//! before it is found good. [`Evaluation::judge`] may be left at any moment without losing a
//! verdict, and [`Evaluation::finish`] writes what the verdicts add up to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use benchmarks::{Judge, Profile};
use datasets::{Cache, Dataset, Window};
use sandbox::Python;

use crate::backend::{AnySandbox, Wish};
use crate::commands::judge::{JudgeArgs, Rules};
use crate::interrupt::Interrupt;
use crate::judging::{Judging, Patience};
use crate::progress::Progress;
use crate::results::{VerdictRow, eval_results, human_eval_results, livecodebench_results};
use crate::run_directory::{
    DataIdentity, Entry, Files, Place, PythonIdentity, RunConfig, RunDirectory, SamplesIdentity,
    holds_a_run, require_free,
};
use crate::samples::{Reading, Samples};
use crate::scoreboard::Scoreboard;
use crate::summary::{Judged, Run};

/// The k that both human-eval and EvalPlus report.
const KS: [usize; 3] = [1, 10, 100];

/// How often a judgement that failed is tried again, unless somebody says otherwise.
const RETRIES: usize = 2;

/// An evaluation under way.
pub(crate) struct Evaluation {
    config: RunConfig,
    judging: Arc<Judging<AnySandbox>>,
    directory: RunDirectory,
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
        let (config, judging) = resolve(arguments).await?;
        let folder = match &arguments.out {
            Some(folder) => folder.clone(),
            None => Place::of(&config.benchmark, &config.samples.path).next(),
        };
        require_free(&folder, arguments.overwrite)?;
        let directory = RunDirectory::begin(&folder, &config)?;
        Ok(Self::with(config, judging, directory, Vec::new()))
    }

    /// Go on with the `earlier` run in `folder`.
    pub(crate) async fn resume(
        arguments: &JudgeArgs,
        folder: &Path,
        earlier: &RunConfig,
    ) -> anyhow::Result<Self> {
        let (mut config, judging) = resolve(arguments).await?;
        let differences = config.differences(earlier);
        if !differences.is_empty() {
            bail!("cannot resume `{}`: {}", folder.display(), differences.join("; "));
        }
        config.started.clone_from(&earlier.started);
        let (directory, entries) = RunDirectory::resume(folder, &config)?;
        Ok(Self::with(config, judging, directory, entries))
    }

    /// The evaluation of the run in `folder` by strict rules, in a folder inside it: begun, or gone on
    /// with where it was interrupted.
    pub(crate) async fn strict_beside(folder: &Path) -> anyhow::Result<Self> {
        let outer = RunConfig::read(folder)?;
        let inner = folder.join("strict");
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

    fn with(
        config: RunConfig,
        judging: Judging<AnySandbox>,
        directory: RunDirectory,
        entries: Vec<Entry>,
    ) -> Self {
        let mut rows = vec![None; judging.samples.all.len()];
        let mut elapsed = 0.0;
        for Entry { place, elapsed: at, row } in entries {
            elapsed = at.max(elapsed);
            let is_judged = row.passed.is_some();
            if let Some(known) = rows.get_mut(place) {
                *known = is_judged.then_some(row);
            }
        }
        Self { config, judging: Arc::new(judging), directory, rows, elapsed }
    }

    /// Where the results go.
    pub(crate) fn folder(&self) -> &Path {
        self.directory.path()
    }

    /// How many samples are judged, and how many there are.
    pub(crate) fn judged_of_total(&self) -> (usize, usize) {
        (self.rows.iter().flatten().count(), self.rows.len())
    }

    /// Judge every sample that is not judged yet.
    ///
    /// Each verdict is in the journal before the next sample begins. Programs under way when
    /// somebody interrupts are killed; they count as not judged.
    pub(crate) async fn judge(
        &mut self,
        quiet: bool,
        interrupt: &mut Interrupt,
    ) -> anyhow::Result<Ended> {
        let waiting = (0..self.rows.len()).filter(|&place| self.rows[place].is_none()).collect();
        let (before, started) = (self.elapsed, Instant::now());
        let mut progress = self.progress(quiet);
        let Self { config, judging, directory, rows, elapsed } = self;
        let tier = config.tier.to_string();
        let judging_all = Arc::clone(judging).run(waiting, config.jobs, |place, verdict| {
            let sample = &judging.samples.all[place];
            let id = (sample.task_id.as_str(), sample.number);
            let row = VerdictRow::new(id, verdict, &tier, &config.profile);
            *elapsed = before + started.elapsed().as_secs_f64();
            directory.record(&Entry { place, elapsed: *elapsed, row: row.clone() })?;
            progress.judged(row.verdict);
            rows[place] = Some(row);
            Ok(())
        });
        let ended = tokio::select! {
            judged = judging_all => judged.map(|()| Ended::Finished),
            () = interrupt.asked() => Ok(Ended::Interrupted),
        };
        progress.end();
        ended
    }

    fn progress(&self, quiet: bool) -> Progress {
        let (judged, total) = self.judged_of_total();
        let passed = self.rows.iter().flatten().filter(|row| row.passed == Some(true)).count();
        Progress::begin(quiet, judged, passed, total)
    }

    /// Write the files of the run, which has a verdict on every sample.
    pub(crate) fn finish(self) -> anyhow::Result<Run> {
        let samples = &self.judging.samples.all;
        let verdicts: Vec<VerdictRow> = self.rows.into_iter().flatten().collect();
        let judged = verdicts.iter().zip(samples).map(|(row, sample)| Judged {
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
            human_eval: human_eval_results(samples, &run.judged),
            livecodebench: livecodebench_results(&run, &self.judging.dataset),
            evalplus: eval_results(&run, &self.judging.dataset, date),
            summary: &Scoreboard { run: &run, folder: self.directory.path() }.json(),
        })?;
        Ok(run)
    }
}

/// Read and check everything that was asked for.
async fn resolve(arguments: &JudgeArgs) -> anyhow::Result<(RunConfig, Judging<AnySandbox>)> {
    let (Some(benchmark), Some(samples_path)) = (arguments.benchmark, &arguments.samples) else {
        bail!("`--benchmark` and `--samples` say what to judge");
    };
    let mut dataset = Dataset::open(benchmark, arguments.data.as_deref())?;
    let window = Window { from: arguments.from.clone(), to: arguments.to.clone() };
    dataset.posed_within(&window);
    if dataset.problems.is_empty() {
        bail!("no problem of {benchmark} was posed on the days that were asked for");
    }
    let profile = match arguments.profile {
        Some(Rules::One(profile)) => profile,
        Some(Rules::Both) | None => Profile::compat(benchmark),
    };
    require_suitable(profile, &dataset)?;
    let reading = Reading {
        allow_missing: arguments.allow_missing,
        // Outside a window lie samples of problems that the benchmark has, but does not count.
        allow_unknown: arguments.allow_unknown || window != Window::default(),
        sanitize: arguments.sanitize,
        limit: arguments.limit,
    };
    let samples = Samples::read(samples_path, &dataset, reading)?;
    let wish = Wish {
        backend: arguments.backend.unwrap_or_default(),
        tier: arguments.tier,
        isolation: arguments.isolation.unwrap_or_default(),
        python: arguments.python.as_deref(),
    };
    let (sandbox, python) = AnySandbox::open(wish).await?;
    let place = (&sandbox, &python);
    let config = config(arguments, (&dataset, profile), (&samples, samples_path), place)?;
    let patience = Patience { failures: config.retries, timeouts: config.timeout_retries };
    let judge = judge(sandbox, python, profile);
    Ok((config, Judging { judge, dataset, samples, patience }))
}

/// The run as resolved.
fn config(
    arguments: &JudgeArgs,
    (dataset, profile): (&Dataset, Profile),
    (samples, samples_path): (&Samples, &Path),
    (sandbox, python): (&AnySandbox, &Python),
) -> anyhow::Result<RunConfig> {
    Ok(RunConfig {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M %Z").to_string(),
        benchmark: dataset.benchmark.name().to_owned(),
        profile: profile.name().to_owned(),
        both: arguments.profile == Some(Rules::Both),
        backend: arguments.backend.unwrap_or_default(),
        tier: sandbox.tier(),
        isolation: arguments.isolation.unwrap_or_default().to_string(),
        jobs: arguments.jobs.unwrap_or_else(cores),
        k: if arguments.k.is_empty() { KS.to_vec() } else { arguments.k.clone() },
        retries: arguments.retries.unwrap_or(RETRIES),
        timeout_retries: arguments.timeout_retries.unwrap_or(0),
        allow_missing: arguments.allow_missing,
        allow_unknown: arguments.allow_unknown,
        sanitize: arguments.sanitize,
        limit: arguments.limit,
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        samples: SamplesIdentity {
            path: absolute(samples_path)?,
            sha256: samples.sha256.clone(),
            count: samples.all.len(),
            skipped: samples.skipped,
            missing_tasks: samples.missing,
        },
        data: DataIdentity {
            path: arguments.data.as_deref().map(absolute).transpose()?,
            md5: dataset.md5.clone(),
            sha256: dataset.sha256.clone(),
            tasks: dataset.problems.len(),
        },
        python: PythonIdentity {
            executable: python.executable.clone(),
            version: python.version.clone(),
            numpy: python.numpy.clone(),
        },
    })
}

/// A judge that keeps the values it expects beside the data sets, where there is room for them.
fn judge(sandbox: AnySandbox, python: Python, profile: Profile) -> Judge<AnySandbox> {
    let judge = Judge::new(sandbox, python, profile);
    let folder = Cache::standard().map(|cache| cache.folder().join("expected"));
    match folder.map(|folder| std::fs::create_dir_all(&folder).map(|()| folder)) {
        Ok(Ok(folder)) => judge.cache(folder),
        Ok(Err(_)) | Err(_) => judge,
    }
}

fn require_suitable(profile: Profile, dataset: &Dataset) -> anyhow::Result<()> {
    let Some(problem) = dataset.problems.iter().find(|problem| !profile.suits(problem)) else {
        return Ok(());
    };
    let suits = |profile: &Profile| dataset.problems.iter().all(|problem| profile.suits(problem));
    let suitable: Vec<&str> = Profile::ALL.into_iter().filter(suits).map(Profile::name).collect();
    bail!(
        "profile {profile} has no rules for the tests of `{}`; {} is judged by {}",
        problem.id,
        dataset.benchmark,
        suitable.join(" or ")
    )
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path)
        .with_context(|| format!("cannot make out where `{}` is", path.display()))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
