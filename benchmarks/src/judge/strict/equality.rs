//! Python's `==` between plain values.
//!
//! [`Value`] is a notation in which `1`, `1.0` and `True` differ; to Python they are equal, and a test
//! that says `==` means that. Every value has a normal form here, bytes that are the same for equal
//! values, so that sets and dicts compare in the time that sorting takes, however a hostile program
//! builds them. NaN equals nothing, and neither does what holds one: a value that has come from
//! another process is never the same object, which is how Python finds a NaN in a list.

use std::collections::BTreeMap;

use datasets::Value;
use num_bigint::{BigInt, Sign};
use sha2::{Digest, Sha256};

/// Whether `one == other` in Python.
pub(super) fn equal(one: &Value, other: &Value) -> bool {
    // The common case, without any allocation.
    if let (Value::Str(one), Value::Str(other)) = (one, other) {
        return one == other;
    }
    match (normal_form(one), normal_form(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// Bytes that are the same for equal values; `None` for what does not even equal itself.
pub(in super::super) fn normal_form(value: &Value) -> Option<Vec<u8>> {
    let mut form = Vec::new();
    write(value, &mut form)?;
    Some(form)
}

/// The same, but for long forms their digest: what lies in a set in a set in a set would else be copied
/// and sorted once for each.
fn short_form(value: &Value) -> Option<Vec<u8>> {
    const LONG: usize = 64;
    let form = normal_form(value)?;
    if form.len() <= LONG {
        return Some(form);
    }
    let mut short = vec![b'h'];
    short.extend_from_slice(&Sha256::digest(&form));
    Some(short)
}

fn write(value: &Value, form: &mut Vec<u8>) -> Option<()> {
    match value {
        Value::None => form.push(b'N'),
        Value::Bool(it) => write_int(&BigInt::from(u8::from(*it)), form),
        Value::Int(number) => write_int(number, form),
        Value::Float(number) => write_float(*number, form)?,
        Value::Complex(real, imaginary) if *imaginary == 0.0 => write_float(*real, form)?,
        Value::Complex(real, imaginary) => {
            form.push(b'c');
            write_float(*real, form)?;
            write_float(*imaginary, form)?;
        }
        Value::Str(text) => write_sized(b's', text.as_bytes(), form),
        Value::Bytes(bytes) => write_sized(b'b', bytes, form),
        Value::List(items) => write_items(b'l', items, form)?,
        Value::Tuple(items) => write_items(b't', items, form)?,
        Value::Set(items) => {
            let mut forms = items.iter().map(short_form).collect::<Option<Vec<_>>>()?;
            forms.sort_unstable();
            forms.dedup();
            write_length(b'S', forms.len(), form);
            forms.iter().for_each(|item| form.extend_from_slice(item));
        }
        Value::Dict(entries) => {
            let mut forms = BTreeMap::new();
            for (key, item) in entries {
                forms.insert(short_form(key)?, short_form(item)?);
            }
            write_length(b'D', forms.len(), form);
            for (key, item) in forms {
                form.extend_from_slice(&key);
                form.extend_from_slice(&item);
            }
        }
    }
    Some(())
}

/// A whole number is an int, whatever its type; every other float is its bits.
fn write_float(number: f64, form: &mut Vec<u8>) -> Option<()> {
    if number.is_nan() {
        return None;
    }
    if number.is_finite() && number.fract() == 0.0 {
        write_int(&whole(number), form);
    } else {
        form.push(b'f');
        form.extend_from_slice(&number.to_le_bytes());
    }
    Some(())
}

/// The exact value of a float that has no fraction.
fn whole(number: f64) -> BigInt {
    const FRACTION_BITS: u64 = 52;
    let bits = number.to_bits();
    let exponent = bits >> FRACTION_BITS & 0x7ff;
    if exponent == 0 {
        return BigInt::ZERO;
    }
    let mantissa = BigInt::from(bits & ((1 << FRACTION_BITS) - 1) | 1 << FRACTION_BITS);
    // The value is the mantissa times two to this power.
    let power = exponent.cast_signed() - 1023 - FRACTION_BITS.cast_signed();
    let magnitude = if power >= 0 { mantissa << power } else { mantissa >> -power };
    if number < 0.0 { -magnitude } else { magnitude }
}

fn write_int(number: &BigInt, form: &mut Vec<u8>) {
    let (sign, bytes) = number.to_bytes_le();
    let bytes: &[u8] = if sign == Sign::NoSign { &[] } else { &bytes };
    write_sized(if sign == Sign::Minus { b'-' } else { b'+' }, bytes, form);
}

fn write_items(code: u8, items: &[Value], form: &mut Vec<u8>) -> Option<()> {
    write_length(code, items.len(), form);
    items.iter().try_for_each(|item| write(item, form))
}

fn write_sized(code: u8, bytes: &[u8], form: &mut Vec<u8>) {
    write_length(code, bytes.len(), form);
    form.extend_from_slice(bytes);
}

fn write_length(code: u8, length: usize, form: &mut Vec<u8>) {
    form.push(code);
    form.extend_from_slice(&(length as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(python: &str) -> Value {
        Value::from_python(python).unwrap()
    }

    #[test]
    fn equality_is_pythons() {
        let equals = [
            ("1", "1.0"),
            ("1", "True"),
            ("0", "-0.0"),
            ("{1, 2.0}", "{2, True}"),
            ("{'a': 1, 'b': [2]}", "{'b': [2.0], 'a': True}"),
        ];
        for (one, other) in equals {
            assert!(equal(&value(one), &value(other)), "{one} == {other}");
        }
        let differs = [
            ("1", "'1'"),
            ("[1]", "(1,)"),
            ("0.1", "0.2"),
            ("float('nan')", "float('nan')"),
            ("9007199254740993", "9007199254740992.0"),
            ("{1: 2}", "{1: 3}"),
            ("{1}", "{1, 2}"),
            ("b'a'", "'a'"),
            ("None", "0"),
            ("[[1], [2]]", "[[1, 2]]"),
        ];
        for (one, other) in differs {
            assert!(!equal(&value(one), &value(other)), "{one} != {other}");
        }
    }

    #[test]
    fn large_floats_are_whole_numbers() {
        assert_eq!(whole(1e22), "10000000000000000000000".parse().unwrap());
        assert_eq!(whole(-3.0), BigInt::from(-3));
        assert_eq!(whole(-0.0), BigInt::ZERO);
        assert!(equal(&Value::Float(2f64.powi(100)), &Value::Int(BigInt::from(1) << 100)));
    }

    #[test]
    fn sets_in_sets_are_compared_by_what_is_in_them() {
        let nested = |content: Value| {
            let long = Value::Str(
                "a text that is longer than a short form may be, by some bytes".to_owned(),
            );
            let innermost = Value::Set(vec![long, content]);
            (0..150).fold(innermost, |inner, _| Value::Set(vec![inner]))
        };
        assert!(equal(&nested(value("1")), &nested(value("True"))));
        assert!(!equal(&nested(value("1")), &nested(value("2"))));
    }

    #[test]
    fn a_large_set_of_a_hostile_program_is_compared_quickly() {
        let items: Vec<Value> = (0..200_000).map(|it| Value::Int(it.into())).collect();
        let reversed = items.iter().rev().cloned().collect();
        assert!(equal(&Value::Set(items), &Value::Set(reversed)));
    }
}
