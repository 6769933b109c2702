//! RA3: learning when to think before a line of code, and what.
//!
//! Source: "Learning to Reason as Action Abstractions with Scalable Mid-Training RL",
//! arXiv:2509.25810. Here are the parts of its E-step that are arithmetic: what a line earns, and
//! how much better than its siblings a trajectory did from there on. What samples, scores and
//! updates stands elsewhere.

mod returns;

pub use returns::{Horizon, Line, Rewards, advantages_from_here};
