//! A policy of a few thousand parameters, and rewards that it can learn to earn in seconds.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tch::Device;
use trainer::algorithm::Objective;
use trainer::learning::{AdamW, AdamWOptions, Course, Learner, Memory, Schedule};
use trainer::model::{Config, Decoder, InitialWeights, Precision};
use trainer::ranks::Ranks;
use trainer::rlvr::{Evaluation, Observer, Rlvr, Settings, StepReport};
use trainer::tokenizer::Tokenizer;
use trainer::{Earned, Environment, EnvironmentError, Group};

pub(crate) const WORDS: usize = 24;

pub(crate) fn model() -> Decoder {
    tch::set_num_threads(1);
    let config = json!({
        "model_type": "qwen3", "hidden_size": 32, "intermediate_size": 64, "vocab_size": WORDS,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "rms_norm_eps": 1e-6, "max_position_embeddings": 64, "tie_word_embeddings": true,
        "eos_token_id": 0,
    });
    let config = Config::parse(config.as_object().unwrap().clone()).unwrap();
    let weights = InitialWeights { seed: 5, deviation: 0.1 };
    Decoder::new(config, &weights, Device::Cpu, Precision::Single).unwrap()
}

pub(crate) fn learner() -> Learner {
    let model = model();
    let options = AdamWOptions { weight_decay: 0.0, ..AdamWOptions::default() };
    Learner {
        optimizer: AdamW::new(model.parameters(), options),
        model,
        schedule: Schedule { peak: 1e-2, warmup: 0, course: Course::Constant },
        gradient_limit: 1.0,
        temperature: 1.0,
        memory: Memory::default(),
        ranks: Ranks::default(),
    }
}

/// Tokens are the letters from `a` on; the first ends an answer.
pub(crate) fn tokenizer() -> Tokenizer {
    let vocabulary: Value = (0..WORDS).map(|id| (letter(id), json!(id))).collect();
    let bytes = json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false });
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": null, "pre_tokenizer": bytes, "post_processor": null, "decoder": bytes,
        "model": { "type": "BPE", "vocab": vocabulary, "merges": [] },
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    Tokenizer::from_folder(folder.path()).unwrap()
}

pub(crate) fn letter(id: usize) -> String {
    char::from(b'a' + id as u8).to_string()
}

/// Pays for the share of an answer's letters that are the letter of the prompt.
#[derive(Debug)]
pub(crate) struct Echo {
    pub(crate) letter: String,
    /// Fails instead of paying.
    pub(crate) is_broken: bool,
}

impl Environment for Echo {
    fn prompt(&self) -> &str {
        &self.letter
    }

    async fn reward(&self, completion: &str) -> Result<Earned, EnvironmentError> {
        if self.is_broken {
            return Err(EnvironmentError("it is broken".into()));
        }
        let right = completion.matches(&self.letter).count();
        let reward = right as f32 / completion.len().max(1) as f32;
        Ok(Earned { reward, note: format!("{right} right") })
    }
}

pub(crate) fn echo(id: usize) -> Echo {
    Echo { letter: letter(id), is_broken: false }
}

pub(crate) fn settings() -> Settings {
    Settings {
        steps: 8,
        objective: Objective::preset("dr-grpo", 6).unwrap(),
        overlong: None,
        prompts: 4,
        samples: 8,
        curriculum: true,
        redraws: 0,
        updates: 1,
        max_tokens: 6,
        temperature: 1.0,
        stops: Vec::new(),
        rows: 16.try_into().unwrap(),
        batch_tokens: 100,
        seed: 3,
        overlap: false,
        shuffle_rewards: false,
        deadline: Duration::from_secs(60),
        evaluate_every: 4,
        evaluation_samples: 2,
        evaluation_temperature: 1.0,
        save_every: 1,
    }
}

pub(crate) fn rlvr(settings: Settings, runtime: &tokio::runtime::Runtime) -> Rlvr<Echo> {
    let (train, held_out) = ((2..8).map(echo).collect(), (8..10).map(echo).collect());
    Rlvr::new(settings, tokenizer(), train, held_out, runtime.handle().clone()).unwrap()
}

/// Remembers what it saw.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) steps: Vec<StepReport>,
    pub(crate) groups: Vec<Group>,
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) stop_after: Option<u64>,
}

impl Observer for Seen {
    fn step(&mut self, report: &StepReport, groups: &[Group]) -> Result<(), String> {
        self.steps.push(report.clone());
        self.groups.extend_from_slice(groups);
        Ok(())
    }

    fn evaluated(&mut self, evaluation: &Evaluation, _: &Learner) -> Result<(), String> {
        self.evaluations.push(evaluation.clone());
        Ok(())
    }

    fn saved(&mut self, step: u64) -> Result<(), String> {
        println!("saved {step}");
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        let made = self.steps.last().map_or(0, |report| report.step + 1);
        self.stop_after.is_some_and(|steps| made >= steps)
    }
}

/// The only folder below `folder` whose name is this step's.
pub(crate) fn checkpoint(folder: &Path, step: u64) -> std::path::PathBuf {
    folder.join(format!("step-{step:08}"))
}
