//! Adapters learn, and nothing else does.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};
use trainer::TensorFile;
use trainer::checkpoint::{CheckpointStore, Progress};
use trainer::learning::{
    AdamW, AdamWOptions, Batch, Learner, Memory, NextToken, Schedule, gradients, logprobs,
};
use trainer::model::{
    Activations, Config, Decoder, Export, InitialWeights, Lora, Precision, Target,
};
use trainer::ranks::Ranks;

fn base() -> Decoder {
    tch::set_num_threads(1);
    let config = json!({
        "model_type": "qwen2", "hidden_size": 32, "intermediate_size": 64, "vocab_size": 96,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-6, "max_position_embeddings": 64, "tie_word_embeddings": true,
    });
    let config = Config::parse(config.as_object().unwrap().clone()).unwrap();
    let weights = InitialWeights { seed: 5, deviation: 0.1 };
    Decoder::new(config, &weights, Device::Cpu, Precision::Single).unwrap()
}

fn lora() -> Lora {
    Lora { rank: 4, alpha: 8.0, targets: vec![Target::Query, Target::Value, Target::Down], seed: 1 }
}

fn learner(model: Decoder) -> Learner {
    Learner {
        optimizer: AdamW::new(model.parameters(), AdamWOptions::default()),
        model,
        schedule: Schedule::constant(1e-2),
        gradient_limit: 1.0,
        temperature: 1.0,
        memory: Memory::default(),
        ranks: Ranks::default(),
    }
}

fn batch() -> Batch {
    Batch::new([&[5, 6, 7, 8, 9, 10][..], &[11, 12, 13, 14]])
}

fn objective(batch: &Batch) -> NextToken {
    let tokens = batch.predicted() as i64;
    NextToken { weights: Tensor::ones([tokens], (Kind::Float, Device::Cpu)), total: tokens as f64 }
}

fn step(learner: &mut Learner) -> f64 {
    let batch = batch();
    learner.step([(&batch, objective(&batch))]).unwrap().loss
}

fn scores(model: &Decoder) -> Vec<f32> {
    Vec::try_from(logprobs(model, &batch(), 1.0, 100)).unwrap()
}

fn gap(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| (left - right).abs()).fold(0.0, f32::max)
}

#[test]
fn an_adapted_model_begins_as_the_one_that_it_adapts_and_only_adapters_learn() {
    let before = scores(&base());
    let fixed: Vec<(String, Tensor)> =
        base().merged().into_iter().map(|(name, tensor)| (name, tensor.copy())).collect();
    let mut learner = learner(base().adapted(lora()));
    assert_eq!(scores(&learner.model), before);
    let names: Vec<&str> = learner.model.parameters().iter().map(|it| &it.name[..]).collect();
    // Two parts for three matrices of two layers.
    assert_eq!(names.len(), 2 * 3 * 2);
    assert_eq!(names[0], "model.layers.0.self_attn.q_proj.lora_A.weight");
    let losses: Vec<f64> = (0..5).map(|_| step(&mut learner)).collect();
    assert!(losses[4] < losses[0], "{losses:?}");
    for ((name, old), (_, new)) in fixed.iter().zip(learner.model.merged()) {
        let is_adapted = ["q_proj.weight", "v_proj.weight", "down_proj.weight"];
        let is_adapted = is_adapted.iter().any(|it| name.ends_with(it));
        assert_eq!(*old != new, is_adapted, "{name}");
    }
}

#[test]
fn activations_that_are_computed_again_give_the_same_gradient() {
    let gradients_with = |activations| {
        let mut learner = learner(base().adapted(lora()));
        // So that both parts of an adapter have a gradient.
        step(&mut learner);
        let memory = Memory { activations, ..Memory::default() };
        let batch = batch();
        gradients(&learner.model, &batch, 1.0, memory, &objective(&batch));
        let parameters = learner.model.parameters().iter();
        parameters.map(|it| it.tensor.grad().copy()).collect::<Vec<_>>()
    };
    assert_eq!(gradients_with(Activations::Kept), gradients_with(Activations::Recomputed));
}

#[test]
fn a_merged_model_predicts_what_the_adapted_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut learner = learner(base().adapted(lora()));
    for _ in 0..5 {
        step(&mut learner);
    }
    let export = Export { kind: Kind::Float, ..Export::default() };
    export.write(&learner.model, folder.path()).unwrap();
    let loaded = Decoder::load(folder.path(), Device::Cpu, Precision::Single).unwrap();
    let (adapted, merged) = (scores(&learner.model), scores(&loaded));
    assert!(gap(&adapted, &merged) < 1e-5);
    assert!(gap(&adapted, &scores(&base())) > 1e-2);
    assert!(gap(&adapted, &scores(&learner.model.copy())) == 0.0);
    assert!(gap(&adapted, &scores(&learner.model.frozen_copy(Precision::Single))) == 0.0);

    // By themselves, under the names of PEFT.
    let adapter = folder.path().join("adapter");
    let file = TensorFile::open(&adapter.join("adapter_model.safetensors")).unwrap();
    let mut part = Tensor::zeros([4, 32], (Kind::Float, Device::Cpu));
    file.copy_to("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", &mut part)
        .unwrap();
    assert!(part == learner.model.parameters()[0].tensor.detach());
    let text = std::fs::read(adapter.join("adapter_config.json")).unwrap();
    let config: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!((&config["r"], &config["target_modules"][2]), (&json!(4), &json!("down_proj")));
}

#[test]
fn a_checkpoint_holds_the_adapters_and_goes_on_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let store = CheckpointStore::new(folder.path(), 1);
    let mut first = learner(base().adapted(lora()));
    for _ in 0..3 {
        step(&mut first);
    }
    let saved = store.save(&first, &Progress { step: 3, ..Progress::default() }).unwrap();
    for _ in 0..3 {
        step(&mut first);
    }
    let mut second = learner(base().adapted(lora()));
    store.newest().unwrap().unwrap().restore(&mut second).unwrap();
    for _ in 0..3 {
        step(&mut second);
    }
    assert_eq!(scores(&first.model), scores(&second.model));
    let size = |file: &Path| std::fs::metadata(file).unwrap().len();
    assert!(size(&saved.join("model.safetensors")) < 20_000);
}

#[test]
fn a_matrix_that_is_none_is_named() {
    let error = "qkv_proj".parse::<Target>().unwrap_err();
    assert!(error.to_string().contains("`qkv_proj`"));
}
