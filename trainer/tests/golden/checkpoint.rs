//! Checkpoints in and out.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tch::{Device, Kind};
use trainer::model::{Decoder, Export, Precision, Safetensors, Weights};
use trainer::{LanguageModel, TensorFile};

use crate::{Golden, for_each_model};

fn copy(golden: &Golden) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(&golden.folder).unwrap() {
        let entry = entry.unwrap();
        let target = folder.path().join(entry.file_name());
        fs::write(&target, fs::read(entry.path()).unwrap()).unwrap();
    }
    folder
}

/// The whole chain of why a folder cannot be loaded.
fn refusal(folder: &Path) -> String {
    let error = Decoder::load(folder, Device::Cpu, Precision::Single).unwrap_err();
    let mut chain = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        chain += &format!(": {error}");
        cause = error.source();
    }
    chain
}

fn weight_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|file| file.extension().is_some_and(|it| it == "safetensors"))
        .filter(|file| !file.ends_with("golden.safetensors"))
        .collect();
    files.sort();
    files
}

#[test]
fn a_model_that_goes_out_as_it_came_in_is_the_same_to_the_bit() {
    for_each_model(|golden| {
        let first = TensorFile::open(&weight_files(&golden.folder)[0]).unwrap();
        let kind = first.tensor(first.names().next().unwrap()).unwrap().kind();
        for shard_bytes in [5_000_000_000, 200_000] {
            let folder = tempfile::tempdir().unwrap();
            let beside = Some(golden.folder.clone());
            Export { kind, shard_bytes, beside }.write(&golden.model(), folder.path()).unwrap();
            let shards = weight_files(folder.path()).len();
            assert_eq!(shards > 1, shard_bytes < 1_000_000, "{shards} shards");

            let before = Safetensors::open(&golden.folder).unwrap();
            let after = Safetensors::open(folder.path()).unwrap();
            assert_eq!(before.names(), after.names());
            for parameter in golden.model().parameters() {
                let read = |from: &Safetensors| {
                    let mut tensor = parameter.tensor.detach().to_kind(kind).zeros_like();
                    from.copy_to(&parameter.name, &mut tensor).unwrap();
                    tensor
                };
                assert_eq!(read(&before), read(&after), "{}", parameter.name);
            }
            let json = |folder: &Path, name: &str| -> Value {
                serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
            };
            for name in ["config.json", "tokenizer.json", "generation_config.json"] {
                assert_eq!(json(&golden.folder, name), json(folder.path(), name));
            }
        }
    });
}

#[test]
fn stop_ids_of_the_generation_config_go_before_those_of_the_config() {
    for_each_model(|golden| assert_eq!(golden.model().config().stop_ids, [2, 0]));
}

#[test]
fn a_file_that_is_cut_off_is_refused_by_its_name() {
    for_each_model(|golden| {
        let folder = copy(golden);
        let file = weight_files(folder.path()).pop().unwrap();
        let bytes = fs::read(&file).unwrap();
        for kept in [0, 4, 100, bytes.len() - 1] {
            fs::write(&file, &bytes[..kept]).unwrap();
            let refusal = refusal(folder.path());
            let name = file.file_name().unwrap().to_str().unwrap();
            assert!(refusal.contains(name), "{refusal}");
        }
    });
}

#[test]
fn a_missing_shard_is_refused_by_its_name() {
    for_each_model(|golden| {
        let folder = copy(golden);
        let file = weight_files(folder.path()).pop().unwrap();
        fs::remove_file(&file).unwrap();
        let refusal = refusal(folder.path());
        assert!(refusal.contains("model"), "{refusal}");
        if file.to_str().unwrap().contains("00002") {
            assert!(refusal.contains("model-00002-of-00002.safetensors"), "{refusal}");
        }
    });
}

#[test]
fn a_wrong_shape_is_refused_with_both_shapes() {
    for_each_model(|golden| {
        let folder = copy(golden);
        let file = folder.path().join("config.json");
        let config = fs::read_to_string(&file).unwrap();
        fs::write(&file, config.replace("\"vocab_size\": 512", "\"vocab_size\": 500")).unwrap();
        let refusal = refusal(folder.path());
        assert!(refusal.contains("`model.embed_tokens.weight`"), "{refusal}");
        assert!(refusal.contains("[512, 64], not [500, 64]"), "{refusal}");
    });
}

#[test]
fn a_tokenizer_with_more_tokens_than_the_model_knows_is_refused_with_both_numbers() {
    for_each_model(|golden| {
        let folder = copy(golden);
        let file = folder.path().join("tokenizer.json");
        let mut tokenizer: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let mut added = tokenizer["added_tokens"][0].clone();
        (added["id"], added["content"]) = (512.into(), "<|one too many|>".into());
        tokenizer["added_tokens"].as_array_mut().unwrap().push(added);
        fs::write(&file, tokenizer.to_string()).unwrap();
        let load = LanguageModel::load(folder.path(), Device::Cpu, Precision::Single);
        let refusal = load.unwrap_err().to_string();
        assert!(refusal.contains("tokens up to 512, and `vocab_size`"), "{refusal}");
        assert!(refusal.contains(folder.path().to_str().unwrap()), "{refusal}");
    });
}

#[test]
fn weights_that_are_no_numbers_are_refused_by_their_name() {
    for_each_model(|golden| {
        let model = golden.model();
        let name = "model.layers.1.mlp.up_proj.weight";
        let parameter = model.parameters().iter().find(|it| it.name == name).unwrap();
        let _ = parameter.tensor.detach().get(3).get(5).fill_(f64::NAN);
        let folder = copy(golden);
        weight_files(folder.path()).iter().for_each(|file| fs::remove_file(file).unwrap());
        let _ = fs::remove_file(folder.path().join("model.safetensors.index.json"));
        let export = Export { kind: Kind::Float, ..Export::default() };
        export.write(&model, folder.path()).unwrap();
        let refusal = refusal(folder.path());
        assert!(refusal.contains(name) && refusal.contains("NaN"), "{refusal}");
    });
}

#[test]
fn a_parameter_without_a_place_is_refused_by_its_name() {
    for_each_model(|golden| {
        let folder = copy(golden);
        let file = folder.path().join("config.json");
        let config = fs::read_to_string(&file).unwrap();
        let layers = golden.model().config().layers;
        let (all, fewer) = (format!("_layers\": {layers}"), format!("_layers\": {}", layers - 1));
        fs::write(&file, config.replace(&all, &fewer)).unwrap();
        let refusal = refusal(folder.path());
        assert!(refusal.contains(&format!("model.layers.{}.", layers - 1)), "{refusal}");
    });
}
