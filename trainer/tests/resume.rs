//! Pulling the plug.
//!
//! A training of a few steps is run to its end, and the same training is killed on its way and
//! resumed. What both leave behind must be the same to the bit. The process that is killed is this
//! test binary, started again to run [`the_training_that_is_killed`].

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};
use trainer::checkpoint::{CheckpointStore, Progress};
use trainer::learning::{AdamW, AdamWOptions, Batch, Course, Learner, Memory, NextToken, Schedule};
use trainer::model::{Config, Decoder, InitialWeights, Precision};
use trainer::ranks::Ranks;
use trainer::sampling::{Filter, Request, Sampler};

const STEPS: u64 = 6;
const KILLED_AFTER: u64 = 3;

fn learner() -> Learner {
    tch::set_num_threads(1);
    let config = json!({
        "model_type": "qwen3", "hidden_size": 32, "intermediate_size": 64, "vocab_size": 96,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "rms_norm_eps": 1e-6, "max_position_embeddings": 64, "tie_word_embeddings": true,
    });
    let config = Config::parse(config.as_object().unwrap().clone()).unwrap();
    let weights = InitialWeights { seed: 5, deviation: 0.1 };
    let model = Decoder::new(config, &weights, Device::Cpu, Precision::Single).unwrap();
    Learner {
        optimizer: AdamW::new(model.parameters(), AdamWOptions::default()),
        model,
        schedule: Schedule {
            peak: 1e-2,
            warmup: 2,
            course: Course::Cosine { steps: STEPS, floor: 0.1 },
        },
        gradient_limit: 1.0,
        temperature: 1.0,
        memory: Memory::default(),
        ranks: Ranks::default(),
    }
}

/// One step: the model answers some prompts and learns its own answers.
fn step(learner: &mut Learner, progress: &mut Progress) {
    let sampler = Sampler {
        rows: 4.try_into().unwrap(),
        filter: Filter::default(),
        max_tokens: 8,
        stop_ids: vec![0],
        seed: progress.seed,
        step: progress.step as u32,
    };
    let first = progress.data["next_prompt"].as_u64().unwrap() as u32;
    let request = |prompt| Request { prompt, ids: vec![1 + prompt % 90, 7], samples: 3 };
    let requests: Vec<Request> = (first..first + 3).map(request).collect();
    let mut samples = Vec::new();
    sampler.run(&learner.model, &requests, &mut |sample| samples.push(sample)).unwrap();
    samples.sort_by_key(|it| (it.prompt, it.sample));
    let texts: Vec<&[u32]> = samples.iter().map(|it| &it.tokens[..]).collect();
    let batch = Batch::new(texts);
    let tokens = batch.predicted() as i64;
    let weights = Tensor::ones([tokens], (Kind::Float, Device::Cpu));
    learner.step([(&batch, NextToken { weights, total: tokens as f64 })]).unwrap();
    progress.step += 1;
    progress.data = json!({ "next_prompt": first + 3 });
}

/// Trains to the end from where the folder says, and says each step when it is saved.
fn train(folder: &Path, mut saved: impl FnMut(u64)) {
    let store = CheckpointStore::new(folder, 2);
    let mut learner = learner();
    let mut progress =
        Progress { seed: 11, data: json!({ "next_prompt": 0 }), ..Progress::default() };
    if let Some(checkpoint) = store.newest().unwrap() {
        checkpoint.restore(&mut learner).unwrap();
        progress = checkpoint.progress;
    }
    while progress.step < STEPS {
        step(&mut learner, &mut progress);
        store.save(&learner, &progress).unwrap();
        saved(progress.step);
    }
}

fn checkpoints(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    all.sort();
    all
}

#[track_caller]
fn assert_same_files(left: &Path, right: &Path) {
    let files = checkpoints(left);
    assert_eq!(files.len(), checkpoints(right).len());
    for file in files {
        let other = right.join(file.file_name().unwrap());
        assert!(
            fs::read(&file).unwrap() == fs::read(&other).unwrap(),
            "{} differs",
            other.display()
        );
    }
}

#[test]
#[ignore = "is started by the test below, which kills it"]
fn the_training_that_is_killed() {
    let Ok(folder) = std::env::var("RESUME_TEST_FOLDER") else { return };
    train(Path::new(&folder), |step| {
        println!("saved {step}");
        if step == KILLED_AFTER {
            // Something half written lies there, and the next step is never made.
            fs::create_dir(Path::new(&folder).join(".partial-step-00000004")).unwrap();
            println!("waits");
            std::thread::park();
        }
    });
}

#[test]
fn a_training_that_was_killed_and_resumed_is_the_same_to_the_bit() {
    let root = tempfile::tempdir().unwrap();
    let (whole, killed) = (root.path().join("whole"), root.path().join("killed"));
    train(&whole, |_| ());

    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "the_training_that_is_killed", "--nocapture"])
        .env("RESUME_TEST_FOLDER", &killed)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map(Result::unwrap).any(|line| line.contains("waits")));
    child.kill().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&child.wait().unwrap()), Some(9));

    let mut resumed = Vec::new();
    train(&killed, |step| resumed.push(step));
    assert_eq!(resumed, [4, 5, 6]);
    let last = Path::new("step-00000006");
    assert_same_files(&whole.join(last), &killed.join(last));
    // Two are kept, and nothing that is half written.
    assert_eq!(checkpoints(&killed), ["step-00000005", "step-00000006"].map(|it| killed.join(it)));
}

#[test]
fn the_newest_whole_checkpoint_is_taken_and_others_are_passed_over() {
    let root = tempfile::tempdir().unwrap();
    let store = CheckpointStore::new(root.path(), 9);
    assert!(store.newest().unwrap().is_none());
    train(root.path(), |_| ());
    let newest = || store.newest().unwrap().map(|it| it.progress.step);
    let at = |step: u64| root.path().join(format!("step-{step:08}"));
    assert_eq!(newest(), Some(6));

    let cut = at(6).join("optimizer.safetensors");
    fs::write(&cut, &fs::read(&cut).unwrap()[1..]).unwrap();
    assert_eq!(newest(), Some(5));
    fs::remove_file(at(5).join("manifest.json")).unwrap();
    assert_eq!(newest(), None, "only two were kept");
}

#[test]
fn a_checkpoint_that_cannot_be_written_leaves_those_before() {
    let root = tempfile::tempdir().unwrap();
    train(root.path(), |_| ());
    // A file stands where the folder would be written, as a full disk would: nothing can be made.
    fs::write(root.path().join(".partial-step-00000007"), "in the way").unwrap();
    let store = CheckpointStore::new(root.path(), 1);
    let progress = Progress { step: 7, data: Value::Null, ..Progress::default() };
    store.save(&learner(), &progress).unwrap_err();
    assert_eq!(store.newest().unwrap().unwrap().progress.step, 6);
}
