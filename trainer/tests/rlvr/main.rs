//! The loop of sampling, rewarding and learning, on a world that fits into seconds.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod foreign;
mod overlap;
mod plug;
mod world;

use serde_json::Value;
use tch::{Kind, Tensor};
use trainer::algorithm::{Baseline, Correction, KlEstimator, Objective, Surrogate};
use trainer::checkpoint::CheckpointStore;
use trainer::learning::{self, Batch, Memory, NextToken, gradients, logprobs};
use trainer::rlvr::{RlvrError, Settings, State};
use trainer::{Group, Scale};

use world::{Echo, Seen, echo, learner, model, rlvr, settings, tokenizer};

/// Train by `settings`, and say what was seen.
fn train(settings: Settings) -> Seen {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = CheckpointStore::new(folder.path(), 1);
    let (mut learner, mut seen) = (learner(), Seen::default());
    let reference = learner.model.frozen_copy(trainer::model::Precision::Single);
    let run = rlvr(settings, &runtime);
    let state = State::default();
    run.train(&mut learner, Some(&reference), state, &store, &Value::Null, &mut seen).unwrap();
    seen
}

#[test]
fn a_policy_learns_what_earns_and_a_control_with_shuffled_rewards_does_not() {
    let settings = Settings { steps: 40, save_every: 100, ..settings() };
    let gain = |seen: Seen| {
        let mean = |steps: &[trainer::rlvr::StepReport]| {
            steps.iter().map(|report| report.reward).sum::<f64>() / steps.len() as f64
        };
        mean(&seen.steps[30..]) - mean(&seen.steps[..5])
    };
    let learnt = gain(train(settings.clone()));
    let control = gain(train(Settings { shuffle_rewards: true, ..settings }));
    assert!(learnt > 0.3, "{learnt}");
    assert!(control < 0.1, "{control}");
}

#[test]
fn every_preset_and_every_variation_learns() {
    let grpo = Objective::preset("grpo", 6).unwrap();
    let presets = Objective::PRESETS.map(|name| Objective::preset(name, 6).unwrap());
    let population = Scale::PopulationDeviation { epsilon: 1e-6 };
    let variations = [
        Objective { baseline: Baseline::LeaveOneOut, ..grpo },
        Objective { baseline: Baseline::Batch, ..grpo },
        Objective { baseline: Baseline::GroupThenBatch, ..grpo },
        Objective { baseline: Baseline::Group(population), ..grpo },
        Objective { surrogate: Surrogate::SequenceClipped { low: 3e-4, high: 4e-4 }, ..grpo },
        Objective { surrogate: Surrogate::Reweighted { least: 0.8, most: 1.28 }, ..grpo },
        Objective { kl: Some((KlEstimator::K2, 0.01)), ..grpo },
        Objective { correction: Some(Correction::SequenceMask { cap: 3.0 }), ..grpo },
    ];
    for objective in presets.into_iter().chain(variations) {
        let seen = train(Settings { steps: 3, objective, updates: 2, redraws: 1, ..settings() });
        let moved = seen.steps.iter().any(|report| report.gradient_norm > 0.0);
        // An answer of six words is as long as answers get; those are masked by one preset.
        assert!(moved || objective.mask_truncated, "{objective:?}");
        assert!(seen.steps.iter().all(|report| report.loss.is_finite()), "{objective:?}");
    }
}

#[test]
fn sampling_and_learning_agree_on_every_token() {
    let seen = train(settings());
    assert!(seen.steps.iter().any(|report| report.gap > 0.0));
    assert!(seen.steps.iter().all(|report| report.gap < 1e-4), "{:?}", seen.steps);
}

#[test]
fn an_evaluation_comes_before_the_first_step_and_after_the_last() {
    let seen = train(settings());
    let at: Vec<u64> = seen.evaluations.iter().map(|evaluation| evaluation.step).collect();
    assert_eq!(at, [0, 4, 8]);
}

#[test]
fn an_answer_that_cannot_be_graded_is_left_out_and_counted() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let train = vec![echo(2), Echo { is_broken: true, ..echo(3) }];
    let settings = Settings { steps: 1, ..settings() };
    let run =
        trainer::rlvr::Rlvr::new(settings, tokenizer(), train, vec![], runtime.handle().clone());
    let folder = tempfile::tempdir().unwrap();
    let store = CheckpointStore::new(folder.path(), 1);
    let (mut learner, mut seen) = (learner(), Seen::default());
    run.unwrap()
        .train(&mut learner, None, State::default(), &store, &Value::Null, &mut seen)
        .unwrap();
    let ungraded = |group: &Group| (group.rollouts.len(), group.ungraded);
    let mut counts: Vec<_> = seen.groups.iter().map(ungraded).collect();
    counts.sort_unstable();
    assert_eq!(counts, [(0, 8), (8, 0)]);
    assert_eq!((seen.steps[0].answers, seen.steps[0].ungraded), (8, 8));
}

#[test]
fn a_run_whose_environment_never_works_ends_and_says_why() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let broken = vec![Echo { is_broken: true, ..echo(2) }];
    let run =
        trainer::rlvr::Rlvr::new(settings(), tokenizer(), broken, vec![], runtime.handle().clone());
    let folder = tempfile::tempdir().unwrap();
    let store = CheckpointStore::new(folder.path(), 1);
    let ended = run.unwrap().train(
        &mut learner(),
        None,
        State::default(),
        &store,
        &Value::Null,
        &mut Seen::default(),
    );
    let Err(error @ RlvrError::NothingGraded { .. }) = ended else { panic!("{ended:?}") };
    assert!(error.to_string().contains("it is broken"), "{error}");
}

#[test]
fn groups_without_a_difference_are_drawn_again_where_the_objective_drops_them() {
    let objective = Objective::preset("dapo", 6).unwrap();
    // Of two answers both often earn nothing.
    let wanted = Settings { objective, samples: 2, redraws: 5, prompts: 2, ..settings() };
    let seen = train(wanted);
    let mixed: usize = seen.steps.iter().map(|report| report.mixed_groups).sum();
    let plain = train(Settings { objective, samples: 2, redraws: 0, prompts: 2, ..settings() });
    let plain: usize = plain.steps.iter().map(|report| report.mixed_groups).sum();
    assert!(mixed > plain, "{mixed} and {plain}");
}

/// Answers that share the computation of their prompt, and the same texts one by one.
#[test]
fn a_shared_prompt_changes_neither_logprobs_nor_gradients() {
    let prompt = [3_u32, 9, 4, 11, 7];
    let answers = [&[5_u32, 6, 7, 8][..], &[2], &[9, 1, 5], &[9, 1, 5]];
    let mut shared = Batch::new([&[4_u32, 5, 6][..]]);
    shared.add_answers(&prompt, answers);
    shared.add_answers(&[8], [&[1_u32, 2, 3][..]]);
    let texts: Vec<Vec<u32>> = [vec![4, 5, 6]]
        .into_iter()
        .chain(answers.iter().map(|answer| [&prompt[..], answer].concat()))
        .chain([vec![8, 1, 2, 3]])
        .collect();
    let apart = Batch::new(texts.iter().map(|text| &text[..]));
    // Of the texts one by one, the tokens of prompts are predicted as well.
    let prompts = [0, 4, 4, 4, 4, 0];
    let mut wanted: Vec<i64> = Vec::new();
    let mut place = 0;
    for (text, skipped) in texts.iter().zip(prompts) {
        let predicted = text.len() as i64 - 1;
        wanted.extend(place + skipped..place + predicted);
        place += predicted;
    }
    let wanted = Tensor::from_slice(&wanted);

    let model = model();
    let of_shared = logprobs(&model, &shared, 1.0, 1024);
    let of_apart = logprobs(&model, &apart, 1.0, 1024).index_select(0, &wanted);
    assert!((&of_shared - &of_apart).abs().max().double_value(&[]) < 1e-5);

    let weights = Tensor::from_slice(&[
        1.0_f32, -2.0, 0.5, 3.0, 0.0, 1.0, 2.0, -1.0, 0.7, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
    ])
    .narrow(0, 0, of_shared.size()[0]);
    let spread = Tensor::zeros([apart.predicted() as i64], (Kind::Float, tch::Device::Cpu))
        .index_add(0, &wanted, &weights);
    let of = |batch: &Batch, weights: &Tensor| {
        let objective = NextToken { weights: weights.shallow_clone(), total: 1.0 };
        gradients(&model, batch, 1.0, Memory::default(), &objective as &dyn learning::Objective);
        let parameters = model.parameters().iter();
        let gradients = parameters.map(|it| {
            let copy = it.tensor.grad().copy();
            let _ = it.tensor.grad().zero_();
            copy
        });
        gradients.collect::<Vec<_>>()
    };
    let (shared, apart) = (of(&shared, &weights), of(&apart, &spread));
    for (left, right) in shared.iter().zip(&apart) {
        let scale = right.abs().max().double_value(&[]).max(1e-3);
        assert!((left - right).abs().max().double_value(&[]) / scale < 1e-4);
    }
}

#[test]
fn prompts_that_teach_nothing_rest_and_others_are_asked_in_their_place() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // So cold that every answer to a prompt is the same, and earns the same.
    let settings = Settings { temperature: 1e-3, steps: 4, ..settings() };
    let store = CheckpointStore::new(folder.path(), 1);
    let mut seen = Seen::default();
    let run = rlvr(settings, &runtime);
    let state =
        run.train(&mut learner(), None, State::default(), &store, &Value::Null, &mut seen).unwrap();
    assert_eq!(seen.steps[0].resting, 4);
    // There are six prompts, so the second step cannot do with those that were not asked yet.
    assert!(state.drawn > 4 * 4, "{state:?}");
    let asked = |step: usize| -> Vec<usize> {
        seen.groups[4 * step..4 * (step + 1)].iter().map(|group| group.task).collect()
    };
    let others = asked(1).into_iter().filter(|task| !asked(0).contains(task)).count();
    assert_eq!(others, 2);
    let saved = store.newest().unwrap().unwrap().progress.data;
    assert_eq!(serde_json::from_value::<State>(saved).unwrap(), state);
}
