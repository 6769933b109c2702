//! The strings and bytes of Python source.
//!
//! All prefixes but `f`, all quotes, and all escapes but named characters. Escapes that Python does
//! not know are refused, where Python keeps them with a warning: in a file of problems they are
//! mistakes.

use crate::Value;
use crate::syntax::{Cursor, SyntaxError};

/// One or more strings, or bytes, side by side.
pub(crate) fn text(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    let (mut whole, is_bytes) = piece(cursor)?;
    loop {
        cursor.skip_whitespace();
        let prefix = cursor.rest().trim_start_matches(|c: char| c.is_ascii_alphabetic());
        if !prefix.starts_with(['\'', '"']) {
            break;
        }
        let (next, next_is_bytes) = piece(cursor)?;
        if next_is_bytes != is_bytes {
            return Err(cursor.error("strings and bytes side by side".to_owned()));
        }
        whole.push_str(&next);
    }
    if !is_bytes {
        return Ok(Value::Str(whole));
    }
    let bytes = whole.chars().map(|c| u8::try_from(c).expect("bytes hold code points to 255"));
    Ok(Value::Bytes(bytes.collect()))
}

/// How a piece of text is to be read.
#[derive(Clone, Copy)]
struct Quoting {
    quote: &'static str,
    raw: bool,
    bytes: bool,
}

/// One string with its prefix; of bytes, each is the character of that number.
fn piece(cursor: &mut Cursor) -> Result<(String, bool), SyntaxError> {
    let start = cursor.rest();
    let prefix = cursor.take_while(|byte| byte.is_ascii_alphabetic()).to_ascii_lowercase();
    let quote = ["'''", "\"\"\"", "'", "\""].into_iter().find(|quote| cursor.eat(quote));
    let (Some(quote), "" | "r" | "u" | "b" | "br" | "rb") = (quote, prefix.as_str()) else {
        let found: String = start.chars().take(3).collect();
        return Err(cursor.error(format!("`{found}` does not begin a string")));
    };
    let quoting = Quoting { quote, raw: prefix.contains('r'), bytes: prefix.contains('b') };
    let mut text = String::new();
    while !cursor.eat(quote) {
        characters(cursor, quoting, &mut text)?;
    }
    Ok((text, quoting.bytes))
}

/// Read what comes next in a string: a character, or an escape, which may stand for none.
fn characters(cursor: &mut Cursor, quoting: Quoting, text: &mut String) -> Result<(), SyntaxError> {
    let Some(character) = cursor.next() else {
        return Err(cursor.unexpected(format_args!("`{}`", quoting.quote)));
    };
    match character {
        '\\' if quoting.raw => {
            text.push('\\');
            text.extend(cursor.next());
        }
        '\\' => text.extend(escape(cursor, quoting.bytes)?),
        '\n' if quoting.quote.len() == 1 => {
            return Err(cursor.error("a line break inside a string".to_owned()));
        }
        _ if quoting.bytes && !character.is_ascii() => {
            return Err(cursor.error(format!("{character:?} is not ASCII, as bytes must be")));
        }
        _ => text.push(character),
    }
    Ok(())
}

/// What follows a backslash; an escaped line break is no character.
fn escape(cursor: &mut Cursor, bytes: bool) -> Result<Option<char>, SyntaxError> {
    let simple = match cursor.peek() {
        Some(byte @ (b'\\' | b'\'' | b'"')) => char::from(byte),
        Some(b'a') => '\u{7}',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'v') => '\u{b}',
        Some(b'\n') => {
            cursor.next();
            return Ok(None);
        }
        Some(b'0'..=b'7') => return octal(cursor, bytes).map(Some),
        Some(b'x') => return coded(cursor, "x", 2).map(Some),
        Some(b'u') if !bytes => return coded(cursor, "u", 4).map(Some),
        Some(b'U') if !bytes => return coded(cursor, "U", 8).map(Some),
        _ => return Err(cursor.unexpected("an escape")),
    };
    cursor.next();
    Ok(Some(simple))
}

/// A character by its number in hexadecimal.
fn coded(cursor: &mut Cursor, letter: &str, digits: usize) -> Result<char, SyntaxError> {
    cursor.expect(letter)?;
    let code = cursor.hex(digits)?;
    char::from_u32(code).ok_or_else(|| cursor.error(format!("{code:#x} is not a character")))
}

/// A character by its number in up to three octal digits.
fn octal(cursor: &mut Cursor, bytes: bool) -> Result<char, SyntaxError> {
    let mut code = 0;
    for _ in 0..3 {
        let Some(digit @ b'0'..=b'7') = cursor.peek() else { break };
        code = code * 8 + u32::from(digit - b'0');
        cursor.next();
    }
    match char::from_u32(code) {
        Some(character) if !bytes || code <= 0xFF => Ok(character),
        _ => Err(cursor.error(format!("{code:#o} is not a byte"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        Value::from_python(text).unwrap().to_python()
    }

    #[test]
    fn strings_have_every_prefix_and_escape() {
        assert_eq!(read(r#"'a"b' "it's""#), r#"'a"bit\'s'"#);
        assert_eq!(read(r"'\n\t\\\'\x41\u0042\U00000043\104\0'"), r"'\n\t\\\'ABCD\x00'");
        assert_eq!(read("'''a\nb'''"), r"'a\nb'");
        assert_eq!(read("'a\\\nb'"), "'ab'");
        assert_eq!(read(r"r'\n\''"), r"'\\n\\\''");
        assert_eq!(read(r"b'\x00\xff' rb'\x'"), r"b'\x00\xff\\x'");
        assert_eq!(read("u'é'"), r"'\xe9'");
    }
}
