//! Python values as Python's `json` module writes them.
//!
//! Rows of samples go back out with the fields they came with, and EvalPlus' results name test
//! inputs, so values that JSON has no word for need one. `NaN` and `Infinity` are Python's own
//! habit. EvalPlus writes tuples and sets as lists, and complex numbers as strings.

use datasets::Value;

/// `value` as JSON in ASCII, on one line.
pub(super) fn json(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// What Python's `str` makes of `value`, as JSON.
pub(super) fn as_string(value: &Value) -> String {
    match value {
        Value::Str(_) | Value::Complex(..) => json(value),
        other => string(&other.to_python()),
    }
}

/// An object with these fields.
pub(super) fn object<'a>(fields: impl Iterator<Item = (&'a str, String)>) -> String {
    let fields: Vec<String> =
        fields.map(|(key, value)| format!("{}: {value}", string(key))).collect();
    format!("{{{}}}", fields.join(", "))
}

/// A list of these items.
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// `text` in quotes.
pub(super) fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    write_string(text, &mut quoted);
    quoted
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::None => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) if number.is_nan() => out.push_str("NaN"),
        Value::Float(f64::INFINITY) => out.push_str("Infinity"),
        Value::Float(f64::NEG_INFINITY) => out.push_str("-Infinity"),
        Value::Float(number) => out.push_str(&format!("{number:?}")),
        Value::Complex(real, imaginary) => write_string(&complex(*real, *imaginary), out),
        Value::Bytes(_) => write_string(&value.to_python(), out),
        Value::Str(text) => write_string(text, out),
        Value::List(items) | Value::Tuple(items) | Value::Set(items) => write_items(items, out),
        Value::Dict(pairs) => write_pairs(pairs, out),
    }
}

/// What Python's `str` makes of a complex number: `(1+2j)`, `2j`.
fn complex(real: f64, imaginary: f64) -> String {
    let digits = |number: f64| {
        let text = format!("{number:?}").to_lowercase();
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    };
    let sign = if imaginary.is_sign_negative() { "" } else { "+" };
    match real == 0.0 && real.is_sign_positive() {
        true => format!("{}j", digits(imaginary)),
        false => format!("({}{sign}{}j)", digits(real), digits(imaginary)),
    }
}

fn write_items(items: &[Value], out: &mut String) {
    out.push('[');
    for (place, item) in items.iter().enumerate() {
        out.push_str(if place == 0 { "" } else { ", " });
        write(item, out);
    }
    out.push(']');
}

/// Keys that are no strings become strings, which is what `json.dumps` does with them.
fn write_pairs(pairs: &[(Value, Value)], out: &mut String) {
    out.push('{');
    for (place, (key, value)) in pairs.iter().enumerate() {
        out.push_str(if place == 0 { "" } else { ", " });
        match key {
            Value::Str(text) => write_string(text, out),
            other => write_string(&json(other), out),
        }
        out.push_str(": ");
        write(value, out);
    }
    out.push('}');
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(literal: &str) -> String {
        json(&Value::from_python(literal).unwrap())
    }

    #[test]
    fn values_are_written_as_python_writes_them() {
        // Each checked against json.dumps of CPython 3.11.
        assert_eq!(
            python("[1, 1.0, -0.0, True, None, (2, 'a')]"),
            r#"[1, 1.0, -0.0, true, null, [2, "a"]]"#
        );
        assert_eq!(python("{1: 'x', 'b': {}}"), r#"{"1": "x", "b": {}}"#);
        let complex = |real, imaginary| json(&Value::Complex(real, imaginary));
        assert_eq!([complex(1.0, 2.0), complex(0.0, -2.5)], [r#""(1+2j)""#, r#""-2.5j""#]);
        assert_eq!(
            python(r"'\x00\x7f\u00e9\n\'\U0001f60e'"),
            r#""\u0000\u007f\u00e9\n'\ud83d\ude0e""#
        );
    }

    #[test]
    fn what_python_read_it_reads_again() {
        let text = r#"{"a": [NaN, Infinity, -Infinity, 123456789012345678901234567890], "b": "\ud83d\ude0e"}"#;
        assert_eq!(json(&Value::from_json(text).unwrap()), text);
    }
}
