//! Where each data set is published, and how to know that it is the right one.
//!
//! Every file is pinned by two checksums: of the bytes as published, by which a download is judged,
//! and of the bytes unpacked, by which a file is known again in whatever form a person has it.

use crate::{Benchmark, DatasetName, Error};

/// A published file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name on the command line: that of the benchmark, with the cut after it.
    pub name: &'static str,
    /// The benchmark it holds.
    pub benchmark: Benchmark,
    /// Where its authors publish it.
    pub url: &'static str,
    /// What it is called there.
    pub file_name: &'static str,
    /// SHA-256 of the file as published, in hex.
    pub sha256: &'static str,
    /// SHA-256 of its content unpacked, in hex.
    pub content_sha256: &'static str,
    /// Bytes of the file as published.
    pub size: u64,
    /// How many problems it holds.
    pub count: usize,
    /// The licence it is published under.
    pub licence: &'static str,
    /// What a person should know before trusting the checksums; empty where nothing is to be said.
    pub caveat: &'static str,
}

/// Every file that can be fetched. The first of a benchmark is the one its name alone means.
pub const SOURCES: [Source; 8] = [
    Source {
        name: "humaneval",
        benchmark: Benchmark::HumanEval,
        url: "https://raw.githubusercontent.com/openai/human-eval/6d43fb980f9fee3c892a914eda09951f772ad10d/data/HumanEval.jsonl.gz",
        file_name: "HumanEval.jsonl.gz",
        sha256: "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
        content_sha256: "1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2",
        size: 44_877,
        count: 164,
        licence: "MIT",
        caveat: "",
    },
    Source {
        name: "humaneval+",
        benchmark: Benchmark::HumanEvalPlus,
        url: "https://github.com/evalplus/humanevalplus_release/releases/download/v0.1.10/HumanEvalPlus.jsonl.gz",
        file_name: "HumanEvalPlus.jsonl.gz",
        sha256: "272720b90ac375502c8ed23cd791c2a93dfb22a911641a494da74a426c09f101",
        content_sha256: "42526ec0e7d5f3ee0b06d6ced98f8c8bae3d76519151bfb3d36f79010645bd7f",
        size: 925_932,
        count: 164,
        licence: "Apache-2.0",
        caveat: "",
    },
    Source {
        name: "humaneval+mini",
        benchmark: Benchmark::HumanEvalPlus,
        url: "https://github.com/evalplus/humanevalplus_release/releases/download/v0.1.10/HumanEvalPlus-Mini.jsonl.gz",
        file_name: "HumanEvalPlus-Mini.jsonl.gz",
        sha256: "91486741f1627101021fbe50523df08eebb5b0bf5e804b633dcd5ca3c14dbd2f",
        content_sha256: "78fbba8865b20c5a979cda6e02fd72538e1762e65980af7d1a6e93c3e87e93af",
        size: 57_064,
        count: 164,
        licence: "Apache-2.0",
        caveat: "",
    },
    Source {
        name: "humaneval+noextreme",
        benchmark: Benchmark::HumanEvalPlus,
        url: "https://github.com/evalplus/humanevalplus_release/releases/download/v0.1.10/HumanEvalPlus-NoExtreme.jsonl.gz",
        file_name: "HumanEvalPlus-NoExtreme.jsonl.gz",
        sha256: "298f79977b2663b8b8ab6b5fa50b17d6f23a92603d24f39e26203fe58c37eeda",
        content_sha256: "3c5aa88735e442f327030f7097f9443ee173419e0db2a75b1c12730415398e88",
        size: 925_392,
        count: 164,
        licence: "Apache-2.0",
        caveat: "",
    },
    Source {
        name: "mbpp",
        benchmark: Benchmark::Mbpp,
        url: "https://raw.githubusercontent.com/google-research/google-research/master/mbpp/mbpp.jsonl",
        file_name: "mbpp.jsonl",
        sha256: "ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f",
        content_sha256: "ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f",
        size: 563_743,
        count: 974,
        licence: "CC-BY-4.0",
        caveat: "",
    },
    Source {
        name: "mbpp-sanitized",
        benchmark: Benchmark::Mbpp,
        url: "https://raw.githubusercontent.com/google-research/google-research/master/mbpp/sanitized-mbpp.json",
        file_name: "sanitized-mbpp.json",
        sha256: "ca95deaa9a01ef0a6f439f88bcf0dd3db3563d22f22aad6cae04ebb9a8d8c8e9",
        content_sha256: "ca95deaa9a01ef0a6f439f88bcf0dd3db3563d22f22aad6cae04ebb9a8d8c8e9",
        size: 255_053,
        count: 427,
        licence: "CC-BY-4.0",
        caveat: "the checksum is of a copy with the published length and problems, and the published \
                 bytes themselves were not seen; if they differ, name the file with `--data FILE`",
    },
    Source {
        name: "mbpp+",
        benchmark: Benchmark::MbppPlus,
        url: "https://github.com/evalplus/mbppplus_release/releases/download/v0.2.0/MbppPlus.jsonl.gz",
        file_name: "MbppPlus.jsonl.gz",
        sha256: "af43697e8791c4c149bdfd6b489d8b5412507551ac20e28a439f650b8225db63",
        content_sha256: "b54e762755248ca411b523c917fa9f93c07b5ff2966bf60b3917b853926a3dad",
        size: 336_032,
        count: 378,
        licence: "Apache-2.0",
        caveat: "",
    },
    Source {
        name: "mbpp+noextreme",
        benchmark: Benchmark::MbppPlus,
        url: "https://github.com/evalplus/mbppplus_release/releases/download/v0.2.0/MbppPlus-NoExtreme.jsonl.gz",
        file_name: "MbppPlus-NoExtreme.jsonl.gz",
        sha256: "72d32acaea73d5606cb97041b30d45bbda9435a675369d3e31965513ee94e564",
        content_sha256: "2682a29850fb17185106b2f40e72d1ebe7091b7393c576cff71b60e83c42ed33",
        size: 335_525,
        count: 378,
        licence: "Apache-2.0",
        caveat: "",
    },
];

/// A benchmark that its authors publish in several files or without a fixed version, so that no checksum
/// tells the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The benchmark.
    pub benchmark: Benchmark,
    /// Where it is.
    pub url: &'static str,
    /// Which files there.
    pub files: &'static str,
    /// The licence that its authors name.
    pub licence: &'static str,
}

/// Every benchmark that is published, and cannot be fetched.
pub const ELSEWHERE: [Elsewhere; 5] = [
    Elsewhere {
        benchmark: Benchmark::LiveCodeBench,
        url: "https://huggingface.co/datasets/livecodebench/code_generation_lite",
        files: "test.jsonl, test2.jsonl, ... test6.jsonl, of which release N is the first N,",
        licence: "not known",
    },
    Elsewhere {
        benchmark: Benchmark::CodeContests,
        url: "https://huggingface.co/datasets/deepmind/code_contests",
        files: "the files of a split",
        licence: "CC-BY-4.0",
    },
    Elsewhere {
        benchmark: Benchmark::Codeforces,
        url: "https://huggingface.co/datasets/open-r1/codeforces",
        files: "data/test-*.parquet",
        licence: "CC-BY-4.0",
    },
    Elsewhere {
        benchmark: Benchmark::HumanEvalX,
        url: "https://github.com/THUDM/CodeGeeX/tree/main/codegeex/benchmark/humaneval-x",
        files: "humaneval_LANGUAGE.jsonl.gz",
        licence: "Apache-2.0",
    },
    Elsewhere {
        benchmark: Benchmark::MultiPlE,
        url: "https://huggingface.co/datasets/nuprl/MultiPL-E",
        files: "the file of a language",
        licence: "MIT",
    },
];

/// How a benchmark is had that cannot be fetched.
pub(crate) fn how_to_get(benchmark: Benchmark) -> String {
    if benchmark.is_embedded() {
        return format!("{benchmark} is part of the program: there is nothing to fetch");
    }
    if benchmark == Benchmark::Packages {
        return "packages are read from a file of yours, which `--data FILE` names: a row of JSON for \
                each, with its `name`, its `files` (an object of texts by their paths) and its `submissions`"
            .to_owned();
    }
    let published = ELSEWHERE.iter().find(|it| it.benchmark == benchmark);
    let (files, url) = match (published, benchmark) {
        (Some(it), _) => (it.files, it.url),
        (None, Benchmark::Training(set)) => ("its files", set.url()),
        (None, _) => {
            return format!("{benchmark} cannot be fetched: name its file with `--data FILE`");
        }
    };
    format!(
        "{benchmark} cannot be fetched by itself: get {files} from {url} and name each, or their folder, \
         with `--data`"
    )
}

impl Source {
    /// The source called `name`, however it is written.
    pub fn named(name: &str) -> Result<&'static Self, Error> {
        let named: DatasetName = name.parse()?;
        named.source().ok_or(Error::NoSource { benchmark: named.benchmark })
    }

    /// The source that the name of a benchmark alone means; `mini` has none.
    pub fn of(benchmark: Benchmark) -> Option<&'static Self> {
        SOURCES.iter().find(|source| source.benchmark == benchmark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_benchmark_means_its_whole_file() {
        for benchmark in Benchmark::ALL {
            let Some(source) = Source::of(benchmark) else { continue };
            assert_eq!(source.name, benchmark.name());
        }
    }

    #[test]
    fn what_cannot_be_fetched_is_answered_with_its_place() {
        for benchmark in Benchmark::ALL {
            let words = how_to_get(benchmark);
            let is_had = Source::of(benchmark).is_some() || benchmark.is_embedded();
            let is_ours_to_give = is_had || benchmark == Benchmark::Packages;
            assert!(is_ours_to_give || words.contains(" from https://"), "{words}");
        }
        let error = Source::named("lcb").unwrap_err();
        insta::assert_snapshot!(error, @"livecodebench cannot be fetched by itself: get test.jsonl, test2.jsonl, ... test6.jsonl, of which release N is the first N, from https://huggingface.co/datasets/livecodebench/code_generation_lite and name each, or their folder, with `--data`");
    }

    #[test]
    fn every_url_ends_in_the_name_of_its_file() {
        for source in &SOURCES {
            assert!(source.url.ends_with(&format!("/{}", source.file_name)), "{}", source.name);
        }
    }
}
