//! A plain Python value, typed as Python types it.
//!
//! Benchmarks publish test inputs as JSON, but Python tells tuples from lists, sets from lists and
//! integers from floats, and its integers have no upper bound. [`Value`] keeps all of that.
//!
//! It is a notation, not an interpreter: equality here is structural, so `1`, `1.0` and `True`
//! differ, a set may name an element twice, and NaN is not itself.

use std::fmt::Write;

use num_bigint::BigInt;

/// A Python value built only from built-in types.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int` of any size.
    Int(BigInt),
    /// A `float`, including infinities and NaN.
    Float(f64),
    /// A `complex`, as real and imaginary part.
    Complex(f64, f64),
    /// A `str`.
    Str(String),
    /// A `bytes`.
    Bytes(Vec<u8>),
    /// A `list`.
    List(Vec<Value>),
    /// A `tuple`.
    Tuple(Vec<Value>),
    /// A `set`, in the order the source gave.
    Set(Vec<Value>),
    /// A `dict`, in insertion order.
    Dict(Vec<(Value, Value)>),
}

/// An `int` of more bits than this is written in hexadecimal. Python refuses to read decimal
/// integers of more than 4300 digits; 13288 bits are 4001.
const DECIMAL_BITS: u64 = 13_288;

impl Value {
    /// Python source that evaluates to this value, type for type, in ASCII on one line.
    ///
    /// ```
    /// # use datasets::Value;
    /// let value = Value::Tuple(vec![Value::Float(f64::INFINITY), Value::Set(vec![])]);
    /// assert_eq!(value.to_python(), "(float('inf'), set())");
    /// ```
    pub fn to_python(&self) -> String {
        let mut source = String::new();
        self.write_python(&mut source).expect("a String takes whatever is written");
        source
    }

    /// What a person would call this value: `a string`, `a list`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "null",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Complex(..) => "a complex number",
            Self::Str(_) => "a string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Set(_) => "a set",
            Self::Dict(_) => "an object",
        }
    }

    fn write_python(&self, out: &mut String) -> std::fmt::Result {
        match self {
            Self::None => out.write_str("None"),
            Self::Bool(true) => out.write_str("True"),
            Self::Bool(false) => out.write_str("False"),
            Self::Int(number) if number.bits() > DECIMAL_BITS => write!(out, "{number:#x}"),
            Self::Int(number) => write!(out, "{number}"),
            Self::Float(number) => write_float(*number, out),
            Self::Complex(real, imaginary) => {
                out.write_str("complex(")?;
                write_float(*real, out)?;
                out.write_str(", ")?;
                write_float(*imaginary, out)?;
                out.write_str(")")
            }
            Self::Str(text) => write_str(text, out),
            Self::Bytes(bytes) => write_bytes(bytes, out),
            Self::List(items) => write_items("[", items, "]", out),
            Self::Tuple(items) if items.len() == 1 => write_items("(", items, ",)", out),
            Self::Tuple(items) => write_items("(", items, ")", out),
            Self::Set(items) if items.is_empty() => out.write_str("set()"),
            Self::Set(items) => write_items("{", items, "}", out),
            Self::Dict(pairs) => write_dict(pairs, out),
        }
    }
}

/// The shortest digits that give the number back, which is what Rust's `{:?}` prints as well.
fn write_float(number: f64, out: &mut String) -> std::fmt::Result {
    match number {
        _ if number.is_nan() => out.write_str("float('nan')"),
        f64::INFINITY => out.write_str("float('inf')"),
        f64::NEG_INFINITY => out.write_str("float('-inf')"),
        _ => write!(out, "{number:?}"),
    }
}

fn write_str(text: &str, out: &mut String) -> std::fmt::Result {
    out.write_char('\'')?;
    for character in text.chars() {
        match character {
            '\'' => out.write_str("\\'")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            ' '..='~' => out.write_char(character)?,
            _ => match u32::from(character) {
                code @ ..=0xFF => write!(out, "\\x{code:02x}")?,
                code @ ..=0xFFFF => write!(out, "\\u{code:04x}")?,
                code => write!(out, "\\U{code:08x}")?,
            },
        }
    }
    out.write_char('\'')
}

fn write_bytes(bytes: &[u8], out: &mut String) -> std::fmt::Result {
    out.write_str("b'")?;
    for &byte in bytes {
        match byte {
            b'\'' => out.write_str("\\'")?,
            b'\\' => out.write_str("\\\\")?,
            b' '..=b'~' => out.write_char(char::from(byte))?,
            _ => write!(out, "\\x{byte:02x}")?,
        }
    }
    out.write_char('\'')
}

fn write_items(open: &str, items: &[Value], close: &str, out: &mut String) -> std::fmt::Result {
    out.write_str(open)?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        item.write_python(out)?;
    }
    out.write_str(close)
}

fn write_dict(pairs: &[(Value, Value)], out: &mut String) -> std::fmt::Result {
    out.write_char('{')?;
    for (index, (key, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        key.write_python(out)?;
        out.write_str(": ")?;
        value.write_python(out)?;
    }
    out.write_char('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_look_alike_are_told_apart() {
        let one = || Value::Int(1.into());
        let written = |value: Value| value.to_python();
        assert_eq!(written(one()), "1");
        assert_eq!(written(Value::Float(1.0)), "1.0");
        assert_eq!(written(Value::Tuple(vec![one()])), "(1,)");
        assert_eq!(written(Value::Tuple(vec![])), "()");
        assert_eq!(written(Value::Set(vec![one()])), "{1}");
        assert_eq!(written(Value::Set(vec![])), "set()");
        assert_eq!(written(Value::Dict(vec![])), "{}");
        assert_eq!(written(Value::Complex(-0.0, f64::NAN)), "complex(-0.0, float('nan'))");
        assert_eq!(written(Value::Bytes(b"a'\\\n\xff".to_vec())), r"b'a\'\\\x0a\xff'");
    }

    #[test]
    fn text_is_escaped_into_ascii() {
        let text = Value::Str("it's \\ a\ttab\n\r\0 é € 😎".to_owned());
        assert_eq!(text.to_python(), r"'it\'s \\ a\ttab\n\r\x00 \xe9 \u20ac \U0001f60e'");
    }

    #[test]
    fn an_integer_too_long_for_python_to_read_is_hexadecimal() {
        let long = -(BigInt::from(1) << 20_000_u32);
        let source = Value::Int(long).to_python();
        assert_eq!(source, format!("-0x1{}", "0".repeat(5_000)));
        let digits = "7".repeat(4_000);
        assert_eq!(Value::Int(digits.parse().unwrap()).to_python(), digits);
    }
}
