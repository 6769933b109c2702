//! Checkers of lines.

use super::Grade;
use super::stream::Stream;

/// Line by line as far as the answer goes, whose last line counts only if there is something in it.
/// Where the output has no more lines, its next one is empty.
pub(super) fn lines(
    written: &mut Stream<'_>,
    expected: &mut Stream<'_>,
    same: impl Fn(&[u8], &[u8]) -> bool,
) -> Result<Grade, Grade> {
    let mut number = 0;
    while !expected.is_read() {
        number += 1;
        let theirs = expected.line();
        if theirs.is_empty() && expected.is_read() {
            break;
        }
        if !same(&written.line(), &theirs) {
            return Err(Grade::Wrong(format!("line {number} is another one")));
        }
    }
    Ok(Grade::Right)
}

/// Whether two lines have the same words. Within lines all white space of ASCII parts words, since
/// testlib leaves that to C++.
pub(super) fn same_words(one: &[u8], other: &[u8]) -> bool {
    words(one).eq(words(other))
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    line.split(is_space).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::checker::testlib::Standard;
    use crate::checker::testlib::tests::assert_grades;

    #[test]
    fn empty_lines_at_the_end_of_an_answer_need_not_be_in_an_output() {
        for standard in [Standard::Fcmp, Standard::Lcmp] {
            assert_grades(&[
                (standard, "a\n", "a\n\n", 'r'),
                (standard, "a", "a\n\n\n", 'r'),
                (standard, "", "\n", 'r'),
                (standard, "a", "a\nb", 'w'),
                (standard, "a\n\nb", "a\n\n", 'p'),
            ]);
        }
        assert_grades(&[
            (Standard::Fcmp, "a", "a\n \n", 'w'),
            (Standard::Lcmp, "a", "a\n \n", 'r'),
        ]);
    }

    #[test]
    fn what_is_left_after_the_last_line_is_blank_only_to_testlib() {
        for standard in [Standard::Fcmp, Standard::Lcmp] {
            assert_grades(&[
                (standard, "a\n \r\n\t\n", "a\n", 'r'),
                (standard, "a\n\u{2003}\n", "a\n", 'p'),
                (standard, "a\n\u{a0}\n", "a\n", 'p'),
                (standard, "a\n\u{b}\n", "a\n", 'p'),
            ]);
        }
    }

    #[test]
    fn words_of_a_line_are_parted_as_by_cpp() {
        assert_grades(&[
            (Standard::Lcmp, "a\u{b}b\u{c}\n", "a b\n", 'r'),
            (Standard::Lcmp, "a\u{2003}b", "a b", 'w'),
        ]);
    }

    #[test]
    fn a_carriage_return_within_a_line_is_dropped() {
        for standard in [Standard::Fcmp, Standard::Lcmp] {
            assert_grades(&[
                (standard, "a\rb\n", "ab\n", 'r'),
                (standard, "a\r", "a", 'w'),
                (standard, "a\r", "a\r", 'r'),
            ]);
        }
    }
}
