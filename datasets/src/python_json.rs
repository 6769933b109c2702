//! JSON as Python's `json` module reads it.
//!
//! EvalPlus wrote its files with that module, and two of its habits are outside the standard:
//! `Infinity`, `-Infinity` and `NaN` are numbers, and an integer may have any number of digits.
//! A general JSON reader refuses the first and rounds the second, so this crate has its own.
//!
//! As in Python, a number with a point or an exponent is a `float` and any other an `int`, and of
//! two equal keys the last counts. Unlike in Python, half a surrogate pair is refused, because a
//! [`Value`] holds text.

use std::collections::HashMap;

use crate::Value;
use crate::syntax::{Cursor, SyntaxError, decimal, floating};

impl Value {
    /// Read one JSON document, as Python's `json.loads` does.
    ///
    /// ```
    /// # use datasets::Value;
    /// let value = Value::from_json(r#"[1, 1.0, -Infinity, {"a": null}]"#)?;
    /// assert_eq!(value.to_python(), "[1, 1.0, float('-inf'), {'a': None}]");
    /// # Ok::<(), datasets::SyntaxError>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, SyntaxError> {
        let mut cursor = Cursor::new(text);
        let value = value(&mut cursor)?;
        cursor.expect_end()?;
        Ok(value)
    }
}

/// Words that stand for a value.
const WORDS: [(&str, Value); 6] = [
    ("null", Value::None),
    ("true", Value::Bool(true)),
    ("false", Value::Bool(false)),
    ("NaN", Value::Float(f64::NAN)),
    ("Infinity", Value::Float(f64::INFINITY)),
    ("-Infinity", Value::Float(f64::NEG_INFINITY)),
];

fn value(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    cursor.skip_whitespace();
    match cursor.peek() {
        Some(b'"') => Ok(Value::Str(string(cursor)?)),
        Some(b'[') => cursor.nested(array),
        Some(b'{') => cursor.nested(object),
        Some(b'0'..=b'9') => number(cursor),
        Some(b'-') if cursor.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => {
            number(cursor)
        }
        _ => match WORDS.iter().find(|(word, _)| cursor.eat(word)) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(cursor.unexpected("a value")),
        },
    }
}

fn array(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    cursor.expect("[")?;
    Ok(Value::List(cursor.list("]", false, value)?.0))
}

fn object(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    cursor.expect("{")?;
    let (pairs, _) = cursor.list("}", false, |cursor| {
        let key = string(cursor)?;
        cursor.skip_whitespace();
        cursor.expect(":")?;
        Ok((key, value(cursor)?))
    })?;
    let mut place_of = HashMap::with_capacity(pairs.len());
    let mut fields: Vec<(Value, Value)> = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        match place_of.get(&key) {
            Some(&place) => fields[place] = (Value::Str(key), value),
            None => {
                place_of.insert(key.clone(), fields.len());
                fields.push((Value::Str(key), value));
            }
        }
    }
    Ok(Value::Dict(fields))
}

fn number(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    let text = cursor.rest();
    cursor.eat("-");
    if !cursor.eat("0") {
        digits(cursor)?;
    }
    let mut whole = true;
    if cursor.eat(".") {
        whole = false;
        digits(cursor)?;
    }
    if cursor.eat("e") || cursor.eat("E") {
        whole = false;
        let _ = cursor.eat("+") || cursor.eat("-");
        digits(cursor)?;
    }
    let notation = &text[..text.len() - cursor.rest().len()];
    Ok(if whole { decimal(notation) } else { floating(notation) })
}

fn digits(cursor: &mut Cursor) -> Result<(), SyntaxError> {
    let digits = cursor.take_while(|byte| byte.is_ascii_digit());
    if digits.is_empty() { Err(cursor.unexpected("a digit")) } else { Ok(()) }
}

fn string(cursor: &mut Cursor) -> Result<String, SyntaxError> {
    cursor.expect("\"")?;
    let mut text = String::new();
    loop {
        text.push_str(cursor.take_while(|byte| byte >= b' ' && byte != b'"' && byte != b'\\'));
        if cursor.eat("\"") {
            return Ok(text);
        }
        if !cursor.eat("\\") {
            return Err(cursor.unexpected("the rest of a string"));
        }
        text.push(escape(cursor)?);
    }
}

fn escape(cursor: &mut Cursor) -> Result<char, SyntaxError> {
    let escaped = match cursor.peek() {
        Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(cursor),
        _ => return Err(cursor.unexpected("an escape")),
    };
    cursor.next();
    Ok(escaped)
}

/// `uXXXX`, where a character beyond the first 65536 takes two of them.
fn unicode(cursor: &mut Cursor) -> Result<char, SyntaxError> {
    cursor.expect("u")?;
    let first = cursor.hex(4)?;
    let code = match first {
        0xD800..=0xDBFF if cursor.eat("\\u") => {
            let second = cursor.hex(4)?;
            (0xDC00..=0xDFFF)
                .contains(&second)
                .then(|| 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        }
        code => Some(code),
    };
    code.and_then(char::from_u32)
        .ok_or_else(|| cursor.error("half a surrogate pair is not text".to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn python(text: &str) -> String {
        Value::from_json(text).unwrap().to_python()
    }

    #[test]
    fn numbers_keep_their_type_and_all_their_digits() {
        let digits = "9".repeat(400);
        assert_eq!(python(&digits), digits);
        assert_eq!(python("[1, 1.0, 1e2, -0, -0.0]"), "[1, 1.0, 100.0, 0, -0.0]");
        assert_eq!(
            python("[NaN, Infinity, -Infinity, 1e999]"),
            "[float('nan'), float('inf'), float('-inf'), float('inf')]"
        );
    }

    #[test]
    fn of_two_equal_keys_the_last_counts() {
        assert_eq!(python(r#"{"a": 1, "b": 2, "a": 3}"#), "{'a': 3, 'b': 2}");
    }

    #[test]
    fn a_surrogate_pair_is_one_character() {
        assert_eq!(
            Value::from_json(r#""\ud83d\ude0e\u0041""#),
            Ok(Value::Str("\u{1F60E}A".to_owned()))
        );
    }

    #[test]
    fn what_python_refuses_is_refused_with_its_place() {
        let complaint = |text| Value::from_json(text).unwrap_err().to_string();
        insta::assert_snapshot!(complaint("[1, 2"), @"column 6: expected `,` or `]`, found the end");
        insta::assert_snapshot!(complaint("[1,]"), @"column 4: expected a value, found ']'");
        insta::assert_snapshot!(complaint("01"), @"column 2: expected the end, found '1'");
        insta::assert_snapshot!(complaint("1."), @"column 3: expected a digit, found the end");
        insta::assert_snapshot!(complaint("'a'"), @r#"column 1: expected a value, found '\''"#);
        insta::assert_snapshot!(complaint("\"a\nb\""), @r#"column 3: expected the rest of a string, found '\n'"#);
        insta::assert_snapshot!(complaint(r#""\x""#), @"column 3: expected an escape, found 'x'");
        insta::assert_snapshot!(complaint(r#""\ud83d""#), @"column 8: half a surrogate pair is not text");
        insta::assert_snapshot!(complaint(&"[".repeat(9999)), @"column 401: nested more than 400 deep");
    }

    proptest! {
        #[test]
        fn any_text_is_either_read_or_refused(text in "\\PC*") {
            let _ = Value::from_json(&text);
        }

        #[test]
        fn near_json_is_either_read_or_refused(text in r#"[\[\]{}",:\\u0-9dDeE.+ naftInyl-]{0,40}"#) {
            let _ = Value::from_json(&text);
        }

        #[test]
        fn a_json_writer_is_understood(text: String, number: i64, float in proptest::num::f64::NORMAL) {
            let written = serde_json::json!({ "text": text, "number": number, "float": float });
            let expected = Value::Dict(vec![
                (Value::Str("text".into()), Value::Str(text)),
                (Value::Str("number".into()), Value::Int(number.into())),
                (Value::Str("float".into()), Value::Float(float)),
            ]);
            prop_assert_eq!(Value::from_json(&written.to_string()), Ok(expected));
        }
    }
}
