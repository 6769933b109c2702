//! What the trainer needs from the world.

use std::error::Error;
use std::future::Future;

/// One problem as a learner sees it: a prompt, and a reward for each answer.
pub trait Environment: Send + Sync {
    /// The text that the policy is asked to continue.
    fn prompt(&self) -> &str;

    /// The finite number that `completion` earns.
    ///
    /// A bad answer earns a low reward. An error says that the environment could not find out how
    /// good the answer was: the caller drops the answer and counts it, and never reads the error
    /// as a reward of zero, which would teach the policy that it was wrong.
    fn reward(
        &self,
        completion: &str,
    ) -> impl Future<Output = Result<f32, EnvironmentError>> + Send;
}

/// The environment broke, so this answer teaches nothing.
#[derive(Debug, thiserror::Error)]
#[error("the environment could not grade a completion")]
pub struct EnvironmentError(#[source] pub Box<dyn Error + Send + Sync>);
