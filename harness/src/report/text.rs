//! Text from elsewhere, made fit to be shown.
//!
//! A program, what it wrote and the message about it were chosen by a model, so they are hostile
//! until shown otherwise. Two things keep them harmless and honest. Markup is escaped, by
//! [`Text`] on its way into HTML and by [`script_json`] on its way into a script element. And
//! what a reader could not see, or would see in the wrong order, is written out: a terminal
//! escape becomes `‹ESC›`, a right-to-left override becomes `‹U+202E›`.
//!
//! Lookalike letters are left alone: a Cyrillic `а` is a letter like any other.

use std::{
    borrow::Cow,
    fmt::{self, Write},
};

use serde::Serialize;

/// A string that is escaped when it is written into HTML, between tags or inside quotes.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in visible(self.0).chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Writes out every character that has no shape of its own or moves its neighbours.
///
/// Line feeds and tabs stay as they are.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b'\n' | b'\t' | b' '..=b'~');
    if text.bytes().all(is_plain) || !text.chars().any(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            plain if !is_unseen(plain) => shown.push(plain),
            unseen => write_out(&mut shown, unseen),
        }
    }
    Cow::Owned(shown)
}

/// ASCII's own names of its control characters.
const CONTROLS: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR",
    "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC",
    "FS", "GS", "RS", "US",
];

/// Writes the name of `unseen` in marks that every font has.
fn write_out(shown: &mut String, unseen: char) {
    let code = u32::from(unseen);
    match CONTROLS.get(code as usize) {
        Some(name) => write!(shown, "‹{name}›"),
        None if unseen == '\u{7f}' => write!(shown, "‹DEL›"),
        None => write!(shown, "‹U+{code:04X}›"),
    }
    .expect("a String takes every write");
}

fn is_unseen(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        // Control characters; terminals obey some of them.
        '\0'..'\u{20}' | '\u{7f}'..='\u{9f}' => true,
        // Marks, embeddings, overrides and isolates of text direction.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        '\u{2066}'..='\u{206f}' => true,
        // Characters without width.
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200d}' => true,
        '\u{2060}'..='\u{2065}' | '\u{feff}' => true,
        // Letters and spaces that are drawn as nothing.
        '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}' => true,
        // Line ends of a second kind, annotation marks, tags and variation selectors.
        '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// JSON that can stand inside a script element: nothing in it can end the element.
///
/// # Errors
/// When `value` has no JSON form, as a map with keys that are no strings.
pub(super) fn script_json(value: &impl Serialize) -> serde_json::Result<String> {
    // All of these can only stand inside a JSON string, where they may be spelt so.
    Ok(serde_json::to_string(value)?
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029"))
}

/// How many bytes of the page a visible text takes up in [`script_json`].
pub(super) fn page_size(text: &str) -> usize {
    text.chars().map(page_bytes).sum()
}

/// How many bytes of the page one character of a visible text takes up in [`script_json`].
fn page_bytes(character: char) -> usize {
    match character {
        '<' | '>' | '&' => 6,
        '"' | '\\' | '\n' | '\t' => 2,
        other => other.len_utf8(),
    }
}

/// The longest beginning of a visible text that takes up at most `limit` bytes of the page.
pub(super) fn beginning(text: &str, limit: usize) -> &str {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += page_bytes(character);
        if used > limit {
            return &text[..at];
        }
    }
    text
}

/// The longest end of a visible text that takes up at most `limit` bytes of the page.
pub(super) fn end(text: &str, limit: usize) -> &str {
    let mut used = 0;
    for (at, character) in text.char_indices().rev() {
        used += page_bytes(character);
        if used > limit {
            return &text[at + character.len_utf8()..];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            Text(r#"<a href="x" b='y'>&"#).to_string(),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;"
        );
    }

    #[test]
    fn ordinary_text_is_shown_as_it_is() {
        let text = "def naïve(x):\n\treturn 'Ω 中文 🎉'";
        assert!(matches!(visible(text), Cow::Borrowed(shown) if shown == text));
    }

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(visible("\x1b[31mred\x07\r\n"), "‹ESC›[31mred‹BEL›‹CR›\n");
        assert_eq!(
            visible("a\u{202e}b\u{200b}\u{9b}\u{7f}\0"),
            "a‹U+202E›b‹U+200B›‹U+009B›‹DEL›‹NUL›"
        );
        assert_eq!(visible("\u{e0041}"), "‹U+E0041›");
    }

    #[test]
    fn json_cannot_end_the_script_element() {
        let json = script_json(&"</script><!--\u{2028}&").unwrap();
        assert_eq!(json, r#""\u003c/script\u003e\u003c!--\u2028\u0026""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), "</script><!--\u{2028}&");
    }

    #[test]
    fn the_size_in_the_page_is_the_size_of_the_json() {
        let text = "if a < b & \"c\\d\":\n\treturn 'é'";
        assert_eq!(page_size(text) + 2, script_json(&text).unwrap().len());
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(beginning("aéz", 2), "a");
        assert_eq!(beginning("aéz", 3), "aé");
        assert_eq!(end("aéz", 2), "z");
        assert_eq!(end("aéz", 3), "éz");
        assert_eq!(beginning("short", 100), "short");
    }
}
