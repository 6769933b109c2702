//! `ra3 data`: which data sets there are, and getting them onto this machine.
//!
//! Tables, paths and problems go to stdout, the progress of downloads to stderr. What is downloaded
//! from where and how it is checked is the business of the `datasets` crate.

mod decontaminate;
mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};
use datasets::{
    Benchmark, Cache, Cached, Dataset, DatasetName, ELSEWHERE, SOURCES, Source, TrainingSet,
};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;

/// The name that means every data set.
const ALL: &str = "all";

/// List, fetch, verify, show and compare the data sets.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 data list
  ra3 data fetch humaneval
  ra3 data fetch mbpp --from ~/Downloads/mbpp.jsonl
  ra3 data verify
  ra3 data show mini
  ra3 data show leetcode --data LeetCodeDataset.jsonl
  ra3 data decontaminate leetcode --data LeetCodeDataset.jsonl --against humaneval mbpp")]
pub(crate) struct DataArgs {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Subcommand, Debug)]
enum DataCommand {
    List(ListArgs),
    Fetch(FetchArgs),
    Verify(VerifyArgs),
    Show(show::ShowArgs),
    Decontaminate(decontaminate::DecontaminateArgs),
}

/// List the data sets with their licences, and which of them are here.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 data list
  ra3 data list --json | jq '.data_sets[] | select(.path == null).name'")]
struct ListArgs {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Download a data set from its authors, and check that it is what they published.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 data fetch humaneval+
  ra3 data fetch all
  ra3 data fetch mbpp --from ~/Downloads/mbpp.jsonl
  RA3_DATA=/srv/ra3 ra3 data fetch humaneval

A download that was cut goes on where it ended. HTTPS_PROXY and NO_PROXY are respected.
Files are kept in the folder that RA3_DATA names, or where this platform keeps such data.")]
struct FetchArgs {
    /// A name that `ra3 data list` shows, or `all`.
    name: String,
    /// Take this file, which you have already, instead of downloading one. Its checksum must agree.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Download even what is here already.
    #[arg(long, conflicts_with = "from")]
    force: bool,
}

/// Compare the data sets on this machine with their checksums.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 data verify
  ra3 data verify humaneval mbpp

Exit code 0 if all is as published, 1 if a file was altered or one that you named is absent.")]
struct VerifyArgs {
    /// Names that `ra3 data list` shows; all that are here by default.
    names: Vec<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Carry out one of the five.
pub(crate) async fn run(arguments: DataArgs) -> anyhow::Result<ExitCode> {
    match arguments.command {
        DataCommand::List(arguments) => list(&arguments),
        DataCommand::Fetch(arguments) => fetch(arguments).await,
        DataCommand::Verify(arguments) => verify(&arguments),
        DataCommand::Show(arguments) => show::run(&arguments),
        DataCommand::Decontaminate(arguments) => decontaminate::run(&arguments),
    }
}

fn list(arguments: &ListArgs) -> anyhow::Result<ExitCode> {
    let cache = Cache::standard()?;
    if arguments.json {
        let data_sets: Vec<_> = SOURCES.iter().map(|source| described(source, &cache)).collect();
        let listing = json!({
            "cache": cache.folder().to_string_lossy(),
            "data_sets": data_sets,
            "by_data": ELSEWHERE.iter().map(|it| json!({
                "name": it.benchmark.name(), "url": it.url, "files": it.files, "licence": it.licence,
            })).collect::<Vec<_>>(),
            "training_sets": TrainingSet::ALL.map(|set| json!({
                "name": set.name(), "url": set.url(), "licence": set.licence(),
            })),
            "embedded": embedded().map(|(name, problems)| json!({ "name": name, "problems": problems })).collect::<Vec<_>>(),
        });
        super::print(&serde_json::to_string_pretty(&listing)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = row(["NAME", "PROBLEMS", "SIZE", "HERE", "LICENCE"]);
    for source in &SOURCES {
        let here = if cache.find(source).is_some() { "yes" } else { "no" };
        let (count, size) = (source.count.to_string(), HumanBytes(source.size).to_string());
        table += &row([source.name, &count, &size, here, source.licence]);
    }
    for it in &ELSEWHERE {
        table += &row([it.benchmark.name(), "-", "-", "by --data", it.licence]);
    }
    table += &row([Benchmark::Packages.name(), "-", "-", "by --data", "those of each"]);
    for (name, problems) in embedded() {
        table += &row([name, &problems.to_string(), "-", "built in", env!("CARGO_PKG_LICENSE")]);
    }
    table += &format!("\n{}", row(["TO TRAIN ON", "", "", "HERE", "LICENCE"]));
    for set in TrainingSet::ALL {
        table += &row([set.name(), "-", "-", "by --data", set.licence()]);
    }
    super::print(&format!(
        "{table}\nFetched files are kept in {}. Where to get the others says `ra3 data fetch NAME`.",
        cache.folder().display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Names and sizes of the benchmarks that are part of the program.
fn embedded() -> impl Iterator<Item = (&'static str, usize)> {
    let embedded = Benchmark::ALL.into_iter().filter(|benchmark| benchmark.is_embedded());
    embedded.filter_map(|it| Some((it.name(), Dataset::open(it, None).ok()?.problems.len())))
}

fn row([name, problems, size, here, licence]: [&str; 5]) -> String {
    format!("{name:<21}{problems:>8}{size:>13}  {here:<11}{licence}\n")
}

fn described(source: &Source, cache: &Cache) -> serde_json::Value {
    json!({
        "name": source.name,
        "benchmark": source.benchmark.name(),
        "problems": source.count,
        "bytes": source.size,
        "licence": source.licence,
        "url": source.url,
        "sha256": source.sha256,
        "caveat": (!source.caveat.is_empty()).then_some(source.caveat),
        "path": cache.find(source),
    })
}

async fn fetch(arguments: FetchArgs) -> anyhow::Result<ExitCode> {
    let FetchArgs { name, from, force } = arguments;
    let cache = Cache::standard()?;
    if name.parse().is_ok_and(|name: DatasetName| name.benchmark.is_embedded()) {
        super::explain(&format!("{name} is part of the program: there is nothing to fetch"));
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(from) = from {
        if name.eq_ignore_ascii_case(ALL) {
            bail!("--from gives one file: name the data set that it is");
        }
        let path = cache.import(Source::named(&name)?, &from)?;
        super::print(&path.display().to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    for source in sources(std::slice::from_ref(&name))? {
        let path = match cache.verify(source)? {
            Cached::Sound(path) if !force => {
                super::explain(&format!("{} is here already", source.name));
                path
            }
            _ => download(source, &cache).await?,
        };
        super::print(&path.display().to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Download one file under a progress bar.
async fn download(source: &Source, cache: &Cache) -> Result<PathBuf, datasets::Error> {
    let style = ProgressStyle::with_template(
        "{msg:20} {bar:30} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}",
    )
    .expect("the template is well formed");
    let bar = ProgressBar::new(source.size).with_style(style).with_message(source.name);
    let fetched = cache.fetch(source, &mut |progress| bar.set_position(progress.received)).await;
    bar.finish_and_clear();
    fetched
}

fn verify(arguments: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let cache = Cache::standard()?;
    let everything = arguments.names.is_empty();
    let named = if everything { &[ALL.to_owned()][..] } else { &arguments.names };
    let mut sound = true;
    let mut rows = Vec::new();
    for source in sources(named)? {
        let (state, path) = match cache.verify(source)? {
            Cached::Absent if everything => continue,
            Cached::Absent => ("absent", None),
            Cached::Altered { path, .. } => ("altered", Some(path)),
            Cached::Sound(path) => ("as published", Some(path)),
        };
        sound &= state == "as published";
        rows.push((source.name, state, path));
    }
    if arguments.json {
        let rows = rows.iter().map(|(name, state, path)| {
            let path = path.as_ref().map(|path| path.to_string_lossy());
            json!({ "name": name, "state": state, "path": path })
        });
        let report = json!({ "sound": sound, "data_sets": rows.collect::<Vec<_>>() });
        super::print(&serde_json::to_string_pretty(&report)?)?;
    } else if rows.is_empty() {
        super::explain(&format!("no data set is in {}", cache.folder().display()));
    }
    for (name, state, path) in rows.iter().filter(|_| !arguments.json) {
        let path = path.as_ref().map_or(String::new(), |path| path.display().to_string());
        super::print(format!("{name:<21}{state:<14}{path}").trim_end())?;
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The sources with these names, where `all` names every one.
fn sources(names: &[String]) -> Result<Vec<&'static Source>, datasets::Error> {
    if names.iter().any(|name| name.eq_ignore_ascii_case(ALL)) {
        return Ok(SOURCES.iter().collect());
    }
    names.iter().map(|name| Source::named(name)).collect()
}
