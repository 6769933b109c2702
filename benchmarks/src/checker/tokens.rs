//! Texts as lines and as words.

const WHITE: [char; 6] = [' ', '\n', '\t', '\r', '\u{b}', '\u{c}'];

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
            (one, other) => return Some(difference("line", number, one, other)),
        }
    }
    None
}

/// Which word of two texts differs. All white space of ASCII parts words.
pub(super) fn different_word(written: &str, expected: &str) -> Option<String> {
    first_difference(written, expected, &WHITE, |one, other| one == other)
}

/// Which word of two texts has another value.
pub(super) fn different_value(written: &str, expected: &str) -> Option<String> {
    first_difference(written, expected, &WHITE, same_value)
}

/// Which word of two texts differs to CodeContests, where a form feed is part of a word.
///
/// Texts are the same there when all words are, in any case of letters. Else each word must have the
/// same value, which `nan` and `inf` do not have even beside themselves.
pub(super) fn different_to_codecontests(written: &str, expected: &str) -> Option<String> {
    const WHITE: [char; 5] = [' ', '\n', '\t', '\r', '\u{b}'];
    first_difference(written, expected, &WHITE, str::eq_ignore_ascii_case)?;
    first_difference(written, expected, &WHITE, same_to_codecontests)
}

/// Which word of two texts, parted by `white`, differs by `same`.
fn first_difference(
    written: &str,
    expected: &str,
    white: &[char],
    same: impl Fn(&str, &str) -> bool,
) -> Option<String> {
    let (mut ours, mut theirs) = (words(written, white), words(expected, white));
    for number in 1.. {
        match (ours.next(), theirs.next()) {
            (None, None) => break,
            (Some(one), Some(other)) if same(one, other) => {}
            (one, other) => return Some(difference("word", number, one, other)),
        }
    }
    None
}

/// What is wrong with a line or a word, in words.
fn difference(what: &str, number: u32, written: Option<&str>, expected: Option<&str>) -> String {
    match (written, expected) {
        (Some(one), Some(other)) => {
            let start =
                one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
            let (one, other) = (excerpt(one, start), excerpt(other, start));
            format!("{what} {number} of its output is `{one}` and should be `{other}`")
        }
        (None, Some(other)) => {
            format!(
                "its output ends before {what} {number}, which should be `{}`",
                excerpt(other, 0)
            )
        }
        (Some(one), None) => {
            format!("{what} {number} of its output, `{}`, is one too many", excerpt(one, 0))
        }
        (None, None) => unreachable!("there is no difference between nothing and nothing"),
    }
}

/// What of a long text is near the character number `place`.
fn excerpt(text: &str, place: usize) -> String {
    /// Characters in all, and those before the place.
    const LONGEST: usize = 60;
    const BEFORE: usize = 20;
    let length = text.chars().count();
    let start = if length <= LONGEST { 0 } else { place.saturating_sub(BEFORE) };
    let shown: String = text.chars().skip(start).take(LONGEST).collect();
    let (left, right) = (start > 0, start + LONGEST < length);
    format!("{}{shown}{}", if left { "…" } else { "" }, if right { "…" } else { "" })
}

fn words<'a>(text: &'a str, white: &'a [char]) -> impl Iterator<Item = &'a str> {
    text.split(white).filter(|word| !word.is_empty())
}

/// Whether a word has the value of an expected one, which says how exact it is meant: a number with a point
/// is not meant to the last digit, one without is.
fn same_value(written: &str, expected: &str) -> bool {
    const TOLERANCE: f64 = 1e-6;
    let number = |word: &str| {
        let is_one = word.bytes().all(|it| it.is_ascii_digit() || b"+-.eE".contains(&it));
        word.parse::<f64>().ok().filter(|number| is_one && number.is_finite())
    };
    let is_word = |word: &str| ["yes", "no"].iter().any(|it| word.eq_ignore_ascii_case(it));
    if written == expected {
        return true;
    }
    if expected.contains('.')
        && let (Some(one), Some(other)) = (number(written), number(expected))
    {
        return (one - other).abs() <= TOLERANCE * other.abs().max(1.0);
    }
    is_word(expected) && written.eq_ignore_ascii_case(expected)
}

/// CodeContests: two numbers may be 1e-5 apart, and the case of letters does not matter. Whole numbers
/// are compared as floats too, so that large ones which differ in the last digits are the same.
fn same_to_codecontests(one: &str, other: &str) -> bool {
    // Its reader of numbers takes white space around them, of which a word can only have form feeds.
    let number = |word: &str| word.trim_matches('\u{c}').parse::<f64>().ok();
    match number(one).zip(number(other)) {
        Some((one, other)) => (one - other).abs() < 1e-5,
        None => one.eq_ignore_ascii_case(other),
    }
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
            ("a\u{b}b", "a b", true),
            ("a\u{c}b", "a b", false),
            ("a\u{c}", "a", false),
            ("1\u{c}", "1", true),
            ("1e", "1", false),
            // Where all words are the same, no value is looked at.
            ("nan x", "nan X", true),
            ("nan 1.0", "nan 1", false),
            ("1.0 x", "1 X", true),
        ] {
            let said = Checker::CodeContests.grade(one, other);
            assert_eq!(said == Grade::Right, same, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_value_is_as_exact_as_it_is_meant() {
        for (written, expected, same) in [
            ("0.3333333333333333", "0.333333", true),
            ("0.50000001", "0.5", true),
            ("0.50001", "0.5", false),
            ("3", "3.0", true),
            ("3.0", "3", false),
            ("2000000.5", "2000001.5", true),
            ("1e-1", "0.1", true),
            ("0.1", "1.1.1", false),
            ("nan", "0.5", false),
            ("inf", "0.5", false),
            ("YES", "Yes", true),
            ("yes", "No", false),
            ("ABC", "abc", false),
            ("100000000000000001", "100000000000000002", false),
        ] {
            let said = Checker::Values.grade(written, expected);
            assert_eq!(said == Grade::Right, same, "{written} {expected}");
        }
    }

    #[test]
    fn of_a_long_line_the_part_with_the_difference_is_shown() {
        assert_eq!(excerpt("short", 3), "short");
        let (one, other) = ("a".repeat(100) + "b", "a".repeat(100));
        let said = difference("line", 1, Some(&one), Some(&other));
        let shown = "…".to_owned() + &"a".repeat(20);
        assert_eq!(said, format!("line 1 of its output is `{shown}b` and should be `{shown}`"));
        assert_eq!(excerpt(&"é".repeat(70), 0), "é".repeat(60) + "…");
    }

    #[test]
    fn the_first_difference_is_named() {
        let wrong = |said: &str| Grade::Wrong(said.to_owned());
        let said = Checker::Tokens.grade("1 2\n3", "1 2 4");
        assert_eq!(said, wrong("word 3 of its output is `3` and should be `4`"));
        let said = Checker::Lines.grade("1\n2\n", "1\n2\n3");
        assert_eq!(said, wrong("its output ends before line 3, which should be `3`"));
        let said = Checker::Lines.grade("1\n2\n", "1");
        assert_eq!(said, wrong("line 2 of its output, `2`, is one too many"));
        assert_eq!(Checker::Lines.grade("\n 1 \r\n2\n\n", "1\n2"), Grade::Right);
        assert_eq!(Checker::Lines.grade("", "\n"), Grade::Right);
    }
}
