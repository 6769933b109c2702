//! `ra3 midtrain`, `ra3 annotate` and `ra3 lab` as a person uses them, on a model that learns nothing
//! in two steps. What can be learnt is the business of the trainer's own tests.

#![cfg(feature = "train")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "scene/desk.rs"]
#[expect(dead_code, reason = "other tests train on verdicts")]
mod desk;

use std::fs;

use desk::Desk;
use serde_json::Value;

/// A folder to train in, with a corpus and a configuration.
fn desk() -> Option<Desk> {
    let desk = Desk::new("tiny.toml", |model| {
        format!(
            "[model]\npath = {model:?}\n[data]\ncorpus = \"programs\"\npiece_tokens = 40\n\
             held_out_every = 4\n[e_step]\nsteps = 2\nwindows = 2\nlines = 3\nsamples = 3\n\
             max_thought_tokens = 4\n[m_step]\ncode_tokens = 200\npieces = 2\n\
             [training]\nchunk = 2\nrows = 4\nsave_every = 1\n[evaluation]\nevery = 100\n\
             [[evaluation.exams]]\nbenchmark = \"mini-test\"\nlimit = 2\nmax_tokens = 4\n"
        )
    })?;
    fs::create_dir(desk.path("programs")).unwrap();
    for number in 0..8 {
        let text = format!(
            "def f{number}(x):\n    y = x * {number}\n    return y + 1\n\n\nprint(f{number}(2))\n"
        );
        fs::write(desk.path(&format!("programs/p{number}.py")), text).unwrap();
    }
    Some(desk)
}

#[test]
fn a_run_leaves_its_records_a_model_and_a_page() {
    let Some(desk) = desk() else { return };
    let ran = desk.ra3(&["midtrain", "--config", "tiny.toml", "--out", "run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let events = desk.lines("run/events.jsonl");
    let count = |kind: &str| events.iter().filter(|event| event["event"] == kind).count();
    assert_eq!(count("explain"), 2);
    assert!(count("annotate") >= 2 && count("learn") >= 2);
    assert_eq!((count("held-out"), count("exam")), (2, 2));
    assert!(desk.path("run/model/model.safetensors").exists());
    assert!(desk.path("run/explained/round-0.jsonl").exists());
    let page = fs::read_to_string(desk.path("run/report.html")).unwrap();
    assert!(page.contains("mini-test") && !page.contains("<script") && !page.contains("NaN"));

    let overview = desk.ra3(&["inspect", "run"]).stdout;
    assert!(overview.contains("held-out code"), "{overview}");
    assert_eq!(desk.ra3(&["report", "run"]).code, Some(0));

    let plain = ["--set", "algorithm=ntp", "--set", "training.seed=7", "--out", "plain"];
    let ran = desk.ra3(&[&["midtrain", "--config", "tiny.toml"], &plain[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let compared = desk.ra3(&["report", "plain", "run", "--json", "--png", "both.png"]);
    assert_eq!(compared.code, Some(0), "{}", compared.stderr);
    let compared: Value = serde_json::from_str(&compared.stdout).unwrap();
    let measures = compared["differences"].as_array().unwrap();
    assert_eq!(measures.len(), 3, "{compared}");
    assert!(measures.iter().all(|it| it["low"].as_f64() <= it["high"].as_f64()), "{compared}");
    let keys = compared["settings"].as_array().unwrap().iter().map(|it| &it["key"]);
    assert_eq!(keys.collect::<Vec<_>>(), ["algorithm", "training.seed"], "{compared}");
    let page = fs::read_to_string(desk.path("comparison.html")).unwrap();
    assert!(page.contains("mini-test") && !page.contains("<script") && !page.contains("NaN"));
    desk.ra3(&["report", "plain", "run", "--png", "both.svg"]);
    assert!(fs::read(desk.path("both.svg")).unwrap().starts_with(b"<svg "));
    assert!(fs::read(desk.path("both.png")).unwrap().starts_with(b"\x89PNG"));

    let again = desk.ra3(&["midtrain", "--config", "tiny.toml", "--out", "run"]);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("--resume"), "{}", again.stderr);

    let annotate =
        ["annotate", "--model", "run/model", "--corpus", "programs", "--out", "annotated"];
    let ran = desk.ra3(&annotate);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let rows = desk.lines("annotated/annotated.jsonl");
    let lines = rows[0]["lines"].as_array().unwrap();
    let code: String = lines.iter().map(|line| line["code"].as_str().unwrap()).collect();
    assert!(code.starts_with("def f0(x):\n    y = x * 0\n"), "{code}");
    assert!(desk.path("annotated/annotated.html").exists());
}

#[test]
fn a_run_that_lost_its_last_step_ends_with_the_same_bytes() {
    let Some(desk) = desk() else { return };
    let ran = desk.ra3(&["midtrain", "--config", "tiny.toml", "--out", "run", "--quiet"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let kept = |name: &str| fs::read(desk.path(name)).unwrap();
    let model = kept("run/model/model.safetensors");
    let events = desk.lines("run/events.jsonl").len();
    let store = desk.path("run/checkpoints/policy");
    let mut steps: Vec<_> = fs::read_dir(&store).unwrap().map(|it| it.unwrap().path()).collect();
    steps.sort();
    // As after a power cut: the last checkpoint is half written.
    fs::remove_file(steps.last().unwrap().join("manifest.json")).unwrap();
    let ran = desk.ra3(&["midtrain", "--resume", "--out", "run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("goes on after"), "{}", ran.stderr);
    assert!(kept("run/model/model.safetensors") == model, "the resumed model differs");
    assert_eq!(desk.lines("run/events.jsonl").len(), events);

    let config = fs::read_to_string(desk.path("run/config.toml")).unwrap();
    fs::write(desk.path("run/config.toml"), config.replace("lines = 3", "lines = 2")).unwrap();
    let ran = desk.ra3(&["midtrain", "--resume", "--out", "run"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("made with another configuration"), "{}", ran.stderr);
}

#[test]
fn what_is_wrong_is_said_before_a_model_is_loaded() {
    let Some(desk) = desk() else { return };
    for (change, named) in [
        ("e_step.stepz=3", "stepz"),
        ("e_step.samples=1", "e_step.samples"),
        ("algorithm=mcts", "brite"),
        ("training.batch_tokens=39", "training.batch_tokens"),
        ("data.piece_tokens=5000", "context"),
        ("data.corpus=nowhere", "nowhere"),
    ] {
        let ran = desk.ra3(&["midtrain", "--config", "tiny.toml", "--set", change, "--out", "run"]);
        assert_eq!(ran.code, Some(2), "{change}");
        assert!(ran.stderr.contains(named), "{change}: {}", ran.stderr);
        assert!(!desk.path("run").exists(), "{change}");
    }
    let dear = ["midtrain", "--config", "tiny.toml", "--set", "e_step.price=inf", "--show-config"];
    let ran = desk.ra3(&dear);
    assert!(ran.stdout.contains("price = inf"), "{}", ran.stdout);
}

#[test]
fn seeds_that_are_known_are_not_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let lab = || {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_ra3"));
        let tiny = [
            "world.length=2",
            "model.width=8",
            "pretrain.steps=2",
            "pretrain.taught=1",
            "pretrain.documents=4",
            "midtrain.explain_steps=1",
            "midtrain.windows=2",
            "midtrain.steps=2",
            "midtrain.documents=4",
            "midtrain.rounds=1",
            "reinforce.steps=1",
            "reinforce.prompts=2",
        ];
        command.current_dir(folder.path());
        command.args(["lab", "tracked-skills", "--seeds", "2", "--json", "--out", "skills"]);
        command.args(tiny.iter().flat_map(|change| ["--set", change]));
        command.output().unwrap()
    };
    let (first, second) = (lab(), lab());
    let said = String::from_utf8_lossy(&first.stderr);
    assert!(first.status.success(), "{said}");
    assert!(said.contains("seed 2: Ra3 before reinforcement"), "{said}");
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(second.status.success() && !said.contains("seed"), "{said}");
    assert_eq!(first.stdout, second.stdout);
    let results = fs::read_to_string(folder.path().join("skills/results.jsonl")).unwrap();
    assert_eq!(results.lines().count(), 6);
}

#[test]
fn the_bound_of_the_best_policy_is_the_likelihood() {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_ra3"));
    let output = command.args(["lab", "bound", "--json"]).output().unwrap();
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |key: &str| found[key].as_f64().unwrap();
    assert!((number("log_likelihood") - number("best_bound")).abs() < 1e-10);
    for bound in found["random_bounds"].as_array().unwrap() {
        assert!(bound.as_f64().unwrap() < number("log_likelihood"));
    }
}
