//! Checkers of one value, and of values in a row.

use super::stream::Stream;
use super::{Grade, wrong};

/// One value.
pub(super) fn one<'a, T>(
    written: &mut Stream<'a>,
    expected: &mut Stream<'a>,
    read: impl Fn(&'a str) -> Option<T>,
    same: impl Fn(T, T) -> bool,
) -> Result<Grade, Grade> {
    let (theirs, ours) = (expected.value(&read)?, written.value(&read)?);
    if same(theirs, ours) { Ok(Grade::Right) } else { Err(another_answer()) }
}

/// One yes or no. An output without a word is malformed, even where the answer is malformed too.
pub(super) fn one_yes(written: &mut Stream<'_>, expected: &mut Stream<'_>) -> Result<Grade, Grade> {
    let (theirs, ours) = (expected.word()?, written.word()?);
    let theirs = yes(theirs).ok_or_else(|| expected.malformed(theirs))?;
    let ours = yes(ours).ok_or_else(|| written.malformed(ours))?;
    if ours == theirs { Ok(Grade::Right) } else { Err(another_answer()) }
}

/// One whole number of any size. The answer must hold nothing else.
pub(super) fn one_huge(
    written: &mut Stream<'_>,
    expected: &mut Stream<'_>,
) -> Result<Grade, Grade> {
    let (theirs, ours) = (expected.word()?, written.word()?);
    if !is_whole(theirs) {
        return Err(expected.malformed(theirs));
    }
    if !expected.is_over() {
        return Err(expected.fault("there is more in it than a number"));
    }
    if !is_whole(ours) {
        return Err(written.malformed(ours));
    }
    if ours == theirs { Ok(Grade::Right) } else { Err(another_answer()) }
}

/// Value by value as far as the expected ones go.
pub(super) fn each<'a, T>(
    written: &mut Stream<'a>,
    expected: &mut Stream<'a>,
    read: impl Fn(&'a str) -> Option<T>,
    same: impl Fn(T, T) -> bool,
) -> Result<Grade, Grade> {
    let mut number = 0;
    while !expected.is_over() {
        number += 1;
        let (theirs, ours) = (expected.value(&read)?, written.value(&read)?);
        if !same(theirs, ours) {
            return Err(Grade::Wrong(format!("value {number} is another one")));
        }
    }
    Ok(Grade::Right)
}

/// Value by value as far as both go; then neither may have any left. Those that are left need only
/// have the form that `left` reads.
pub(super) fn as_long_as_each_other<'a, T: PartialEq, L>(
    written: &mut Stream<'a>,
    expected: &mut Stream<'a>,
    read: impl Fn(&'a str) -> Option<T>,
    left: impl Fn(&'a str) -> Option<L>,
) -> Result<Grade, Grade> {
    let mut number = 0;
    while !expected.is_over() && !written.is_over() {
        number += 1;
        if expected.value(&read)? != written.value(&read)? {
            return Err(Grade::Wrong(format!("word {number} is another one")));
        }
    }
    let (missing, extra) = (expected.values(&left)?, written.values(&left)?);
    match (missing.is_empty(), extra.is_empty()) {
        (true, true) => Ok(Grade::Right),
        (false, _) => Err(wrong("its output is shorter than the answer")),
        (true, false) => Err(wrong("its output is longer than the answer")),
    }
}

/// Values in any order.
pub(super) fn unordered<'a, T: Ord>(
    written: &mut Stream<'a>,
    expected: &mut Stream<'a>,
    read: impl Fn(&'a str) -> Option<T>,
) -> Result<Grade, Grade> {
    let (mut theirs, mut ours) = (expected.values(&read)?, written.values(&read)?);
    theirs.sort_unstable();
    ours.sort_unstable();
    if ours == theirs { Ok(Grade::Right) } else { Err(wrong("its numbers are other ones")) }
}

/// How far two numbers are apart.
///
/// testlib fails where that is above a million, so that an output could make it fail. Here that is
/// worth as many points, and where it is infinite, the text with such a number is at fault.
pub(super) fn distance<'a>(
    written: &mut Stream<'a>,
    expected: &mut Stream<'a>,
    read: impl Fn(&'a str) -> Option<f64>,
) -> Result<Grade, Grade> {
    let (theirs, ours) = (expected.value(&read)?, written.value(&read)?);
    let points = (theirs - ours).abs();
    if points.is_finite() {
        Ok(Grade::Points(points))
    } else {
        let owner = if theirs.is_finite() { written } else { expected };
        Err(owner.fault("its number is too large"))
    }
}

fn another_answer() -> Grade {
    wrong("it is another answer")
}

/// Whether a word is a number in the one form that testlib takes: no plus, no leading zero, no minus
/// before zero.
fn is_whole(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain && (!digits.starts_with('0') || word == "0")
}

/// A whole number of 64 bits.
pub(super) fn long(word: &str) -> Option<i64> {
    if is_whole(word) { word.parse().ok() } else { None }
}

/// A whole number of 32 bits.
pub(super) fn int(word: &str) -> Option<i32> {
    if is_whole(word) { word.parse().ok() } else { None }
}

/// Yes or no, in any case of ASCII.
pub(super) fn yes(word: &str) -> Option<bool> {
    [("yes", true), ("no", false)]
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
        .map(|(_, yes)| yes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::testlib::Standard;
    use crate::checker::testlib::tests::assert_grades;

    #[test]
    fn white_space_that_testlib_does_not_know_parts_no_values() {
        assert_grades(&[
            (Standard::Wcmp, "a\u{b}b", "a b", 'w'),
            (Standard::Wcmp, "a\u{c}", "a", 'w'),
            (Standard::Ncmp, "1\u{b}2", "1 2", 'p'),
            (Standard::Ncmp, "1 2", "1\u{b}2", 'f'),
            (Standard::Icmp, "7\u{c}", "7", 'p'),
            (Standard::Uncmp, "\u{c}", "", 'p'),
            (Standard::Yesno, "YES\u{c}", "YES", 'p'),
            (Standard::Nyesno, "YES\u{b}NO", "YES NO", 'p'),
            (Standard::Rcmp4, "1\u{b}2", "1 2", 'p'),
            (Standard::Rncmp, "1 2\u{c}", "1 2", 'p'),
            (Standard::Dcmp, "1\u{c}", "1", 'p'),
        ]);
    }

    #[test]
    fn numbers_may_be_as_far_apart_as_in_testlib() {
        assert_grades(&[
            (Standard::Rncmp, "1.000015", "1", 'r'),
            (Standard::Rcmp, "3.0000015", "3", 'r'),
            (Standard::Acmp, "3.0000015", "3", 'r'),
            (Standard::Rcmp, "3.0000016", "3", 'w'),
        ]);
    }

    #[test]
    fn numbers_may_be_infinite_or_without_the_digits_of_an_exponent() {
        assert_grades(&[
            (Standard::Rcmp4, "1", "1e400", 'w'),
            (Standard::Rcmp4, "1e500", "1e400", 'r'),
            (Standard::Rcmp6, "1e400", "1", 'w'),
            (Standard::Rcmp, "1e400", "1e400", 'r'),
            (Standard::Rncmp, "-1e400", "1e400", 'w'),
            (Standard::Rcmp9, "1e", "1", 'r'),
            (Standard::Dcmp, "1", "1e", 'r'),
        ]);
    }

    #[test]
    fn a_byte_order_mark_before_an_output_is_no_part_of_it() {
        assert_grades(&[
            (Standard::Wcmp, "\u{feff}a", "a", 'r'),
            (Standard::Icmp, "\u{feff}7", "7", 'r'),
            (Standard::Icmp, "7", "\u{feff}7", 'f'),
        ]);
    }

    #[test]
    fn hcmp_wants_one_number_in_the_answer_and_others_do_not() {
        assert_grades(&[
            (Standard::Hcmp, "7", "7 8", 'f'),
            (Standard::Hcmp, "x", "7 8", 'f'),
            (Standard::Hcmp, "", "7 8", 'p'),
            (Standard::Icmp, "7", "7 8", 'r'),
            (Standard::Yesno, "no", "NO 8", 'r'),
            (Standard::Pointscmp, "10", "10 3", '7'),
            (Standard::Pointscmp, "10 3", "10 3", 'p'),
        ]);
    }

    #[test]
    fn whose_fault_it_is_depends_on_what_is_read_first() {
        assert_grades(&[
            (Standard::Icmp, "", "x", 'f'),
            (Standard::Yesno, "", "x", 'p'),
            (Standard::Yesno, "x", "x", 'f'),
            (Standard::Ncmp, "x", "", 'p'),
            (Standard::Ncmp, "", "x", 'f'),
            (Standard::Nyesno, "x", "", 'w'),
        ]);
    }

    #[test]
    fn points_are_the_distance_and_no_output_makes_them_infinite() {
        assert_eq!(Standard::Pointscmp.grade("7.5", "10"), Grade::Points(2.5));
        for (written, expected, grade) in
            [("1e400", "1", "output is at fault"), ("1", "1e400", "expected output is at fault")]
        {
            let said = Standard::Pointscmp.grade(written, expected);
            assert!(said.failure().unwrap().1.contains(grade), "{written} {expected}");
        }
    }
}
