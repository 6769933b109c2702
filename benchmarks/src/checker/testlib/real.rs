//! Real numbers as testlib reads and compares them.

/// Above this testlib takes a number for infinite.
const INFINITE: f64 = 1e300;

/// What testlib adds to a tolerance for the rounding of the tolerance itself.
const ROUNDING: f64 = 1e-15;

/// A number in decimal notation; one that is too large is infinite.
///
/// testlib reads by C's `scanf`, and glibc's takes an exponent without digits for none.
pub(super) fn read(word: &str) -> Option<f64> {
    let plain = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if !word.bytes().all(plain) {
        return None;
    }
    without_empty_exponent(word).parse().ok()
}

/// `1` of `1e` and `1e+`.
fn without_empty_exponent(word: &str) -> &str {
    let unsigned = word.strip_suffix(['+', '-']).unwrap_or(word);
    unsigned.strip_suffix(['e', 'E']).filter(|number| !number.contains(['e', 'E'])).unwrap_or(word)
}

/// Whether `result` is within `error` of `expected`, absolutely.
pub(super) fn within(error: f64) -> impl Fn(f64, f64) -> bool {
    move |expected, result| {
        let difference = (expected - result).abs();
        // Two infinities are no number apart, which testlib does not find too far.
        difference.is_nan() || difference <= error + ROUNDING
    }
}

/// Whether `result` is within `error` of `expected`, absolutely or relatively.
pub(super) fn close(error: f64) -> impl Fn(f64, f64) -> bool {
    let error = error + ROUNDING;
    move |expected, result| {
        if expected.abs() > INFINITE || result.abs() > INFINITE {
            return expected.abs().min(result.abs()) > INFINITE
                && expected.is_sign_positive() == result.is_sign_positive();
        }
        if (result - expected).abs() <= error {
            return true;
        }
        let (one, other) = (expected * (1.0 - error), expected * (1.0 + error));
        (one.min(other)..=one.max(other)).contains(&result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_by_scanf() {
        for (word, number) in [
            ("1.", Some(1.0)),
            (".5", Some(0.5)),
            ("+1", Some(1.0)),
            ("1e+5", Some(1e5)),
            ("1e", Some(1.0)),
            ("-1.5E-", Some(-1.5)),
            ("1e400", Some(f64::INFINITY)),
            ("-1e400", Some(f64::NEG_INFINITY)),
            ("1e99999999999", Some(f64::INFINITY)),
            ("1e-400", Some(0.0)),
            ("", None),
            (".", None),
            ("e", None),
            ("e1", None),
            ("1+", None),
            ("1e+-", None),
            ("1e5e", None),
            ("--1", None),
            ("1..0", None),
            ("0x10", None),
            ("nan", None),
            ("inf", None),
        ] {
            assert_eq!(read(word), number, "{word}");
        }
    }

    #[test]
    fn a_tolerance_is_a_little_wider_than_it_says() {
        assert!(within(1.5e-5)(1.0, 1.000015));
        assert!(within(1.5e-6)(3.0, 3.0000015));
        assert!(!within(1.5e-5)(1.0, 1.0000151));
        assert!(close(1e-4)(1.0, 1.0001));
    }

    #[test]
    fn infinite_numbers_are_as_far_apart_as_testlib_finds() {
        let infinite = f64::INFINITY;
        for (expected, result, absolutely, relatively) in [
            (infinite, infinite, true, true),
            (infinite, -infinite, false, false),
            (infinite, 1.0, false, false),
            (1.0, infinite, false, false),
            (1e301, 1e302, false, true),
            (1e301, -1e301, false, false),
            (1e301, infinite, false, true),
        ] {
            let said = (within(1.5e-6)(expected, result), close(1e-6)(expected, result));
            assert_eq!(said, (absolutely, relatively), "{expected} {result}");
        }
    }
}
