//! Every way a file can be bad has one clear line that says what and where.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::error::Error as _;
use std::fs;
use std::io::Write;
use std::path::Path;

use datasets::{Benchmark, Dataset};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

/// A good row with this number.
fn row(number: usize) -> String {
    format!(
        r#"{{"task_id": "HumanEval/{number}", "prompt": "def f():\n", "entry_point": "f", "canonical_solution": "    return 1\n", "test": "def check(candidate):\n    assert candidate() == 1\n"}}"#
    )
}

/// Twenty good rows, the 17th of which is replaced.
fn with_line_17(line: &str) -> String {
    let line = |number| if number == 17 { line.to_owned() } else { row(number) };
    (1..=20).map(|number| line(number) + "\n").collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What loading `bytes` complains of, as a chain on one line, with the folder left out.
fn complaint_of(benchmark: Benchmark, bytes: &[u8]) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data.jsonl");
    fs::write(&path, bytes).unwrap();
    complaint_at(benchmark, &path, &folder)
}

fn complaint_at(benchmark: Benchmark, path: &Path, folder: &TempDir) -> String {
    let error = Dataset::load(benchmark, path).unwrap_err();
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        line += &format!(": {source}");
        cause = source.source();
    }
    line.replace(&format!("{}/", folder.path().display()), "")
}

fn complaint(text: &str) -> String {
    complaint_of(Benchmark::HumanEval, text.as_bytes())
}

#[test]
fn a_missing_file_is_named() {
    let folder = TempDir::new().unwrap();
    let line = complaint_at(Benchmark::HumanEval, &folder.path().join("none.jsonl"), &folder);
    insta::assert_snapshot!(line, @"cannot read `none.jsonl`: No such file or directory (os error 2)");
}

#[test]
fn a_folder_without_files_of_problems_is_none() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let line = complaint_at(Benchmark::HumanEval, &folder.path().join("data"), &folder);
    insta::assert_snapshot!(line, @"`data` is a folder without a file of JSON lines, JSON or Parquet");
}

#[test]
fn an_empty_file_is_empty_even_when_compressed() {
    for bytes in [b"".to_vec(), b"\n \n".to_vec(), gzip(b"")] {
        let line = complaint_of(Benchmark::HumanEval, &bytes);
        insta::allow_duplicates! {
            insta::assert_snapshot!(line, @"`data.jsonl` is empty");
        }
    }
}

#[test]
fn a_truncated_gzip_is_cut_short_wherever_it_is_cut() {
    let whole = gzip(with_line_17(&row(17)).as_bytes());
    for length in [5, whole.len() / 2, whole.len() - 1] {
        let line = complaint_of(Benchmark::HumanEval, &whole[..length]);
        assert!(
            line.starts_with("cannot unpack `data.jsonl`: its gzip data is cut short"),
            "{line}"
        );
    }
}

#[test]
fn a_gzip_with_a_changed_byte_is_damaged() {
    let mut bytes = gzip(with_line_17(&row(17)).as_bytes());
    let checksum = bytes.len() - 6;
    bytes[checksum] ^= 1;
    let line = complaint_of(Benchmark::HumanEval, &bytes);
    assert!(line.starts_with("cannot unpack `data.jsonl`: its gzip data is damaged"), "{line}");
}

#[test]
fn a_truncated_zstd_is_cut_short() {
    let whole = zstd::encode_all(row(1).as_bytes(), 0).unwrap();
    let line = complaint_of(Benchmark::HumanEval, &whole[..whole.len() - 3]);
    assert!(line.starts_with("cannot unpack `data.jsonl`: its zstd data is cut short"), "{line}");
}

#[test]
fn bad_json_is_placed_by_line_and_column() {
    insta::assert_snapshot!(complaint(&with_line_17(r#"{"task_id": "HumanEval/17", }"#)), @r#"`data.jsonl` line 17: bad JSON at column 29: expected `"`, found '}'"#);
    insta::assert_snapshot!(complaint(&with_line_17("not json")), @"`data.jsonl` line 17: bad JSON at column 1: expected a value, found 'n'");
}

#[test]
fn a_row_that_is_no_object_is_refused() {
    insta::assert_snapshot!(complaint(&with_line_17("5")), @"`data.jsonl` line 17: must be an object, but is an integer");
}

#[test]
fn bytes_that_are_not_utf8_are_placed() {
    let mut bytes = with_line_17(&row(17)).into_bytes();
    let place = bytes.len() - 10;
    bytes[place] = 0xff;
    let line = complaint_of(Benchmark::HumanEval, &bytes);
    insta::assert_snapshot!(line, @"`data.jsonl` line 20: not UTF-8 from byte 166 of the row on");
    bytes.insert(0, b'[');
    let line = complaint_of(Benchmark::HumanEval, &bytes);
    insta::assert_snapshot!(line, @"`data.jsonl` line 20: not UTF-8 from byte 166 of the row on");
}

#[test]
fn a_missing_field_is_named() {
    let line = complaint(&with_line_17(&row(17).replace("entry_point", "entrypoint")));
    insta::assert_snapshot!(line, @"`data.jsonl` line 17: field `entry_point` is missing");
}

#[test]
fn a_field_of_the_wrong_type_is_named_with_both_types() {
    let line = complaint(&with_line_17(&row(17).replace(r#""f""#, "[1]")));
    insta::assert_snapshot!(line, @"`data.jsonl` line 17: field `entry_point` must be a string, but is a list");
}

#[test]
fn a_second_row_with_the_same_id_is_refused() {
    insta::assert_snapshot!(complaint(&with_line_17(&row(3))), @"`data.jsonl` line 17: field `task_id`: `HumanEval/3` was there before, at line 3");
}

#[test]
fn the_id_that_was_there_before_is_called_as_in_its_file() {
    let twice = |benchmark, row: &str| complaint_of(benchmark, format!("{row}\n{row}").as_bytes());
    insta::assert_snapshot!(twice(Benchmark::LiveCodeBench, &lcb("[]", "2024-08-01")), @"`data.jsonl` line 2: field `question_id`: `a` was there before, at line 1");
    let codecontests = r#"{"name": "a", "description": "d"}"#;
    insta::assert_snapshot!(twice(Benchmark::CodeContests, codecontests), @"`data.jsonl` line 2: field `name`: `a` was there before, at line 1");
    let codeforces = r#"{"id": "1/A", "official_tests": []}"#;
    insta::assert_snapshot!(twice(Benchmark::Codeforces, codeforces), @"`data.jsonl` line 2: field `id`: `1/A` was there before, at line 1");
}

/// A row of LiveCodeBench with these private tests and this date.
fn lcb(private: &str, date: &str) -> String {
    format!(
        r#"{{"question_title": "t", "question_content": "q", "platform": "atcoder", "question_id": "a", "contest_id": "c", "contest_date": "{date}", "starter_code": "", "difficulty": "easy", "public_test_cases": "[]", "private_test_cases": "{private}", "metadata": "{{}}"}}"#
    )
}

#[test]
fn private_tests_that_are_empty_are_no_list() {
    for empty in ["", r" \n"] {
        let line = complaint_of(Benchmark::LiveCodeBench, lcb(empty, "2024-08-01").as_bytes());
        insta::allow_duplicates! {
            insta::assert_snapshot!(line, @"`data.jsonl` line 1: field `private_test_cases`: it is empty, and no tests are `[]`");
        }
    }
}

#[test]
fn a_contest_needs_a_date_that_can_be_compared() {
    let line = complaint_of(Benchmark::LiveCodeBench, lcb("[]", "yesterday").as_bytes());
    insta::assert_snapshot!(line, @"`data.jsonl` line 1: field `contest_date`: `yesterday` is no date in the form of 2024-08-01T00:00:00");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_row() {
    let rows = with_line_17(&row(17));
    let array = format!("[{}, {}]", row(1), row(2));
    for (text, count) in [(rows, 20), (array, 2)] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("data.jsonl");
        fs::write(&path, gzip(format!("\u{feff}{text}").as_bytes())).unwrap();
        let dataset = Dataset::load(Benchmark::HumanEval, &path).unwrap();
        assert_eq!(dataset.problems.len(), count);
    }
    insta::assert_snapshot!(complaint("\u{feff}\n"), @"`data.jsonl` is empty");
    insta::assert_snapshot!(complaint(&format!("\u{feff}\n\u{feff}{}", row(1))), @r"`data.jsonl` line 2: bad JSON at column 1: expected a value, found '\u{feff}'");
}

#[test]
fn a_bad_entry_of_an_array_is_placed_by_its_number() {
    let mbpp = r#"[{"task_id": 2, "prompt": "p", "code": "c", "test_imports": [], "test_list": ["a"]},
        {"task_id": 3, "prompt": "p", "code": "c", "test_imports": [], "test_list": ["a", 5]}]"#;
    let line = complaint_of(Benchmark::Mbpp, mbpp.as_bytes());
    insta::assert_snapshot!(line, @"`data.jsonl` entry 2: field `test_list[1]` must be a string, but is an integer");
    let line = complaint_of(Benchmark::Mbpp, &mbpp.as_bytes()[..mbpp.len() - 1]);
    insta::assert_snapshot!(line, @"`data.jsonl` line 2: bad JSON at column 94: expected `,` or `]`, found the end");
}

#[test]
fn a_bad_input_of_a_plus_row_is_placed_by_its_number() {
    let plus = |inputs| {
        let row = r#"{"task_id": "Mbpp/2", "prompt": "", "entry_point": "f", "canonical_solution": "", "atol": 0, "base_input": INPUTS, "plus_input": {}}"#;
        complaint_of(Benchmark::MbppPlus, row.replace("INPUTS", inputs).as_bytes())
    };
    insta::assert_snapshot!(plus("[[[1], [2]], 5]"), @"`data.jsonl` line 1: field `base_input[1]` must be a list of arguments, but is an integer");
    insta::assert_snapshot!(plus("[[[1], [2]], [[1], 5]]"), @"`data.jsonl` line 1: field `base_input[1]`: a tuple cannot be made of an integer");
    insta::assert_snapshot!(plus("null"), @"`data.jsonl` line 1: field `base_input` must be a list of argument lists, but is null");
}

#[test]
fn a_file_of_another_benchmark_is_refused() {
    let line = complaint_of(Benchmark::HumanEvalPlus, row(1).as_bytes());
    insta::assert_snapshot!(line, @"`data.jsonl` line 1: field `base_input` is missing");
}

#[test]
fn a_file_of_evalplus_is_refused_as_that_of_its_sibling() {
    // The files have the same fields, and would be judged by the other's tolerances.
    let plus = |benchmark, id: &str| {
        let row = r#"{"task_id": "ID", "prompt": "", "entry_point": "f", "canonical_solution": "", "atol": 0, "base_input": [], "plus_input": []}"#;
        complaint_of(benchmark, row.replace("ID", id).as_bytes())
    };
    insta::assert_snapshot!(plus(Benchmark::HumanEvalPlus, "Mbpp/2"), @"`data.jsonl` line 1: field `task_id`: `Mbpp/2` is a task of another benchmark, mbpp+");
    insta::assert_snapshot!(plus(Benchmark::MbppPlus, "HumanEval/2"), @"`data.jsonl` line 1: field `task_id`: `HumanEval/2` is a task of another benchmark, humaneval+");
}

#[test]
fn the_embedded_benchmark_has_no_file() {
    let line = complaint_of(Benchmark::Mini, b"");
    insta::assert_snapshot!(line, @"mini is part of the program and is not read from `data.jsonl`");
}

#[test]
fn a_file_is_unpacked_by_its_first_bytes_whatever_its_name() {
    let plain = with_line_17(&row(17)).into_bytes();
    let zstd = zstd::encode_all(&plain[..], 0).unwrap();
    let folder = TempDir::new().unwrap();
    let md5s = [("a.jsonl.gz", plain.clone()), ("b.jsonl", gzip(&plain)), ("c.txt", zstd)].map(
        |(name, bytes)| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            let dataset = Dataset::load(Benchmark::HumanEval, &path).unwrap();
            assert_eq!(dataset.problems.len(), 20);
            dataset.md5
        },
    );
    assert!(md5s.iter().all(|md5| *md5 == md5s[0]));
}
