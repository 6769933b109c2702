//! A run's verdicts as files: our own, and those that the public graders would have written.

mod evalplus;
mod human_eval;
mod json;
mod livecodebench;
mod verdict_row;

pub(crate) use evalplus::eval_results;
pub(crate) use human_eval::human_eval_results;
pub(crate) use livecodebench::{LIVECODEBENCH, livecodebench_results};
pub(crate) use verdict_row::VerdictRow;
