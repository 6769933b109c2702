//! Texts as lines and as words.

/// Which line of two texts differs by `same`, leaving aside white space at the ends of lines and of
/// the text.
pub(super) fn different_line(
    written: &str,
    expected: &str,
    same: impl Fn(&str, &str) -> bool,
) -> Option<String> {
    let mut ours = written.trim().split('\n').map(str::trim);
    let mut theirs = expected.trim().split('\n').map(str::trim);
    for number in 1.. {
        match (ours.next(), theirs.next()) {
            (None, None) => break,
            (Some(one), Some(other)) if same(one, other) => {}
            _ => return Some(format!("line {number} of its output is not the expected one")),
        }
    }
    None
}

/// Which word of two texts differs by `same`.
pub(super) fn different_word(
    written: &str,
    expected: &str,
    same: impl Fn(&str, &str) -> bool,
) -> Option<String> {
    let (mut ours, mut theirs) = (words(written), words(expected));
    for number in 1.. {
        match (ours.next(), theirs.next()) {
            (None, None) => break,
            (Some(one), Some(other)) if same(one, other) => {}
            _ => return Some(format!("word {number} of its output is not the expected one")),
        }
    }
    None
}

/// The words of a text, which only white space of ASCII parts.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '\n', '\t', '\r', '\u{b}', '\u{c}']).filter(|word| !word.is_empty())
}

/// CodeContests: the case of letters does not matter, and numbers may be 1e-5 apart. Whole numbers
/// are compared as floats too, so that large ones which differ in the last digits are the same.
pub(super) fn same_to_codecontests(one: &str, other: &str) -> bool {
    let number = |word: &str| word.parse::<f64>().ok();
    one.eq_ignore_ascii_case(other)
        || number(one).zip(number(other)).is_some_and(|(one, other)| (one - other).abs() < 1e-5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Checker, Grade};

    #[test]
    fn codecontests_looks_at_numbers_and_at_no_case() {
        for (one, other, same) in [
            ("YES", "yes", true),
            ("1.000001", "1", true),
            ("1.0001", "1", false),
            ("100000000000000001", "100000000000000002", true),
            ("abc", "abd", false),
            ("nan", "nan", true),
        ] {
            assert_eq!(same_to_codecontests(one, other), same, "{one} {other}");
        }
    }

    #[test]
    fn the_first_difference_is_named() {
        let said = Checker::Tokens.grade("1 2\n3", "1 2 4");
        assert_eq!(said, Grade::Wrong("word 3 of its output is not the expected one".to_owned()));
        let said = Checker::Lines.grade("1\n2\n", "1\n2\n3");
        assert_eq!(said, Grade::Wrong("line 3 of its output is not the expected one".to_owned()));
        assert_eq!(Checker::Lines.grade("\n 1 \r\n2\n\n", "1\n2"), Grade::Right);
        assert_eq!(Checker::Lines.grade("", "\n"), Grade::Right);
    }
}
