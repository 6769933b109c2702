//! `ra3 rlvr` and `ra3 inspect` as a person uses them, on a model that learns nothing in two steps.
//!
//! What a policy can learn is the business of the trainer's own tests; here it is what lies in the
//! folder of a run, and what is said when something is wrong.

#![cfg(feature = "train")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "scene/desk.rs"]
mod desk;

use std::fs;
use std::path::Path;

use desk::Desk;
use serde_json::Value;

#[test]
fn a_run_leaves_its_records_and_can_be_walked_through() {
    let Some(desk) = Desk::rlvr(2) else { return };
    let ran = desk.ra3(&["rlvr", "--config", "tiny.toml", "--out", "run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let events = desk.lines("run/events.jsonl");
    let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["evaluation", "step", "step", "evaluation"]);
    let samples = desk.lines("run/samples.jsonl");
    assert_eq!(samples.len(), 2 * 2 * 3);
    for sample in &samples {
        assert!(sample["verdict"].is_string(), "{sample}");
        let count = |key: &str| sample[key].as_array().unwrap().len();
        assert_eq!(count("tokens"), count("logprobs"));
    }
    assert!(desk.path("run/checkpoints/step-00000002/manifest.json").exists());
    let page = fs::read_to_string(desk.path("run/report.html")).unwrap();
    assert!(page.contains("attacks on the judge") && !page.contains("<script"));

    let overview = desk.ra3(&["inspect", "run"]).stdout;
    assert!(overview.contains("held-out problems"), "{overview}");
    let task = samples[0]["task_id"].as_str().unwrap();
    let answers = desk.ra3(&["inspect", "run", "--step", "1", "--task", task]).stdout;
    assert_eq!(answers.matches("== answer").count(), 3);
    let missing = desk.ra3(&["inspect", "run", "--step", "9"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("it has 2 steps"), "{}", missing.stderr);
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let Some(desk) = Desk::rlvr(2) else { return };
    fs::create_dir(desk.path("mine")).unwrap();
    fs::write(desk.path("mine/samples.jsonl"), "precious").unwrap();
    let ran = desk.ra3(&["rlvr", "--config", "tiny.toml", "--out", "mine"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("`mine` is not empty and holds no run"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(desk.path("mine/samples.jsonl")).unwrap(), "precious");
    assert_eq!(fs::read_dir(desk.path("mine")).unwrap().count(), 1);
}

#[test]
fn a_run_that_lost_its_last_step_ends_with_the_same_bytes() {
    let Some(desk) = Desk::rlvr(2) else { return };
    let ran = desk.ra3(&["rlvr", "--config", "tiny.toml", "--out", "run", "--quiet"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let kept = |name: &str| fs::read(desk.path(name)).unwrap();
    let last = "run/checkpoints/step-00000002/model.safetensors";
    let (model, samples) = (kept(last), kept("run/samples.jsonl"));
    // As after a power cut: the last checkpoint is half written and a line of the records is cut off.
    fs::remove_file(desk.path("run/checkpoints/step-00000002/manifest.json")).unwrap();
    let cut = &samples[..samples.len() - 40];
    fs::write(desk.path("run/samples.jsonl"), cut).unwrap();
    let ran = desk.ra3(&["rlvr", "--resume", "--out", "run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("step-00000001"), "{}", ran.stderr);
    assert!(kept(last) == model, "the resumed model differs");
    assert!(kept("run/samples.jsonl") == samples, "the resumed records differ");
    assert_eq!(desk.lines("run/events.jsonl").len(), 4);
}

#[test]
fn adapters_are_all_that_a_checkpoint_holds_and_go_on_to_the_bit() {
    let Some(desk) = Desk::rlvr(2) else { return };
    let lora = "model.lora={rank=2, targets=[\"q_proj\"]}";
    let ran = desk.ra3(&["rlvr", "--config", "tiny.toml", "--out", "run", "-q", "--set", lora]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let last = "run/checkpoints/step-00000002/model.safetensors";
    let model = fs::read(desk.path(last)).unwrap();
    assert!(model.len() < 10_000, "{}", model.len());
    fs::remove_file(desk.path("run/checkpoints/step-00000002/manifest.json")).unwrap();
    let ran = desk.ra3(&["rlvr", "--resume", "--out", "run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(fs::read(desk.path(last)).unwrap() == model, "the resumed adapters differ");
}

#[test]
fn what_stands_in_a_benchmark_is_not_trained_on() {
    let Some(desk) = Desk::rlvr(2) else { return };
    // All but the shortest problems stand in their own set.
    let change = "data.decontaminate=[\"mini-train\"]";
    let ran = desk.ra3(&[
        "rlvr",
        "--config",
        "tiny.toml",
        "--out",
        "run",
        "--set",
        change,
        "--set",
        "evaluation.held_out=0",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("problems stand in benchmarks and are not trained on"));
    let left_out: Value =
        serde_json::from_slice(&fs::read(desk.path("run/data.json")).unwrap()).unwrap();
    let overlaps = left_out["overlaps"].as_array().unwrap();
    assert!(overlaps.iter().all(|it| it["with"].as_str().unwrap().starts_with("mini-train")));
    let trained = desk.lines("run/samples.jsonl");
    let is_trained = |id: &Value| trained.iter().any(|row| row["task_id"] == *id);
    assert!(!trained.is_empty() && !overlaps.iter().any(|it| is_trained(&it["id"])));
}

#[test]
fn what_is_wrong_is_said_before_a_model_is_loaded() {
    let Some(desk) = Desk::rlvr(2) else { return };
    for (change, named) in [
        ("training.stepz=3", "stepz"),
        ("training.samples=1", "training.samples"),
        ("data.benchmark=minni", "minni"),
        ("evaluation.held_out=6", "none would be left"),
        ("objective.preset=ppo", "deepcoder"),
        ("data.decontaminate=[\"humanevil\"]", "humanevil"),
        ("data.max_tests=0", "max_tests"),
        ("model.lora.targets=[\"qkv_proj\"]", "`qkv_proj`"),
        ("model.lora.rank=0", "rank"),
    ] {
        let ran = desk.ra3(&["rlvr", "--config", "tiny.toml", "--set", change, "--out", "run"]);
        assert_eq!(ran.code, Some(2), "{change}");
        assert!(ran.stderr.contains(named), "{change}: {}", ran.stderr);
        assert!(!desk.path("run").exists(), "{change}");
    }
    let ran = desk.ra3(&["rlvr", "--config", "tiny.toml", "--show-config"]);
    assert!(ran.stdout.contains("learning_rate"), "{}", ran.stdout);
}

#[test]
fn what_has_no_room_is_said_before_the_first_step() {
    let Some(desk) = Desk::rlvr(2) else { return };
    let small = "training.batch_tokens=50";
    let ran = desk.ra3(&["rlvr", "--config", "tiny.toml", "--out", "run", "--set", small]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let named = ran.stderr.contains("`training.batch_tokens` is 50, and mini-train/");
    assert!(named && !desk.path("run/events.jsonl").exists(), "{}", ran.stderr);

    // The same model, had it been taught fewer positions.
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden/llama-tiny");
    fs::create_dir(desk.path("short")).unwrap();
    for file in fs::read_dir(&model).unwrap() {
        let file = file.unwrap();
        let target = desk.path("short").join(file.file_name());
        fs::write(target, fs::read(file.path()).unwrap()).unwrap();
    }
    let config = fs::read_to_string(desk.path("short/config.json")).unwrap();
    let (taught, fewer) = ("\"max_position_embeddings\": 512,", "\"max_position_embeddings\": 32,");
    fs::write(desk.path("short/config.json"), config.replace(taught, fewer)).unwrap();
    let ran =
        desk.ra3(&["rlvr", "--config", "tiny.toml", "--out", "run", "--set", "model.path=short"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let named =
        ran.stderr.contains("mini-train/") && ran.stderr.contains("`max_position_embeddings`");
    assert!(named && !desk.path("run/events.jsonl").exists(), "{}", ran.stderr);
}

#[test]
fn attackers_beside_the_policy_earn_nothing() {
    let Some(desk) = Desk::rlvr(2) else { return };
    let forgeries = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benchmarks/tests/forgeries");
    let forgeries = forgeries.canonicalize().unwrap();
    let team = format!("red_team={{ folder = {forgeries:?}, answers = 6 }}");
    let arguments = ["rlvr", "--config", "tiny.toml", "--out", "run", "--set", &team];
    let ran = desk.ra3(&arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let attacks: Vec<Value> = desk
        .lines("run/events.jsonl")
        .into_iter()
        .filter(|event| event["event"] == "attacks")
        .collect();
    assert_eq!(attacks.len(), 2);
    for attack in attacks {
        assert_eq!((&attack["answers"], &attack["rewarded"]), (&6.into(), &0.into()), "{attack}");
        assert_eq!(attack["ungraded"], 0, "{attack}");
    }
    assert!(desk.ra3(&["inspect", "run"]).stdout.contains("0 of 12"));
}

#[test]
fn a_run_ends_when_an_attack_earns_something() {
    let Some(desk) = Desk::rlvr(2) else { return };
    // No attack at all but a right answer to one of the problems, which stands in for a hole.
    fs::create_dir(desk.path("team")).unwrap();
    fs::write(desk.path("team/right.py"), "def f(x):\n    return x + 3\n").unwrap();
    let team = "red_team={ folder = \"team\", answers = 4 }";
    let ran = desk.ra3(&["rlvr", "--config", "tiny.toml", "--out", "run", "--set", team]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("right.py") && ran.stderr.contains("add_3"), "{}", ran.stderr);
}
