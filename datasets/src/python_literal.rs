//! Python literals, read as Python reads them.
//!
//! Embedded problems write their arguments and results as a person would write them in Python. This
//! reads what [`Value::to_python`] writes and all other notations of the same values: displays of
//! lists, tuples, sets and dicts, numbers in every base, strings with every prefix, and the calls
//! `set()`, `float('inf')` and `complex(1, 2)`.
//!
//! It evaluates nothing else: no names, operators or comments.

use num_bigint::BigInt;

use crate::Value;
use crate::python_string::text;
use crate::syntax::{Cursor, SyntaxError, decimal, floating};

impl Value {
    /// Read one Python literal.
    ///
    /// ```
    /// # use datasets::Value;
    /// let value = Value::from_python("{'a': (1, 2.5), 'b': float('inf')}")?;
    /// assert_eq!(value.to_python(), "{'a': (1, 2.5), 'b': float('inf')}");
    /// # Ok::<(), datasets::SyntaxError>(())
    /// ```
    pub fn from_python(text: &str) -> Result<Self, SyntaxError> {
        let mut cursor = Cursor::new(text);
        let value = value(&mut cursor)?;
        cursor.expect_end()?;
        Ok(value)
    }
}

/// A literal, or the sum of a real and an imaginary one.
fn value(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    cursor.skip_whitespace();
    let first = signed(cursor)?;
    let Some(real) = real(&first) else { return Ok(first) };
    cursor.skip_whitespace();
    let sign = match cursor.peek() {
        Some(b'+') => 1.0,
        Some(b'-') => -1.0,
        _ => return Ok(first),
    };
    cursor.next();
    cursor.skip_whitespace();
    match atom(cursor)? {
        Value::Complex(zero, imaginary) => {
            Ok(Value::Complex(real + sign * zero, 0.0 + sign * imaginary))
        }
        _ => Err(cursor.error("only an imaginary number can be added".to_owned())),
    }
}

fn signed(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    if cursor.eat("+") {
        cursor.skip_whitespace();
        return atom(cursor);
    }
    if !cursor.eat("-") {
        return atom(cursor);
    }
    cursor.skip_whitespace();
    match atom(cursor)? {
        Value::Int(number) => Ok(Value::Int(-number)),
        Value::Float(number) => Ok(Value::Float(-number)),
        Value::Complex(real, imaginary) => Ok(Value::Complex(-real, -imaginary)),
        other => Err(cursor.error(format!("{} has no sign", other.kind()))),
    }
}

fn atom(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    match cursor.peek() {
        Some(b'[') => cursor.nested(|cursor| {
            cursor.expect("[")?;
            Ok(Value::List(cursor.list("]", true, value)?.0))
        }),
        Some(b'(') => cursor.nested(parenthesised),
        Some(b'{') => cursor.nested(braced),
        Some(b'\'' | b'"') => text(cursor),
        Some(b'0'..=b'9' | b'.') => number(cursor),
        Some(byte) if byte.is_ascii_alphabetic() => word(cursor),
        _ => Err(cursor.unexpected("a literal")),
    }
}

/// A tuple, or a value in parentheses.
fn parenthesised(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    cursor.expect("(")?;
    let (mut items, comma) = cursor.list(")", true, value)?;
    if items.len() == 1 && !comma {
        return Ok(items.remove(0));
    }
    Ok(Value::Tuple(items))
}

/// A dict or a set: the first colon decides.
fn braced(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    cursor.expect("{")?;
    let mut is_set = false;
    let mut first = true;
    let (pairs, _) = cursor.list("}", true, |cursor| {
        let key = value(cursor)?;
        cursor.skip_whitespace();
        if std::mem::take(&mut first) {
            is_set = cursor.peek() != Some(b':');
        }
        if is_set {
            return Ok((key, Value::None));
        }
        cursor.expect(":")?;
        Ok((key, value(cursor)?))
    })?;
    match is_set {
        true => Ok(Value::Set(pairs.into_iter().map(|(item, _)| item).collect())),
        false => Ok(Value::Dict(pairs)),
    }
}

/// `None`, a string with a prefix, or one of the three calls.
fn word(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    let rest = cursor.rest();
    let length = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (word, after) = rest.split_at(length);
    if after.starts_with(['\'', '"']) {
        return text(cursor);
    }
    let constant = match word {
        "None" => Some(Value::None),
        "True" => Some(Value::Bool(true)),
        "False" => Some(Value::Bool(false)),
        _ => None,
    };
    if let Some(constant) = constant {
        cursor.eat(word);
        return Ok(constant);
    }
    if !matches!(word, "set" | "float" | "complex") {
        return Err(cursor.unexpected("a literal"));
    }
    cursor.eat(word);
    cursor.expect("(")?;
    let (arguments, _) = cursor.nested(|cursor| cursor.list(")", true, value))?;
    call(word, &arguments)
        .ok_or_else(|| cursor.error(format!("`{word}` cannot be called with these arguments")))
}

fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    match (name, arguments) {
        ("set", []) => Some(Value::Set(Vec::new())),
        ("float", [Value::Str(text)]) => text.trim().parse().ok().map(Value::Float),
        ("float", [number]) => real(number).map(Value::Float),
        ("complex", [a, b]) => Some(Value::Complex(real(a)?, real(b)?)),
        _ => None,
    }
}

/// A real number as a float.
fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Int(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

fn number(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    let start = cursor.rest();
    let based = start.starts_with("0x") || start.starts_with("0X");
    cursor.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    // A sign belongs to the number right after the `e` of an exponent, and nowhere else.
    if !based && start[..start.len() - cursor.rest().len()].ends_with(['e', 'E']) {
        let _ = cursor.eat("+") || cursor.eat("-");
        cursor.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    }
    let notation = start[..start.len() - cursor.rest().len()].to_ascii_lowercase();
    number_from(&notation).ok_or_else(|| cursor.error(format!("`{notation}` is not a number")))
}

fn number_from(notation: &str) -> Option<Value> {
    let digits = without_underscores(notation)?;
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            return BigInt::parse_bytes(digits.as_bytes(), radix).map(Value::Int);
        }
    }
    if let Some(imaginary) = digits.strip_suffix('j') {
        return imaginary.parse().ok().map(|imaginary| Value::Complex(0.0, imaginary));
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let zero_first = digits.starts_with('0') && digits.bytes().any(|byte| byte != b'0');
        return (!zero_first).then(|| decimal(&digits));
    }
    digits.parse::<f64>().ok().map(|_| floating(&digits))
}

/// Underscores may stand singly between digits, and after the prefix of a base.
fn without_underscores(notation: &str) -> Option<String> {
    let misplaced = notation.starts_with('_') || notation.ends_with('_') || notation.contains("__");
    let beside = ["_.", "._", "_e", "e_", "_j"];
    let hexadecimal = notation.starts_with("0x");
    let beside = !hexadecimal && beside.iter().any(|pair| notation.contains(pair));
    (!misplaced && !beside).then(|| notation.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;

    fn read(text: &str) -> String {
        Value::from_python(text).unwrap().to_python()
    }

    #[test]
    fn displays_are_told_apart() {
        assert_eq!(read(" [1, 'a', [], ] "), "[1, 'a', []]");
        assert_eq!(read("(1)"), "1");
        assert_eq!(read("(1,)"), "(1,)");
        assert_eq!(read("(\n1, 2)"), "(1, 2)");
        assert_eq!(read("()"), "()");
        assert_eq!(read("{}"), "{}");
        assert_eq!(read("{1, 2,}"), "{1, 2}");
        assert_eq!(read("{1: 2, (3, 4): {5}}"), "{1: 2, (3, 4): {5}}");
        assert_eq!(read("[None, True, False, set()]"), "[None, True, False, set()]");
    }

    #[test]
    fn numbers_have_every_notation() {
        assert_eq!(
            read("[-5, +5, - 5, 0, 00, 1_000, 0xFf, 0b11, 0o17]"),
            "[-5, 5, -5, 0, 0, 1000, 255, 3, 15]"
        );
        assert_eq!(
            read("[1., .5, 1e3, 1E-3, 1_0.0_1, -0.0]"),
            "[1.0, 0.5, 1000.0, 0.001, 10.01, -0.0]"
        );
        assert_eq!(
            read("[float('nan'), float('-inf'), float(1)]"),
            "[float('nan'), float('-inf'), 1.0]"
        );
        assert_eq!(
            read("[2j, 1 - 2j, -1.5+.5j]"),
            "[complex(0.0, 2.0), complex(1.0, -2.0), complex(-1.5, 0.5)]"
        );
        assert_eq!(read("0xe+2j"), "complex(14.0, 2.0)");
    }

    #[test]
    fn what_is_no_literal_is_refused_with_its_place() {
        let complaint = |text: &str| Value::from_python(text).unwrap_err().to_string();
        insta::assert_snapshot!(complaint("[1, 2"), @"column 6: expected `,` or `]`, found the end");
        insta::assert_snapshot!(complaint("x"), @"column 1: expected a literal, found 'x'");
        insta::assert_snapshot!(complaint("1 2"), @"column 3: expected the end, found '2'");
        insta::assert_snapshot!(complaint("1 + 2"), @"column 6: only an imaginary number can be added");
        insta::assert_snapshot!(complaint("012"), @"column 4: `012` is not a number");
        insta::assert_snapshot!(complaint("1__0"), @"column 5: `1__0` is not a number");
        insta::assert_snapshot!(complaint("-'a'"), @"column 5: a string has no sign");
        insta::assert_snapshot!(complaint("'a"), @"column 3: expected `'`, found the end");
        insta::assert_snapshot!(complaint("'a\n'"), @"column 1: a line break inside a string");
        insta::assert_snapshot!(complaint(r"'\d'"), @"column 3: expected an escape, found 'd'");
        insta::assert_snapshot!(complaint("f'a'"), @"column 3: `f'a` does not begin a string");
        insta::assert_snapshot!(complaint("b'é'"), @"column 4: 'é' is not ASCII, as bytes must be");
        insta::assert_snapshot!(complaint("{1: 2, 3}"), @"column 9: expected `:`, found '}'");
        insta::assert_snapshot!(complaint("set([1])"), @"column 9: `set` cannot be called with these arguments");
        insta::assert_snapshot!(complaint(&"(".repeat(999)), @"column 401: nested more than 400 deep");
    }

    /// Any value that Python could hold too: items of sets and keys of dicts are plain.
    fn any_value(number: BoxedStrategy<f64>) -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::None),
            any::<bool>().prop_map(Value::Bool),
            any::<i128>().prop_map(|number| Value::Int(number.into())),
            number.prop_map(Value::Float),
            any::<String>().prop_map(Value::Str),
            any::<Vec<u8>>().prop_map(Value::Bytes),
            any::<(f64, f64)>().prop_map(|(real, imaginary)| Value::Complex(real, imaginary)),
            prop::collection::hash_set(any::<i64>(), 0..5).prop_map(|items| {
                Value::Set(items.into_iter().map(|item| Value::Int(item.into())).collect())
            }),
        ];
        scalar.prop_recursive(4, 40, 5, |inner| {
            let items = prop::collection::vec(inner.clone(), 0..5);
            let pairs = prop::collection::hash_map(any::<String>(), inner, 0..5);
            prop_oneof![
                items.clone().prop_map(Value::List),
                items.prop_map(Value::Tuple),
                pairs.prop_map(|pairs| {
                    let pairs = pairs.into_iter().map(|(key, value)| (Value::Str(key), value));
                    Value::Dict(pairs.collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_survives_being_written_and_read(value in any_value(any::<f64>().boxed())) {
            let read = Value::from_python(&value.to_python()).unwrap();
            // As text, because NaN is not itself.
            prop_assert_eq!(format!("{read:?}"), format!("{value:?}"));
        }

        #[test]
        fn any_text_is_either_read_or_refused(
            text in r#"[\[\]{}()"',:\\u0-9defjJxbr.+_ naftInyl-]{0,40}"#
        ) {
            let _ = Value::from_python(&text);
        }
    }

    #[test]
    fn what_python_prints_of_a_value_is_read_as_that_value() {
        let mut runner = TestRunner::deterministic();
        let strategy = any_value(proptest::num::f64::NORMAL.boxed());
        let mut values: Vec<Value> = Vec::new();
        while values.len() < 300 {
            let value = strategy.new_tree(&mut runner).unwrap().current();
            // Python orders sets by itself, and prints complex numbers with bare `nan` and `inf`.
            let named = format!("{value:?}");
            if !named.contains("Set(") && !named.contains("Complex(") {
                values.push(value);
            }
        }
        let script: String =
            values.iter().map(|value| format!("print(ascii({}))\n", value.to_python())).collect();
        let Ok(output) = Command::new("python3").args(["-c", &script]).output() else {
            println!("skipped: there is no python3");
            return;
        };
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed.lines().count(), values.len());
        for (line, value) in printed.lines().zip(values) {
            assert_eq!(Value::from_python(line), Ok(value));
        }
    }
}
