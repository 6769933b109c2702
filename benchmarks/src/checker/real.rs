//! Real numbers as testlib reads and compares them.

/// A finite number in decimal notation.
pub(super) fn read(word: &str) -> Option<f64> {
    let plain = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if !word.bytes().all(plain) {
        return None;
    }
    word.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Whether `result` is within `error` of `expected`, absolutely or relatively.
pub(super) fn close(expected: f64, result: f64, error: f64) -> bool {
    // What testlib adds for the rounding of the error itself.
    let error = error + 1e-15;
    if (result - expected).abs() <= error {
        return true;
    }
    let (one, other) = (expected * (1.0 - error), expected * (1.0 + error));
    (one.min(other)..=one.max(other)).contains(&result)
}
