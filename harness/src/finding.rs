//! What a difference between two runs comes to, whatever was measured.

use serde::Serialize;

/// What can be said about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Finding {
    /// It is better.
    Better,
    /// It is worse.
    Worse,
    /// It may be either.
    Open,
}

impl Finding {
    /// What can be said of a gain whose 95 % interval has these ends.
    pub(crate) fn of(low: f64, high: f64) -> Self {
        match (low, high) {
            (low, _) if low > 0.0 => Self::Better,
            (_, high) if high < 0.0 => Self::Worse,
            _ => Self::Open,
        }
    }

    /// Its class in the style sheets.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Open => "tie",
        }
    }

    /// The same in words, of two that have these names.
    pub(crate) fn said(self, name: &str, first: &str) -> String {
        match self {
            Self::Better => format!("{name} is better than {first}"),
            Self::Worse => format!("{name} is worse than {first}"),
            Self::Open => format!("{name} and {first} cannot be told apart"),
        }
    }
}
