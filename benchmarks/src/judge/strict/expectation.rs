//! What a test expects of a result, where that can be told without running anything.

use datasets::Value;

use super::equality::equal;

/// What the result of a call must be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expectation {
    /// `result == value`.
    Equal(Value),
    /// `result != value`.
    Different(Value),
    /// `result is value`, for the values of which there is one: `None`, `True`, `False`.
    Same(Value),
    /// `result is not value`, likewise.
    NotSame(Value),
    /// `result`, as a condition.
    True,
    /// `not result`.
    False,
    /// `result in values`.
    OneOf(Vec<Value>),
    /// `abs(result - value) < tolerance`, or `<=`.
    Near { value: f64, tolerance: f64, inclusive: bool },
    /// `math.isclose(result, value, rel_tol=..., abs_tol=...)`.
    Close { value: f64, relative: f64, absolute: f64 },
}

impl Expectation {
    /// Whether `result` is what is expected.
    pub(super) fn holds(&self, result: &Value) -> bool {
        match self {
            Self::Equal(value) => equal(result, value),
            Self::Different(value) => !equal(result, value),
            Self::Same(value) => result == value,
            Self::NotSame(value) => result != value,
            Self::True => truth(result),
            Self::False => !truth(result),
            Self::OneOf(values) => values.iter().any(|value| equal(result, value)),
            Self::Near { value, tolerance, inclusive } => real(result).is_some_and(|result| {
                let distance = (result - value).abs();
                distance < *tolerance || *inclusive && distance == *tolerance
            }),
            Self::Close { value, relative, absolute } => real(result).is_some_and(|result| {
                let scale = result.abs().max(value.abs());
                let distance = (result - value).abs();
                result == *value
                    || distance.is_finite() && distance <= absolute.max(relative * scale)
            }),
        }
    }
}

impl Expectation {
    /// Whether an object that is none of the plain values is what is expected: it is true, and
    /// differs from all of them, whatever its own operators say.
    pub(super) fn holds_for_an_object(&self) -> bool {
        matches!(self, Self::True | Self::Different(_) | Self::NotSame(_))
    }
}

/// Whether Python takes `value` for true.
fn truth(value: &Value) -> bool {
    match value {
        Value::None => false,
        Value::Bool(it) => *it,
        Value::Int(number) => number.bits() > 0,
        Value::Float(number) => *number != 0.0,
        Value::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
        Value::Str(text) => !text.is_empty(),
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::List(items) | Value::Tuple(items) | Value::Set(items) => !items.is_empty(),
        Value::Dict(entries) => !entries.is_empty(),
    }
}

/// The number that arithmetic with floats makes of `value`.
pub(super) fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(it) => Some(f64::from(u8::from(*it))),
        // Decimal digits are read back with correct rounding, as Python converts.
        Value::Int(number) if number.bits() <= 1024 => number.to_string().parse().ok(),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(python: &str) -> Value {
        Value::from_python(python).unwrap()
    }

    #[test]
    fn identity_is_stricter_than_equality() {
        assert!(Expectation::Equal(value("True")).holds(&value("1")));
        assert!(!Expectation::Same(value("True")).holds(&value("1")));
        assert!(Expectation::NotSame(value("None")).holds(&value("0")));
    }

    #[test]
    fn conditions_take_every_value() {
        let truths = ["1", "'a'", "[0]", "float('nan')", "{0: 0}", "0.1"];
        let lies = ["0", "''", "[]", "None", "0.0", "{}", "()", "False"];
        assert!(truths.iter().all(|it| Expectation::True.holds(&value(it))));
        assert!(lies.iter().all(|it| Expectation::False.holds(&value(it))));
    }

    #[test]
    fn nearness_needs_a_number() {
        let near = Expectation::Near { value: 2.0, tolerance: 0.5, inclusive: false };
        assert!(near.holds(&value("2")) && near.holds(&value("1.75")));
        assert!(!near.holds(&value("2.5")) && !near.holds(&value("'2'")));
        assert!(!near.holds(&value("float('nan')")));
        let close = Expectation::Close { value: 1.0, relative: 1e-9, absolute: 0.0 };
        assert!(close.holds(&value("1.0000000001")) && !close.holds(&value("1.001")));
    }
}
