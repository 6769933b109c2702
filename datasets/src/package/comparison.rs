//! How outputs are compared where a package brings no validator: as Kattis' default validator does it.
//!
//! Words are compared, in any case of letters and with any white space between them; flags make it
//! stricter, or let numbers be apart by a little. Since a judge asks validators anyway, this comparison
//! is one, written in Python for its flags. The original is `default_validator.cc` of Kattis/problemtools.
//!
//! Left out: numbers in hexadecimal and such as `1e`, which the original takes for floats and this one
//! for words.

use crate::{Answers, Language, Validator};

/// What the validator does after its settings.
const PROGRAM: &str = include_str!("default_validator.py");

/// As in the original, a tolerance below 0 is none.
const NONE: f64 = -1.0;

/// The settings of the default validator.
#[derive(Debug, PartialEq)]
pub(super) struct Comparison {
    case_sensitive: bool,
    space_change_sensitive: bool,
    absolute: f64,
    relative: f64,
}

impl Comparison {
    /// The comparison by these flags, where each is one that we know.
    pub(super) fn of(flags: &[String]) -> Option<Self> {
        let (case_sensitive, space_change_sensitive) = (false, false);
        let (absolute, relative) = (NONE, NONE);
        let mut it = Self { case_sensitive, space_change_sensitive, absolute, relative };
        let mut flags = flags.iter();
        while let Some(flag) = flags.next() {
            match flag.as_str() {
                "case_sensitive" => it.case_sensitive = true,
                "space_change_sensitive" => it.space_change_sensitive = true,
                "float_absolute_tolerance" => it.absolute = tolerance(flags.next()?)?,
                "float_relative_tolerance" => it.relative = tolerance(flags.next()?)?,
                "float_tolerance" => {
                    it.absolute = tolerance(flags.next()?)?;
                    it.relative = it.absolute;
                }
                _ => return None,
            }
        }
        Some(it)
    }

    /// How an output is known to be right by this comparison.
    pub(super) fn answers(&self) -> Answers {
        let has_tolerance = self.absolute >= 0.0 || self.relative >= 0.0;
        if self.case_sensitive && !self.space_change_sensitive && !has_tolerance {
            return Answers::One;
        }
        Answers::Validated(Validator {
            language: Language::Python,
            source: self.source(),
            headers: Vec::new(),
        })
    }

    fn source(&self) -> String {
        let python = |it| if it { "True" } else { "False" };
        format!(
            "CASE_SENSITIVE = {}\nSPACE_CHANGE_SENSITIVE = {}\nABSOLUTE = {:?}\nRELATIVE = {:?}\n{PROGRAM}",
            python(self.case_sensitive),
            python(self.space_change_sensitive),
            self.absolute,
            self.relative,
        )
    }
}

fn tolerance(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}
