//! Data sets in several files: one after the other, however they are named.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::PathBuf;

use datasets::{Benchmark, Dataset, TrainingSet};
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn row(name: &str) -> String {
    format!("{{\"name\": \"{name}\", \"description\": \"d\", \"tests\": []}}\n")
}

fn ids(dataset: &Dataset) -> Vec<&str> {
    dataset.problems.iter().map(|problem| problem.id.as_str()).collect()
}

#[test]
fn a_folder_is_its_files_in_the_order_of_their_names() {
    let (one, two, three) = (row("a") + &row("b"), row("c"), row("d"));
    let folder = folder(&[
        ("test2.jsonl", &two),
        ("test.jsonl", &one),
        ("test3.jsonl", &three),
        ("README.md", "# Read me"),
        (".hidden.jsonl", "no JSON"),
    ]);
    let whole = Dataset::load(Benchmark::CodeContests, folder.path()).unwrap();
    assert_eq!(ids(&whole), ["a", "b", "c", "d"]);
    let path = |name: &str| folder.path().join(name);
    let named: Vec<PathBuf> = ["test.jsonl", "test2.jsonl", "test3.jsonl"].map(path).to_vec();
    let each = Dataset::load_all(Benchmark::CodeContests, &named).unwrap();
    assert_eq!((ids(&each), &each.sha256), (ids(&whole), &whole.sha256));
    let fewer = Dataset::load_all(Benchmark::CodeContests, &named[..2]).unwrap();
    assert_ne!(fewer.sha256, whole.sha256);
    let alone = Dataset::load_all(Benchmark::CodeContests, &named[..1]).unwrap();
    assert_eq!(alone.sha256, Dataset::load(Benchmark::CodeContests, &named[0]).unwrap().sha256);
}

#[test]
fn a_problem_that_is_in_two_files_is_named_with_both() {
    let folder = folder(&[("one.jsonl", &row("a")), ("two.jsonl", &row("a"))]);
    let error = Dataset::load(Benchmark::CodeContests, folder.path()).unwrap_err().to_string();
    let error = error.replace(&format!("{}/", folder.path().display()), "");
    insta::assert_snapshot!(error, @"`two.jsonl` line 1: field `name`: `a` was there before, at `one.jsonl` line 1");
}

#[test]
fn a_folder_without_problems_is_none() {
    let folder = folder(&[("README.md", "# Read me")]);
    let error = Dataset::load(Benchmark::CodeContests, folder.path()).unwrap_err().to_string();
    assert!(
        error.ends_with("is a folder without a file of JSON lines, JSON or Parquet"),
        "{error}"
    );
}

#[test]
fn rows_without_a_name_are_numbered_on_from_file_to_file() {
    let row = r#"{"question": "Double it", "test_cases": ["assert f(1) == 2"]}"#;
    let folder = folder(&[("a.jsonl", &format!("{row}\n{row}\n")), ("b.jsonl", row)]);
    let set = Benchmark::Training(TrainingSet::AceCode);
    let dataset = Dataset::load(set, folder.path()).unwrap();
    assert_eq!(ids(&dataset), ["acecode/1", "acecode/2", "acecode/3"]);
    assert!(dataset.refused.is_empty());
}
