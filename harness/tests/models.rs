//! `ra3 score` and `ra3 generate` as a person uses them, on models small enough to be kept at hand.

#![cfg(feature = "train")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A model of two layers with a tokenizer and a template, where the shared folder is at hand.
fn tiny_model() -> Option<String> {
    there("../shared/golden/llama-tiny", "../shared/golden")
}

/// The model of the demonstration and the figures recorded for it.
fn real_model() -> Option<(String, Value)> {
    let model = there(".models/SmolLM2-135M-Instruct.Q4_1.gguf", "`make setup-model`")?;
    let figures = there("../shared/golden/real_models.json", "../shared/golden")?;
    let figures: Value = serde_json::from_str(&fs::read_to_string(figures).unwrap()).unwrap();
    Some((model, figures["smollm2-135m-instruct"].clone()))
}

fn there(path: &str, needed: &str) -> Option<String> {
    let path = workspace().join(path);
    if !path.exists() {
        println!("skipped: this needs {needed}");
        return None;
    }
    Some(path.display().to_string())
}

/// Standard output of a command that succeeds.
fn ra3(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a command that fails says of it.
fn complaint(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_ne!(output.status.code(), Some(0));
    String::from_utf8(output.stderr).unwrap()
}

fn run(arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ra3"));
    // Two threads that wait for each other on a busy machine are slower than one.
    command.args(arguments).env("OMP_NUM_THREADS", "1").output().unwrap()
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn a_text_and_its_tokens_are_scored_alike() {
    let Some(model) = tiny_model() else { return };
    let of_text = json(&ra3(&["score", "--model", &model, "--text", "def f(x):\n", "--json"]));
    let ids: Vec<String> =
        of_text["ids"].as_array().unwrap().iter().map(ToString::to_string).collect();
    let of_ids = json(&ra3(&["score", "--model", &model, "--ids", &ids.join(","), "--json"]));
    assert_eq!(of_text, of_ids);
    assert_eq!(of_text["logprobs"].as_array().unwrap().len(), ids.len() - 1);
}

#[test]
fn an_answer_is_the_same_whoever_is_written_beside_it() {
    let Some(model) = tiny_model() else { return };
    let draw = |more: &[&str]| {
        let usual = ["generate", "--model", &model, "--prompt", "def f(x):", "--max-tokens", "12"];
        let random = ["--temperature", "1", "--seed", "7", "--json"];
        let all = ra3(&[&usual[..], &random, more].concat());
        let answers = all.lines().map(|line| {
            let answer = json(line);
            (answer["sample"].as_u64().unwrap(), answer["tokens"].to_string())
        });
        answers.collect::<BTreeSet<_>>()
    };
    let many = draw(&["-n", "5", "--rows", "5"]);
    assert_eq!(many, draw(&["-n", "5", "--rows", "2"]));
    assert!(draw(&["-n", "1"]).is_subset(&many));
}

#[test]
fn answers_to_a_benchmark_can_be_resumed_and_judged() {
    let Some(model) = tiny_model() else { return };
    let folder = TempDir::new().unwrap();
    let (whole, cut) = (folder.path().join("whole.jsonl"), folder.path().join("cut.jsonl"));
    let generate = |out: &Path, more: &[&str]| {
        let out = out.display().to_string();
        let usual = ["generate", "--model", &model, "--benchmark", "mini", "--limit", "4"];
        let amount = ["-n", "2", "--temperature", "1", "--max-tokens", "8", "--out", &out];
        ra3(&[&usual[..], &amount, more].concat())
    };
    generate(&whole, &[]);
    let text = fs::read_to_string(&whole).unwrap();
    assert_eq!(text.lines().count(), 8);
    // What a power failure leaves: some lines, and a part of one.
    let end = text.match_indices('\n').nth(2).unwrap().0;
    fs::write(&cut, &text[..end + 20]).unwrap();
    generate(&cut, &["--resume"]);
    let sorted = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(sorted(&fs::read_to_string(&cut).unwrap()), sorted(&text));
    generate(&cut, &["--resume"]);
    assert_eq!(fs::read_to_string(&cut).unwrap().lines().count(), 8);

    let (samples, run) = (whole.display().to_string(), folder.path().join("run"));
    let judge =
        ["judge", "--benchmark", "mini", "--samples", &samples, "--allow-missing", "--json"];
    let summary = json(&ra3(&[&judge[..], &["--out", &run.display().to_string()]].concat()));
    assert!(summary.is_object());
}

#[test]
fn what_is_wrong_is_said_before_anything_is_sampled() {
    let Some(model) = tiny_model() else { return };
    let out = TempDir::new().unwrap().path().join("none/samples.jsonl").display().to_string();
    let said = complaint(&["generate", "--model", &model, "--benchmark", "mini", "--out", &out]);
    assert!(said.contains("failed to open"), "{said}");
    let said = complaint(&["generate", "--model", "/nowhere", "--prompt", "x"]);
    assert!(said.contains("neither a folder nor a GGUF file"), "{said}");
    let said = complaint(&["generate", "--model", &model, "--prompt", "x", "--top-p", "2"]);
    assert!(said.contains("from 0 to 1"), "{said}");
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("run");
    let asked = ["eval", "--model", "/nowhere", "--benchmark", "mini-test", "--out"];
    let said = complaint(&[&asked[..], &[&out.display().to_string()]].concat());
    assert!(said.contains("there is no model at `/nowhere`"), "{said}");
    assert!(!out.exists(), "its name is free for the right model");
}

/// Greedy text turns on the smallest difference, and the record stems from weights rounded to bf16.
#[test]
fn the_real_model_finds_a_text_as_likely_as_was_recorded() {
    let Some((model, figures)) = real_model() else { return };
    let code = figures["code"].as_str().unwrap();
    let scores = json(&ra3(&["score", "--model", &model, "--text", code, "--json"]));
    assert_eq!(scores["ids"], figures["ids"]);
    let numbers = |json: &Value| -> Vec<f64> { serde_json::from_value(json.clone()).unwrap() };
    let pairs = numbers(&scores["logprobs"]).into_iter().zip(numbers(&figures["logprobs"]));
    for (place, (found, recorded)) in pairs.enumerate() {
        assert!((found - recorded).abs() < 0.05, "{place}: {found}, recorded {recorded}");
    }
    let greedy = ["generate", "--model", &model, "--prompt", code, "--max-tokens", "32", "--json"];
    let answer = json(&ra3(&greedy));
    assert_eq!(answer["tokens"], figures["greedy"]);
}

#[test]
fn a_model_is_evaluated_in_one_command_which_can_be_resumed() {
    let Some(model) = tiny_model() else { return };
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("score").display().to_string();
    let mut arguments = vec!["eval", "--model", &model, "--benchmark", "mini-test", "--limit", "3"];
    arguments.extend([
        "-n",
        "2",
        "--temperature",
        "1",
        "--max-tokens",
        "8",
        "--out",
        &out,
        "--json",
    ]);
    let score = json(&ra3(&arguments));
    assert_eq!(score["samples"], 6, "{score}");
    assert!(folder.path().join("score/report.html").exists());
    let again = complaint(&arguments);
    assert!(again.contains("--resume"), "{again}");
    // Half of the answers are lost, and verdicts without answers count for nothing.
    let answers = folder.path().join("score/answers.jsonl");
    let text = fs::read_to_string(&answers).unwrap();
    let half: String = text.lines().take(3).map(|line| format!("{line}\n")).collect();
    fs::write(&answers, half).unwrap();
    arguments.push("--resume");
    assert_eq!(json(&ra3(&arguments))["pass_at_k"], score["pass_at_k"]);
    assert_eq!(fs::read_to_string(&answers).unwrap(), text);
    let journal = fs::read_to_string(folder.path().join("score/journal.jsonl")).unwrap();
    assert_eq!(journal.lines().count(), 6 + 3);
}
