//! The second half of a round: M-steps.

use super::Midtraining;
use super::event::{Event, MidtrainObserver};
use super::explained::{self, Source};
use super::place::Reached;
use crate::learning::Learner;
use crate::order::Order;
use crate::ra3::Ra3Error;
use crate::ra3::maximization::maximize;

impl Midtraining {
    /// Makes the M-steps of a round.
    pub(super) fn learn(
        &self,
        round: u64,
        reached: &mut Reached,
        policy: &mut Learner,
        observer: &mut dyn MidtrainObserver,
    ) -> Result<(), Ra3Error> {
        let settings = &self.settings;
        let mut source = self.source(round)?;
        let (last, store) = (self.first_step(round + 1), self.policy_store());
        let mut saved = reached.learned;
        let ranks = policy.ranks.clone();
        while reached.learned < last
            && !self.is_finished(*reached)
            && !ranks.any(observer.is_stopped())?
        {
            let learned = reached.learned;
            let step = self.units_of_learning(round, learned);
            if learned.is_multiple_of(settings.evaluate_every.max(1)) {
                self.measure(step, learned, policy, observer)?;
            }
            let each = settings.programs as u64;
            let places = learned * each..(learned + 1) * each;
            let programs = places.map(|it| source.trajectory(it)).collect::<Result<Vec<_>, _>>()?;
            let report = maximize(policy, &programs, settings.loss_on, settings.batch_tokens)?;
            let event = Event::Learn { step, round, learned, report };
            observer.happened(&event).map_err(Ra3Error::Observer)?;
            reached.learned += 1;
            reached.tokens += report.tokens;
            let is_last = ranks.any(
                reached.learned == last || self.is_finished(*reached) || observer.is_stopped(),
            )?;
            if is_last || reached.learned - saved >= settings.save_every.max(1) {
                let data = serde_json::to_value(*reached).expect("numbers are JSON");
                self.save(&store, policy, reached.learned, data)?;
                saved = reached.learned;
                observer.saved().map_err(Ra3Error::Observer)?;
            }
        }
        Ok(())
    }

    /// What the M-steps of a round learn from.
    fn source(&self, round: u64) -> Result<Source<'_>, Ra3Error> {
        let path = self.explained_file(round);
        let explained = if self.thinks() { Some(explained::lines(&path)?) } else { None };
        Ok(Source {
            programs: &self.programs,
            order: Order::new(self.seed(), self.programs.len()),
            first: self.programs_of(round).start,
            explained,
            path,
        })
    }
}
