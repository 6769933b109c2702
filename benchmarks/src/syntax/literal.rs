//! The value of an expression that needs no program to evaluate it.
//!
//! Tests write most of what they know as literals, with a few habits on top: `[0] * 10`, `10 ** 6`,
//! `set([1, 2])`, `float("inf")`. Those are worked out here; everything else is `None`, and whoever
//! asked lets an interpreter do it. Sizes are bounded, because `10 ** 10 ** 10` is an expression too.

use datasets::Value;
use num_bigint::BigInt;
use ruff_python_ast::{Expr, ExprBinOp, ExprCall, ExprUnaryOp, Number, Operator, UnaryOp};
use ruff_text_size::Ranged;

/// The most elements, characters or bits that arithmetic may make. Tests use a few thousand.
const MOST: u64 = 1 << 20;

/// The value of `expression`, which is a part of `source`.
pub(crate) fn literal(expression: &Expr, source: &str) -> Option<Value> {
    let all = |items: &[Expr]| -> Option<Vec<Value>> {
        items.iter().map(|item| literal(item, source)).collect()
    };
    Some(match expression {
        Expr::NoneLiteral(_) => Value::None,
        Expr::BooleanLiteral(it) => Value::Bool(it.value),
        Expr::StringLiteral(it) => Value::Str(it.value.to_str().to_owned()),
        Expr::BytesLiteral(it) => Value::Bytes(it.value.bytes().collect()),
        Expr::NumberLiteral(it) => match &it.value {
            Number::Int(_) => Value::from_python(&source[it.range()]).ok()?,
            Number::Float(number) => Value::Float(*number),
            Number::Complex { real, imag } => Value::Complex(*real, *imag),
        },
        Expr::List(it) => Value::List(all(&it.elts)?),
        Expr::Tuple(it) => Value::Tuple(all(&it.elts)?),
        Expr::Set(it) => {
            Value::Set(it.elts.iter().map(|item| hashable(item, source)).collect::<Option<_>>()?)
        }
        Expr::Dict(it) => {
            let entry = |item: &ruff_python_ast::DictItem| {
                Some((hashable(item.key.as_ref()?, source)?, literal(&item.value, source)?))
            };
            Value::Dict(it.items.iter().map(entry).collect::<Option<_>>()?)
        }
        Expr::UnaryOp(it) => negated(it, source)?,
        Expr::BinOp(it) => combined(it, source)?,
        Expr::Call(it) if !makes_frozenset(it) => made(it, source)?,
        _ => return None,
    })
}

/// The value of what lies in a set or is a key. Only there a set is surely a frozen one, which is no other value.
fn hashable(expression: &Expr, source: &str) -> Option<Value> {
    match expression {
        Expr::Call(it) if makes_frozenset(it) => made(it, source),
        other => literal(other, source),
    }
}

fn makes_frozenset(call: &ExprCall) -> bool {
    matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "frozenset")
}

fn negated(operation: &ExprUnaryOp, source: &str) -> Option<Value> {
    let operand = literal(&operation.operand, source)?;
    match (operation.op, operand) {
        (UnaryOp::USub, Value::Int(number)) => Some(Value::Int(-number)),
        (UnaryOp::USub, Value::Float(number)) => Some(Value::Float(-number)),
        (UnaryOp::USub, Value::Complex(real, imaginary)) => Some(Value::Complex(-real, -imaginary)),
        (UnaryOp::UAdd, number @ (Value::Int(_) | Value::Float(_))) => Some(number),
        _ => None,
    }
}

fn combined(operation: &ExprBinOp, source: &str) -> Option<Value> {
    let left = literal(&operation.left, source)?;
    let right = literal(&operation.right, source)?;
    match (operation.op, left, right) {
        (Operator::Add, Value::Int(one), Value::Int(other)) => Some(Value::Int(one + other)),
        (Operator::Sub, Value::Int(one), Value::Int(other)) => Some(Value::Int(one - other)),
        (Operator::Mult, Value::Int(one), Value::Int(other)) => {
            (one.bits() + other.bits() <= MOST).then(|| Value::Int(one * other))
        }
        (Operator::Pow, Value::Int(base), Value::Int(exponent)) => {
            let exponent = u32::try_from(exponent).ok()?;
            (base.bits() * u64::from(exponent) <= MOST).then(|| Value::Int(base.pow(exponent)))
        }
        (Operator::Add, Value::Float(real), Value::Complex(other, imaginary)) => {
            Some(Value::Complex(real + other, imaginary))
        }
        (Operator::Add, Value::Int(real), Value::Complex(other, imaginary)) => {
            Some(Value::Complex(f64::from(i32::try_from(real).ok()?) + other, imaginary))
        }
        (Operator::Add, Value::Str(one), Value::Str(other)) => Some(Value::Str(one + &other)),
        (Operator::Add, Value::List(one), Value::List(other)) => {
            Some(Value::List([one, other].concat()))
        }
        (Operator::Mult, sequence, Value::Int(count))
        | (Operator::Mult, Value::Int(count), sequence) => repeated(sequence, &count),
        _ => None,
    }
}

fn repeated(sequence: Value, count: &BigInt) -> Option<Value> {
    // A negative count repeats nothing.
    let count = usize::try_from(count.max(&BigInt::ZERO)).ok()?;
    let fits =
        |length: usize| (length as u64).checked_mul(count as u64).is_some_and(|it| it <= MOST);
    let copies = |items: Vec<Value>| (0..count).flat_map(|_| items.clone()).collect();
    match sequence {
        Value::Str(text) if fits(text.len()) => Some(Value::Str(text.repeat(count))),
        // What can be changed is there once, however often it is repeated.
        Value::List(items) | Value::Tuple(items) if items.iter().any(can_change) => None,
        Value::List(items) if fits(items.len()) => Some(Value::List(copies(items))),
        Value::Tuple(items) if fits(items.len()) => Some(Value::Tuple(copies(items))),
        _ => None,
    }
}

fn can_change(value: &Value) -> bool {
    match value {
        Value::List(_) | Value::Set(_) | Value::Dict(_) => true,
        Value::Tuple(items) => items.iter().any(can_change),
        _ => false,
    }
}

/// A built-in type called with nothing, with a sequence, or `float` with a text.
fn made(call: &ExprCall, source: &str) -> Option<Value> {
    let Expr::Name(function) = call.func.as_ref() else { return None };
    if !call.arguments.keywords.is_empty() {
        return None;
    }
    let items = match call.arguments.args.as_ref() {
        [] => Vec::new(),
        [argument] => match literal(argument, source)? {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => items,
            text @ Value::Str(_) if function.id.as_str() == "float" => vec![text],
            _ => return None,
        },
        _ => return None,
    };
    match function.id.as_str() {
        "list" => Some(Value::List(items)),
        "tuple" => Some(Value::Tuple(items)),
        "set" | "frozenset" => Some(Value::Set(items)),
        "dict" if items.is_empty() => Some(Value::Dict(Vec::new())),
        "float" => match items.as_slice() {
            [Value::Str(text)] => match text.as_str() {
                "inf" => Some(Value::Float(f64::INFINITY)),
                "-inf" => Some(Value::Float(f64::NEG_INFINITY)),
                "nan" => Some(Value::Float(f64::NAN)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{on_parser_stack, parse};
    use ruff_python_ast::Stmt;

    fn value(source: &str) -> Option<String> {
        on_parser_stack(|| {
            let module = parse(source).unwrap();
            let [Stmt::Expr(statement)] = module.syntax().body.as_slice() else { panic!() };
            literal(&statement.value, source).map(|value| value.to_python())
        })
    }

    #[test]
    fn literals_and_the_habits_of_tests_have_a_value() {
        let same = ["None", "[1, -2.5, (True,), {'a': {1}}, b'\\x00']", "'it\\'s'"];
        for source in same {
            assert_eq!(value(source).as_deref(), Some(source));
        }
        assert_eq!(value("0xFF ** 2 - 1").as_deref(), Some("65024"));
        assert_eq!(value("[0] * 2 + [1]").as_deref(), Some("[0, 0, 1]"));
        assert_eq!(value("'ab' 'c' * 2").as_deref(), Some("'abcabc'"));
        assert_eq!(value("set([1, 2])").as_deref(), Some("{1, 2}"));
        assert_eq!(value("float('-inf')").as_deref(), Some("float('-inf')"));
        assert_eq!(value("1 + 2j").as_deref(), Some("complex(1.0, 2.0)"));
        let big = "123456789012345678901234567890";
        assert_eq!(value(big).as_deref(), Some(big));
    }

    #[test]
    fn what_needs_an_interpreter_or_too_much_room_has_none() {
        let held_twice = ["[[0]] * 2", "({1},) * 2", "frozenset([1])"];
        assert!(held_twice.iter().all(|source| value(source).is_none()));
        assert_eq!(value("{frozenset([1]): [0]}").as_deref(), Some("{{1}: [0]}"));
        for source in ["x", "f(1)", "[x for x in y]", "10 ** 10 ** 10", "'a' * 10 ** 9", "f'{1}'"] {
            assert_eq!(value(source), None, "{source}");
        }
    }
}
