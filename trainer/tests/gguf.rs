//! A small GGUF file, whole and broken in every way.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

use std::fs;
use std::path::PathBuf;

use trainer::gguf::{Encoding, GgufError, GgufFile, GgufModel};

/// Writes the parts of a file, as the format has them.
#[derive(Clone, Default)]
struct Writer {
    keys: Vec<(String, Vec<u8>)>,
    tensors: Vec<(String, Vec<u64>, Vec<f32>)>,
}

impl Writer {
    fn text(mut self, key: &str, text: &str) -> Self {
        let mut value = 8_u32.to_le_bytes().to_vec();
        value.extend(string(text));
        self.keys.push((key.into(), value));
        self
    }

    fn natural(mut self, key: &str, number: u32) -> Self {
        let mut value = 4_u32.to_le_bytes().to_vec();
        value.extend(number.to_le_bytes());
        self.keys.push((key.into(), value));
        self
    }

    fn single(mut self, key: &str, number: f32) -> Self {
        let mut value = 6_u32.to_le_bytes().to_vec();
        value.extend(number.to_le_bytes());
        self.keys.push((key.into(), value));
        self
    }

    fn texts(mut self, key: &str, texts: &[&str]) -> Self {
        let mut value = [9_u32.to_le_bytes(), 8_u32.to_le_bytes()].concat();
        value.extend((texts.len() as u64).to_le_bytes());
        value.extend(texts.iter().flat_map(|text| string(text)));
        self.keys.push((key.into(), value));
        self
    }

    fn integers(mut self, key: &str, numbers: &[i32]) -> Self {
        let mut value = [9_u32.to_le_bytes(), 5_u32.to_le_bytes()].concat();
        value.extend((numbers.len() as u64).to_le_bytes());
        value.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        self.keys.push((key.into(), value));
        self
    }

    /// A tensor that counts up from `first`; the shape has its outermost size first.
    fn tensor(mut self, name: &str, shape: &[u64], first: f32) -> Self {
        let count = shape.iter().product::<u64>();
        let numbers = (0..count).map(|i| first + i as f32).collect();
        self.tensors.push((name.into(), shape.iter().rev().copied().collect(), numbers));
        self
    }

    fn without(mut self, key: &str) -> Self {
        self.keys.retain(|(name, _)| name != key);
        self.tensors.retain(|(name, _, _)| name != key);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend((self.tensors.len() as u64).to_le_bytes());
        bytes.extend((self.keys.len() as u64).to_le_bytes());
        for (key, value) in &self.keys {
            bytes.extend(string(key));
            bytes.extend(value);
        }
        let mut data: Vec<u8> = Vec::new();
        for (name, sizes, numbers) in &self.tensors {
            bytes.extend(string(name));
            bytes.extend((sizes.len() as u32).to_le_bytes());
            bytes.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
            bytes.extend(0_u32.to_le_bytes());
            bytes.extend((data.len() as u64).to_le_bytes());
            data.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            data.resize(data.len().next_multiple_of(32), 0);
        }
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(data);
        bytes
    }
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

/// One layer, two heads of four dimensions, one pair of keys and values, five tokens.
fn small() -> Writer {
    Writer::default()
        .text("general.architecture", "llama")
        .natural("llama.block_count", 1)
        .natural("llama.context_length", 16)
        .natural("llama.embedding_length", 8)
        .natural("llama.feed_forward_length", 12)
        .natural("llama.attention.head_count", 2)
        .natural("llama.attention.head_count_kv", 1)
        .single("llama.attention.layer_norm_rms_epsilon", 1e-5)
        .text("tokenizer.ggml.model", "gpt2")
        .text("tokenizer.ggml.pre", "smollm")
        .texts("tokenizer.ggml.tokens", &["<end>", "a", "b", "ab", "[PAD]"])
        .integers("tokenizer.ggml.token_type", &[3, 1, 1, 1, 5])
        .texts("tokenizer.ggml.merges", &["a b"])
        .natural("tokenizer.ggml.eos_token_id", 0)
        .tensor("token_embd.weight", &[5, 8], 0.0)
        .tensor("blk.0.attn_q.weight", &[8, 8], 0.0)
        .tensor("blk.0.attn_norm.weight", &[8], 100.0)
}

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn place(bytes: &[u8]) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    fs::write(&path, bytes).unwrap();
    Place { _folder: folder, path }
}

fn open(writer: &Writer) -> Result<GgufModel, GgufError> {
    GgufModel::open(&place(&writer.bytes()).path)
}

#[track_caller]
fn assert_refused(writer: &Writer, reason: &str) {
    let message = open(writer).unwrap_err().to_string();
    assert!(message.contains("model.gguf") && message.contains(reason), "{message}");
}

#[test]
fn a_model_is_handed_out_in_hugging_face_s_terms() {
    let model = open(&small()).unwrap();
    let names: Vec<_> = model.names().collect();
    assert_eq!(
        names,
        [
            "model.embed_tokens.weight",
            "model.layers.0.self_attn.q_proj.weight",
            "model.layers.0.input_layernorm.weight",
        ]
    );
    let config = model.config();
    assert_eq!(config["model_type"], "llama");
    assert_eq!(config["rms_norm_eps"], 1e-5);
    assert_eq!(config["rope_theta"], 10_000.0);
    assert_eq!(config["head_dim"], 4);
    assert_eq!(config["tie_word_embeddings"], true);
    assert_eq!(config["eos_token_id"], 0);
    assert!(config.get("bos_token_id").is_none());
}

#[test]
fn rows_of_queries_are_put_into_hugging_face_s_order() {
    let model = open(&small()).unwrap();
    let tensor = model.tensor("model.layers.0.self_attn.q_proj.weight").unwrap();
    assert_eq!(tensor.shape, [8, 8]);
    let first_of_rows: Vec<f32> = tensor.numbers.iter().copied().step_by(8).collect();
    assert_eq!(first_of_rows, [0.0, 16.0, 8.0, 24.0, 32.0, 48.0, 40.0, 56.0]);
}

#[test]
fn a_second_copy_of_the_embedding_stands_for_the_first() {
    let model = open(&small().tensor("output.weight", &[5, 8], 0.5)).unwrap();
    assert_eq!(model.config()["tie_word_embeddings"], true);
    assert_eq!(model.tensor("model.embed_tokens.weight").unwrap().numbers[0], 0.5);

    let model = open(&small().tensor("output.weight", &[5, 8], -20.0)).unwrap();
    assert_eq!(model.config()["tie_word_embeddings"], false);
    assert_eq!(model.tensor("lm_head.weight").unwrap().numbers[0], -20.0);
    assert_eq!(model.tensor("model.embed_tokens.weight").unwrap().numbers[0], 0.0);
}

#[test]
fn a_file_that_ends_anywhere_is_refused_and_never_read_behind_its_end() {
    let bytes = small().bytes();
    for length in 0..bytes.len() - 31 {
        let place = place(&bytes[..length]);
        assert!(GgufFile::open(&place.path).is_err(), "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn a_file_with_any_byte_changed_is_read_or_refused_but_does_no_harm() {
    let bytes = small().bytes();
    for position in 0..bytes.len() {
        for value in [0, 0x7f, 0xff] {
            let mut bytes = bytes.clone();
            bytes[position] = value;
            let Ok(model) = GgufModel::open(&place(&bytes).path) else { continue };
            let names: Vec<String> = model.names().map(str::to_owned).collect();
            for name in names {
                model.tensor(&name).unwrap();
            }
            let _ = model.tokenizer_json();
        }
    }
}

#[test]
fn what_is_missing_is_named() {
    assert_refused(&small().without("llama.block_count"), "`llama.block_count` is missing");
    assert_refused(&small().without("token_embd.weight"), "`token_embd.weight` is missing");
}

#[test]
fn what_is_not_supported_is_named() {
    let bert = small().without("general.architecture").text("general.architecture", "bert");
    assert_refused(&bert, "`general.architecture` is `bert`");
    assert_refused(&small().natural("llama.expert_count", 8), "`llama.expert_count` is set");
    let yarn = small().text("llama.rope.scaling.type", "yarn");
    assert_refused(&yarn, "`llama.rope.scaling.type` is set");
    let adapter = small().tensor("blk.0.lora.weight", &[8], 0.0);
    assert_refused(&adapter, "`blk.0.lora.weight` is not known");
    let stretched = small().tensor("rope_freqs.weight", &[2], 1.0);
    assert_refused(&stretched, "`rope_freqs.weight` does not hold the divisors");
}

#[test]
fn an_unknown_rule_for_words_is_refused_by_its_name() {
    let model =
        open(&small().without("tokenizer.ggml.pre").text("tokenizer.ggml.pre", "klingon")).unwrap();
    assert!(model.tokenizer_json().unwrap_err().to_string().contains("`klingon`"));
}

#[test]
fn contradictions_are_named() {
    assert_refused(&small().natural("llama.block_count", 2), "`llama.block_count` occurs twice");
    let again = small().tensor("blk.0.attn_norm.weight", &[8], 0.0);
    assert_refused(&again, "`blk.0.attn_norm.weight` occurs twice");
    let rows = small().without("blk.0.attn_q.weight").tensor("blk.0.attn_q.weight", &[6, 8], 0.0);
    assert_refused(&rows, "`blk.0.attn_q.weight` does not have rows for 2 heads");
    let tokens = small().without("token_embd.weight").tensor("token_embd.weight", &[4, 8], 0.0);
    assert_refused(&tokens, "`token_embd.weight` does not have one row for each token");
}

#[test]
fn something_else_is_not_taken_for_a_model() {
    assert!(
        GgufFile::open(&place(b"PK\x03\x04").path).unwrap_err().to_string().contains("not a GGUF")
    );
    let old = [b"GGUF".as_slice(), &1_u32.to_le_bytes()].concat();
    assert!(GgufFile::open(&place(&old).path).unwrap_err().to_string().contains("version 1"));
    let missing = GgufFile::open("nowhere.gguf".as_ref()).unwrap_err();
    assert!(missing.to_string().contains("`nowhere.gguf`"));
}

#[test]
fn shapes_are_outermost_first_and_encodings_are_known() {
    let place = place(&small().bytes());
    let file = GgufFile::open(&place.path).unwrap();
    let tensor = file.tensor("token_embd.weight").unwrap();
    assert_eq!((tensor.shape.as_slice(), tensor.encoding), ([5, 8].as_slice(), Encoding::F32));
}
