//! Who answers.

use std::sync::Arc;

use tokio::sync::mpsc::Sender;

use super::{Plan, Slot};
use crate::client::Usage;

/// Somebody who answers questions.
pub trait Source {
    /// Answer the questions of `plan` for the slots in `missing`, in any order, and send every answer
    /// the moment it is finished. When nobody listens any more, stop.
    ///
    /// # Errors
    ///
    /// No question can be answered, or no more. A single question that cannot be answered is no
    /// error but an [`Answered`] that says why.
    fn answer(
        self,
        plan: Arc<Plan>,
        missing: Vec<Slot>,
        answers: Sender<Answered>,
    ) -> impl Future<Output = anyhow::Result<()>>;
}

/// What became of a slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// Which.
    pub slot: Slot,
    /// The answer, or why there is none.
    pub answer: Result<Answer, String>,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Its text.
    pub text: String,
    /// Why it ended, where that is known: `stop`, `length`.
    pub finish: Option<String>,
    /// The tokens that it cost, where they were counted.
    pub usage: Option<Usage>,
}
