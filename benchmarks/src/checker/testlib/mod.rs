//! The standard checkers of testlib, under their own names.
//!
//! Mirzayanov's testlib is what Codeforces and most contests judge with. These do what its programs do
//! with a participant's output and a right answer; the input plays no part in any of them. An output
//! with something left after a right answer is a presentation error there, and so it is here.
//!
//! They follow testlib 0.9.45 as it is built with glibc. Each reads an output and an answer in the
//! order of testlib's program: what is read first decides whose fault it is where both are malformed.
//!
//! Left out: testlib's words, and its limits on points. Its partial scores end with [`Grade::Points`].

mod cases;
mod lines;
mod real;
mod stream;
mod values;

use super::Grade;
use cases::long_of_c;
use real::{close, within};
use stream::Stream;
use values::{as_long_as_each_other, each, int, long, one, yes};

/// One of testlib's checkers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standard {
    /// The same words.
    Wcmp,
    /// The same lines, each as words.
    Lcmp,
    /// The same lines to the letter.
    Fcmp,
    /// One whole number of any size.
    Hcmp,
    /// One whole number of 32 bits.
    Icmp,
    /// The same whole numbers of 64 bits.
    Ncmp,
    /// The same sequence of yes and no, in any case.
    Nyesno,
    /// One yes or no, in any case.
    Yesno,
    /// One number within 1.5e-6.
    Rcmp,
    /// Numbers within 1e-4, absolutely or relatively.
    Rcmp4,
    /// Numbers within 1e-6, absolutely or relatively.
    Rcmp6,
    /// Numbers within 1e-9, absolutely or relatively.
    Rcmp9,
    /// Numbers within 1.5e-5.
    Rncmp,
    /// One number within 1e-6, absolutely or relatively.
    Dcmp,
    /// One number within 1.5e-6.
    Acmp,
    /// `Case 1: ...`, each with one whole number.
    Caseicmp,
    /// `Case 1: ...`, each with whole numbers.
    Casencmp,
    /// `Case 1: ...`, each with words.
    Casewcmp,
    /// The same whole numbers in any order.
    Uncmp,
    /// How far one number is from another, as points.
    Pointscmp,
}

impl Standard {
    /// Every one of them.
    pub const ALL: [Self; 20] = [
        Self::Wcmp,
        Self::Lcmp,
        Self::Fcmp,
        Self::Hcmp,
        Self::Icmp,
        Self::Ncmp,
        Self::Nyesno,
        Self::Yesno,
        Self::Rcmp,
        Self::Rcmp4,
        Self::Rcmp6,
        Self::Rcmp9,
        Self::Rncmp,
        Self::Dcmp,
        Self::Acmp,
        Self::Caseicmp,
        Self::Casencmp,
        Self::Casewcmp,
        Self::Uncmp,
        Self::Pointscmp,
    ];

    /// testlib's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wcmp => "wcmp",
            Self::Lcmp => "lcmp",
            Self::Fcmp => "fcmp",
            Self::Hcmp => "hcmp",
            Self::Icmp => "icmp",
            Self::Ncmp => "ncmp",
            Self::Nyesno => "nyesno",
            Self::Yesno => "yesno",
            Self::Rcmp => "rcmp",
            Self::Rcmp4 => "rcmp4",
            Self::Rcmp6 => "rcmp6",
            Self::Rcmp9 => "rcmp9",
            Self::Rncmp => "rncmp",
            Self::Dcmp => "dcmp",
            Self::Acmp => "acmp",
            Self::Caseicmp => "caseicmp",
            Self::Casencmp => "casencmp",
            Self::Casewcmp => "casewcmp",
            Self::Uncmp => "uncmp",
            Self::Pointscmp => "pointscmp",
        }
    }

    /// What `written` is worth where `expected` is a right answer.
    pub(super) fn grade(self, written: &str, expected: &str) -> Grade {
        let (mut written, mut expected) = (Stream::written(written), Stream::expected(expected));
        match self.decide(&mut written, &mut expected) {
            Ok(_) if !written.is_over() => written.fault("there is more in it than an answer"),
            Ok(grade) | Err(grade) => grade,
        }
    }

    /// Which grade stands whatever is left of the output (`Err`), and which only if nothing is (`Ok`).
    fn decide<'a>(
        self,
        written: &mut Stream<'a>,
        expected: &mut Stream<'a>,
    ) -> Result<Grade, Grade> {
        match self {
            Self::Wcmp => as_long_as_each_other(written, expected, Some, Some),
            Self::Lcmp => lines::lines(written, expected, lines::same_words),
            Self::Fcmp => lines::lines(written, expected, |ours, theirs| ours == theirs),
            Self::Hcmp => values::one_huge(written, expected),
            Self::Icmp => one(written, expected, int, |theirs, ours| theirs == ours),
            Self::Ncmp => as_long_as_each_other(written, expected, long, long),
            Self::Nyesno => as_long_as_each_other(written, expected, yes, Some),
            Self::Yesno => values::one_yes(written, expected),
            Self::Rcmp | Self::Acmp => one(written, expected, real::read, within(1.5e-6)),
            Self::Dcmp => one(written, expected, real::read, close(1e-6)),
            Self::Rcmp4 => each(written, expected, real::read, close(1e-4)),
            Self::Rcmp6 => each(written, expected, real::read, close(1e-6)),
            Self::Rcmp9 => each(written, expected, real::read, close(1e-9)),
            Self::Rncmp => each(written, expected, real::read, within(1.5e-5)),
            Self::Caseicmp => cases::numbered(written, expected),
            Self::Casencmp => cases::rows(written, expected, long_of_c),
            Self::Casewcmp => cases::rows(written, expected, Some),
            Self::Uncmp => values::unordered(written, expected, long),
            Self::Pointscmp => values::distance(written, expected, real::read),
        }
    }
}

fn wrong(why: &str) -> Grade {
    Grade::Wrong(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row is a checker, an output, an answer and the first letter of the grade, where `7` stands
    /// for points. testlib's own programs gave these grades.
    pub(super) fn assert_grades(rows: &[(Standard, &str, &str, char)]) {
        for &(standard, written, expected, grade) in rows {
            let name = standard.name();
            let said = letter(standard, written, expected);
            assert_eq!(said, grade, "{name}: {written:?} {expected:?}");
        }
    }

    fn letter(standard: Standard, written: &str, expected: &str) -> char {
        match standard.grade(written, expected) {
            Grade::Right => 'r',
            Grade::Wrong(_) => 'w',
            Grade::Presentation(_) => 'p',
            Grade::Points(_) => '7',
            Grade::Failed(_) => 'f',
        }
    }

    #[test]
    fn each_checker_decides_as_testlib_does() {
        assert_grades(&[
            (Standard::Wcmp, "a  b\n", "a\nb", 'r'),
            (Standard::Wcmp, "a B", "a b", 'w'),
            (Standard::Wcmp, "a b c", "a b", 'w'),
            (Standard::Lcmp, " a   b \nc\n\n", "a b\nc\n", 'r'),
            (Standard::Lcmp, "a\nb c", "a b\nc", 'w'),
            (Standard::Lcmp, "a", "a\nb", 'w'),
            (Standard::Fcmp, "a b\r\nc", "a b\nc\n", 'r'),
            (Standard::Fcmp, "a  b\nc", "a b\nc", 'w'),
            (
                Standard::Hcmp,
                "-123456789012345678901234567890",
                "-123456789012345678901234567890",
                'r',
            ),
            (Standard::Hcmp, "007", "7", 'p'),
            (Standard::Hcmp, "-0", "0", 'p'),
            (Standard::Hcmp, "8", "7", 'w'),
            (Standard::Icmp, "7 ", "7", 'r'),
            (Standard::Icmp, "99999999999", "7", 'p'),
            (Standard::Icmp, "7 8", "7", 'p'),
            (Standard::Icmp, "", "7", 'p'),
            (Standard::Icmp, "7", "seven", 'f'),
            (Standard::Ncmp, "1\n2 3", "1 2 3", 'r'),
            (Standard::Ncmp, "1 2", "1 2 3", 'w'),
            (Standard::Ncmp, "1 x 3", "1 2 3", 'p'),
            (Standard::Ncmp, "+1", "1", 'p'),
            (Standard::Yesno, "yEs", "YES", 'r'),
            (Standard::Yesno, "no", "YES", 'w'),
            (Standard::Yesno, "maybe", "YES", 'p'),
            (Standard::Nyesno, "yes no", "YES NO", 'r'),
            (Standard::Nyesno, "yes", "YES NO", 'w'),
            (Standard::Rcmp, "1.0000014", "1", 'r'),
            (Standard::Rcmp, "1.000002", "1", 'w'),
            (Standard::Rcmp, "nan", "1", 'p'),
            (Standard::Acmp, "0x1p0", "1", 'p'),
            (Standard::Rcmp4, "1.0001 20001", "1 20000", 'r'),
            (Standard::Rcmp4, "1.0002", "1", 'w'),
            (Standard::Rcmp4, "1", "1 2", 'p'),
            (Standard::Rcmp4, "1 2 3", "1 2", 'p'),
            (Standard::Rcmp6, "1000001", "1000000", 'r'),
            (Standard::Rcmp9, "1000001", "1000000", 'w'),
            (Standard::Rcmp9, "-1e9", "-1000000000", 'r'),
            (Standard::Rncmp, "1.00001 2", "1 2", 'r'),
            (Standard::Rncmp, "100001", "100000", 'w'),
            (Standard::Dcmp, "1000001", "1000000", 'r'),
            (Standard::Dcmp, "1.1", "1.0", 'w'),
            (Standard::Caseicmp, "Case 1: 5\nCase 2: 6", "Case 1: 5\nCase 2: 6\n", 'r'),
            (Standard::Caseicmp, "Case 1: 5 6", "Case 1: 5", 'p'),
            (Standard::Casencmp, "Case 1: 5 6", "Case 1: 5\n6", 'r'),
            (Standard::Casencmp, "Case 1: 5 7", "Case 1: 5 6", 'w'),
            (Standard::Casewcmp, "Case 1: a b", "Case 1: a\tb", 'r'),
            (Standard::Casewcmp, "Case 2: a", "Case 1: a", 'p'),
            (Standard::Casewcmp, "Case 1: a", "Case 1: a Case 2: b", 'p'),
            (Standard::Uncmp, "3 1 2", "1 2 3", 'r'),
            (Standard::Uncmp, "1 1 2", "1 2 2", 'w'),
            (Standard::Uncmp, "a", "1", 'p'),
            (Standard::Pointscmp, "7.5", "10", '7'),
        ]);
    }
}
