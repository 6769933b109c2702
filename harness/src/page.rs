//! What pages without a script are made of.

use crate::report::{self, STYLE};

pub use crate::report::Text;
pub use crate::training::chart::{Curve, curves};

/// The beginning of a page with the style of all pages and its own, up to the opened body. Its policy
/// forbids scripts and anything from outside.
pub fn head(title: &str, style: &str) -> String {
    report::head(title, &format!("{STYLE}\n{style}"), "")
}

/// The style of curves.
pub const CURVES: &str = include_str!("training/page.css");

/// The configuration of a run, folded away.
pub(crate) fn configuration(text: &str) -> String {
    format!(
        "<section><details><summary>Configuration</summary><pre>{}</pre></details></section>",
        Text(text)
    )
}
