//! Advantages, losses and their gradients, compared with those of public trainers in `f64`.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

use std::path::Path;

use serde_json::Value as Json;
use tch::Tensor;
use trainer::algorithm::{
    Aggregation, Correction, KlEstimator, Overlong, Surrogate, Totals, whitened,
};
use trainer::{Scale, group_relative, leave_one_out};

/// The figures have ten digits, and some trainers add 1e-8 to a divisor.
const TOLERANCE: f64 = 1e-8;

const PPO: Surrogate = Surrogate::Clipped { low: 0.2, high: 0.2, dual: Some(3.0) };
const CLIP_HIGHER: Surrogate = Surrogate::Clipped { low: 0.2, high: 0.28, dual: Some(10.0) };

fn vectors() -> Option<Json> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden/rl_vectors.json");
    let Ok(text) = std::fs::read_to_string(file) else {
        eprintln!("skipped: there is no ../shared/golden/rl_vectors.json beside the workspace");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn list(json: &Json) -> Vec<f64> {
    serde_json::from_value(json.clone()).unwrap()
}

fn matrix(json: &Json) -> Tensor {
    let rows: Vec<Vec<f64>> = serde_json::from_value(json.clone()).unwrap();
    Tensor::from_slice2(&rows)
}

#[track_caller]
fn assert_close(actual: &[f64], expected: &[f64], name: &str) {
    assert_eq!(actual.len(), expected.len(), "{name}");
    for (actual, expected) in actual.iter().zip(expected) {
        assert!((actual - expected).abs() <= TOLERANCE, "{name}: {actual} is not {expected}");
    }
}

/// Four answers of up to five tokens, with log-probabilities of every policy.
struct Case {
    vectors: Json,
    new: Tensor,
    old: Tensor,
    reference: Tensor,
    rollout: Tensor,
    advantages: Tensor,
    mask: Tensor,
}

impl Case {
    fn load() -> Option<Self> {
        let vectors = vectors()?;
        Some(Self {
            new: matrix(&vectors["logp"]).set_requires_grad(true),
            old: matrix(&vectors["old_logp"]),
            reference: matrix(&vectors["ref_logp"]),
            rollout: matrix(&vectors["rollout_logp"]),
            advantages: Tensor::from_slice(&list(&vectors["adv"])).unsqueeze(1),
            mask: matrix(&vectors["mask"]),
            vectors,
        })
    }

    fn losses(&self, surrogate: Surrogate) -> Tensor {
        surrogate.losses(&self.new, &self.old, &self.advantages, &self.mask)
    }

    fn corrected(&self, surrogate: Surrogate, correction: Correction) -> Tensor {
        self.losses(surrogate) * correction.weights(&self.old, &self.rollout, &self.mask)
    }

    /// Compares a loss and its gradient with the record of a name, which is `scale` times as large.
    #[track_caller]
    fn check(&mut self, name: &str, losses: &Tensor, aggregation: Aggregation, scale: f64) {
        let record = &self.vectors["losses"][name];
        let loss = aggregation.aggregate(losses, &self.mask, Totals::of(&self.mask)) * scale;
        assert_close(&[loss.double_value(&[])], &[record["loss"].as_f64().unwrap()], name);
        self.new.zero_grad();
        loss.backward();
        let gradient = Vec::<f64>::try_from(self.new.grad().flatten(0, 1)).unwrap();
        let expected = Vec::<f64>::try_from(matrix(&record["grad"]).flatten(0, 1)).unwrap();
        assert_close(&gradient, &expected, name);
    }
}

#[test]
fn advantages_are_those_of_public_trainers() {
    let Some(vectors) = vectors() else { return };
    let rewards: Vec<f32> = list(&vectors["rewards"]).iter().map(|&reward| reward as f32).collect();
    let by_group = |advantage: &dyn Fn(&[f32]) -> Vec<f64>| -> Vec<f64> {
        rewards.chunks(4).flat_map(advantage).collect()
    };
    let check = |name: &str, actual: Vec<f64>| assert_close(&actual, &list(&vectors[name]), name);
    let scaled = |scale: Scale| by_group(&|group| group_relative(group, scale));

    check("adv_grpo_verl(std unbiased,+1e-6)", scaled(Scale::SampleDeviation { epsilon: 1e-6 }));
    check("adv_grpo_trl(std unbiased,+1e-4)", scaled(Scale::SampleDeviation { epsilon: 1e-4 }));
    let population = scaled(Scale::PopulationDeviation { epsilon: 1e-4 });
    check("adv_grpo_popstd(+1e-4) GRPO-Zero", population);
    check("adv_drgrpo", scaled(Scale::None));
    check("adv_rloo", by_group(&|group| leave_one_out(group)));

    let lengths: Vec<usize> = serde_json::from_value(vectors["lens"].clone()).unwrap();
    let whole = whitened(&list(&vectors["rewards"]), &lengths);
    check("adv_rfpp_token0_row(gamma=1)", whole);
    check("adv_rfpp_baseline", whitened(&scaled(Scale::None), &lengths));
}

#[test]
fn clipped_losses_are_those_of_public_trainers() {
    let Some(mut case) = Case::load() else { return };
    let (tokens, answers) = (Aggregation::TokenMean, Aggregation::SequenceMean);
    let losses = case.losses(PPO);
    case.check("vanilla token-mean eps=.2/.2 c=3", &losses, tokens, 1.0);
    let losses = case.losses(PPO);
    case.check("vanilla seq-mean-token-mean eps=.2/.2 c=3", &losses, answers, 1.0);
    let losses = case.losses(PPO);
    case.check("openrlhf ppo seq", &losses, answers, 1.0);
    let losses = case.losses(PPO);
    let sum = Aggregation::SequenceSum;
    case.check("vanilla seq-mean-token-sum eps=.2/.2 c=3", &losses, sum, 1.0);
    let losses = case.losses(PPO);
    let fixed = Aggregation::FixedLength { length: 5.0 };
    case.check("trl dr_grpo maxlen=5", &losses, fixed, 1.0);
    let losses = case.losses(PPO);
    // This one divides by the length only, and there are four answers.
    case.check("vanilla seq-mean-token-sum-norm eps=.2/.2 c=3", &losses, fixed, 4.0);
    for name in ["vanilla token-mean eps=.2/.28 c=10 (DAPO recipe)", "trl dapo .2/.28 beta0"] {
        let losses = case.losses(CLIP_HIGHER);
        case.check(name, &losses, tokens, 1.0);
    }
}

#[test]
fn sequence_ratios_and_reweighted_tokens_are_those_of_public_trainers() {
    let Some(mut case) = Case::load() else { return };
    let answers = Aggregation::SequenceMean;
    for name in ["gspo eps=.2/.2", "trl grpo sequence-level (gspo) .2/.2"] {
        let losses = case.losses(Surrogate::SequenceClipped { low: 0.2, high: 0.2 });
        case.check(name, &losses, answers, 1.0);
    }
    let losses = case.losses(Surrogate::SequenceClipped { low: 3e-4, high: 4e-4 });
    case.check("gspo eps=3e-4/4e-4 seq-mean-token-mean", &losses, answers, 1.0);

    let losses = case.losses(Surrogate::Reweighted { least: 0.8, most: 1.28 });
    case.check("cispo eps=.2/.28 token-mean", &losses, Aggregation::TokenMean, 1.0);
    let losses = case.losses(Surrogate::Reweighted { least: 0.0, most: 5.0 });
    case.check("trl cispo eps_high=5.0", &losses, Aggregation::TokenMean, 1.0);
}

#[test]
fn corrections_for_foreign_samples_are_those_of_public_trainers() {
    let Some(mut case) = Case::load() else { return };
    for (name, correction) in [
        ("vanilla token-mean .2/.2 + TIS cap 2", Correction::Truncated { cap: 2.0 }),
        ("openrlhf ppo token TIS[0,5]", Correction::Truncated { cap: 5.0 }),
        ("openrlhf icepop[.5,5]", Correction::TokenMask { low: 0.5, high: 5.0 }),
    ] {
        let losses = case.corrected(PPO, correction);
        case.check(name, &losses, Aggregation::TokenMean, 1.0);
    }
    let weights = |correction: Correction| {
        let weights = correction.weights(&case.old, &case.rollout, &case.mask);
        Vec::<f64>::try_from(weights.flatten(0, 1)).unwrap()
    };
    let name = "trl sequence_mask ratio (cap 3)";
    assert_close(&weights(Correction::SequenceMask { cap: 3.0 }), &list(&case.vectors[name]), name);
    let dropped = weights(Correction::SequenceMask { cap: 1.5 });
    assert_eq!(dropped.iter().filter(|weight| **weight == 0.0).count(), 1);
    let name = "tis_weights token cap2";
    let expected = Vec::<f64>::try_from(matrix(&case.vectors[name]).flatten(0, 1)).unwrap();
    assert_close(&weights(Correction::Truncated { cap: 2.0 }), &expected, name);
}

#[test]
fn distances_from_the_reference_are_those_of_public_trainers() {
    let Some(mut case) = Case::load() else { return };
    for (name, estimator) in
        [("kl k1", KlEstimator::K1), ("kl k2", KlEstimator::K2), ("kl k3", KlEstimator::K3)]
    {
        let estimate = estimator.estimate(&case.new, &case.reference);
        let mean = Aggregation::TokenMean.aggregate(&estimate, &case.mask, Totals::of(&case.mask));
        let expected = case.vectors["losses"][name]["token_mean"].as_f64().unwrap();
        assert_close(&[mean.double_value(&[])], &[expected], name);
    }
    let kl = KlEstimator::K3.estimate(&case.new, &case.reference);
    let losses = case.losses(PPO) + kl * 0.04;
    case.check("trl grpo beta=0.04", &losses, Aggregation::SequenceMean, 1.0);
}

#[test]
fn an_unlikely_token_made_likely_is_bounded_by_the_dual_clip() {
    let old = Tensor::from_slice2(&[[-3.0, -1.0]]);
    let new = Tensor::from_slice2(&[[-1.5, -1.2]]).set_requires_grad(true);
    let mask = old.ones_like();
    let losses = PPO.losses(&new, &old, &-mask.ones_like(), &mask);
    assert_close(
        &Vec::<f64>::try_from(&losses.flatten(0, 1)).unwrap(),
        &[3.0, 0.818_730_753_1],
        "loss",
    );
    Aggregation::TokenMean.aggregate(&losses, &mask, Totals::of(&mask)).backward();
    let gradient = Vec::<f64>::try_from(new.grad().flatten(0, 1)).unwrap();
    assert_close(&gradient, &[0.0, 0.409_365_376_5], "gradient");
}

/// The ratio, the advantage, and the objective: minus the loss.
#[test]
fn the_clipped_objective_is_that_of_the_paper_s_worked_examples() {
    for (ratio, advantage, objective) in [
        (1.5_f64, 1.0, 1.28),
        (0.5, 1.0, 0.5),
        (1.5, -1.0, -1.5),
        (0.5, -1.0, -0.8),
        (1.25, 1.0, 1.25),
        (1.1, -2.0, -2.2),
    ] {
        let old = Tensor::from_slice2(&[[0.0_f64]]);
        let new = Tensor::from_slice2(&[[ratio.ln()]]).set_requires_grad(true);
        let surrogate = Surrogate::Clipped { low: 0.2, high: 0.28, dual: None };
        let loss = surrogate.losses(&new, &old, &(old.ones_like() * advantage), &old.ones_like());
        assert_close(&[-loss.double_value(&[0, 0])], &[objective], "objective");
        loss.sum(tch::Kind::Double).backward();
        let stopped = (ratio > 1.28 && advantage > 0.0) || (ratio < 0.8 && advantage < 0.0);
        assert_eq!(new.grad().double_value(&[0, 0]) == 0.0, stopped, "{ratio} {advantage}");
    }
}

#[test]
fn pieces_of_a_step_add_up_to_the_step() {
    let Some(case) = Case::load() else { return };
    let (losses, totals) = (case.losses(PPO), Totals::of(&case.mask));
    for by in [
        Aggregation::TokenMean,
        Aggregation::SequenceMean,
        Aggregation::SequenceSum,
        Aggregation::FixedLength { length: 7.0 },
    ] {
        let whole = by.aggregate(&losses, &case.mask, totals).double_value(&[]);
        let piece = |start: i64, length: i64| {
            let (losses, mask) =
                (losses.narrow(0, start, length), case.mask.narrow(0, start, length));
            by.aggregate(&losses, &mask, totals).double_value(&[])
        };
        assert!((piece(0, 1) + piece(1, 3) - whole).abs() < 1e-12);
    }
}

#[test]
fn a_step_without_a_token_has_no_loss_and_is_not_nan() {
    let zeros = Tensor::zeros([2, 3], (tch::Kind::Double, tch::Device::Cpu));
    let totals = Totals::of(&zeros);
    let losses = CLIP_HIGHER.losses(&zeros, &zeros, &zeros.narrow(1, 0, 1), &zeros);
    for by in [Aggregation::TokenMean, Aggregation::SequenceMean] {
        assert_eq!(by.aggregate(&losses, &zeros, totals).double_value(&[]), 0.0);
    }
}

#[test]
fn the_penalty_for_length_is_that_of_dapo() {
    let Some(vectors) = vectors() else { return };
    let overlong = Overlong { longest: 100, cache: 20 };
    let penalties = [80, 85, 90, 100, 101].map(|length| overlong.penalty(length));
    let name = "overlong soft: Lmax=100 cache=20 lens 80,85,90,100,101";
    assert_close(&penalties, &list(&vectors[name]), name);
}
