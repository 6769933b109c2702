//! Compares what a program wrote with what it should have written.
//!
//! A [`Checker`] knows nothing of processes and sees plain text. The standard ones of testlib are here
//! under their own names and with its manners: a participant's output that is not even of the right
//! form is a presentation error, and what an answer file holds that it should not is our failure and
//! not the participant's.
//!
//! None of these can judge a problem with several right answers; that needs a program of its own.

mod decimal;
mod testlib;
mod tokens;

use std::str::FromStr;

use crate::Outcome;

pub use testlib::Standard;

/// A way to compare two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Checker {
    /// The same lines, leaving aside white space at the ends of lines and of the text.
    Lines,
    /// The same, where a line of numbers may write each in another way (`1`, `1.00`): LiveCodeBench.
    DecimalLines,
    /// The same words, whatever stands between them.
    Tokens,
    /// The same words, but for numbers with a point within 1e-6, and `yes` and `no` in any case: what contests
    /// ask for that do not say how to write these.
    Values,
    /// The same words in any case, numbers within 1e-5: CodeContests.
    CodeContests,
    /// A checker of testlib.
    Testlib(Standard),
}

/// What a checker says.
#[derive(Clone, Debug, PartialEq)]
pub enum Grade {
    /// It is right.
    Right,
    /// It is wrong, and why.
    Wrong(String),
    /// It is not of the form that was asked for, and why.
    Presentation(String),
    /// It is worth so much; what that means is the problem's business.
    Points(f64),
    /// The expected text is at fault, so that nothing is known about the program.
    Failed(String),
}

impl Grade {
    /// What it makes of a program that ended as it should; nothing where that is right.
    pub(crate) fn failure(self) -> Option<(Outcome, String)> {
        match self {
            Self::Right => None,
            Self::Wrong(why) => Some((Outcome::WrongAnswer, why)),
            Self::Presentation(why) => Some((Outcome::PresentationError, why)),
            Self::Points(points) => Some((Outcome::WrongAnswer, format!("{points} points"))),
            Self::Failed(why) => Some((Outcome::CheckerFailed, why)),
        }
    }
}

impl Checker {
    /// What `written` is worth where `expected` is a right answer.
    ///
    /// ```
    /// use benchmarks::{Checker, Grade};
    ///
    /// assert_eq!(Checker::Tokens.grade("1  2\n", "1\n2"), Grade::Right);
    /// assert!(matches!(Checker::Lines.grade("1  2\n", "1\n2"), Grade::Wrong(_)));
    /// ```
    pub fn grade(self, written: &str, expected: &str) -> Grade {
        match self {
            Self::Lines => {
                graded(tokens::different_line(written, expected, |one, other| one == other))
            }
            Self::DecimalLines => {
                graded(tokens::different_line(written, expected, decimal::same_line))
            }
            Self::Tokens => graded(tokens::different_word(written, expected)),
            Self::Values => graded(tokens::different_value(written, expected)),
            Self::CodeContests => graded(tokens::different_to_codecontests(written, expected)),
            Self::Testlib(standard) => standard.grade(written, expected),
        }
    }

    /// The name on command lines and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::DecimalLines => "decimal-lines",
            Self::Tokens => "tokens",
            Self::Values => "values",
            Self::CodeContests => "codecontests",
            Self::Testlib(standard) => standard.name(),
        }
    }

    /// Every checker.
    pub fn all() -> impl Iterator<Item = Self> {
        let own = [Self::Lines, Self::DecimalLines, Self::Tokens, Self::Values, Self::CodeContests];
        own.into_iter().chain(Standard::ALL.map(Self::Testlib))
    }
}

impl FromStr for Checker {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::all().find(|checker| checker.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::all().map(Self::name).collect();
            format!("there is no checker `{name}`; there are {}", names.join(", "))
        })
    }
}

fn graded(difference: Option<String>) -> Grade {
    difference.map_or(Grade::Right, Grade::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checker_is_found_by_its_name() {
        for checker in Checker::all() {
            assert_eq!(checker.name().parse(), Ok(checker));
        }
        assert!(
            "vcmp".parse::<Checker>().unwrap_err().contains("tokens, values, codecontests, wcmp")
        );
    }
}
