//! The model of `make setup-model`, compared with what the reference converter made of it.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

use std::path::{Path, PathBuf};

use half::bf16;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use trainer::chat::{ChatTemplate, Message};
use trainer::gguf::{GgufModel, NamedTensor};
use trainer::tokenizer::Tokenizer;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The model and the figures recorded for it.
fn model() -> Option<(GgufModel, Json)> {
    let file = workspace().join(".models/SmolLM2-135M-Instruct.Q4_1.gguf");
    let golden = workspace().join("../shared/golden/real_models.json");
    if !file.exists() || !golden.exists() {
        eprintln!("skipped: needs `make setup-model` and ../shared/golden");
        return None;
    }
    let golden: Json = serde_json::from_str(&std::fs::read_to_string(golden).unwrap()).unwrap();
    Some((GgufModel::open(&file).unwrap(), golden["smollm2-135m-instruct"].clone()))
}

fn ids(json: &Json) -> Vec<u32> {
    serde_json::from_value(json.clone()).unwrap()
}

#[test]
fn the_config_is_that_of_the_published_model() {
    let Some((model, _)) = model() else { return };
    let config = model.config();
    for (key, value) in [
        ("hidden_size", 576),
        ("intermediate_size", 1536),
        ("num_hidden_layers", 30),
        ("num_attention_heads", 9),
        ("num_key_value_heads", 3),
        ("vocab_size", 49152),
        ("max_position_embeddings", 8192),
        ("bos_token_id", 1),
        ("eos_token_id", 2),
        ("pad_token_id", 2),
    ] {
        assert_eq!(config[key], value, "{key}");
    }
    assert_eq!(config["model_type"], "llama");
    assert_eq!(config["rope_theta"], 100_000.0);
    assert_eq!(config["rms_norm_eps"], 1e-5);
    assert_eq!(config["tie_word_embeddings"], true);
}

#[test]
fn text_and_conversation_have_the_tokens_of_the_reference() {
    let Some((model, golden)) = model() else { return };
    let tokenizer = Tokenizer::from_gguf(&model).unwrap();
    let code = golden["code"].as_str().unwrap();
    assert_eq!(tokenizer.encode(code).unwrap(), ids(&golden["ids"]));
    assert_eq!(tokenizer.decode(&ids(&golden["ids"])).unwrap(), code);
    assert_eq!(tokenizer.decode(&ids(&golden["greedy"])).unwrap(), golden["greedy_text"]);

    let template = ChatTemplate::from_gguf(&model).unwrap();
    let messages: Vec<Message> = serde_json::from_value(golden["chat"].clone()).unwrap();
    let prompt = template.render(&messages, true).unwrap();
    assert_eq!(prompt, golden["chat_text"]);
    assert_eq!(tokenizer.encode(&prompt).unwrap(), ids(&golden["chat_ids"]));
}

/// The recorded checksum is that of the file with all weights, rounded to bf16.
#[test]
fn every_weight_is_that_of_the_reference_bit_for_bit() {
    let Some((model, golden)) = model() else { return };
    let tensors: Vec<NamedTensor> = model.names().map(|name| model.tensor(name).unwrap()).collect();
    let bytes: Vec<Vec<u8>> = tensors.iter().map(rounded).collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        (&tensor.name, TensorView::new(Dtype::BF16, tensor.shape.clone(), bytes).unwrap())
    });
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    let file = safetensors::serialize(views, Some(metadata)).unwrap();
    let hash: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, golden["safetensors_sha256"]);
}

fn rounded(tensor: &NamedTensor) -> Vec<u8> {
    tensor.numbers.iter().flat_map(|&number| bf16::from_f32(number).to_le_bytes()).collect()
}
