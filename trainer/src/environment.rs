//! What the trainer needs from the world.

use std::error::Error;
use std::future::Future;

use serde::{Deserialize, Serialize};

/// One problem as a learner sees it: a prompt, and a reward for each answer.
pub trait Environment: Send + Sync {
    /// The text that the policy is asked to continue.
    fn prompt(&self) -> &str;

    /// What `completion` earns.
    ///
    /// A bad answer earns a low reward. An error says that the environment could not find out how
    /// good the answer was: the caller drops the answer and counts it, and never reads the error
    /// as a reward of zero, which would teach the policy that it was wrong.
    fn reward(
        &self,
        completion: &str,
    ) -> impl Future<Output = Result<Earned, EnvironmentError>> + Send;
}

/// What an answer earned.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Earned {
    /// A finite number.
    pub reward: f32,
    /// Whatever is to be found beside the answer in the records of a run. The trainer carries it, also
    /// through a checkpoint and between ranks, and does not read it.
    pub note: String,
}

impl From<f32> for Earned {
    /// A reward of which there is nothing to say.
    fn from(reward: f32) -> Self {
        Self { reward, note: String::new() }
    }
}

/// The environment broke, so this answer teaches nothing.
#[derive(Debug, thiserror::Error)]
#[error("the environment could not grade a completion")]
pub struct EnvironmentError(#[source] pub Box<dyn Error + Send + Sync>);
