//! Answers that somebody else writes.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use trainer::algorithm::Correction;
use trainer::checkpoint::CheckpointStore;
use trainer::rlvr::{Asked, RlvrError, Settings, State, Writer, Writing, Written};

use crate::world::{Seen, learner, rlvr, settings};

/// Writes `bc` and the token that ends a text after it, but for every third answer.
#[derive(Debug, Default)]
struct Clerk {
    asked: Mutex<Vec<Asked>>,
    /// Says nothing of how likely the tokens were.
    is_silent: bool,
}

impl Writer for Clerk {
    fn write(&self, asked: Asked) -> Writing<'_> {
        Box::pin(async move {
            let mut all = self.asked.lock().unwrap();
            all.push(asked);
            if all.len().is_multiple_of(3) {
                return Err("the line is dead".to_owned());
            }
            let logprobs = if self.is_silent { vec![] } else { vec![-0.5, -1.5, -4.0, -1.0] };
            // What comes after the end is no part of the answer.
            Ok(Written { tokens: vec![1, 2, 0, 5], logprobs, is_cut: false })
        })
    }
}

fn train(clerk: Clerk) -> (Result<State, RlvrError>, Seen, Arc<Clerk>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = CheckpointStore::new(folder.path(), 1);
    let (mut seen, clerk) = (Seen::default(), Arc::new(clerk));
    let mut settings = Settings { steps: 2, ..settings() };
    settings.objective.correction = Some(Correction::Truncated { cap: 2.0 });
    let run = rlvr(settings, &runtime).written_by(Arc::clone(&clerk) as Arc<dyn Writer>);
    let state = State::default();
    let ended = run.train(&mut learner(), None, state, &store, &Value::Null, &mut seen);
    (ended, seen, clerk)
}

#[test]
fn what_is_learnt_from_are_the_tokens_that_were_drawn_and_what_did_not_come_is_counted() {
    let (ended, seen, clerk) = train(Clerk::default());
    ended.unwrap();
    let rollouts = || seen.groups.iter().flat_map(|group| &group.rollouts);
    // Of 2 steps with 4 prompts and 8 answers to each, every third is missing.
    assert_eq!(rollouts().count(), 64 - 21);
    assert_eq!(seen.steps.iter().map(|step| step.ungraded).sum::<usize>(), 21);
    for rollout in rollouts() {
        let completion = &rollout.completion;
        assert_eq!((&completion.tokens[..], &completion.text[..]), (&[1, 2, 0][..], "bc"));
        assert_eq!(completion.logprobs, [-0.5, -1.5, -4.0]);
    }
    let asked = clerk.asked.lock().unwrap();
    assert_eq!(asked.len(), 64, "held-out prompts are answered by the weights that learn");
    let seeds: std::collections::HashSet<u64> = asked.iter().map(|it| it.seed).collect();
    assert_eq!(seeds.len(), 64);
    assert!(seen.evaluations.iter().all(|it| it.by_prompt.iter().all(Option::is_some)));
}

#[test]
fn an_answer_without_probabilities_is_no_answer() {
    let (ended, ..) = train(Clerk { is_silent: true, ..Clerk::default() });
    let error = ended.unwrap_err().to_string();
    assert!(
        error.contains("4 tokens and 0 log-probabilities") || error.contains("dead"),
        "{error}"
    );
}
