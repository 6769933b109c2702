//! Several processes that train one model. They are this test binary, started again to run
//! [`a_rank`].

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../rlvr/world.rs"]
mod echoes;
#[path = "../ra3/world.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod programs;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tch::{Device, Kind, Tensor};
use trainer::checkpoint::CheckpointStore;
use trainer::learning::{AdamW, AdamWOptions, Batch, NextToken};
use trainer::model::Decoder;
use trainer::ra3::{Algorithm, Event, Midtraining};
use trainer::ranks::{Patience, Place, Ranks};
use trainer::rlvr::{Settings, State, StepReport};

const WORK: &str = "RANKS_TEST_WORK";
const FOLDER: &str = "RANKS_TEST_FOLDER";

/// Two processes at one piece of work.
struct Two {
    ranks: Vec<Child>,
}

impl Two {
    fn start(work: &str, folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let start = |rank: usize| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--ignored", "--exact", "a_rank", "--nocapture"])
                .env(WORK, work)
                .env(FOLDER, folder)
                .env("RANK", rank.to_string())
                .env("WORLD_SIZE", "2")
                .env("MASTER_ADDR", "127.0.0.1")
                .env("MASTER_PORT", port.to_string())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        Self { ranks: (0..2).map(start).collect() }
    }

    /// Waits until rank 0 says that it saved this step.
    fn until_saved(&mut self, step: u64) {
        let stdout = self.ranks[0].stdout.as_mut().unwrap();
        let wanted = format!("saved {step}");
        let mut lines = BufReader::new(stdout).lines();
        assert!(lines.any(|line| line.unwrap().contains(&wanted)));
    }

    fn finish(self) {
        for (rank, child) in self.ranks.into_iter().enumerate() {
            let (status, said) = ended(child);
            assert!(status.success(), "rank {rank}: {said}");
        }
    }
}

/// How a process ended, and what it said of that.
fn ended(mut child: Child) -> (ExitStatus, String) {
    // What it still writes must not keep it from ending.
    let stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut stdout = stdout;
        let _ = std::io::copy(&mut stdout, &mut std::io::sink());
    });
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    reader.join().unwrap();
    (child.wait().unwrap(), said)
}

#[test]
#[ignore = "is started by the tests below, as one of two"]
fn a_rank() {
    let Ok(work) = std::env::var(WORK) else { return };
    let folder = PathBuf::from(std::env::var(FOLDER).unwrap());
    let place = Place::in_environment().unwrap().unwrap();
    let patience = Patience {
        meeting: Duration::from_secs(60),
        exchange: Duration::from_secs(if work == "late" { 2 } else { 120 }),
    };
    let ranks = Ranks::meet(&place, patience, |said| give_up(&said)).unwrap();
    match &work[..] {
        "step" => write(&folder, &ranks, &serde_json::to_value(steps(&ranks)).unwrap()),
        "rlvr" => write(&folder, &ranks, &rlvr(&ranks, &folder.join("run"), echoes::settings())),
        "ahead" => {
            let settings = Settings { overlap: true, ..echoes::settings() };
            write(&folder, &ranks, &rlvr(&ranks, &folder.join("run"), settings));
        }
        "long" => {
            let settings = Settings { steps: 1_000_000, ..echoes::settings() };
            rlvr(&ranks, &folder.join("run"), settings);
        }
        "ra3" => write(&folder, &ranks, &ra3(&ranks, &folder.join("run"))),
        "late" => {
            if place.rank == 1 {
                std::thread::sleep(Duration::from_secs(60));
            }
            ranks.wait().unwrap_or_else(|error| give_up(&error));
        }
        "different" => {
            let own = place.rank.to_string();
            ranks.agree("the seed", &own).unwrap_or_else(|error| give_up(&error));
        }
        _ => panic!("there is no such work as {work}"),
    }
    ranks.part().unwrap();
}

fn give_up(error: &dyn std::fmt::Display) -> ! {
    eprintln!("{error}");
    trainer::exit_at_once(3)
}

fn write(folder: &Path, ranks: &Ranks, what: &Value) {
    fs::write(folder.join(format!("{}.json", ranks.rank())), what.to_string()).unwrap();
}

fn read(folder: &Path, rank: usize) -> Value {
    let text = fs::read(folder.join(format!("{rank}.json"))).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn numbers(model: &Decoder) -> Vec<f32> {
    programs::bits(model).into_iter().map(f32::from_bits).collect()
}

/// Three steps on texts in five batches; the parameters after them.
fn steps(ranks: &Ranks) -> Vec<f32> {
    let mut learner = echoes::learner();
    // A parameter with next to no gradient should not move by its sign.
    let options = AdamWOptions { epsilon: 1e-3, ..AdamWOptions::default() };
    learner.optimizer = AdamW::new(learner.model.parameters(), options);
    learner.ranks = ranks.clone();
    let texts: Vec<Vec<u32>> =
        (0..5).map(|text| (0..9 + text).map(|at| (at * 7 + text) % 24).collect()).collect();
    let batches: Vec<Batch> = texts.iter().map(|text| Batch::new([&text[..]])).collect();
    let total: usize = batches.iter().map(Batch::predicted).sum();
    for _ in 0..3 {
        let objective = |batch: &Batch| {
            let weights = Tensor::ones([batch.predicted() as i64], (Kind::Float, Device::Cpu));
            NextToken { weights, total: total as f64 }
        };
        let report = learner.step(batches.iter().map(|it| (it, objective(it)))).unwrap();
        assert_eq!(report.tokens, total);
    }
    numbers(&learner.model)
}

/// A training from where the folder says; its steps, and what was answered in them.
fn rlvr(ranks: &Ranks, folder: &Path, settings: Settings) -> Value {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = CheckpointStore::new(folder, 2);
    let (mut learner, mut state) = (echoes::learner(), State::default());
    learner.ranks = ranks.clone();
    if let Some(checkpoint) = store.newest().unwrap() {
        checkpoint.restore(&mut learner).unwrap();
        state = serde_json::from_value(checkpoint.progress.data).unwrap();
    }
    let run = echoes::rlvr(settings, &runtime).among(ranks.clone());
    let mut seen = echoes::Seen::default();
    run.train(&mut learner, None, state, &store, &Value::Null, &mut seen)
        .unwrap_or_else(|error| give_up(&error));
    let timeless = |report: &StepReport| {
        let report = StepReport { seconds: Default::default(), ..report.clone() };
        serde_json::to_value(report).unwrap()
    };
    let answers: Vec<_> = seen
        .groups
        .iter()
        .flat_map(|it| &it.rollouts)
        .map(|it| it.completion.text.clone())
        .collect();
    serde_json::json!({
        "steps": seen.steps.iter().map(timeless).collect::<Vec<_>>(),
        "answers": answers,
        "evaluations": seen.evaluations.iter().map(|it| it.reward).collect::<Vec<_>>(),
    })
}

/// A mid-training with thoughts; its events, and the parameters after it.
fn ra3(ranks: &Ranks, folder: &Path) -> Value {
    let small = programs::Small::new();
    let voice = (small.tokenizer.clone(), small.marks.clone());
    let texts = (small.programs(10), small.programs(12).split_off(10));
    let settings = programs::settings(Algorithm::Ra3);
    let run = Midtraining::new(settings, voice, texts, folder, Value::Null).unwrap();
    let mut policy = small.learner();
    let options = AdamWOptions { epsilon: 1e-3, weight_decay: 0.0, ..AdamWOptions::default() };
    policy.optimizer = AdamW::new(policy.model.parameters(), options);
    policy.ranks = ranks.clone();
    let mut seen = programs::Seen::default();
    assert!(run.train(&mut policy, &mut seen).unwrap());
    let known = |event: &Event| match event {
        Event::Explain { report, .. } => {
            (report.lines, report.drawn_tokens, report.computed_tokens)
        }
        Event::Annotate { report, .. } => (report.lines, report.thoughts, report.code_tokens),
        Event::Learn { report, .. } => (report.tokens, report.code_tokens, 0),
        Event::HeldOut { report, .. } => (report.code_tokens, 0, 0),
    };
    serde_json::json!({
        "events": seen.events.iter().map(known).collect::<Vec<_>>(),
        "numbers": numbers(&policy.model),
    })
}

#[track_caller]
fn assert_close(left: &Value, right: &Value, by: f64) {
    let (left, right) = (left.as_array().unwrap(), right.as_array().unwrap());
    assert_eq!(left.len(), right.len());
    let apart = left
        .iter()
        .zip(right)
        .map(|(left, right)| (left.as_f64().unwrap() - right.as_f64().unwrap()).abs());
    let apart = apart.fold(0.0, f64::max);
    assert!(apart < by, "{apart}");
}

#[test]
fn two_ranks_make_the_steps_that_one_makes() {
    let root = tempfile::tempdir().unwrap();
    Two::start("step", root.path()).finish();
    assert_eq!(read(root.path(), 0), read(root.path(), 1));
    let alone = serde_json::to_value(steps(&Ranks::default())).unwrap();
    assert_close(&read(root.path(), 0), &alone, 1e-5);
}

#[test]
fn two_ranks_write_the_answers_that_one_writes_and_learn_the_same_from_them() {
    let root = tempfile::tempdir().unwrap();
    Two::start("rlvr", root.path()).finish();
    let both = read(root.path(), 0);
    assert_eq!(both, read(root.path(), 1));
    let alone = rlvr(&Ranks::default(), &root.path().join("alone"), echoes::settings());
    // Answers to four prompts; then the parameters differ by rounding.
    let first = |all: &Value| all["answers"].as_array().unwrap()[..32].to_vec();
    assert_eq!(first(&both), first(&alone));
    assert_eq!(both["steps"][0]["reward"], alone["steps"][0]["reward"]);
    assert_eq!(both["steps"][0]["learnt_tokens"], alone["steps"][0]["learnt_tokens"]);
    let number = |all: &Value, name: &str| all["steps"][0][name].as_f64().unwrap();
    for name in ["loss", "gradient_norm", "gap", "clipped", "entropy"] {
        let apart = (number(&both, name) - number(&alone, name)).abs();
        assert!(apart < 1e-5, "{name} by {apart}");
    }
}

#[test]
fn two_ranks_that_draw_ahead_know_the_same_answers() {
    let root = tempfile::tempdir().unwrap();
    Two::start("ahead", root.path()).finish();
    let both = read(root.path(), 0);
    assert_eq!(both, read(root.path(), 1));
    let settings = Settings { overlap: true, ..echoes::settings() };
    let alone = rlvr(&Ranks::default(), &root.path().join("alone"), settings);
    // Answers of two steps, both by the first weights.
    let first = |all: &Value| all["answers"].as_array().unwrap()[..64].to_vec();
    assert_eq!(first(&both), first(&alone));
}

#[test]
fn two_ranks_explain_and_learn_as_one_does() {
    let root = tempfile::tempdir().unwrap();
    Two::start("ra3", root.path()).finish();
    let both = read(root.path(), 0);
    assert_eq!(both, read(root.path(), 1));
    let alone = ra3(&Ranks::default(), &root.path().join("alone"));
    assert_eq!(both["events"], alone["events"]);
    assert_close(&both["numbers"], &alone["numbers"], 1e-4);
}

#[test]
fn two_ranks_that_were_killed_end_as_they_would_have_to_the_bit() {
    let root = tempfile::tempdir().unwrap();
    let (whole, killed) = (root.path().join("whole"), root.path().join("killed"));
    for folder in [&whole, &killed] {
        fs::create_dir(folder).unwrap();
    }
    Two::start("rlvr", &whole).finish();
    let mut two = Two::start("rlvr", &killed);
    two.until_saved(3);
    for mut child in two.ranks {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    Two::start("rlvr", &killed).finish();
    let step = echoes::settings().steps;
    for file in ["model.safetensors", "optimizer.safetensors", "progress.json"] {
        let read = |folder: &Path| {
            fs::read(echoes::checkpoint(&folder.join("run"), step).join(file)).unwrap()
        };
        assert!(read(&whole) == read(&killed), "{file} differs");
    }
}

#[test]
fn a_rank_that_is_killed_ends_the_other_which_names_it() {
    for killed in [1, 0] {
        let root = tempfile::tempdir().unwrap();
        let mut two = Two::start("long", root.path());
        two.until_saved(2);
        let mut victim = two.ranks.remove(killed);
        victim.kill().unwrap();
        victim.wait().unwrap();
        let since = Instant::now();
        let (status, said) = ended(two.ranks.remove(0));
        assert!(!status.success(), "{said}");
        assert!(said.contains(&format!("rank {killed} is gone")), "{said}");
        // What is promised; it takes half of that.
        assert!(since.elapsed() < Duration::from_secs(30), "{:?}", since.elapsed());
    }
}

#[test]
fn a_rank_that_does_not_come_to_an_exchange_is_named() {
    let root = tempfile::tempdir().unwrap();
    let mut two = Two::start("late", root.path());
    let (status, said) = ended(two.ranks.remove(0));
    assert!(!status.success(), "{said}");
    assert!(said.contains("rank 1 did not come"), "{said}");
    let mut late = two.ranks.remove(0);
    late.kill().unwrap();
    late.wait().unwrap();
}

#[test]
fn ranks_that_do_different_things_say_which() {
    let root = tempfile::tempdir().unwrap();
    let mut two = Two::start("different", root.path());
    let (status, said) = ended(two.ranks.remove(0));
    assert!(!status.success(), "{said}");
    assert!(said.contains("the seed is `1` there and `0` here"), "{said}");
    ended(two.ranks.remove(0));
}
