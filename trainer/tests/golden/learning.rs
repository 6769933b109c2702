//! What a model learns.

use tch::{Device, Kind, Tensor};
use trainer::learning::{
    AdamW, AdamWOptions, Course, Learner, Memory, NextToken, Objective, Schedule, gradients,
};
use trainer::model::{Activations, Decoder, Precision};
use trainer::ranks::Ranks;

use crate::{Golden, assert_near, assert_same_direction, for_each_model};

/// Every way to trade time for memory.
const MEMORIES: [Memory; 4] = [
    Memory { chunk: 1024, activations: Activations::Kept },
    Memory { chunk: 7, activations: Activations::Kept },
    Memory { chunk: 1024, activations: Activations::Recomputed },
    Memory { chunk: 7, activations: Activations::Recomputed },
];

fn supervised(golden: &Golden) -> NextToken {
    let weights = golden.weights();
    NextToken { total: weights.sum(Kind::Double).double_value(&[]), weights }
}

#[test]
fn the_supervised_loss_and_every_gradient_are_those_of_the_reference() {
    for_each_model(|golden| {
        for memory in MEMORIES {
            let model = golden.model();
            let batch = golden.supervised();
            let loss = gradients(&model, &batch, 1.0, memory, &supervised(golden));
            assert_near(loss, golden.number("/loss"), 1e-5);
            for parameter in model.parameters() {
                let expected = golden.tensor(&format!("grad.{}", parameter.name));
                assert_same_direction(&parameter.name, &parameter.tensor.grad(), &expected);
            }
            let recorded = golden.names().filter(|name| name.starts_with("grad.")).count();
            assert_eq!(model.parameters().len(), recorded);
        }
    });
}

/// A clipped ratio with a penalty for leaving a reference, token mean.
struct Policy {
    old: Tensor,
    reference: Tensor,
    advantages: Tensor,
    weights: Tensor,
}

impl Objective for Policy {
    fn loss(&self, logprobs: &Tensor) -> Tensor {
        let ratio = (logprobs - &self.old).exp();
        let clipped = ratio.clamp(0.8, 1.2) * &self.advantages;
        let gain = (ratio * &self.advantages).minimum(&clipped);
        let away = &self.reference - logprobs;
        let penalty: Tensor = away.exp() - away - 1.0;
        let losses = penalty * 0.04 - gain;
        (losses * &self.weights).sum(Kind::Float) / self.weights.sum(Kind::Float)
    }
}

#[test]
fn the_gradient_of_a_policy_is_that_of_the_reference() {
    for_each_model(|golden| {
        let advantages = golden.tensor("advantages").unsqueeze(1).expand([2, 39], false);
        let policy = Policy {
            old: golden.predicted(&golden.tensor("old_logprobs")),
            reference: golden.predicted(&golden.tensor("ref_logprobs")),
            advantages: golden.predicted(&advantages),
            weights: golden.weights(),
        };
        for memory in MEMORIES {
            let model = golden.model();
            let loss = gradients(&model, &golden.supervised(), 1.0, memory, &policy);
            assert_near(loss, golden.number("/policy/loss"), 1e-5);
            for parameter in model.parameters() {
                let norms = &golden.info["policy"]["grad_norms"];
                let expected = norms[&parameter.name].as_f64().unwrap();
                let norm = parameter.tensor.grad().norm().double_value(&[]);
                assert_near(norm / expected, 1.0, 1e-4);
            }
        }
    });
}

#[test]
fn computed_in_bf16_the_loss_is_near_and_gradients_come_back_in_f32() {
    for_each_model(|golden| {
        for memory in MEMORIES {
            let model = Decoder::load(&golden.folder, Device::Cpu, Precision::Mixed).unwrap();
            assert_eq!(model.kind(), Kind::BFloat16);
            let batch = golden.supervised();
            let loss = gradients(&model, &batch, 1.0, memory, &supervised(golden));
            assert_near(loss, golden.number("/loss"), 0.03);
            let squares = model.parameters().iter().map(|parameter| {
                assert_eq!(parameter.tensor.grad().kind(), Kind::Float);
                parameter.tensor.grad().norm().double_value(&[]).powi(2)
            });
            let norm = squares.sum::<f64>().sqrt();
            assert_near(norm / golden.number("/grad_norm"), 1.0, 0.03);
        }
    });
}

fn learner(golden: &Golden, memory: Memory) -> Learner {
    let model = golden.model();
    let options = AdamWOptions::default();
    Learner {
        optimizer: AdamW::new(model.parameters(), options),
        model,
        schedule: Schedule { peak: 1e-3, warmup: 0, course: Course::Constant },
        gradient_limit: 1.0,
        temperature: 1.0,
        memory,
        ranks: Ranks::default(),
    }
}

#[test]
fn three_steps_lead_where_those_of_the_reference_led() {
    for_each_model(|golden| {
        let mut learner = learner(golden, Memory::default());
        let batch = golden.supervised();
        for step in 0..3 {
            let report = learner.step([(&batch, supervised(golden))]).unwrap();
            assert_near(report.loss, golden.number(&format!("/adamw/losses/{step}")), 1e-4);
            let norm = golden.number(&format!("/adamw/grad_norms/{step}"));
            assert_near(report.gradient_norm / norm, 1.0, 1e-4);
        }
        for parameter in learner.model.parameters() {
            let wide = parameter.tensor.detach().to_kind(Kind::Double);
            let expected =
                |what: &str| golden.info["adamw"][what][&parameter.name].as_f64().unwrap();
            let norm = wide.norm().double_value(&[]);
            // Elements whose gradient is all but zero, as that of a key's bias, take steps of either
            // sign: Adam divides by the gradient's own size.
            assert_near(norm / expected("norms"), 1.0, 1e-4);
            let room = 1e-3 * (wide.numel() as f64).sqrt() * 0.1;
            assert_near(wide.sum(Kind::Double).double_value(&[]), expected("sums"), room);
        }
        let embedding = golden.tensor("adamw.model.embed_tokens.weight");
        let found = learner.model.parameters()[0].tensor.detach();
        assert_same_direction("the embedding after three steps", &found, &embedding);
    });
}

#[test]
fn a_step_cut_into_batches_is_the_step() {
    for_each_model(|golden| {
        let texts = golden.texts("batch_ids", [40, 32]);
        let whole = supervised(golden);
        let mut learner = learner(golden, Memory::default());
        let parts = [(0, 0, 39), (1, 39, 31)].map(|(text, begin, length): (usize, i64, i64)| {
            let weights = whole.weights.narrow(0, begin, length);
            let batch = trainer::learning::Batch::new([&texts[text][..]]);
            (batch, NextToken { weights, total: whole.total })
        });
        let report = learner.step(parts.iter().map(|(batch, part)| {
            (batch, NextToken { weights: part.weights.shallow_clone(), total: part.total })
        }));
        let report = report.unwrap();
        assert_near(report.loss, golden.number("/loss"), 1e-5);
        assert_near(report.gradient_norm / golden.number("/grad_norm"), 1.0, 1e-4);
    });
}
