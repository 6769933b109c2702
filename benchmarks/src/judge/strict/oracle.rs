//! When a result counts as right beside that of a reference: EvalPlus' rules, task by task.
//!
//! Most tasks ask for equality, within a tolerance where the reference returns floats. A few of MBPP
//! have several right answers, and EvalPlus has a rule for each (`evalplus/eval/_special_oracle.py`
//! and `evalplus/eval/__init__.py` of 0.3.1).

use datasets::{Problem, Value};
use num_bigint::BigInt;

use super::equality::{equal, normal_form};
use super::expectation::real;

/// numpy's `rtol`, as EvalPlus sets it.
const RELATIVE: f64 = 1e-7;

/// EvalPlus' tolerance for floats of tasks that name none.
const FLOATS: f64 = 1e-6;

/// The rule of one task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Oracle {
    rule: Rule,
    atol: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// The reference's result.
    Equality,
    /// The same elements, in any order and number.
    SameSet,
    /// A result where the reference has one.
    Presence,
    /// The reference's result, or 0.
    OrZero,
    /// The reference's result, or the surface with the height along the axis.
    PyramidSurface,
    /// The reference's result, or the distance with the shorter number padded.
    DigitDistance,
    /// A zero of the polynomial that is the input.
    ZeroOfPolynomial,
}

impl Oracle {
    pub(super) fn of(problem: &Problem, atol: f64) -> Self {
        let rule = match (problem.id.starts_with("Mbpp/"), problem.entry_point.as_deref()) {
            (false, Some("find_zero")) => Rule::ZeroOfPolynomial,
            (true, Some("sum_div")) => Rule::OrZero,
            (true, Some("surface_Area")) => Rule::PyramidSurface,
            (true, Some("digit_distance_nums")) => Rule::DigitDistance,
            (true, Some("check_str" | "text_match_three" | "text_starta_endb")) => Rule::Presence,
            (
                true,
                Some(
                    "similar_elements"
                    | "find_char_long"
                    | "common_in_nested_lists"
                    | "extract_singly"
                    | "larg_nnum"
                    | "intersection_array"
                    | "find_dissimilar"
                    | "Diff",
                ),
            ) => Rule::SameSet,
            _ => Rule::Equality,
        };
        Self { rule, atol }
    }

    /// Whether results with the same bytes are right without a further look.
    pub(super) fn is_equality(&self) -> bool {
        self.rule == Rule::Equality
    }

    /// Whether it only matters that there is a result.
    pub(super) fn only_presence(&self) -> bool {
        self.rule == Rule::Presence
    }

    /// Whether `got` is right for `input`, to which the reference returned `expected`.
    pub(super) fn accepts(&self, got: &Value, expected: &Value, input: &[Value]) -> bool {
        if self.rule == Rule::ZeroOfPolynomial {
            return is_zero(input, got, self.atol);
        }
        if self.rule == Rule::Presence {
            return present(got) == present(expected);
        }
        equal(got, expected) || self.special(got, expected, input) || self.close(got, expected)
    }

    fn special(&self, got: &Value, expected: &Value, input: &[Value]) -> bool {
        match self.rule {
            Rule::SameSet => same_set(got, expected),
            Rule::OrZero => equal(got, &Value::Int(BigInt::ZERO)),
            Rule::PyramidSurface => pyramid_surface(input)
                .zip(real(got))
                .is_some_and(|(surface, got)| (got - surface).abs() <= self.atol),
            Rule::DigitDistance => {
                digit_distance(input).is_some_and(|it| equal(got, &Value::Int(it.into())))
            }
            Rule::Equality | Rule::Presence | Rule::ZeroOfPolynomial => false,
        }
    }

    fn close(&self, got: &Value, expected: &Value) -> bool {
        let atol = if self.atol == 0.0 && holds_floats(expected) { FLOATS } else { self.atol };
        let same_kind = std::mem::discriminant(got) == std::mem::discriminant(expected);
        atol != 0.0 && same_kind && all_close(got, expected, atol)
    }
}

/// A match and `True` say the same, and so do `None` and `False`.
pub(super) fn present(value: &Value) -> bool {
    !matches!(value, Value::None | Value::Bool(false))
}

fn holds_floats(value: &Value) -> bool {
    match value {
        Value::Float(_) => true,
        Value::List(items) | Value::Tuple(items) => {
            !items.is_empty() && items.iter().all(|item| matches!(item, Value::Float(_)))
        }
        _ => false,
    }
}

/// Numbers within tolerance of each other, in sequences of the same shape.
fn all_close(got: &Value, expected: &Value, atol: f64) -> bool {
    match (got, expected) {
        (Value::List(got) | Value::Tuple(got), Value::List(expected) | Value::Tuple(expected)) => {
            got.len() == expected.len()
                && got.iter().zip(expected).all(|(got, expected)| all_close(got, expected, atol))
        }
        _ => match (real(got), real(expected)) {
            (Some(got), Some(expected)) => {
                let tolerance = atol + RELATIVE * expected.abs();
                got == expected || expected.is_finite() && (got - expected).abs() <= tolerance
            }
            _ => equal(got, expected),
        },
    }
}

fn same_set(got: &Value, expected: &Value) -> bool {
    let set = |value: &Value| {
        let mut forms = elements(value)?.iter().map(normal_form).collect::<Option<Vec<_>>>()?;
        forms.sort_unstable();
        forms.dedup();
        Some(forms)
    };
    set(got).zip(set(expected)).is_some_and(|(got, expected)| got == expected)
}

/// What Python iterates over.
fn elements(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(items) | Value::Tuple(items) | Value::Set(items) => Some(items.clone()),
        Value::Dict(entries) => Some(entries.iter().map(|(key, _)| key.clone()).collect()),
        Value::Str(text) => Some(text.chars().map(|it| Value::Str(it.to_string())).collect()),
        _ => None,
    }
}

/// `abs(sum(c[i] * x ** i)) <= atol`.
fn is_zero(input: &[Value], got: &Value, atol: f64) -> bool {
    let (Some(Value::List(coefficients)), Some(x)) = (input.first(), real(got)) else {
        return false;
    };
    let coefficients: Option<Vec<f64>> = coefficients.iter().map(real).collect();
    // The library's `pow`, as Python has it: repeated multiplication is less exact, and a reference's
    // zero may be good to the last digit.
    let sum =
        |it: Vec<f64>| it.iter().zip(0u32..).map(|(c, i)| c * x.powf(f64::from(i))).sum::<f64>();
    coefficients.map(sum).is_some_and(|value| value.abs() <= atol)
}

/// Surface of a square pyramid whose height is measured along its axis, rounded.
fn pyramid_surface(input: &[Value]) -> Option<f64> {
    let [edge, height] = input else { return None };
    let (edge, height) = (real(edge)?, real(height)?);
    let slant = (edge / 2.0).hypot(height);
    Some((edge * edge + 2.0 * edge * slant).round_ties_even())
}

/// Sum of the distances of digits in equal places, the shorter number padded with zeros.
fn digit_distance(input: &[Value]) -> Option<u64> {
    let [Value::Int(one), Value::Int(other)] = input else { return None };
    let digits = |number: &BigInt| -> Option<Vec<u64>> {
        let text = number.to_string();
        text.bytes().rev().map(|it| it.is_ascii_digit().then(|| u64::from(it - b'0'))).collect()
    };
    let (one, other) = (digits(one)?, digits(other)?);
    let places = one.len().max(other.len());
    let digit = |digits: &[u64], place: usize| digits.get(place).copied().unwrap_or(0);
    Some((0..places).map(|place| digit(&one, place).abs_diff(digit(&other, place))).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(python: &str) -> Value {
        Value::from_python(python).unwrap()
    }

    fn accepts(rule: Rule, atol: f64, got: &str, expected: &str, input: &[&str]) -> bool {
        let input: Vec<Value> = input.iter().map(|it| value(it)).collect();
        Oracle { rule, atol }.accepts(&value(got), &value(expected), &input)
    }

    #[test]
    fn floats_may_be_off_by_a_little() {
        assert!(accepts(Rule::Equality, 0.0, "0.3000001", "0.3", &[]));
        assert!(accepts(Rule::Equality, 0.0, "[1.0, 0.3000001]", "[1.0, 0.3]", &[]));
        assert!(accepts(Rule::Equality, 0.0, "1", "1.0", &[]));
        assert!(!accepts(Rule::Equality, 0.0, "(1.0000001,)", "[1.0]", &[]));
        assert!(!accepts(Rule::Equality, 0.0, "0.31", "0.3", &[]));
        assert!(!accepts(Rule::Equality, 0.0, "[1.0000001, 2]", "[1.0, 2]", &[]));
        assert!(!accepts(Rule::Equality, 0.0, "float('nan')", "float('nan')", &[]));
    }

    #[test]
    fn tasks_with_several_answers_have_rules_of_their_own() {
        assert!(accepts(Rule::SameSet, 0.0, "[2, 1, 1]", "(1, 2)", &[]));
        assert!(!accepts(Rule::SameSet, 0.0, "3", "(1, 2)", &[]));
        assert!(accepts(Rule::Presence, 0.0, "'match'", "True", &[]));
        assert!(accepts(Rule::OrZero, 0.0, "0", "7", &[]));
        assert!(accepts(Rule::PyramidSurface, 0.0, "35", "33", &["3", "4"]));
        // Padded: |0 - 2| + |0 - 5| + |1 - 6|.
        assert!(accepts(Rule::DigitDistance, 0.0, "12", "6", &["1", "256"]));
        assert!(!accepts(Rule::DigitDistance, 0.0, "13", "6", &["1", "256"]));
        assert!(accepts(Rule::ZeroOfPolynomial, 1e-6, "-0.5", "1", &["[1, 2]"]));
        assert!(!accepts(Rule::ZeroOfPolynomial, 1e-6, "0.5", "0.5", &["[1, 2]"]));
    }
}
