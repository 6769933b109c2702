//! `config.toml`: a run as it was resolved, down to the hash of each input.
//!
//! It is what a verdict depends on and nothing else decides. `--resume` resolves the run anew and
//! compares: verdicts by other rules, on other data or from another interpreter do not belong into
//! one file.

use std::path::{Path, PathBuf};

use anyhow::Context;
use sandbox::Tier;
use serde::{Deserialize, Deserializer, Serialize};

use super::whole_file;
use super::{AnswersTally, ModelConfig};
use crate::backend::Backend;

pub(super) const NAME: &str = "config.toml";

/// A resolved run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunConfig {
    /// The version of this program.
    pub(crate) version: String,
    /// When it began, such as `2026-11-23 14:02 UTC`.
    pub(crate) started: String,
    /// The benchmark by name.
    pub(crate) benchmark: String,
    /// The profile by name.
    pub(crate) profile: String,
    /// Whether the same samples are judged by the strict rules as well, in a folder inside this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) both: bool,
    /// Where programs run.
    #[serde(default)]
    pub(crate) backend: Backend,
    /// The isolation tier.
    pub(crate) tier: Tier,
    /// What runs share, by name.
    #[serde(default)]
    pub(crate) isolation: String,
    /// How many candidates are judged at a time.
    pub(crate) jobs: usize,
    /// The k of each pass@k.
    pub(crate) k: Vec<usize>,
    /// How often a judgement that failed is tried again.
    pub(crate) retries: usize,
    /// How often a program that ran out of time is run again.
    pub(crate) timeout_retries: usize,
    /// Whether tasks may be without a sample.
    pub(crate) allow_missing: bool,
    /// Whether samples for unknown tasks are skipped.
    pub(crate) allow_unknown: bool,
    /// Whether programs are cut down to what is needed.
    pub(crate) sanitize: bool,
    /// How many of the samples are judged, where not all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<usize>,
    /// The first day on which a problem may have been posed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// The last such day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    /// The samples.
    pub(crate) samples: SamplesIdentity,
    /// The tasks.
    pub(crate) data: DataIdentity,
    /// The interpreter.
    pub(crate) python: PythonIdentity,
    /// The model that answers, where one was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<ModelConfig>,
    /// What came of the asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answers: Option<AnswersTally>,
}

/// Which samples.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SamplesIdentity {
    /// The file or folder.
    pub(crate) path: PathBuf,
    /// SHA-256 of what it holds, unpacked.
    pub(crate) sha256: String,
    /// How many samples are judged.
    pub(crate) count: usize,
    /// How many were skipped because their task is unknown.
    pub(crate) skipped: usize,
    /// How many were skipped because their problem was posed on other days than are counted.
    #[serde(default)]
    pub(crate) outside: usize,
    /// How many tasks have no sample, of those that were asked.
    pub(crate) missing_tasks: usize,
    /// How many tasks were not to be asked.
    #[serde(default)]
    pub(crate) unasked: usize,
}

/// Which tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DataIdentity {
    /// The files and folders, where some were named. Earlier runs have one, under another name.
    #[serde(
        default,
        alias = "path",
        deserialize_with = "one_or_several",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub(crate) paths: Vec<PathBuf>,
    /// MD5 of what it holds, unpacked: EvalPlus' name for it.
    pub(crate) md5: String,
    /// SHA-256 of what it holds, unpacked.
    pub(crate) sha256: String,
    /// How many tasks there are.
    pub(crate) tasks: usize,
}

/// Which interpreter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PythonIdentity {
    /// The executable.
    pub(crate) executable: PathBuf,
    /// Its version.
    pub(crate) version: String,
    /// The version of its numpy, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) numpy: Option<String>,
}

impl RunConfig {
    /// The configuration of the run in `folder`.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("`{}` holds no run: cannot read `{NAME}`", folder.display())
        })?;
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            anyhow::anyhow!("`{}` line {line}: {}", path.display(), error.message())
        })
    }

    pub(super) fn text(&self) -> anyhow::Result<String> {
        toml::to_string(self).context("failed to put the configuration into TOML")
    }

    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        whole_file::write(&folder.join(NAME), self.text()?.as_bytes())
    }

    /// What of this run differs from an `earlier` one in a way that a verdict may depend on.
    pub(crate) fn differences(&self, earlier: &Self) -> Vec<String> {
        let limit =
            |config: &Self| config.limit.map_or("none".to_owned(), |limit| limit.to_string());
        let numpy =
            |config: &Self| config.python.numpy.clone().unwrap_or_else(|| "missing".to_owned());
        let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "any day".to_owned());
        let sides: [(&str, String, String); 13] = [
            ("version of ra3", earlier.version.clone(), self.version.clone()),
            ("benchmark", earlier.benchmark.clone(), self.benchmark.clone()),
            ("samples", short(&earlier.samples.sha256), short(&self.samples.sha256)),
            ("data", short(&earlier.data.sha256), short(&self.data.sha256)),
            ("profile", earlier.profile.clone(), self.profile.clone()),
            ("backend", earlier.backend.to_string(), self.backend.to_string()),
            ("tier", earlier.tier.to_string(), self.tier.to_string()),
            ("python", earlier.python.version.clone(), self.python.version.clone()),
            ("numpy", numpy(earlier), numpy(self)),
            ("--from", day(&earlier.from), day(&self.from)),
            ("--to", day(&earlier.to), day(&self.to)),
            ("--limit", limit(earlier), limit(self)),
            ("--sanitize", earlier.sanitize.to_string(), self.sanitize.to_string()),
        ];
        let sides = sides.into_iter().filter(|(_, before, now)| before != now);
        let told = sides.map(|(what, before, now)| format!("{what} was {before} and is {now}"));
        let models = self.model.as_ref().zip(earlier.model.as_ref());
        let of_model = models.map(|(model, earlier)| model.differences(earlier));
        told.chain(of_model.into_iter().flatten()).collect()
    }
}

fn one_or_several<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PathBuf>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Paths {
        One(PathBuf),
        Several(Vec<PathBuf>),
    }
    Ok(match Paths::deserialize(from)? {
        Paths::One(path) => vec![path],
        Paths::Several(paths) => paths,
    })
}

/// As much of a hash as a person compares.
pub(crate) fn short(hash: &str) -> String {
    format!("sha256:{}", hash.get(..12).unwrap_or(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_file_of_an_earlier_run_is_still_found() {
        let read = |paths: &str| -> DataIdentity {
            toml::from_str(&format!("md5 = \"\"\nsha256 = \"\"\ntasks = 1\n{paths}")).unwrap()
        };
        assert_eq!(read("path = \"a\"").paths, [PathBuf::from("a")]);
        assert_eq!(read("paths = [\"a\", \"b\"]").paths, ["a", "b"].map(PathBuf::from));
        assert!(read("").paths.is_empty());
    }
}
