//! Rows of CodeContests and Codeforces: what is taken of them, and what is refused by name.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use datasets::{Answers, Benchmark, Dataset, Error, Programs, Streams, Tests};

/// What loading one row gives, with `fields` beside those that every row has.
fn load(benchmark: Benchmark, fields: &str) -> Result<Programs, Error> {
    let common = match benchmark {
        Benchmark::Codeforces => r#""id": "1/A", "official_tests": []"#,
        _ => r#""name": "a", "description": "d""#,
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.jsonl");
    std::fs::write(&path, format!("{{{common}, {fields}}}")).unwrap();
    let problem = Dataset::load(benchmark, &path)?.problems.remove(0);
    let Tests::Programs(programs) = problem.tests else { panic!("{:?}", problem.tests) };
    Ok(programs)
}

fn taken(fields: &str) -> Programs {
    load(Benchmark::CodeContests, fields).unwrap()
}

/// What is the matter with a row, without the place.
fn complaint_of(benchmark: Benchmark, fields: &str) -> String {
    let line = load(benchmark, fields).unwrap_err().to_string();
    line.split_once(" line 1: ").unwrap().1.to_owned()
}

fn complaint(fields: &str) -> String {
    complaint_of(Benchmark::CodeContests, fields)
}

#[test]
fn several_answers_are_said_by_a_bool_or_by_nothing() {
    assert_eq!(taken(r#""multiple_answers": true"#).answers, Answers::Several);
    for fields in [r#""multiple_answers": false"#, r#""multiple_answers": null"#, r#""tests": []"#]
    {
        assert_eq!(taken(fields).answers, Answers::One, "{fields}");
    }
    insta::assert_snapshot!(complaint(r#""multiple_answers": "true""#), @"field `multiple_answers` must be true or false, but is a string");
    insta::assert_snapshot!(complaint(r#""multiple_answers": 1"#), @"field `multiple_answers` must be true or false, but is an integer");
}

#[test]
fn a_time_may_be_a_number_or_an_object_of_numbers() {
    let time = |limit: &str| taken(&format!(r#""time_limit": {limit}"#)).time;
    for (limit, seconds) in [
        ("2", 2.0),
        ("0.5", 0.5),
        (r#"{"seconds": 2, "nanos": 500000000}"#, 2.5),
        (r#"{"seconds": 1.5}"#, 1.5),
        (r#"{"seconds": 3, "nanos": null}"#, 3.0),
        // What says nothing is the default.
        ("null", 10.0),
        ("0", 10.0),
        ("{}", 10.0),
        (r#"{"seconds": 0, "nanos": 0}"#, 10.0),
    ] {
        assert_eq!(time(limit), Duration::from_secs_f64(seconds), "{limit}");
    }
    assert_eq!(taken(r#""tests": []"#).time, Duration::from_secs(10));
}

#[test]
fn a_time_that_is_none_is_refused_as_it_was_given() {
    let complaint = |limit: &str| complaint(&format!(r#""time_limit": {limit}"#));
    insta::assert_snapshot!(complaint(r#""2 seconds""#), @"field `time_limit` must be a number of seconds or an object of `seconds` and `nanos`, but is a string");
    insta::assert_snapshot!(complaint(r#"{"milliseconds": 500}"#), @"field `time_limit` must be a number of seconds or an object of `seconds` and `nanos`, but is an object");
    insta::assert_snapshot!(complaint(r#"{"seconds": "2"}"#), @"field `time_limit.seconds` must be a number, but is a string");
    insta::assert_snapshot!(complaint(r#"{"seconds": -1}"#), @"field `time_limit`: -1 is no limit; it must be more than 0 and at most 120");
    insta::assert_snapshot!(complaint(r#"{"seconds": 1000000000}"#), @"field `time_limit`: 1000000000 is no limit; it must be more than 0 and at most 120");
    insta::assert_snapshot!(complaint("NaN"), @"field `time_limit`: NaN is no limit; it must be more than 0 and at most 120");
}

#[test]
fn a_whole_number_of_bytes_may_be_written_as_a_float() {
    let memory = |limit: &str| taken(&format!(r#""memory_limit_bytes": {limit}"#)).memory;
    for (limit, bytes) in
        [("256e6", 256_000_000), ("512", 512), ("4294967296", 4 << 30), ("0", 256 << 20)]
    {
        assert_eq!(memory(limit), bytes, "{limit}");
    }
    assert_eq!(memory("null"), 256 << 20);
    let complaint = |limit: &str| complaint(&format!(r#""memory_limit_bytes": {limit}"#));
    insta::assert_snapshot!(complaint("0.5"), @"field `memory_limit_bytes`: 0.5 bytes is no limit on memory");
    insta::assert_snapshot!(complaint("-1"), @"field `memory_limit_bytes`: -1 bytes is no limit on memory");
    insta::assert_snapshot!(complaint("4294967297"), @"field `memory_limit_bytes`: 4294967297 bytes is no limit on memory");
    insta::assert_snapshot!(complaint(r#""256 MB""#), @"field `memory_limit_bytes` must be a number of bytes, but is a string");
}

#[test]
fn files_of_other_names_are_not_taken_for_standard_input() {
    let streams = |fields: &str| taken(fields).streams;
    let files = r#""input_file": "input.txt", "output_file": "output.txt""#;
    assert_eq!(streams(files), Streams::Files);
    for fields in [
        r#""tests": []"#,
        r#""input_file": "", "output_file": null"#,
        r#""input_file": "stdin", "output_file": "stdout""#,
    ] {
        assert_eq!(streams(fields), Streams::Standard, "{fields}");
    }
    insta::assert_snapshot!(complaint(r#""input_file": "foo.in", "output_file": "foo.out""#), @r#"field `input_file`: programs cannot be tested with "foo.in" and "foo.out", only with `input.txt` and `output.txt` or with standard input and output"#);
    insta::assert_snapshot!(complaint(r#""input_file": "input.txt""#), @r#"field `input_file`: programs cannot be tested with "input.txt" and "", only with `input.txt` and `output.txt` or with standard input and output"#);
    insta::assert_snapshot!(complaint(r#""input_file": 5"#), @"field `input_file` must be a string, but is an integer");
}

#[test]
fn any_of_the_three_sets_of_tests_may_be_null() {
    let tests = r#"{"input": ["3\n"], "output": ["6\n"]}"#;
    for field in ["public_tests", "private_tests", "generated_tests"] {
        let others = ["public_tests", "private_tests", "generated_tests"].map(|name| {
            let value = if name == field { tests } else { "null" };
            format!(r#""{name}": {value}"#)
        });
        assert_eq!(taken(&others.join(", ")).cases.len(), 1, "{field}");
    }
    insta::assert_snapshot!(complaint(r#""generated_tests": []"#), @"field `generated_tests` must be as many `input` as `output`, but is a list");
}

#[test]
fn what_codeforces_says_of_limits_and_checkers_has_its_type_or_is_refused() {
    let complaint = |fields: &str| complaint_of(Benchmark::Codeforces, fields);
    let plain = r#""time_limit": 2, "memory_limit": null, "generated_checker": null"#;
    let plain = load(Benchmark::Codeforces, plain).unwrap();
    assert_eq!((plain.time, plain.memory), (Duration::from_secs(2), 256 << 20));
    assert_eq!(plain.answers, Answers::One);
    insta::assert_snapshot!(complaint(r#""time_limit": "2 s""#), @"field `time_limit` must be a number, but is a string");
    insta::assert_snapshot!(complaint(r#""memory_limit": -256"#), @"field `memory_limit`: -256 is no limit; it must be more than 0 and at most 4096");
    insta::assert_snapshot!(complaint(r#""generated_checker": true"#), @"field `generated_checker` must be a string, but is a bool");
}
