//! What servers do, and what comes of it.

use insta::assert_snapshot;
use serde_json::json;

use crate::desk::Desk;
use crate::ran::task;
use crate::server::Fault;

#[test]
fn what_goes_wrong_for_a_while_changes_no_answer() {
    let desk = Desk::new();
    desk.run(&format!("{} --out calm", desk.eval(3, 2))).succeeded();
    let usual = desk.server.requests().len();
    let faults = [
        Fault::Refuse(429, "Retry-After: 0\r\n", String::new()),
        Fault::refuse(500),
        Fault::refuse(503),
        Fault::refuse(529),
        Fault::Cut,
        Fault::CutChunked,
        Fault::Garbage,
        Fault::WrongType,
        Fault::Empty,
        Fault::Report,
    ];
    let count = faults.len();
    desk.server.forget();
    desk.server.next(faults);
    desk.run(&format!("{} --out storm --attempts 20", desk.eval(3, 2))).succeeded();
    assert_eq!(desk.server.requests().len(), usual + count);
    assert_eq!(desk.read("calm/answers.jsonl"), desk.read("storm/answers.jsonl"));
    desk.assert_same_results("calm", "storm");
}

#[test]
fn a_request_that_fails_to_the_last_is_no_verdict_and_can_be_made_later() {
    let desk = Desk::new();
    desk.run(&format!("{} --out calm", desk.eval(3, 2))).succeeded();
    let words = datasets::Dataset::embedded().problems[1].prompt.trim().to_owned();
    desk.server.against(&words, Fault::refuse(500));
    desk.server.forget();
    let ran = desk.run(&format!("{} --out run --attempts 3", desk.eval(3, 2)));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.ends_with(
            "error: 2 of 6 requests failed, the first because the server says 500 Internal Server \
             Error: not now; to ask again: ra3 eval --resume --out run\n"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(desk.server.requests().len(), 4 + 2 * 3, "three times each");
    let summary = ran.json();
    assert_eq!((&summary["samples"], &summary["unanswered"]), (&json!(4), &json!(2)));
    assert_eq!(summary["failed"], 2, "only those that are wrong");
    assert_eq!(desk.verdicts("run").len(), 4);
    let notes = summary["notes"].to_string();
    assert!(notes.contains("2 answers are missing, because requests failed"), "{notes}");
    let unanswered = desk.read_rows("run/unanswered.jsonl");
    assert_eq!(unanswered.len(), 2);
    assert!(unanswered[0]["error"].as_str().unwrap().contains("500"));

    desk.server.heal();
    desk.server.forget();
    desk.run("eval --resume --out run").succeeded();
    assert_eq!(desk.server.requests().len(), 2);
    assert_eq!(desk.read("run/unanswered.jsonl"), "");
    assert_eq!(desk.read("run/answers.jsonl"), desk.read("calm/answers.jsonl"));
    desk.assert_same_results("run", "calm");
}

#[test]
fn a_prompt_that_is_refused_is_not_sent_again() {
    let desk = Desk::new();
    let words = datasets::Dataset::embedded().problems[0].prompt.trim().to_owned();
    desk.server.against(&words, Fault::Refuse(400, "", r#"{"error": "too long"}"#.to_owned()));
    let ran = desk.run(&format!("{} --out run", desk.eval(2, 1)));
    assert_eq!(ran.code, Some(2));
    assert_eq!((ran.json()["samples"].as_u64(), desk.server.requests().len()), (Some(1), 2));
}

#[test]
fn questions_behind_many_that_are_refused_are_reached() {
    let desk = Desk::new();
    let problems = &datasets::Dataset::embedded().problems[..26];
    for problem in &problems[..25] {
        let refusal = Fault::Refuse(400, "", r#"{"error": "too long"}"#.to_owned());
        desk.server.against(problem.prompt.trim(), refusal);
    }
    let ran = desk.run(&format!("{} --out run --rows 1", desk.eval(26, 1)));
    assert_eq!((ran.code, ran.json()["samples"].as_u64()), (Some(2), Some(1)));
    assert_eq!(desk.lines("run/unanswered.jsonl"), 25);
    desk.server.forget();
    let ran = desk.run("eval --resume --out run --limit 27 --json");
    assert_eq!((ran.code, ran.json()["samples"].as_u64()), (Some(2), Some(2)));
    assert_eq!(desk.server.requests().len(), 26);
}

#[test]
fn questions_behind_many_that_bring_the_server_down_are_reached() {
    let desk = Desk::new();
    let problems = &datasets::Dataset::embedded().problems[..40];
    for problem in &problems[..30] {
        desk.server.against(problem.prompt.trim(), Fault::refuse(500));
    }
    let ran = desk.run(&format!("{} --out run --rows 1 --attempts 1", desk.eval(40, 1)));
    assert_eq!(ran.code, Some(2));
    let answered = desk.read_rows("run/answers.jsonl");
    let asked: Vec<_> = answered.iter().map(|row| row["task_id"].as_str().unwrap()).collect();
    let sound: Vec<_> = problems[30..].iter().map(|problem| problem.id.as_str()).collect();
    assert_eq!(asked, sound);
}

#[test]
fn a_server_that_refuses_every_request_is_asked_each_once() {
    let desk = Desk::new();
    desk.server.against("", Fault::Refuse(400, "", r#"{"error": "no such field"}"#.to_owned()));
    let ran = desk.run(&format!("{} --out run", desk.eval(15, 2)));
    assert_eq!(ran.code, Some(2));
    assert_snapshot!(ran.stderr, @"
    results: run
    error: no request was answered, the first because the server says 400 Bad Request: no such field; to try again: ra3 eval --resume --out run
    ");
    assert_eq!(desk.server.requests().len(), 30);
    let unanswered = desk.read_rows("run/unanswered.jsonl");
    assert_eq!(unanswered.len(), 30);
    assert_eq!(unanswered[0]["error"], "the server says 400 Bad Request: no such field");
    desk.server.heal();
    desk.run("eval --resume --out run").succeeded();
    assert_eq!(desk.read("run/unanswered.jsonl"), "");
}

#[test]
fn a_server_that_falls_silent_is_asked_again() {
    let desk = Desk::new();
    desk.server.next([Fault::Silence]);
    desk.run(&format!("{} --out run --timeout 3", desk.eval(1, 1))).succeeded();
    assert!(desk.server.requests().len() > 1);
}

#[test]
fn a_server_that_sends_us_elsewhere_is_not_followed_and_the_address_is_named() {
    let desk = Desk::new();
    let header = "Location: /v2/chat/completions?ticket=sesame\r\n";
    desk.server.against("", Fault::Refuse(307, header, String::new()));
    let ran = desk.run(&format!("{} --out run --rows 1", desk.eval(3, 2)));
    assert_eq!((ran.code, desk.server.requests().len()), (Some(2), 1));
    let elsewhere = desk.server.url.replace("/v1", "/v2");
    let expected = format!("says 307 Temporary Redirect: it is at `{elsewhere}`; use that address");
    assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
    assert!(!ran.stderr.contains("sesame"));
}

#[test]
fn a_server_that_wants_another_key_is_asked_once_and_the_key_is_shown_to_nobody() {
    let desk = Desk::new();
    let echo = r#"{"error": {"message": "Incorrect API key: open-sesame-42"}}"#.to_owned();
    desk.server.against("", Fault::Refuse(401, "", echo));
    let mut command = desk.ra3(&format!("{} --out run --rows 1", desk.eval(3, 2)));
    command.env("RA3_API_KEY", "open-sesame-42").env("RA3_LOG", "trace");
    let ran = desk.ran(command.output().unwrap());
    assert_eq!(ran.code, Some(2));
    let last = ran.stderr.lines().last().unwrap();
    assert!(last.contains("401 Unauthorized: Incorrect API key: [key]"), "{last}");
    assert!(last.contains("`ra3 eval --resume --out run` goes on"), "{last}");
    assert_eq!(desk.server.requests().len(), 1);
    assert_eq!(desk.server.requests()[0].key.as_deref(), Some("Bearer open-sesame-42"));

    desk.server.heal();
    let mut command = desk.ra3("eval --resume --out run");
    command.env("OTHER", "open-sesame-42").env("RA3_LOG", "trace").args(["--key-env", "OTHER"]);
    let resumed = desk.ran(command.output().unwrap()).succeeded();
    for text in [ran.stdout, ran.stderr, resumed.stdout, resumed.stderr, desk.everything()] {
        assert!(!text.contains("sesame"));
    }
}

/// A program that returns what it finds of the key, and 0 where it finds nothing.
const THIEF: &str = r#"
    import os
    found = [str(dict(os.environ))]
    ours = os.getpid()
    for process in ["self", os.getppid(), 1] + list(range(max(ours - 2000, 2), ours + 1)):
        try:
            found.append(open(f"/proc/{process}/environ").read())
        except Exception:
            pass
    return 1 if "sesame" in "".join(found) else 0
"#;

#[test]
fn the_key_is_out_of_reach_of_the_programs_that_are_judged() {
    let desk = Desk::with(|_, _| THIEF.to_owned());
    desk.rows("tasks.jsonl", [task(0)]);
    let eval =
        format!("eval --model {} -b humaneval --data tasks.jsonl --out run", desk.server.url);
    desk.ran(desk.ra3(&eval).env("RA3_API_KEY", "open-sesame-42").output().unwrap()).succeeded();
    assert_eq!(desk.verdicts("run")[0].2, "accepted");
    // Weaker walls hide it too.
    let judge = "judge -b humaneval --data tasks.jsonl -s run/answers.jsonl --out t0 --tier t0";
    desk.ran(desk.ra3(judge).env("RA3_API_KEY", "open-sesame-42").output().unwrap()).succeeded();
    assert_eq!(desk.verdicts("t0")[0].2, "accepted");
}

#[test]
fn a_server_that_is_down_ends_the_run_and_loses_nothing() {
    let desk = Desk::new();
    desk.server.hold_after(5);
    let mut command = desk.ra3(&format!("{} --out run --rows 1 --attempts 1", desk.eval(20, 2)));
    let child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    desk.wait_for_lines("run/answers.jsonl", 5);
    desk.server.against("", Fault::refuse(503));
    desk.server.release();
    let ran = desk.ran(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("20 requests in a row failed"), "{}", ran.stderr);
    assert_eq!(desk.lines("run/answers.jsonl"), 5);
    assert_eq!(desk.lines("run/journal.jsonl"), 5, "what came is judged");
    assert_eq!(desk.lines("run/unanswered.jsonl"), 20, "what failed is listed");
}

#[test]
fn a_model_that_says_nothing_is_judged_for_it() {
    let desk = Desk::with(|_, _| String::new());
    let summary = desk.run(&format!("{} --out run", desk.eval(2, 1))).succeeded().json();
    assert_eq!((&summary["failed"], &summary["unanswered"]), (&json!(2), &json!(0)));
}

#[test]
fn a_field_that_a_server_refuses_can_be_left_out() {
    let desk = Desk::new();
    let ran = desk.run(&format!("{} --out run --omit stream_options", desk.eval(1, 1)));
    ran.succeeded();
    assert_eq!(desk.server.requests()[0].body.get("stream_options"), None);
}

#[test]
fn an_address_with_a_password_is_refused_without_being_repeated() {
    let desk = Desk::new();
    let ran = desk.run("eval --model http://me:sesame@127.0.0.1:1/v1 -b mini");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("neither password nor query"), "{}", ran.stderr);
}

#[test]
fn what_is_not_found_is_named_with_what_may_help() {
    let desk = Desk::with(|_, _| String::new());
    desk.server.against("", Fault::Refuse(404, "", String::new()));
    let ran = desk.run(&format!("{} --out run", desk.eval(1, 1)));
    assert_eq!(ran.code, Some(2));
    let told = "says 404 Not Found: asked at URL/chat/completions; where texts are continued";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let ran = desk.run(&format!("generate --model {} --prompt x", desk.server.url));
    assert!(ran.stderr.contains("asked at URL/completions; where"), "{}", ran.stderr);
    assert!(ran.stderr.contains("try `--chat`"), "{}", ran.stderr);
}

#[test]
fn a_limit_of_tokens_is_called_as_the_server_wants_it() {
    let desk = Desk::new();
    let eval = format!("{} --out run --max-tokens 7", desk.eval(1, 1));
    desk.run(&format!("{eval} --max-completion-tokens")).succeeded();
    let body = &desk.server.requests()[0].body;
    assert_eq!((body.get("max_tokens"), &body["max_completion_tokens"]), (None, &json!(7)));
}

#[test]
fn pieces_that_are_called_plain_text_are_read_as_what_they_are() {
    let desk = Desk::new();
    desk.server.next([Fault::PlainText]);
    desk.run(&format!("{} --out run --attempts 1", desk.eval(1, 1))).succeeded();
}

#[test]
fn an_address_without_its_beginning_is_asked_about() {
    let ran = Desk::new().run("eval --model localhost:8123/v1 -b mini");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("did you mean http://localhost:8123/v1?"), "{}", ran.stderr);
}
