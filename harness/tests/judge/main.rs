//! `ra3 judge` and `ra3 report` through their front door: what a person types, sees and finds.
//!
//! Most tests bring a data set of their own, a few functions in the form of HumanEval, so that a
//! task can be missing or a sample slow. What a person sees is compared word for word, with the
//! name of the test's folder left out.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;
mod forms;
mod input;
mod interrupt;
mod legal;
mod livecodebench;
#[path = "../scene/ran.rs"]
mod ran;
mod results;
mod storage;
