//! RA3 on worlds that are small enough to enumerate or to train in seconds: the checks of the bound,
//! and the properties that every run relies on.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod bound;
mod horizon;
mod plug;
mod reuse;
mod rounds;
mod trajectories;
mod world;
