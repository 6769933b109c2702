//! Under which conditions programs are judged: what `ra3 judge` and `ra3 eval` are both asked.

use std::path::PathBuf;

use clap::Args;
use sandbox::{Isolation, Tier};

use super::judge::at_least_one;
use crate::backend::Backend;
use crate::run_directory::RunConfig;

/// Under which conditions programs are judged.
#[derive(Args, Clone, Debug, Default)]
pub struct ConditionArgs {
    /// How many programs run at a time; one a core by default.
    #[arg(long, short, value_name = "N", value_parser = at_least_one)]
    pub(crate) jobs: Option<usize>,
    /// Where programs run; as Linux processes by default.
    #[arg(long, value_name = "NAME")]
    pub(crate) backend: Option<Backend>,
    /// Isolation tier: t2, t1, t0 or none. The strongest that the machine allows by default.
    #[arg(long)]
    pub(crate) tier: Option<Tier>,
    /// What runs share from tier t1 on: strict (an empty network, the default) or paranoid (nothing).
    #[arg(long, value_name = "NAME")]
    pub(crate) isolation: Option<Isolation>,
    /// The interpreter, instead of the one that `ra3 doctor` shows.
    #[arg(long, value_name = "PATH")]
    pub(crate) python: Option<PathBuf>,
    /// How often to try again when ra3 itself failed to judge a sample; 2 by default.
    #[arg(long, value_name = "N")]
    pub(crate) retries: Option<usize>,
    /// How often to run a program again that ran out of time; never by default.
    #[arg(long, value_name = "N")]
    pub(crate) timeout_retries: Option<usize>,
}

impl ConditionArgs {
    /// Those of an earlier run.
    pub(crate) fn of(config: &RunConfig) -> Self {
        Self {
            jobs: Some(config.jobs),
            backend: Some(config.backend),
            tier: Some(config.tier),
            isolation: config.isolation.parse().ok(),
            python: Some(config.python.executable.clone()),
            retries: Some(config.retries),
            timeout_retries: Some(config.timeout_retries),
        }
    }

    /// These, with those of an `earlier` run where they say nothing.
    pub(crate) fn or(self, earlier: Self) -> Self {
        Self {
            jobs: self.jobs.or(earlier.jobs),
            backend: self.backend.or(earlier.backend),
            tier: self.tier.or(earlier.tier),
            isolation: self.isolation.or(earlier.isolation),
            python: self.python.or(earlier.python),
            retries: self.retries.or(earlier.retries),
            timeout_retries: self.timeout_retries.or(earlier.timeout_retries),
        }
    }
}
