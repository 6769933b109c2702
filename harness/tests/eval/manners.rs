//! How the problems of a benchmark are put, and where answers end.

use crate::desk::{Desk, mbpp_task};
use crate::ran::task;

/// A base model: the body of the function, and then whatever comes to its mind.
fn base_model() -> Desk {
    let desk = Desk::with(|request, _| {
        let name = request.text().trim_end_matches("():\n").to_owned();
        let number = name.rsplit('f').next().unwrap().to_owned();
        format!("# A thought.\n    return {number}\nprint({name}())\nraise SystemExit\n")
    });
    desk.rows("tasks.jsonl", (0..3).map(task));
    desk
}

#[test]
fn humaneval_is_continued_and_ends_at_all_of_its_strings() {
    let desk = base_model();
    let url = &desk.server.url;
    let eval = format!("eval --model {url} -b humaneval --data tasks.jsonl --json");
    let ran = desk.run(&format!("{eval} --out run")).succeeded();
    assert_eq!(ran.json()["passed"], 3);
    let requests = desk.server.requests();
    assert!(
        requests.iter().all(|it| it.path == "/v1/completions" && it.text().starts_with("def f"))
    );
    // The fifth, at which these answers end, no public server would have taken.
    assert_eq!(requests[0].body["stop"].as_array().unwrap().len(), 4);
    let answers = desk.read_rows("run/answers.jsonl");
    assert_eq!(answers[1]["completion"], "# A thought.\n    return 1");
}

#[test]
fn a_comment_ends_an_answer_only_where_it_is_told_to() {
    let desk = Desk::with(|_, _| "\n# First the sum.\n    return 0\n".to_owned());
    desk.rows("tasks.jsonl", [task(0)]);
    let url = &desk.server.url;
    let eval = format!("eval --model {url} -b humaneval --data tasks.jsonl --json");
    desk.run(&format!("{eval} --out usual")).succeeded();
    desk.run(&format!("{eval} --out comments --style comments")).succeeded();
    assert_eq!(desk.read_rows("usual/answers.jsonl")[0]["completion"], "");
    let kept = &desk.read_rows("comments/answers.jsonl")[0]["completion"];
    assert_eq!(kept, "\n# First the sum.\n    return 0\n");
    assert_eq!(desk.verdicts("comments")[0].2, "accepted");
}

#[test]
fn mbpp_is_asked_after_three_solved_examples() {
    let desk = Desk::with(|request, _| {
        let text = request.text();
        let number = text.rsplit("to return ").next().unwrap().split('.').next().unwrap();
        format!("def g{number}():\n    return {number}\n[DONE]\n\nYou are an expert")
    });
    let numbers = [1, 2, 3, 4, 10, 11, 12, 511];
    desk.rows("tasks.jsonl", numbers.map(mbpp_task));
    let url = &desk.server.url;
    let eval = format!("eval --model {url} -b mbpp --data tasks.jsonl --style few-shot --json");
    let summary = desk.run(&format!("{eval} --out run")).succeeded().json();
    assert_eq!((summary["tasks"].as_u64(), summary["passed"].as_u64()), (Some(2), Some(2)));
    let requests = desk.server.requests();
    let text = requests[0].text();
    assert_eq!(text.matches("[BEGIN]\n").count(), 4);
    assert_eq!(text.matches("[DONE]\n\n").count(), 3);
    assert!(text.starts_with(
        "You are an expert Python programmer, and here is your task: Write a function to return 2."
    ));
    assert_eq!(requests[0].body["stop"][0], "[DONE]");
}

#[test]
fn evalplus_continues_a_trimmed_prompt_and_the_program_begins_with_it() {
    let desk = base_model();
    let url = &desk.server.url;
    let eval = format!("eval --model {url} -b humaneval --data tasks.jsonl --limit 1 --json");
    let ran = desk.run(&format!("{eval} --out run --style direct")).succeeded();
    assert_eq!(ran.json()["passed"], 1);
    let program = &desk.read_rows("run/answers.jsonl")[0]["solution"];
    assert_eq!(program, "def f0():\n# A thought.\n    return 0");
}

#[test]
fn a_style_that_cannot_put_a_problem_is_refused_before_anything_is_asked() {
    let desk = Desk::new();
    let ran = desk.run(&format!("{} --out run --style few-shot", desk.eval(1, 1)));
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("no solved tasks"), "{}", ran.stderr);
    let ran = desk.run(&format!("{} --out run --style docstring", desk.eval(40, 1)));
    assert!(ran.stderr.contains("cannot be asked in this style"), "{}", ran.stderr);
    assert!(desk.server.requests().is_empty() && !desk.path("run").exists());
}

#[test]
fn an_answer_cannot_be_ended_by_an_empty_text() {
    let desk = Desk::new();
    for command in [desk.eval(1, 1), format!("generate --model {} --prompt x", desk.server.url)] {
        let ran = desk.ran(desk.ra3(&command).args(["--stop", ""]).output().unwrap());
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("'--stop <TEXT>': must not be empty"), "{}", ran.stderr);
    }
    assert!(desk.server.requests().is_empty());
}
