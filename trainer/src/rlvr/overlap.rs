//! Answers that are written while others are learnt from.
//!
//! The thread that writes has a copy of the weights for itself, and needs no other rank: exchanges between
//! ranks are made by the thread that learns, in one order everywhere.

use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};

use super::{Rlvr, RlvrError, Seconds, State};
use crate::algorithm::Learned;
use crate::environment::Environment;
use crate::learning::Learner;
use crate::model::Decoder;
use crate::rollout::Group;

impl<E: Environment + 'static> Rlvr<E> {
    /// Learns from `groups`, and leaves in `state` what the weights before that answer in the next step.
    pub(super) fn learn_and_draw_ahead(
        &self,
        learner: &mut Learner,
        reference: Option<&Decoder>,
        groups: &[Group],
        state: &mut State,
        seconds: &mut Seconds,
    ) -> Result<Learned, RlvrError> {
        let next = state.step + 1;
        let tasks = self.choose(state, &[]);
        let model = learner.model.still();
        let sampler = self.sampler(&model, next as u32);
        let (learned, drawn, left) = thread::scope(|scope| {
            let chosen = &tasks;
            let samples = self.settings.samples;
            let drawing = scope.spawn(move || self.draw(&model, &sampler, chosen, samples));
            let learned = self.learn(learner, reference, groups, seconds);
            let began = Instant::now();
            let drawn = drawing.join().unwrap_or_else(|panic| resume_unwind(panic));
            (learned, drawn, began.elapsed())
        });
        let (learned, drawn) = (learned?, drawn?);
        count(seconds, left, drawn.waiting);
        let began = Instant::now();
        state.ahead = self.gather(&tasks, drawn, next)?;
        seconds.waiting += began.elapsed().as_secs_f64();
        Ok(learned)
    }
}

/// Of the time that was `left` after learning, rewards had the last part.
fn count(seconds: &mut Seconds, left: Duration, waiting: Duration) {
    let waiting = waiting.min(left);
    seconds.sampling += (left - waiting).as_secs_f64();
    seconds.waiting += waiting.as_secs_f64();
}
