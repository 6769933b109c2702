//! Odd samples that are legal: they are judged like any other.

use serde_json::json;

use super::desk::{Desk, answer, right};

fn outcome(completion: &str) -> String {
    let desk = Desk::with(1);
    desk.rows("samples.jsonl", [answer(0, completion)]);
    desk.judge("--samples samples.jsonl --out run").succeeded();
    let [(_, _, verdict)] = &desk.verdicts("run")[..] else { panic!() };
    verdict.clone()
}

#[test]
fn an_empty_completion_is_wrong() {
    // The prompt alone is a function without a body.
    assert_eq!(outcome(""), "compile_error");
}

#[test]
fn a_completion_of_ten_megabytes_is_judged() {
    let padding = format!("    # {}\n", "x".repeat(72)).repeat(10_000_000 / 79);
    assert_eq!(outcome(&format!("{padding}    return 0\n")), "accepted");
}

#[test]
fn nul_bytes_are_judged() {
    assert_eq!(outcome("    return 0\0\n"), "compile_error");
    assert_eq!(outcome("    return len('\\0') - 1\n"), "accepted");
}

#[test]
fn half_a_surrogate_pair_concerns_its_own_sample_only() {
    let desk = Desk::with(4);
    // As json.dumps of Python writes them.
    let row = |number: usize, rest: &str| {
        format!(r#"{{"task_id": "HumanEval/{number}", "completion": "    return {number}{rest}"}}"#)
    };
    let rows = [row(0, ""), row(1, r" # \ud83d\n"), row(2, r"\ude00"), row(3, r" # \ud83d\ude00")];
    desk.write("samples.jsonl", rows.join("\n"));
    desk.judge("--samples samples.jsonl --out run").succeeded();
    let verdicts = desk.verdicts("run").into_iter().map(|(_, _, verdict)| verdict);
    let expected = ["accepted", "compile_error", "compile_error", "accepted"];
    assert_eq!(verdicts.collect::<Vec<_>>(), expected);
    assert!(desk.read("run/samples.jsonl").contains(r"return 1 # \u0000"));
}

#[test]
fn blank_lines_are_skipped_and_other_fields_are_kept() {
    let desk = Desk::with(2);
    let row = r#"{"task_id": "HumanEval/1", "logprob": NaN, "completion": "    return 1 # é", "n": 12345678901234567890123}"#;
    desk.write("samples.jsonl", format!("\u{feff}\n{}\n \t\n{row}\r\n\n", right(0)));
    desk.judge("--samples samples.jsonl --out run").succeeded();
    let results = desk.read("run/human-eval-results.jsonl");
    // As json.dumps of Python writes it.
    let expected = r#"{"task_id": "HumanEval/1", "logprob": NaN, "completion": "    return 1 # \u00e9", "n": 12345678901234567890123, "result": "passed", "passed": true}"#;
    assert_eq!(results.lines().nth(1), Some(expected));
}

#[test]
fn results_may_be_judged_anew_and_get_their_new_verdict() {
    let desk = Desk::with(1);
    let mut row = right(0);
    row["passed"] = json!(false);
    row["result"] = json!("timed out");
    desk.rows("samples.jsonl", [row]);
    desk.judge("--samples samples.jsonl --out run").succeeded();
    let expected = r#"{"task_id": "HumanEval/0", "completion": "    return 0\n", "passed": true, "result": "passed"}"#;
    assert_eq!(desk.read("run/human-eval-results.jsonl").trim_end().len(), expected.len());
    assert_eq!(desk.read_rows("run/human-eval-results.jsonl")[0]["passed"], true);
}
