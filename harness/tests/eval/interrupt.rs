//! Ctrl-C, a kill at any moment, and going on afterwards.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use insta::assert_snapshot;
use serde_json::Value;

use crate::desk::Desk;
use crate::server::Request;

const PROBLEMS: usize = 6;
const SAMPLES: usize = 3;
const TOTAL: usize = PROBLEMS * SAMPLES;

/// An evaluation that the server holds up after so many answers, all of which are in the file.
fn held_after(desk: &Desk, answers: usize) -> Child {
    desk.server.hold_after(answers);
    let mut command = desk.ra3(&format!("{} --out run --rows 3", desk.eval(PROBLEMS, SAMPLES)));
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    desk.wait_for_lines("run/answers.jsonl", answers);
    child
}

fn signal(child: &Child, name: &str) {
    let kill = format!("kill -s {name} -- -{}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// The tasks and numbers in a file of answers or verdicts.
fn keys(desk: &Desk, name: &str) -> Vec<(String, u64)> {
    let key = |row: &Value| (row["task_id"].to_string(), row["sample"].as_u64().unwrap());
    desk.read_rows(name).iter().map(key).collect()
}

#[test]
fn an_evaluation_killed_at_any_moment_ends_as_if_it_had_not_been() {
    let whole = Desk::new();
    whole.run(&format!("{} --out run", whole.eval(PROBLEMS, SAMPLES))).succeeded();
    for answers in [1, 8, TOTAL - 1] {
        let desk = Desk::new();
        let mut child = held_after(&desk, answers);
        // Some of the answers are judged by now, and some are not.
        desk.wait_for_lines("run/journal.jsonl", answers / 2);
        signal(&child, "KILL");
        child.wait().unwrap();
        let kept = keys(&desk, "run/answers.jsonl").len();
        assert!((answers..TOTAL).contains(&kept), "{kept}");

        desk.server.release();
        desk.server.forget();
        let verdicts = desk.lines("run/journal.jsonl");
        desk.run("eval --resume --out run --json").succeeded();
        assert_eq!(desk.server.requests().len(), TOTAL - kept, "something was asked twice");
        let judged = keys(&desk, "run/journal.jsonl");
        assert_eq!(judged.len(), TOTAL, "{verdicts} were judged, and something was judged twice");
        assert_eq!(judged.iter().collect::<BTreeSet<_>>().len(), TOTAL);
        for name in ["answers.jsonl", "human-eval-results.jsonl", "samples.jsonl"] {
            let name = format!("run/{name}");
            assert_eq!(desk.read(&name), whole.read(&name), "{name}");
        }
        assert_eq!(desk.verdicts("run"), whole.verdicts("run"));
    }
}

#[test]
fn ctrl_c_loses_nothing_and_says_how_to_go_on() {
    let desk = Desk::new();
    let child = held_after(&desk, 4);
    desk.wait_for_lines("run/journal.jsonl", 4);
    signal(&child, "INT");
    let ran = desk.ran(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(130), ""));
    assert_snapshot!(ran.stderr, @r"
    results: run
    interrupted at 4 of 18 answers, 4 of them judged; to go on: ra3 eval --resume --out run
    ");
    desk.server.release();
    let judging = desk.run("judge --resume --out run");
    assert_eq!(judging.code, Some(2));
    assert_snapshot!(judging.stderr, @"error: `run` holds an evaluation of a model; `ra3 eval --resume --out run` goes on with it");
    desk.run("eval --resume --out run").succeeded();
    assert_eq!(desk.verdicts("run").len(), TOTAL);
}

#[test]
fn half_an_answer_at_the_end_of_the_file_is_asked_for_again() {
    let desk = Desk::new();
    desk.run(&format!("{} --out run", desk.eval(2, 2))).succeeded();
    let answers = desk.read("run/answers.jsonl");
    std::fs::write(desk.path("run/answers.jsonl"), &answers[..answers.len() - 30]).unwrap();
    desk.server.forget();
    desk.run("eval --resume --out run").succeeded();
    assert_eq!(desk.server.requests().len(), 1);
    assert_eq!(desk.read("run/answers.jsonl"), answers);
}

#[test]
fn a_file_of_answers_that_ends_within_a_character_can_be_resumed() {
    let desk = Desk::with(|_, _| "```python\nx = 'é'\n```".to_owned());
    let generate = format!("generate --model {} -b mini --limit 2 --out a.jsonl", desk.server.url);
    desk.run(&format!("{} --out run", desk.eval(2, 1))).succeeded();
    desk.run(&generate).succeeded();
    for (name, resume) in [
        ("run/answers.jsonl", "eval --resume --out run"),
        ("a.jsonl", &format!("{generate} --resume")),
    ] {
        let answers = desk.read(name);
        let torn = &answers.as_bytes()[..answers.rfind('é').unwrap() + 1];
        std::fs::write(desk.path(name), torn).unwrap();
        desk.server.forget();
        desk.run(resume).succeeded();
        assert_eq!(desk.server.requests().len(), 1);
        assert_eq!(desk.read(name), answers);
    }
}

#[test]
fn a_file_that_is_not_ours_is_left_as_it_was() {
    let desk = Desk::new();
    let letter = "Dear\u{e9},\nhalf a line";
    std::fs::write(desk.path("letter"), letter).unwrap();
    let generate = format!("generate --model {} -b mini --out letter --resume", desk.server.url);
    let ran = desk.run(&generate);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("`letter` is no file of answers"), "{}", ran.stderr);
    assert_eq!(desk.read("letter"), letter);
}

#[test]
fn a_finished_evaluation_is_neither_asked_nor_judged_again() {
    let desk = Desk::new();
    desk.run(&format!("{} --out run", desk.eval(2, 2))).succeeded();
    let before = (desk.read("run/verdicts.jsonl"), desk.lines("run/journal.jsonl"));
    desk.server.forget();
    desk.run("eval --resume --out run").succeeded();
    assert_eq!((desk.read("run/verdicts.jsonl"), desk.lines("run/journal.jsonl")), before);
    assert!(desk.server.requests().is_empty());
}

#[test]
fn more_answers_may_be_wanted_later_but_no_others() {
    let desk = Desk::new();
    desk.run(&format!("{} --out run", desk.eval(2, 2))).succeeded();
    desk.server.forget();
    let ran = desk.run(&format!("{} --out run --resume", desk.eval(3, 4))).succeeded();
    assert_eq!((ran.json()["samples"].as_u64(), desk.server.requests().len()), (Some(12), 8));
    assert_eq!(desk.lines("run/journal.jsonl"), 12);
    let warmer = desk.run(&format!("{} --out run --resume --temperature 1", desk.eval(3, 4)));
    assert_snapshot!(warmer.stderr, @"error: cannot resume `run`: temperature was 0 and is 1");
    let fewer = desk.run(&format!("{} --out run --resume", desk.eval(3, 3)));
    assert_snapshot!(fewer.stderr, @"error: cannot resume `run`: number of samples was 4 and is 3");
    let taken = desk.run(&format!("{} --out run", desk.eval(3, 4)));
    assert_snapshot!(taken.stderr, @"error: `run` holds a run already; `--resume` goes on with it, `--out run-2` begins another");
}

#[test]
fn what_is_not_said_of_an_evaluation_that_goes_on_is_as_it_was() {
    let desk = Desk::new();
    let url = &desk.server.url;
    desk.run(&format!("{} --out run --seed 6 --temperature 0.5", desk.eval(2, 2))).succeeded();
    let sampling = |request: &Request| {
        let body = &request.body;
        (body["temperature"].clone(), body["seed"].as_u64().unwrap())
    };
    for (arguments, samples) in [
        (String::new(), 4),
        (format!("--model {url}"), 4),
        ("-n 3".to_owned(), 6),
        (format!("--model {url} --limit 3"), 9),
        ("--limit 4 -n 4 --seed 6 --temperature 0.5".to_owned(), 16),
    ] {
        let ran = desk.run(&format!("eval --resume --out run --json {arguments}")).succeeded();
        assert_eq!(ran.json()["samples"], samples, "{arguments}");
    }
    let asked: BTreeSet<_> = desk.server.requests().iter().map(Request::identity).collect();
    assert_eq!((asked.len(), desk.server.requests().len()), (16, 16), "each is asked once");
    for request in desk.server.requests() {
        let (temperature, seed) = sampling(&request);
        assert!(temperature == 0.5 && (6..10).contains(&seed), "{temperature} {seed}");
    }

    let refusal = |arguments: &str| {
        let ran = desk.run(&format!("eval --resume --out run {arguments}"));
        assert_eq!(ran.code, Some(2), "{arguments}");
        ran.stderr
    };
    assert_snapshot!(refusal("--temperature 0"), @"error: cannot resume `run`: temperature was 0.5 and is 0");
    assert_snapshot!(refusal("--seed 0 --style chat"), @"error: cannot resume `run`: style was not given and is chat; seed was 6 and is 0");
    assert_snapshot!(refusal("-n 1 --limit 2"), @"error: cannot resume `run`: limit was 4 and is 2; number of samples was 4 and is 1");
    assert_snapshot!(refusal("--model http://127.0.0.1:1/v1 --model-name other"), @"error: cannot resume `run`: model was URL and is http://127.0.0.1:1/v1; name of the model was tiny and is other");
}

#[test]
fn an_evaluation_goes_on_where_the_server_has_moved_to() {
    let (desk, elsewhere) = (Desk::new(), Desk::new());
    desk.run(&format!("{} --out run", desk.eval(2, 1))).succeeded();
    let url = &elsewhere.server.url;
    let ran = desk.run(&format!("eval --resume --out run --model {url} -n 2 --json")).succeeded();
    let told = format!("tiny was at URL and is at {url} now; answers of both count as its own");
    assert!(ran.stderr.contains(&told), "{}", ran.stderr);
    assert_eq!((ran.json()["samples"].as_u64(), elsewhere.server.requests().len()), (Some(4), 2));

    let back =
        desk.run("eval --resume --out run -n 3 --model http://127.0.0.1:1/v1 --model-name x");
    assert!(back.stderr.contains("name of the model was tiny and is x"), "{}", back.stderr);
    let third = Desk::new();
    third.server.models(&["large"]);
    let other = desk.run(&format!("eval --resume --out run --model {} -n 3", third.server.url));
    assert_eq!(other.code, Some(2));
    assert!(other.stderr.contains("has no model `tiny`, but large"), "{}", other.stderr);
}
