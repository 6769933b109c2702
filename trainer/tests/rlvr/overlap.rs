//! Answers that are written by weights of one update ago.

use serde_json::Value;
use trainer::Group;
use trainer::algorithm::{Correction, Objective};
use trainer::checkpoint::CheckpointStore;
use trainer::learning::{Batch, Learner, Schedule, logprobs};
use trainer::model::Decoder;
use trainer::rlvr::{Settings, State};

use crate::world::{Seen, learner, model, rlvr, settings};

/// What a training by `settings` showed, and the learner after it.
fn train(settings: Settings, mut learner: Learner) -> (Seen, Learner) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = CheckpointStore::new(folder.path(), 1);
    let mut seen = Seen::default();
    let run = rlvr(settings, &runtime);
    run.train(&mut learner, None, State::default(), &store, &Value::Null, &mut seen).unwrap();
    (seen, learner)
}

fn still() -> Learner {
    Learner { schedule: Schedule { peak: 0.0, ..learner().schedule }, ..learner() }
}

/// An answer: the number of its prompt, its tokens, what it earned, and what was said of that.
type Answered<'a> = (usize, &'a [u32], f32, &'a str);

fn answered(seen: &Seen) -> Vec<Answered<'_>> {
    let mut all = Vec::new();
    for group in &seen.groups {
        for rollout in &group.rollouts {
            all.push((
                group.task,
                &rollout.completion.tokens[..],
                rollout.reward,
                &rollout.note[..],
            ));
        }
    }
    all
}

#[test]
fn where_weights_stand_still_the_same_is_drawn_ahead_that_would_be_drawn_later() {
    let dapo = Objective::preset("dapo", 6).unwrap();
    for plain in [settings(), Settings { objective: dapo, redraws: 2, samples: 2, ..settings() }] {
        let (later, _) = train(plain.clone(), still());
        let (ahead, _) = train(Settings { overlap: true, ..plain }, still());
        assert_eq!(answered(&ahead), answered(&later));
        assert!(ahead.groups.iter().all(|group| group.rollouts[0].note.ends_with("right")));
    }
}

#[test]
fn the_first_step_is_that_of_a_run_that_draws_nothing_ahead_and_later_ones_differ() {
    let (plain, _) = train(settings(), learner());
    let (ahead, _) = train(Settings { overlap: true, ..settings() }, learner());
    assert_eq!(answered(&plain)[..32], answered(&ahead)[..32]);
    assert_ne!(answered(&plain)[32..], answered(&ahead)[32..]);
}

/// The log-probability that `model` gives each token of each answer of `group`.
fn scored(model: &Decoder, group: &Group) -> Vec<f32> {
    let mut batch = Batch::default();
    batch.add_answers(&group.ids, group.rollouts.iter().map(|it| &it.completion.tokens[..]));
    Vec::try_from(logprobs(model, &batch, 1.0, 1024)).unwrap()
}

fn sampled(group: &Group) -> Vec<f32> {
    group.rollouts.iter().flat_map(|it| it.completion.logprobs.clone()).collect()
}

/// The loss of `groups` where the token of each answer weighs what `weight` makes of its log-probability
/// now and when it was sampled; by hand, as Dr. GRPO has it at the first update.
fn loss(now: &Decoder, groups: &[Group], weight: impl Fn(f64, f64) -> f64) -> f64 {
    let answers: usize = groups.iter().map(|it| it.rollouts.len()).sum();
    let of_group = |group: &Group| {
        let rewards: Vec<f64> = group.rewards().into_iter().map(f64::from).collect();
        let mean = rewards.iter().sum::<f64>() / rewards.len() as f64;
        let lengths = group.rollouts.iter().map(|it| it.completion.tokens.len());
        let advantages = rewards
            .iter()
            .zip(lengths)
            .flat_map(|(reward, length)| std::iter::repeat_n(reward - mean, length));
        let pairs = scored(now, group).into_iter().zip(sampled(group));
        let losses = advantages
            .zip(pairs)
            .map(|(advantage, (now, then))| -advantage * weight(now.into(), then.into()));
        losses.sum::<f64>()
    };
    groups.iter().map(of_group).sum::<f64>() / (6.0 * answers as f64)
}

#[test]
fn an_answer_of_older_weights_weighs_what_the_policy_has_moved_since_it_was_written() {
    let cap = 1.2;
    let objective = Objective {
        correction: Some(Correction::Truncated { cap }),
        ..Objective::preset("dr-grpo", 6).unwrap()
    };
    let settings = |steps| Settings { steps, objective, overlap: true, ..settings() };
    // The weights after one update, by which the second step learns; its answers are older.
    let (_, after_one) = train(settings(1), learner());
    let (seen, _) = train(settings(2), learner());
    let groups = &seen.groups[4..];
    let apart = |model: &Decoder| {
        let distances = groups.iter().flat_map(|group| {
            let pairs = scored(model, group).into_iter().zip(sampled(group));
            pairs.map(|(left, right)| f64::from((left - right).abs())).collect::<Vec<_>>()
        });
        distances.fold(0.0, f64::max)
    };
    assert!(apart(&model()) < 1e-4, "the weights before the first update wrote them");
    let moved = apart(&after_one.model);
    assert!(moved > 0.05, "{moved}");
    assert!((seen.steps[1].gap - moved).abs() < 1e-4, "{} and {moved}", seen.steps[1].gap);

    let weighed = loss(&after_one.model, groups, |now, then| (now - then).exp().min(cap));
    let unbounded = loss(&after_one.model, groups, |now, then| (now - then).exp());
    let unweighed = loss(&after_one.model, groups, |_, _| 1.0);
    let reported = seen.steps[1].loss;
    assert!((reported - weighed).abs() < 1e-6, "{reported} is not {weighed}");
    for other in [unbounded, unweighed] {
        assert!((reported - other).abs() > 1e-4, "{reported} and {other}");
    }
}

#[test]
fn without_a_correction_ratios_are_taken_to_the_weights_that_wrote_the_answers() {
    let settings = |steps| Settings { steps, overlap: true, ..settings() };
    let (_, after_one) = train(settings(1), learner());
    let (seen, _) = train(settings(2), learner());
    // Clipping by 0.2 on the side that pays; most tokens are within.
    let clipped = |group: &Group| {
        let pairs = scored(&after_one.model, group).into_iter().zip(sampled(group));
        pairs.filter(|(now, then)| !(0.8..=1.2).contains(&(now - then).exp())).count()
    };
    let share = |tokens: usize, of: usize| tokens as f64 / of as f64;
    let tokens: usize = seen.groups[4..].iter().map(|it| sampled(it).len()).sum();
    let expected = share(seen.groups[4..].iter().map(clipped).sum(), tokens);
    let reported = seen.steps[1].clipped;
    assert!(expected > 0.0 && seen.steps[1].learnt_tokens == tokens);
    assert!((reported - expected).abs() < 0.02, "{reported} and {expected}");
}
