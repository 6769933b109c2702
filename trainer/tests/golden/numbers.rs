//! What a model says.

use tch::Tensor;
use trainer::learning::{Batch, logprobs};
use trainer::model::Segments;

use crate::{distance, for_each_model};

#[test]
fn scores_of_every_next_token_are_those_of_the_reference() {
    for_each_model(|golden| {
        let ids = golden.tensor("input_ids").reshape([-1]);
        let model = golden.model();
        let hidden = model.hidden(&ids, &Segments::new([40, 40]));
        let logits = model.logits(&hidden).view([2, 40, -1]);
        let distance = distance(&logits, &golden.tensor("logits"));
        assert!(distance < 1e-4, "scores differ by {distance:e}");
    });
}

#[test]
fn log_probabilities_are_those_of_the_reference_however_they_are_cut() {
    for_each_model(|golden| {
        let texts = golden.texts("input_ids", [40, 40]);
        let batch = Batch::new(texts.iter().map(Vec::as_slice));
        for chunk in [7, 1024] {
            let logprobs = logprobs(&golden.model(), &batch, 1.0, chunk).view([2, 39]);
            let distance = distance(&logprobs, &golden.tensor("logprobs"));
            assert!(distance < 1e-4, "log-probabilities differ by {distance:e}");
        }
    });
}

#[test]
fn a_text_says_the_same_alone_and_packed_with_others() {
    for_each_model(|golden| {
        let model = golden.model();
        let texts = golden.texts("input_ids", [40, 23]);
        let packed = Batch::new(texts.iter().map(Vec::as_slice));
        let alone = texts.iter().map(|text| logprobs(&model, &Batch::new([&text[..]]), 1.0, 1024));
        let alone = Tensor::cat(&alone.collect::<Vec<_>>(), 0);
        let distance = distance(&logprobs(&model, &packed, 1.0, 1024), &alone);
        assert!(distance < 1e-5, "packing changes log-probabilities by {distance:e}");
    });
}

#[test]
fn a_packed_model_says_what_the_model_says() {
    for_each_model(|golden| {
        let model = golden.model();
        let packed = model.packed();
        let ids: Vec<u32> = (3..23).collect();
        let said = packed.read_prompt(&ids).logits;
        let distance = distance(&said, &model.read_prompt(&ids).logits);
        assert!(distance < 1e-4, "packing changes scores by {distance:e}");
        // It holds what the parameters were, so a model that has learnt is packed anew.
        tch::no_grad(|| {
            for parameter in model.parameters() {
                let _ = parameter.tensor.shallow_clone().zero_();
            }
        });
        assert_eq!(model.packed().read_prompt(&ids).logits.abs().max().double_value(&[]), 0.0);
    });
}

#[test]
fn the_likeliest_tokens_are_those_of_the_reference_with_and_without_a_cache() {
    for_each_model(|golden| {
        let model = golden.model();
        let expected = Vec::<Vec<i64>>::try_from(golden.tensor("greedy_ids")).unwrap().remove(0);
        let prompt: Vec<u32> = expected[..6].iter().map(|&id| id as u32).collect();

        let mut text = prompt.clone();
        while text.len() < expected.len() {
            let segments = Segments::new([text.len()]);
            let logits = model.logits(&model.hidden(&model.ids(&text), &segments));
            let next = logits.get(text.len() as i64 - 1).argmax(0, false).int64_value(&[]);
            text.push(next as u32);
        }
        let found: Vec<i64> = text.iter().map(|&id| i64::from(id)).collect();
        assert_eq!(found, expected);

        let read = model.read_prompt(&prompt);
        let mut cache =
            trainer::model::KeyValueCache::new(model.config(), 3, 30, model.kind(), model.device());
        (0..3).for_each(|_| cache.add(&read));
        let mut next = read.logits.argmax(0, false).int64_value(&[]);
        for (place, expected) in expected.iter().enumerate().skip(6) {
            assert_eq!(next, *expected, "token {place}");
            if place == 15 {
                cache.swap_remove(0);
            }
            let logits = model.step(&vec![next as u32; cache.rows()], &mut cache);
            next = logits.get(0).argmax(0, false).int64_value(&[]);
        }
    });
}
