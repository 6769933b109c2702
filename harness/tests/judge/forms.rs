//! The forms in which samples come.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use super::desk::{Desk, right};

const ACCEPTED: &str = "accepted";

#[test]
fn gzip_and_zstd_are_read_whatever_the_file_is_called() {
    let desk = Desk::with(1);
    let text = format!("{}\n", right(0));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    desk.write("samples.jsonl.gz", encoder.finish().unwrap());
    desk.write("samples.jsonl", zstd::encode_all(text.as_bytes(), 0).unwrap());
    for (samples, run) in [("samples.jsonl.gz", "gz"), ("samples.jsonl", "zst")] {
        desk.judge(&format!("--samples {samples} --out {run}")).succeeded();
        assert_eq!(desk.verdicts(run)[0].2, ACCEPTED);
    }
}

#[test]
fn a_solution_is_the_whole_program_and_comes_before_a_completion() {
    let desk = Desk::with(1);
    let solution = "def f0():\n    return 0\n";
    desk.rows(
        "samples.jsonl",
        [
            json!({ "task_id": "HumanEval/0", "solution": solution }),
            json!({ "task_id": "HumanEval/0", "solution": solution, "completion": "    return 7" }),
        ],
    );
    desk.judge("--samples samples.jsonl --out run").succeeded();
    assert!(desk.verdicts("run").iter().all(|(_, _, verdict)| verdict == ACCEPTED));
}

#[test]
fn a_folder_of_programs_is_read_by_number_whatever_else_lies_there() {
    let desk = Desk::with(2);
    for sample in [10, 2, 0] {
        let program = format!("def f0():\r\n    return {}\r\n", sample / 10);
        desk.write(&format!("folder/HumanEval_0/{sample}.py"), program);
    }
    desk.write("folder/HumanEval_1/0.py", "def f1():\n    return 1\n");
    desk.write("folder/eval_results.json", "{}");
    desk.write("folder/HumanEval_1/notes.txt", b"\xff");
    desk.judge("--samples folder --out run").succeeded();
    let verdicts = desk.verdicts("run");
    let of =
        |place: usize| (verdicts[place].0.as_str(), verdicts[place].1, verdicts[place].2.as_str());
    assert_eq!(of(0), ("HumanEval/0", 0, ACCEPTED));
    assert_eq!(of(1), ("HumanEval/0", 1, ACCEPTED));
    assert_eq!(of(2), ("HumanEval/0", 2, "wrong_answer"));
    assert_eq!(of(3), ("HumanEval/1", 0, ACCEPTED));
    let results = desk.read_rows("run/human-eval-results.jsonl");
    assert_eq!(results[0]["task_id"], "HumanEval/0");
}

#[test]
fn tasks_of_mbpp_may_go_by_their_number() {
    let desk = Desk::with(0);
    desk.rows(
        "mbpp.jsonl",
        [json!({
            "task_id": 2,
            "text": "Write a function that returns 2.",
            "code": "def two():\n    return 2",
            "test_setup_code": "",
            "test_list": ["assert two() == 2"],
            "challenge_test_list": [],
        })],
    );
    let names = [json!(2), json!("2"), json!("Mbpp/2"), json!("MBPP/2")];
    // The prompt is English, so a completion of it is a whole program.
    let sample = |name: Value| json!({ "task_id": name, "completion": "def two():\n    return 2" });
    desk.rows("samples.jsonl", names.map(sample));
    desk.run("judge -b mbpp --data mbpp.jsonl -s samples.jsonl --out run").succeeded();
    let of = |sample| ("Mbpp/2".to_owned(), sample, ACCEPTED.to_owned());
    assert_eq!(desk.verdicts("run"), [of(0), of(1), of(2), of(3)]);
}

#[test]
fn programs_are_cut_down_to_what_is_needed_on_request() {
    let desk = Desk::with(1);
    let chat = "Sure!\n\ndef f0():\n    return 0\n\nprint(f0())\nHope this helps.";
    desk.rows("samples.jsonl", [json!({ "task_id": "HumanEval/0", "solution": chat })]);
    desk.judge("--samples samples.jsonl --out plain").succeeded();
    desk.judge("--samples samples.jsonl --out sanitized --sanitize").succeeded();
    assert_eq!(desk.verdicts("plain")[0].2, "compile_error");
    assert_eq!(desk.verdicts("sanitized")[0].2, ACCEPTED);
    assert_eq!(desk.read_rows("sanitized/samples.jsonl")[0]["solution"], "def f0():\n    return 0");
}
