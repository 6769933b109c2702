//! What is asked, and what becomes of the answers.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::desk::Desk;

#[test]
fn a_model_behind_an_address_is_evaluated_in_one_command() {
    let desk = Desk::new();
    let ran = desk.run(&format!("{} --out run --price 1,2", desk.eval(5, 2))).succeeded();
    let summary = ran.json();
    let figures = ["samples", "tasks", "passed", "ungraded", "unanswered", "model"];
    let found: Vec<&Value> = figures.iter().map(|&name| &summary[name]).collect();
    assert_eq!(found, [&json!(10), &json!(5), &json!(5), &json!(0), &json!(0), &json!("tiny")]);
    assert_eq!(summary["usage"]["prompt_tokens"], 100);
    let written = summary["usage"]["completion_tokens"].as_f64().unwrap();
    assert!((summary["cost"].as_f64().unwrap() - (100.0 + 2.0 * written) / 1e6).abs() < 1e-12);
    assert_snapshot!(ran.stderr, @"results: run");
    let all = datasets::Dataset::embedded().problems.len();
    let notes = summary["notes"].as_array().unwrap();
    assert_eq!(notes[1..], [json!(format!("Only 5 of {all} tasks were asked."))]);

    let answers = desk.read_rows("run/answers.jsonl");
    let samples: Vec<u64> = answers.iter().map(|it| it["sample"].as_u64().unwrap()).collect();
    assert_eq!(samples, [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    assert!(answers.iter().all(|it| it["finish_reason"] == "stop" && it["usage"].is_object()));
    assert!(answers[0]["answer"].as_str().unwrap().starts_with("Answer 0:\n```python"));

    let requests = desk.server.requests();
    let asked: BTreeSet<_> = requests.iter().map(|it| it.identity()).collect();
    assert_eq!((requests.len(), asked.len()), (10, 10), "each is asked once");
    for request in requests {
        assert_eq!((request.path.as_str(), request.key), ("/v1/chat/completions", None));
        assert_eq!(
            (&request.body["model"], &request.body["stream"]),
            (&json!("tiny"), &json!(true))
        );
    }
}

#[test]
fn answers_that_were_cut_or_withheld_are_counted_and_told() {
    let desk = Desk::new();
    desk.server.ends_with("length");
    let eval = format!("{} --max-tokens 9", desk.eval(3, 1));
    let ran = desk.run(&format!("{eval} --out cut")).succeeded();
    let told = "3 of 3 answers were cut at --max-tokens 9; they count as they are.";
    assert_eq!((&ran.json()["cut"], &ran.json()["filtered"]), (&json!(3), &json!(0)));
    assert!(ran.json()["notes"].as_array().unwrap().contains(&json!(told)), "{}", ran.stdout);
    assert!(desk.read("cut/report.html").contains(told));
    // What is read back from the files is counted as well.
    let again = desk.run("eval --resume --out cut").succeeded().stdout;
    assert!(again.contains(&format!("note: {told}")), "{again}");

    desk.server.ends_with("content_filter");
    let ran = desk.run(&format!("{eval} --out filtered --no-stream")).succeeded();
    assert_eq!((&ran.json()["cut"], &ran.json()["filtered"]), (&json!(0), &json!(3)));
    let url = &desk.server.url;
    let ran = desk.run(&format!("generate --model {url} -b mini --limit 1 --out a.jsonl -q"));
    let told = "note: 1 of 1 answers was withheld by a filter; it counts as it is.\n";
    assert_eq!(ran.succeeded().stderr, told);
}

#[test]
fn whole_answers_come_to_the_same_as_those_in_pieces() {
    let desk = Desk::new();
    desk.run(&format!("{} --out pieces", desk.eval(3, 2))).succeeded();
    desk.run(&format!("{} --out whole --no-stream", desk.eval(3, 2))).succeeded();
    assert_eq!(desk.read("pieces/answers.jsonl"), desk.read("whole/answers.jsonl"));
    desk.assert_same_results("pieces", "whole");
}

#[test]
fn judging_the_answers_again_comes_to_the_same() {
    let desk = Desk::new();
    desk.run(&format!("{} --out run", desk.eval(4, 2))).succeeded();
    desk.run("judge -b mini -s run/answers.jsonl --allow-missing --out again").succeeded();
    desk.assert_same_results("run", "again");
}

#[test]
fn judging_begins_while_the_model_still_answers() {
    let desk = Desk::new();
    desk.server.hold_after(2);
    let child = desk.ra3(&format!("{} --out run --rows 1", desk.eval(3, 2))).spawn().unwrap();
    desk.wait_for_lines("run/journal.jsonl", 2);
    assert_eq!(desk.lines("run/answers.jsonl"), 2, "the third is held");
    desk.server.release();
    assert!(child.wait_with_output().unwrap().status.success());
}

#[test]
fn no_more_requests_are_under_way_than_were_allowed() {
    let desk = Desk::new();
    desk.server.hold_after(0);
    let child = desk.ra3(&format!("{} --out run --rows 3", desk.eval(5, 2))).spawn().unwrap();
    desk.server.wait_for_requests(3);
    desk.server.release();
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(desk.server.most_under_way(), 3);
}

#[test]
fn several_answers_may_be_asked_for_together_and_missing_ones_are_asked_for_again() {
    let desk = Desk::new();
    desk.server.at_most(3);
    let ran = desk.run(&format!("{} --out run --together 4", desk.eval(2, 5))).succeeded();
    assert_eq!(ran.json()["samples"], 10);
    let wanted: Vec<u64> =
        desk.server.requests().iter().map(|it| it.body["n"].as_u64().unwrap_or(1)).collect();
    // Four of which three come, the fourth, and the fifth.
    assert_eq!(wanted.iter().filter(|&&n| n == 4).count(), 2);
    assert_eq!(wanted.iter().filter(|&&n| n == 1).count(), 4);
    assert_eq!(ran.json()["usage"]["prompt_tokens"], 60, "a request's prompt is counted once");
}

#[test]
fn a_server_with_several_models_is_told_which() {
    let desk = Desk::new();
    desk.server.models(&["small", "large"]);
    let ran = desk.run(&format!("{} --out run", desk.eval(1, 1)));
    assert_eq!(ran.code, Some(2));
    assert_snapshot!(ran.stderr, @"error: URL has 2 models: small, large; `--model-name` names one");
    let named = desk.eval(1, 1);
    let ran = desk.run(&format!("{named} --out run --model-name large")).succeeded();
    assert_eq!(ran.json()["model"], "large");
    assert_eq!(desk.server.requests()[0].body["model"], "large");
}

#[test]
fn two_models_are_compared_side_by_side() {
    let desk = Desk::new();
    desk.run(&format!("{} --out before", desk.eval(6, 1))).succeeded();
    // With an odd seed every answer is a wrong one.
    desk.run(&format!("{} --out after --seed 1", desk.eval(6, 1))).succeeded();
    let ran = desk.run("report before after --json").succeeded();
    assert_eq!(ran.stderr, "report: comparison.html\n");
    let found = ran.json();
    let difference = &found["differences"][0];
    let named = ["run", "baseline", "tests", "k", "tasks", "better", "worse", "alike", "finding"];
    let figures: Vec<&Value> = named.iter().map(|&name| &difference[name]).collect();
    assert_eq!(json!(figures), json!(["after", "before", "", 1, 6, 0, 6, 0, "worse"]));
    assert_eq!(difference["difference"], -1.0);
    assert_eq!(found["tasks"].as_array().unwrap().len(), 6);
    assert!(desk.read("comparison.html").contains("<h1><bdi>before and after</bdi></h1>"));
    let shown = desk.run("report before after").succeeded().stdout;
    assert!(shown.contains("after is worse than before: -100.0 points"), "{shown}");
    let alone = desk.run("report before --json").succeeded().json();
    assert_eq!((&alone["passed"], &alone["model"]), (&json!(6), &json!("tiny")));
}

#[test]
fn a_prompt_of_ones_own_is_answered() {
    let desk = Desk::with(|request, number| format!("{} and {number}", request.text()));
    let url = &desk.server.url;
    let ran = desk.run(&format!("generate --model {url} --prompt one -n 2 --seed 7")).succeeded();
    assert_snapshot!(ran.stdout, @r"
    one and 7
    one and 8
    ");
    let ran = desk.run(&format!("generate --model {url} --prompt one --chat --json")).succeeded();
    assert_snapshot!(ran.stdout, @r#"{"sample":0,"text":"one and 0","stop":"stop","usage":{"prompt_tokens":10,"completion_tokens":3}}"#);
    let paths: Vec<String> = desk.server.requests().into_iter().map(|it| it.path).collect();
    assert_eq!(paths, ["/v1/completions", "/v1/completions", "/v1/chat/completions"]);
}

#[test]
fn answers_to_a_benchmark_go_to_a_file_that_can_be_resumed() {
    let desk = Desk::new();
    let url = &desk.server.url;
    let generate = format!("generate --model {url} -b mini --limit 3 -n 2");
    desk.run(&format!("{generate} --out a.jsonl")).succeeded();
    assert_eq!(desk.run(&format!("{generate} --out a.jsonl")).code, Some(2), "it is there");
    let lines = desk.read_rows("a.jsonl");
    desk.rows("b.jsonl", [&lines[4], &lines[1]].map(Value::clone));
    desk.server.forget();
    desk.run(&format!("{generate} --out b.jsonl --resume")).succeeded();
    assert_eq!(desk.server.requests().len(), 4);
    assert_eq!(desk.read("a.jsonl"), desk.read("b.jsonl"));
    let ran = desk.run(&format!("generate --model {url} -b mini --limit 1 --out b.jsonl --resume"));
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("may grow from one sitting to the next"), "{}", ran.stderr);
}

#[test]
fn answers_of_others_or_drawn_otherwise_do_not_go_to_the_same_file() {
    let desk = Desk::new();
    let url = &desk.server.url;
    let generate = format!("generate --model {url} -b mini --limit 2 --out a.jsonl --quiet");
    desk.run(&generate).succeeded();
    let refusal = |arguments: &str| {
        let ran = desk.run(&format!("{generate} --resume -n 2 {arguments}"));
        assert_eq!(ran.code, Some(2), "{arguments}");
        ran.stderr
    };
    assert_snapshot!(refusal("--temperature 1"), @"error: cannot resume `a.jsonl`: temperature was 0 and is 1");
    assert_snapshot!(refusal("--model-name large"), @"error: cannot resume `a.jsonl`: name of the model was tiny and is large");
    desk.run(&format!("{generate} --resume -n 2")).succeeded();
    std::fs::remove_file(desk.path("a.jsonl.toml")).unwrap();
    let ran = desk.run(&format!("{generate} --resume -n 3")).succeeded();
    assert_snapshot!(ran.stderr, @"note: nothing beside `a.jsonl` tells who gave the answers in it; they count as those of tiny");
}

#[test]
fn models_that_are_served_at_one_address_get_folders_of_their_own() {
    let desk = Desk::new();
    for name in ["small", "org/large"] {
        desk.server.models(&[name]);
        desk.run(&desk.eval(1, 1)).succeeded();
    }
    assert!(desk.path("runs/mini-small/summary.json").exists());
    assert!(desk.path("runs/mini-org-large/summary.json").exists());
    let resume = format!("eval --resume --model {} -b mini -n 2", desk.server.url);
    let ran = desk.run(&resume);
    assert_eq!(ran.code, Some(2));
    assert_snapshot!(ran.stderr, @"error: URL was asked about mini in runs/mini-org-large, runs/mini-small; `--out` names one");
    std::fs::remove_dir_all(desk.path("runs/mini-small")).unwrap();
    assert_eq!(desk.run(&resume).succeeded().stderr, "results: runs/mini-org-large\n");
}
