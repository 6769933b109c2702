//! Halves of surrogate pairs in JSON.
//!
//! JSON writes a character beyond the first 65536 as two escapes, `\ud83d\ude00`. A model whose tokens
//! are bytes may end between them, and Python's `json` writes and reads one half as if it were a
//! character. It is none, and no text in Rust can hold it, so that something else takes its place.

use std::borrow::Cow;

/// What takes the place of a half, as an escape. All are as long as that, so that no column moves.
#[derive(Clone, Copy)]
pub(crate) enum StandIn {
    /// U+FFFD, which stands for what cannot be read.
    Unreadable,
    /// NUL, which no program may have, as none may have half a pair.
    Impossible,
}

impl StandIn {
    const LENGTH: usize = 6;

    fn escape(self) -> &'static str {
        match self {
            Self::Unreadable => "\\ufffd",
            Self::Impossible => "\\u0000",
        }
    }
}

/// `json` with `stand_in` in the place of every half of a pair, and those halves in order.
pub(crate) fn mended(json: &str, stand_in: StandIn) -> (Cow<'_, str>, Vec<u16>) {
    let (mut text, mut halves) = (String::new(), Vec::new());
    // Up to where `json` is in `text`, and from where on to look.
    let (mut done, mut from) = (0, 0);
    while let Some(found) = json[from..].find('\\') {
        let at = from + found;
        match (unit(json, at), unit(json, at + StandIn::LENGTH)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => from = at + 2 * StandIn::LENGTH,
            (Some(half @ 0xD800..=0xDFFF), _) => {
                text += &json[done..at];
                text += stand_in.escape();
                halves.push(half);
                from = at + StandIn::LENGTH;
                done = from;
            }
            // Past what is escaped, which may be a backslash itself, of any number of bytes.
            _ => {
                from = json[at + 1..].chars().next().map_or(at + 1, |next| at + 1 + next.len_utf8())
            }
        }
    }
    if halves.is_empty() {
        return (Cow::Borrowed(json), halves);
    }
    text += &json[done..];
    (Cow::Owned(text), halves)
}

/// The number in the escape `\uXXXX` at `at`, where there is one.
fn unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..at + StandIn::LENGTH)?.strip_prefix("\\u")?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_number.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        serde_json::from_str(&mended(json, StandIn::Unreadable).0).unwrap()
    }

    #[test]
    fn a_half_becomes_what_stands_for_the_unreadable_and_all_else_stays() {
        assert_eq!(text(r#""a\ud83db""#), "a\u{fffd}b");
        assert_eq!(text(r#""\uDE00\ud83d\ude00\ud83d""#), "\u{fffd}\u{1f600}\u{fffd}");
        assert_eq!(text(r#""\ud83d\ud83d\ude00""#), "\u{fffd}\u{1f600}");
        assert_eq!(text(r#""\\ud83d \\\ud83d é\u00e9\n""#), "\\ud83d \\\u{fffd} éé\n");
        assert_eq!(mended(r#""\ud83d, \udc00""#, StandIn::Unreadable).1, [0xD83D, 0xDC00]);
    }

    #[test]
    fn what_needs_no_mending_or_is_no_json_is_left_alone() {
        for json in
            [r#""\ud83d\ude00""#, r#""\\ud83d""#, "\\", "\\é\\ud8", "\\ud83é", "\\u+83d", ""]
        {
            assert!(
                matches!(mended(json, StandIn::Impossible), (Cow::Borrowed(same), _) if same == json),
                "{json}"
            );
        }
    }
}
