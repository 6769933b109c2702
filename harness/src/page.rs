//! What pages without a script are made of.

use std::fmt;

use crate::report::{self, STYLE};

/// A string that is escaped when it is written into a page.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report::Text(self.0).fmt(f)
    }
}

/// The beginning of a page with the style of all pages and its own, up to the opened body. Its policy
/// forbids scripts and anything from outside.
pub fn head(title: &str, style: &str) -> String {
    report::head(title, &format!("{STYLE}\n{style}"), "")
}

pub use crate::training::chart::{Curve, curves};

/// The style of curves.
pub const CURVES: &str = include_str!("training/page.css");
