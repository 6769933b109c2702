//! Checkers of `Case 1: ...`, `Case 2: ...`, where `Case` and `1:` are words.

use super::stream::Stream;
use super::values::long;
use super::{Grade, wrong};

/// Cases of one whole number each.
pub(super) fn numbered(
    written: &mut Stream<'_>,
    expected: &mut Stream<'_>,
) -> Result<Grade, Grade> {
    let (theirs, ours) = (numbers(expected)?, numbers(written)?);
    if let Some(place) = theirs.iter().zip(&ours).position(|(theirs, ours)| theirs != ours) {
        return Err(another_case(place + 1));
    }
    if ours.len() == theirs.len() {
        Ok(Grade::Right)
    } else {
        Err(written.fault("it has another number of cases"))
    }
}

fn numbers(stream: &mut Stream<'_>) -> Result<Vec<i64>, Grade> {
    let mut numbers = Vec::new();
    while !stream.is_over() {
        demand(stream, "Case")?;
        demand(stream, &format!("{}:", numbers.len() + 1))?;
        numbers.push(stream.value(long)?);
    }
    Ok(numbers)
}

/// Cases of values in a row, which end where the next word `Case` stands.
pub(super) fn rows<'a, T: PartialEq>(
    written: &mut Stream<'a>,
    expected: &mut Stream<'a>,
    read: impl Fn(&'a str) -> Option<T>,
) -> Result<Grade, Grade> {
    let (mut ours, mut theirs) = (Rows::of(written), Rows::of(expected));
    let mut number = 0;
    while !theirs.stream.is_over() {
        number += 1;
        if theirs.row(number, &read)? != ours.row(number, &read)? {
            return Err(another_case(number));
        }
    }
    Ok(Grade::Right)
}

struct Rows<'s, 'a> {
    stream: &'s mut Stream<'a>,
    /// The word `Case` has been read, which ended the row before.
    is_begun: bool,
}

impl<'s, 'a> Rows<'s, 'a> {
    fn of(stream: &'s mut Stream<'a>) -> Self {
        Self { stream, is_begun: false }
    }

    fn row<T>(
        &mut self,
        number: usize,
        read: impl Fn(&'a str) -> Option<T>,
    ) -> Result<Vec<T>, Grade> {
        if !self.is_begun {
            demand(self.stream, "Case")?;
        }
        demand(self.stream, &format!("{number}:"))?;
        let mut row = Vec::new();
        while !self.stream.is_over() {
            let word = self.stream.word()?;
            if word == "Case" {
                self.is_begun = true;
                break;
            }
            row.push(read(word).ok_or_else(|| self.stream.malformed(word))?);
        }
        Ok(row)
    }
}

/// A whole number of 64 bits, which testlib reads here as far as a zero byte, the end of a text in C.
pub(super) fn long_of_c(word: &str) -> Option<i64> {
    long(word.split_once('\0').map_or(word, |(number, _)| number))
}

fn demand(stream: &mut Stream<'_>, wanted: &str) -> Result<(), Grade> {
    let word = stream.word()?;
    if word == wanted { Ok(()) } else { Err(stream.malformed(word)) }
}

fn another_case(number: usize) -> Grade {
    wrong(&format!("case {number} is another one"))
}

#[cfg(test)]
mod tests {
    use crate::checker::testlib::Standard;
    use crate::checker::testlib::tests::assert_grades;

    #[test]
    fn case_and_its_number_are_words() {
        for standard in [Standard::Caseicmp, Standard::Casencmp, Standard::Casewcmp] {
            assert_grades(&[
                (standard, "Case\n1:\t5 ", "Case 1: 5", 'r'),
                (standard, "Case1:5", "Case 1: 5", 'p'),
                (standard, "Case1: 5", "Case 1: 5", 'p'),
                (standard, "Case 1:5", "Case 1: 5", 'p'),
                (standard, "Case 01: 5", "Case 1: 5", 'p'),
                (standard, "Case\u{2003}1: 5", "Case 1: 5", 'p'),
                (standard, "Case 1: 5", "Case1: 5", 'f'),
            ]);
        }
        let glued = "Case 1: 5Case 2: 6";
        assert_grades(&[
            (Standard::Caseicmp, glued, "Case 1: 5\nCase 2: 6", 'p'),
            (Standard::Casencmp, glued, "Case 1: 5\nCase 2: 6", 'p'),
            (Standard::Casewcmp, glued, "Case 1: 5\nCase 2: 6", 'w'),
        ]);
    }

    #[test]
    fn a_word_may_have_case_in_it() {
        assert_grades(&[
            (Standard::Casewcmp, "Case 1: UpperCase", "Case 1: UpperCase\n", 'r'),
            (Standard::Casewcmp, "Case 1: CaseStudy", "Case 1: CaseStudy\n", 'r'),
            (Standard::Casewcmp, "Case 1: UpperCase", "Case 1: LowerCase", 'w'),
        ]);
    }

    #[test]
    fn a_last_word_case_ends_a_row_and_no_more() {
        for standard in [Standard::Casencmp, Standard::Casewcmp] {
            assert_grades(&[
                (standard, "Case 1: 5 Case", "Case 1: 5", 'r'),
                (standard, "Case 1: 5", "Case 1: 5 Case", 'r'),
                (standard, "Case 1: 5 Case 2:", "Case 1: 5", 'p'),
                (standard, "Case 1: 5", "Case 1: 5 Case 2:", 'p'),
            ]);
        }
    }

    #[test]
    fn another_number_of_cases_is_malformed() {
        assert_grades(&[
            (Standard::Caseicmp, "Case 1: 5", "Case 1: 5 Case 2: 6", 'p'),
            (Standard::Caseicmp, "Case 1: 5 Case 2: 6", "Case 1: 5", 'p'),
            (Standard::Caseicmp, "Case 1: 4", "Case 1: 5 Case 2: 6", 'w'),
            (Standard::Caseicmp, "Case 1: x", "Case 1:", 'f'),
        ]);
    }

    #[test]
    fn a_zero_byte_ends_a_number_of_a_row() {
        assert_grades(&[
            (Standard::Casencmp, "Case 1: 5\0 6\0x", "Case 1: 5 6", 'r'),
            (Standard::Casencmp, "Case 1: \0", "Case 1: 5", 'p'),
            (Standard::Caseicmp, "Case 1: 5\0", "Case 1: 5", 'p'),
        ]);
    }
}
