//! LiveCodeBench's forms of samples and results, and its windows of days.

use serde_json::{Value, json};

use crate::desk::Desk;

/// A desk with two problems: a program that echoes and a method that adds.
fn desk() -> Desk {
    let desk = Desk::with(0);
    let row = |id: &str, date: &str, function: Option<&str>, test: Value| {
        json!({
            "question_title": id, "question_content": "Do it.", "platform": "leetcode",
            "question_id": id, "contest_id": "c", "contest_date": date, "starter_code": "",
            "difficulty": "easy", "public_test_cases": json!([test]).to_string(),
            "private_test_cases": "[]",
            "metadata": json!({ "func_name": function }).to_string(),
        })
    };
    let echo = json!({ "input": "a\n", "output": "a\n", "testtype": "stdin" });
    let add = json!({ "input": "1\n2", "output": "3", "testtype": "functional" });
    desk.rows(
        "lcb.jsonl",
        [
            row("echo", "2024-05-01T00:00:00", None, echo),
            row("add", "2024-09-01T00:00:00", Some("plus"), add),
        ],
    );
    desk
}

fn judge(desk: &Desk, arguments: &str) -> Value {
    let ran =
        desk.run(&format!("judge --benchmark livecodebench --data lcb.jsonl --json {arguments}"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn the_list_of_the_custom_evaluator_becomes_the_files_of_the_official_runner() {
    let desk = desk();
    let add = "class Solution:\n    def plus(self, a, b):\n        return a + b\n";
    let samples = json!([
        { "question_id": "echo", "code_list": ["print(input())", "print('b')"] },
        { "question_id": "add", "code_list": [add, "def plus(a, b):\n    return 1 / 0\n"] },
    ]);
    desk.write("samples.json", samples.to_string());
    judge(&desk, "--samples samples.json --out run");
    let read =
        |name: &str| -> Value { serde_json::from_str(&desk.read(&format!("run/{name}"))).unwrap() };
    let evaluation = read("livecodebench_eval.json");
    assert_eq!(
        evaluation[0],
        json!({ "pass@1": 0.5, "detail": { "pass@1": { "0": 0.5, "1": 0.5 } } })
    );
    assert_eq!(evaluation[1], json!({ "0": [[true], [-4]], "1": [[true], [-2]] }));
    let said: Value = serde_json::from_str(evaluation[2][1][1].as_str().unwrap()).unwrap();
    assert_eq!(said["error_message"], "Wrong answer at output_line_idx=0: b != a");
    let all = read("livecodebench_eval_all.json");
    assert_eq!(
        (&all[0]["question_id"], &all[0]["graded_list"]),
        (&json!("add"), &json!([true, false]))
    );
    assert_eq!(
        (&all[1]["pass@1"], &all[1]["contest_date"]),
        (&json!(0.5), &json!("2024-05-01T00:00:00"))
    );
    assert_eq!(read("livecodebench.json")[1]["code_list"], json!(["print(input())", "print('b')"]));
}

#[test]
fn an_answer_is_what_stands_between_its_last_two_fences() {
    let desk = desk();
    desk.rows(
        "samples.jsonl",
        [
            json!({ "question_id": "echo", "completion": "So:\n```python\nprint(input())\n```\n" }),
            json!({ "question_id": "add", "completion": "def plus(a, b):\n    return a + b\n" }),
        ],
    );
    judge(&desk, "--samples samples.jsonl --out run");
    let verdicts: Vec<Value> = desk
        .read_rows("run/verdicts.jsonl")
        .into_iter()
        .map(|row| row["verdict"].clone())
        .collect();
    assert_eq!(verdicts, ["accepted", "no_code"]);
    let all: Value = serde_json::from_str(&desk.read("run/livecodebench.json")).unwrap();
    assert_eq!(all[1]["output_list"], json!(["So:\n```python\nprint(input())\n```\n"]));
    assert_eq!(all[1]["code_list"], json!(["print(input())"]));
}

#[test]
fn a_window_of_days_counts_only_what_was_posed_within_it() {
    let desk = desk();
    desk.rows(
        "samples.jsonl",
        [
            json!({ "question_id": "echo", "solution": "print(input())" }),
            json!({ "question_id": "add", "solution": "def plus(a, b):\n    return a + b\n" }),
        ],
    );
    judge(&desk, "--samples samples.jsonl --out run --from 2024-05-02");
    let rows = desk.read_rows("run/verdicts.jsonl");
    assert_eq!((rows.len(), &rows[0]["task_id"]), (1, &json!("add")));
    let skipped = "1 sample is for a problem outside the window of days, and was skipped.";
    assert!(desk.read("run/summary.json").contains(skipped));
    let ran = desk
        .run("judge --benchmark livecodebench --data lcb.jsonl --samples samples.jsonl --to May");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("in the form of 2024-08-01"), "{}", ran.stderr);
}

#[test]
fn a_window_of_days_hides_no_wrong_name() {
    let desk = desk();
    let sample = |id: &str| json!({ "question_id": id, "solution": "print(input())" });
    desk.rows("samples.jsonl", [sample("add"), sample("ad")]);
    let judge = "judge -b livecodebench --data lcb.jsonl -s samples.jsonl";
    let ran = desk.run(&format!("{judge} --from 2024-05-02"));
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("line 2: livecodebench has no task `ad`"), "{}", ran.stderr);
    desk.rows("samples.jsonl", [sample("echo")]);
    let ran = desk.run(&format!("{judge} --from 2024-05-02"));
    assert!(ran.stderr.contains("within the window of days"), "{}", ran.stderr);
}
