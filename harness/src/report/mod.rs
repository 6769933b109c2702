//! `report.html`: a finished run as one page that a person can open, keep and send on.
//!
//! [`html`] is a pure function from the data of a run to the text of the page. The page is one
//! file that refers to nothing outside itself: its style and script are part of it, its charts
//! are inline SVG, and its content security policy lets the browser load nothing at all and run
//! no script but this one, known by its hash. It is opened from a disk, without a server.
//!
//! Scores, outcomes and the table of tasks are plain HTML, there without the script and on
//! paper. The failing samples travel as JSON and become elements when a person opens one, so a
//! run of thousands opens as fast as one of ten; [`details`] says how large the page may grow.
//!
//! What a model wrote is hostile text; [`text`] is the only way it gets onto the page. In the
//! `format!`s of this folder every `{}` is a figure, markup of our own or a [`text::Text`].
//!
//! The page shows what the run's data says and computes no score of its own.

pub(crate) mod charts;
mod comparison;
mod details;
mod failures;
mod figures;
mod outcomes;
mod overview;
mod profiles;
mod table;
mod tasks;
mod text;

#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};

pub(crate) use self::comparison::html as comparison_html;
pub use self::text::Text;
use self::{details::Details, tasks::Task};
use crate::summary::Run;

const HEAD: &str = include_str!("head.html");
const PAGE: &str = include_str!("page.html");
pub(crate) const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The whole page for one finished run.
pub(crate) fn html(run: &Run) -> String {
    let tasks = Task::gather(&run.judged);
    let details = Details::of(&tasks);
    fill(PAGE, |slot| match slot {
        "head" => head(&format!("{} on {}", run.samples, run.benchmark), STYLE, SCRIPT),
        "script" => SCRIPT.to_owned(),
        "benchmark" => Text(&run.benchmark).to_string(),
        "profile" => Text(&run.profile).to_string(),
        "samples" => Text(&run.samples).to_string(),
        "facts" => overview::facts(run, tasks.len()),
        "ungraded" => overview::ungraded(run),
        "scores" => overview::scores(&run.scores),
        "outcomes" => overview::outcomes(run),
        "notes" => overview::notes(run),
        "failures" => failures::kinds(run, &details),
        "outcome_options" => table::outcome_options(run),
        "table_class" => table::class(&tasks).to_owned(),
        "rows" => table::rows(&tasks),
        "data" => details.json(),
        unknown => unreachable!("page.html has no slot {unknown}"),
    })
}

/// The beginning of a page, up to its first element: its policy lets the browser load nothing, and
/// use no style and no script but these.
pub(crate) fn head(title: &str, style: &str, script: &str) -> String {
    fill(HEAD, |slot| match slot {
        "style" => style.to_owned(),
        "style_hash" => policy_hash(style),
        "script_hash" => policy_hash(script),
        "title" => Text(title).to_string(),
        unknown => unreachable!("head.html has no slot {unknown}"),
    })
}

/// Puts a value into every `{{slot}}` of `template`.
///
/// One pass: braces in a value stay braces.
fn fill(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut page = String::new();
    let mut rest = template;
    while let Some((before, slot, after)) = next_slot(rest) {
        page += before;
        page += &value(slot);
        rest = after;
    }
    page + rest
}

fn next_slot(template: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = template.split_once("{{")?;
    let (slot, after) = rest.split_once("}}")?;
    Some((before, slot, after))
}

/// `source` as a content security policy names it: `sha256-` and the hash in Base64.
fn policy_hash(source: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(source)))
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(*group.get(at).unwrap_or(&0)));
        for at in 0..4 {
            let six = bits >> (18 - 6 * at) & 63;
            encoded.push(if at <= group.len() { char::from(ALPHABET[six as usize]) } else { '=' });
        }
    }
    encoded
}
