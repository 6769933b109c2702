//! Lines of decimal numbers, equal when the numbers are, to the last digit.
//!
//! No float is made of them, so `0.3` is not `0.30000000000000001` and large numbers keep their ends.

/// Whether two lines are the same, or the same numbers.
pub(super) fn same_line(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let (mut ours, mut theirs) = (one.split_whitespace(), other.split_whitespace());
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if same_number(one, other) => {}
            _ => return false,
        }
    }
}

fn same_number(one: &str, other: &str) -> bool {
    Decimal::read(one).zip(Decimal::read(other)).is_some_and(|(one, other)| one == other)
}

/// A decimal number in its only form: digits that neither begin nor end with zero, and the power of
/// ten that they are multiplied by.
#[derive(PartialEq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_end_matches('0');
        let zeros = digits.len() - significant.len();
        let digits = significant.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self { negative: false, digits, exponent: 0 });
        }
        let places = zeros as i64 - fraction.len() as i64;
        Some(Self { negative, digits, exponent: i64::from(exponent) + places })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        for (one, other) in
            [("1", "1.000"), ("1e3", "1000"), ("-0", "0.0"), (".5", "0.50"), ("007 2", "7 2.0")]
        {
            assert!(same_line(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("0.3333333333333333", "0.333333333"),
            ("50000000000000000", "50000000000000001"),
            ("1 2", "1"),
            ("1", "-1"),
            ("nan", "NaN"),
            ("1.", "1.."),
            ("e5", "e5 "),
        ] {
            assert!(!same_line(one, other), "{one} {other}");
        }
    }
}
