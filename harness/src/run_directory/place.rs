//! Which folder a run goes to when nobody named one.
//!
//! `runs/BENCHMARK-SAMPLES`, where SAMPLES is the name of the file without its extensions, and
//! `-2`, `-3` and so on behind it when that is taken.

use std::path::{Path, PathBuf};

/// Where runs go, under the working folder.
pub(crate) const RUNS: &str = "runs";

/// The folders of runs of one benchmark on one file of samples.
#[derive(Debug)]
pub(crate) struct Place {
    name: String,
}

impl Place {
    /// The place of runs of `benchmark` on `samples`.
    pub(crate) fn of(benchmark: &str, samples: &Path) -> Self {
        let file = samples.file_name().unwrap_or(samples.as_os_str()).to_string_lossy();
        let stem = [".gz", ".zst", ".jsonl"]
            .into_iter()
            .fold(file.as_ref(), |stem, extension| stem.strip_suffix(extension).unwrap_or(stem));
        let stem = if stem.is_empty() { "samples" } else { stem };
        Self { name: format!("{benchmark}-{stem}") }
    }

    /// The first folder beside `taken`, of the same name with a number, that is not there yet.
    pub(crate) fn beside(taken: &Path) -> PathBuf {
        let taken = taken.components().as_path().as_os_str();
        let folder = |number: usize| {
            let mut name = taken.to_owned();
            name.push(format!("-{number}"));
            PathBuf::from(name)
        };
        let mut folders = (2..).map(folder);
        folders.find(|folder| !folder.exists()).expect("the numbers do not end")
    }

    /// The first folder that is not there yet.
    pub(crate) fn next(&self) -> PathBuf {
        let mut folders = (1..).map(|number| self.folder(number));
        folders.find(|folder| !folder.exists()).expect("the numbers do not end")
    }

    /// The last folder that is there.
    pub(crate) fn latest(&self) -> Option<PathBuf> {
        let folders = (1..).map(|number| self.folder(number));
        folders.take_while(|folder| folder.exists()).last()
    }

    fn folder(&self, number: usize) -> PathBuf {
        let Self { name } = self;
        let runs = Path::new(RUNS);
        if number == 1 { runs.join(name) } else { runs.join(format!("{name}-{number}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_samples_without_its_extensions() {
        let place = |samples| Place::of("mbpp", Path::new(samples)).folder(1);
        assert_eq!(place("a/gpt.t08.jsonl.gz"), Path::new("runs/mbpp-gpt.t08"));
        assert_eq!(place("folder/"), Path::new("runs/mbpp-folder"));
        assert_eq!(place(".jsonl"), Path::new("runs/mbpp-samples"));
    }

    #[test]
    fn a_folder_beside_another_is_one_that_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let run = |name| folder.path().join(name);
        std::fs::create_dir(run("run")).unwrap();
        std::fs::create_dir(run("run-2")).unwrap();
        assert_eq!(Place::beside(&run("run/")), run("run-3"));
        assert_eq!(Place::beside(&run("run-2")), run("run-2-2"));
    }
}
