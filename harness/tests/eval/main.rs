//! `ra3 eval` and `ra3 generate` on a model behind an address, through their front door.
//!
//! The model is a server of our own that replays solutions, right and wrong, and does on demand what
//! servers do: refuse, fall silent, break off, talk nonsense.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod asking;
mod desk;
mod faults;
mod interrupt;
mod manners;
#[path = "../scene/ran.rs"]
mod ran;
mod server;
