//! Downloads against servers of every temper, all of them on this machine.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod server;

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use datasets::{Benchmark, Cache, Cached, Dataset, Error, Progress, Source};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use server::{
    Answer, Server, another_file, another_part, cut, endless, honest, missing, no_such_part,
    silent, without_ranges,
};

const FILE_NAME: &str = "data.jsonl.gz";

fn content() -> Vec<u8> {
    let row = |n| {
        format!(
            r#"{{"task_id": "HumanEval/{n}", "prompt": "{}", "entry_point": "f", "canonical_solution": "", "test": ""}}"#,
            sha256(&[n])
        )
    };
    (0..200).map(|n| row(n) + "\n").collect::<String>().into_bytes()
}

fn published() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&content()).unwrap();
    encoder.finish().unwrap()
}

fn sha256(bytes: &[u8]) -> &'static str {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    hex.leak()
}

/// A source of the published bytes on the server at `url`.
fn source(url: &str) -> Source {
    Source {
        name: "humaneval",
        benchmark: Benchmark::HumanEval,
        url: format!("{url}/{FILE_NAME}").leak(),
        file_name: FILE_NAME,
        sha256: sha256(&published()),
        content_sha256: sha256(&content()),
        size: published().len() as u64,
        count: 200,
        licence: "MIT",
        caveat: "",
    }
}

struct Place {
    folder: TempDir,
    cache: Cache,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let cache = Cache::at(folder.path().join("cache"));
        Self { folder, cache }
    }

    fn part(&self) -> std::path::PathBuf {
        self.cache.folder().join("data.jsonl.gz.part")
    }

    fn leave_part(&self, bytes: &[u8]) {
        fs::create_dir_all(self.cache.folder()).unwrap();
        fs::write(self.part(), bytes).unwrap();
    }

    /// The names in the cache but for the lock's.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.cache.folder()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != ".lock").collect()
    }

    fn fetch(&self, server: &Server) -> (Result<(), Error>, Vec<Progress>) {
        let mut seen = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let source = source(&server.url);
        let fetched = runtime.block_on(self.cache.fetch(&source, &mut |at| seen.push(at)));
        (fetched.map(|path| assert_eq!(fs::read(path).unwrap(), published())), seen)
    }

    fn assert_whole(&self, server: &Server) {
        assert_eq!(self.names(), [FILE_NAME]);
        let sound = Cached::Sound(self.cache.folder().join(FILE_NAME));
        assert_eq!(self.cache.verify(&source(&server.url)).unwrap(), sound);
    }
}

#[test]
fn a_download_arrives_whole_and_says_how_far_it_is() {
    let (place, server) = (Place::new(), Server::new(&[honest]));
    let (fetched, seen) = place.fetch(&server);
    fetched.unwrap();
    place.assert_whole(&server);
    let total = published().len() as u64;
    assert_eq!(seen.first(), Some(&Progress { received: 0, total }));
    assert_eq!(seen.last(), Some(&Progress { received: total, total }));
    assert!(seen.is_sorted_by_key(|progress| progress.received));
    assert_eq!(server.asked(), [None]);
}

#[test]
fn a_connection_that_breaks_is_taken_up_again() {
    let (place, server) = (Place::new(), Server::new(&[cut, cut, honest]));
    place.fetch(&server).0.unwrap();
    place.assert_whole(&server);
    assert_eq!(server.asked(), [None, Some(1000), Some(2000)]);
}

#[test]
fn what_arrived_before_a_failure_is_used_by_the_next_run() {
    let (place, server) = (Place::new(), Server::new(&[cut, silent, honest]));
    let error = place.fetch(&server).0.unwrap_err();
    assert!(matches!(error, Error::Download { .. }), "{error}");
    assert_eq!(fs::read(place.part()).unwrap(), published()[..1000]);
    place.fetch(&server).0.unwrap();
    place.assert_whole(&server);
    assert_eq!(server.asked(), [None, Some(1000), Some(1000)]);
}

#[test]
fn a_server_that_cannot_resume_sends_all_again() {
    let (place, server) = (Place::new(), Server::new(&[cut, without_ranges]));
    place.fetch(&server).0.unwrap();
    place.assert_whole(&server);
    assert_eq!(server.asked(), [None, Some(1000)]);
}

#[test]
fn a_part_that_was_not_asked_for_is_not_patched_in() {
    for temper in [[cut as Answer, another_part], [cut, no_such_part]] {
        let (place, server) = (Place::new(), Server::new(&temper));
        place.fetch(&server).0.unwrap();
        place.assert_whole(&server);
        assert_eq!(server.asked(), [None, Some(1000), None]);
    }
}

#[test]
fn the_wrong_file_is_refused_and_leaves_nothing_behind() {
    for temper in [[another_file as Answer], [endless]] {
        let (place, server) = (Place::new(), Server::new(&temper));
        let error = place.fetch(&server).0.unwrap_err();
        assert!(matches!(error, Error::Checksum { .. }), "{error}");
        assert!(
            error.to_string().starts_with(&format!(
                "{}/{FILE_NAME} is not humaneval: its sha256 is ",
                server.url
            ))
        );
        assert_eq!(place.names(), [""; 0]);
    }
}

#[test]
fn the_wrong_file_does_not_replace_the_right_one() {
    let (place, server) = (Place::new(), Server::new(&[honest, another_file]));
    place.fetch(&server).0.unwrap();
    place.fetch(&server).0.unwrap_err();
    place.assert_whole(&server);
}

#[test]
fn a_leftover_of_another_file_is_thrown_away() {
    let (place, server) = (Place::new(), Server::new(&[honest]));
    for leftover in [vec![b'?'; 500], vec![b'?'; published().len()], vec![b'?'; 1 << 20]] {
        place.leave_part(&leftover);
        place.fetch(&server).0.unwrap();
        place.assert_whole(&server);
    }
}

#[test]
fn a_leftover_that_is_whole_needs_no_connection() {
    let (place, server) = (Place::new(), Server::new(&[missing]));
    place.leave_part(&published());
    place.fetch(&server).0.unwrap();
    place.assert_whole(&server);
    assert_eq!(server.asked(), []);
}

#[test]
fn a_server_that_refuses_and_one_that_is_not_there_each_have_one_clear_line() {
    let place = Place::new();
    let server = Server::new(&[missing]);
    let line = |server: &Server| {
        let error = place.fetch(server).0.unwrap_err();
        error.to_string().replace(&server.url, "URL")
    };
    insta::assert_snapshot!(line(&server), @"cannot download URL/data.jsonl.gz (the server says 404 Not Found); get it elsewhere and run `ra3 data fetch humaneval --from FILE`");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = Server { url: format!("http://{closed}"), asked: Arc::default() };
    insta::assert_snapshot!(line(&gone), @"cannot download URL/data.jsonl.gz (there is no connection); get it elsewhere and run `ra3 data fetch humaneval --from FILE`");
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn a_file_that_a_person_has_is_taken_over_packed_or_not() {
    let place = Place::new();
    let source = source("http://127.0.0.1:1");
    let given = place.folder.path().join("given");
    for (bytes, name) in [(published(), "data.jsonl.gz"), (content(), "data.jsonl")] {
        fs::write(&given, &bytes).unwrap();
        let path = place.cache.import(&source, &given).unwrap();
        assert_eq!(path, place.cache.folder().join(name));
        assert_eq!(place.names(), [name]);
        assert_eq!(place.cache.verify(&source).unwrap(), Cached::Sound(path));
    }
}

#[test]
fn a_file_that_is_not_the_right_one_is_not_taken_over() {
    let place = Place::new();
    let source = Source { caveat: "ask first", ..source("http://127.0.0.1:1") };
    let given = place.folder.path().join("given");
    fs::write(&given, "x").unwrap();
    let error = place.cache.import(&source, &given).unwrap_err().to_string();
    let found = sha256(b"x");
    let expected = source.sha256;
    let given = given.display();
    assert_eq!(
        error,
        format!("{given} is not humaneval: its sha256 is {found}, not {expected}; ask first")
    );
    assert!(!place.cache.folder().exists());
}

#[test]
fn two_programs_do_not_write_at_once() {
    let (place, server) = (Place::new(), Server::new(&[honest]));
    fs::create_dir_all(place.cache.folder()).unwrap();
    let lock = fs::File::create(place.cache.folder().join(".lock")).unwrap();
    lock.lock().unwrap();
    assert!(matches!(place.fetch(&server).0, Err(Error::CacheInUse { .. })));
    drop(lock);
    place.fetch(&server).0.unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let place = Place::new();
    fs::write(place.cache.folder(), "a file is in the way").unwrap();
    let error = place.fetch(&Server::new(&[honest])).0.unwrap_err().to_string();
    assert_eq!(error, format!("cannot create the folder `{}`", place.cache.folder().display()));
}

#[test]
fn what_was_altered_is_noticed() {
    let (place, server) = (Place::new(), Server::new(&[honest]));
    let path = place.cache.folder().join(FILE_NAME);
    let verified = || place.cache.verify(&source(&server.url)).unwrap();
    assert_eq!(verified(), Cached::Absent);
    place.fetch(&server).0.unwrap();
    for damage in [&b"other"[..], &published()[..900]] {
        fs::write(&path, damage).unwrap();
        assert!(matches!(verified(), Cached::Altered { .. }));
    }
}

#[test]
fn a_benchmark_is_opened_from_the_cache_and_only_as_published() {
    let place = Place::new();
    let opened = || Dataset::cached(Benchmark::HumanEval, &place.cache);
    let line = opened().unwrap_err().to_string();
    insta::assert_snapshot!(line, @"humaneval is not on this machine: run `ra3 data fetch humaneval` or name its file with `--data FILE`");

    fs::create_dir_all(place.cache.folder()).unwrap();
    let path = place.cache.folder().join("HumanEval.jsonl.gz");
    fs::write(&path, published()).unwrap();
    let line = opened().unwrap_err().to_string().replace(&path.display().to_string(), "FILE");
    insta::assert_snapshot!(line, @"`FILE` is not humaneval as published: run `ra3 data fetch humaneval`");

    let official =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/humaneval/HumanEval.jsonl.gz");
    if !Path::new(official).exists() {
        println!("the rest is skipped: there is no {official}");
        return;
    }
    let source = Source::of(Benchmark::HumanEval).unwrap();
    place.cache.import(source, Path::new(official)).unwrap();
    assert_eq!(opened().unwrap().problems.len(), 164);
}

#[test]
fn every_pinned_checksum_is_that_of_the_file_at_hand() {
    let shared = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    for source in &datasets::SOURCES {
        let folder = match source.benchmark {
            Benchmark::HumanEval => "humaneval",
            Benchmark::HumanEvalPlus => "humaneval-plus",
            Benchmark::Mbpp => "mbpp",
            Benchmark::MbppPlus => "mbpp-plus",
            Benchmark::LiveCodeBench
            | Benchmark::CodeContests
            | Benchmark::Codeforces
            | Benchmark::HumanEvalX
            | Benchmark::MultiPlE
            | Benchmark::Mini
            | Benchmark::MiniTrain
            | Benchmark::MiniTest
            | Benchmark::Packages
            | Benchmark::Training(_) => unreachable!("it has no source"),
        };
        let path = shared.join(folder).join(source.file_name);
        if !path.exists() {
            println!("skipped: there is no {}", path.display());
            continue;
        }
        assert_eq!(fs::metadata(&path).unwrap().len(), source.size, "{}", source.name);
        let place = Place::new();
        place.cache.import(source, &path).unwrap();
        assert!(matches!(place.cache.verify(source).unwrap(), Cached::Sound(_)), "{}", source.name);
        let dataset = Dataset::load(source.benchmark, &path).unwrap();
        assert_eq!(dataset.problems.len(), source.count, "{}", source.name);
    }
}
