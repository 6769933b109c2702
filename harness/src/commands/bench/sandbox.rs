//! `ra3 bench sandbox`: tiny programs a second, and how long one takes.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use sandbox::{Isolation, NativeSandbox, Python, Tier};
use serde::Serialize;
use tokio::task::JoinSet;

use super::contender::{Contender, Contenders};
use super::{processor_time, table};

/// Slow ways get this part of the runs, so that every way gets about the same time.
const SLOWNESS: usize = 8;
/// Runs before the clock starts: caches are filled and threads are there.
const WARM_UP: usize = 8;
/// A person's pause between two single runs, in which a machine becomes idle.
const PAUSE: Duration = Duration::from_millis(10);

/// Run tiny programs in the sandbox and in other ways, and compare.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 bench sandbox
  ra3 bench sandbox --runs 500 --jobs 4 --json

Every round runs each way in turn; medians over the rounds are shown. Latency is that of one
program at a time on a machine that is otherwise idle. Bubblewrap is compared with where `bwrap` is
on the path, the wasm backend where its interpreter is (`make setup-wasm`). On a busy machine the
processor time of a run tells more than the rate.")]
pub(crate) struct SandboxArgs {
    /// Programs of each round; ways that start an interpreter each time run an eighth of them.
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u32).range(8..1_000_000))]
    runs: u32,
    /// How many programs run at a time; two a core by default.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..10_000))]
    jobs: Option<u32>,
    /// How many rounds.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..1_000))]
    rounds: u32,
    /// Isolation tier: t2, t1, t0 or none. The strongest that the machine allows by default.
    #[arg(long)]
    tier: Option<Tier>,
    /// What runs share from tier t1 on: strict (an empty network) or paranoid (nothing).
    #[arg(long, value_name = "NAME", default_value_t)]
    isolation: Isolation,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Findings {
    pub(super) tier: Tier,
    pub(super) python: String,
    pub(super) cores: usize,
    pub(super) jobs: usize,
    pub(super) rounds: u32,
    pub(super) ways: Vec<WayFindings>,
    /// A sentence for each way that could not be measured here.
    pub(super) absent: Vec<String>,
}

/// The medians of one way.
#[derive(Debug, Serialize)]
pub(super) struct WayFindings {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    pub(super) runs_per_second: f64,
    /// Processor time of a run over all processes, where that can be known.
    pub(super) cpu_milliseconds: Option<f64>,
    /// How many times faster the first way is.
    pub(super) times_slower: f64,
    pub(super) latency_p50_milliseconds: f64,
    pub(super) latency_p99_milliseconds: f64,
}

/// What was measured of one way, a value a round or a run.
#[derive(Debug, Default)]
struct Samples {
    rates: Vec<f64>,
    cpu: Vec<f64>,
    latencies: Vec<f64>,
}

/// Measure and print.
pub(super) async fn run(arguments: &SandboxArgs) -> anyhow::Result<ExitCode> {
    let sandbox = arguments.tier.map_or_else(NativeSandbox::strongest, NativeSandbox::of_tier)?;
    let (sandbox, python) = (sandbox.isolation(arguments.isolation), Python::find()?);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = arguments.jobs.map_or(2 * cores, |jobs| jobs as usize);
    let Contenders { present, absent } = Contenders::find(&sandbox, &python).await?;
    let ways: Vec<_> = present.into_iter().map(Arc::new).collect();
    let mut samples: Vec<Samples> = ways.iter().map(|_| Samples::default()).collect();
    for round in 1..=arguments.rounds {
        for (way, samples) in ways.iter().zip(&mut samples) {
            let part = if way.is_fast() { 1 } else { SLOWNESS };
            let runs = (arguments.runs as usize / part).max(1);
            samples.measure(way, runs, jobs).await?;
        }
        tell(round, arguments.rounds, &ways, &samples);
    }
    let fastest = median(&samples[0].rates);
    let ways = ways.iter().zip(&samples).map(|(way, samples)| samples.summary(way, fastest));
    let findings = Findings {
        tier: sandbox.tier(),
        python: python.version.clone(),
        cores,
        jobs,
        rounds: arguments.rounds,
        ways: ways.collect(),
        absent,
    };
    super::super::print(&if arguments.json {
        serde_json::to_string_pretty(&findings)?
    } else {
        table::render(&findings)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Say on stderr what a round gave.
fn tell(round: u32, rounds: u32, ways: &[Arc<Contender>], samples: &[Samples]) {
    let rates = ways.iter().zip(samples).map(|(way, samples)| {
        let rate = samples.rates.last().copied().unwrap_or_default();
        format!("{} {rate:.0}/s", way.name)
    });
    let rates = rates.collect::<Vec<_>>().join(", ");
    eprintln!("bench: tiny, round {round} of {rounds}: {rates}");
}

impl Samples {
    async fn measure(
        &mut self,
        way: &Arc<Contender>,
        runs: usize,
        jobs: usize,
    ) -> anyhow::Result<()> {
        many(way, WARM_UP.min(runs), jobs).await?;
        let (cpu, started) = (processor_time::of_the_family(), Instant::now());
        many(way, runs, jobs).await?;
        let seconds = started.elapsed().as_secs_f64();
        let cpu = processor_time::of_the_family() - cpu;
        self.rates.push(runs as f64 / seconds);
        self.cpu.push(cpu.as_secs_f64() * 1e3 / runs as f64);
        // On a thread of the runtime's, as judges run theirs: the main one hears of what it waits for
        // from another, which on an idle machine has to be woken first.
        let way = Arc::clone(way);
        self.latencies.extend(tokio::spawn(one_by_one(way, runs.div_ceil(4))).await??);
        Ok(())
    }

    fn summary(&self, way: &Contender, fastest: f64) -> WayFindings {
        let rate = median(&self.rates);
        WayFindings {
            name: way.name,
            meaning: way.meaning,
            runs_per_second: rate,
            cpu_milliseconds: way.is_accounted().then(|| median(&self.cpu)),
            times_slower: fastest / rate,
            latency_p50_milliseconds: quantile(&self.latencies, 0.5),
            latency_p99_milliseconds: quantile(&self.latencies, 0.99),
        }
    }
}

/// How many milliseconds each of `runs` programs takes, one at a time.
async fn one_by_one(way: Arc<Contender>, runs: usize) -> anyhow::Result<Vec<f64>> {
    let mut latencies = Vec::with_capacity(runs);
    for _ in 0..runs {
        tokio::time::sleep(PAUSE).await;
        let started = Instant::now();
        way.run().await?;
        latencies.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(latencies)
}

/// Run `runs` programs, `jobs` at a time.
async fn many(way: &Arc<Contender>, runs: usize, jobs: usize) -> anyhow::Result<()> {
    let mut running = JoinSet::new();
    for job in 0..jobs {
        let way = Arc::clone(way);
        let share = runs / jobs + usize::from(job < runs % jobs);
        running.spawn(async move {
            for _ in 0..share {
                way.run().await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(joined) = running.join_next().await {
        joined??;
    }
    Ok(())
}

fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The smallest value that at least this part of the values does not exceed.
fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (part * sorted.len() as f64).ceil() as usize;
    sorted[place.clamp(1, sorted.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(median(&values), 3.0);
        assert_eq!(quantile(&values, 0.99), 5.0);
        assert_eq!(quantile(&values, 0.0), 1.0);
    }
}
