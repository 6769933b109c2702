//! The standard checkers of testlib, under their own names.
//!
//! Mirzayanov's testlib is what Codeforces and most contests judge with. These do what its programs do
//! with a participant's output and a right answer; the input plays no part in any of them. An output
//! with something left after a right answer is a presentation error there, and so it is here.
//!
//! Left out: testlib's words. Its partial scores end with [`Grade::Points`].

use super::Grade;
use super::real::{close, read};
use super::tokens::words;

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
        self.decide(written, expected).unwrap_or_else(|grade| grade)
    }

    fn decide(self, written: &str, expected: &str) -> Result<Grade, Grade> {
        match self {
            Self::Wcmp => as_long_as_each_other(written, expected, text),
            Self::Lcmp => lines(written, expected, |one, other| words(one).eq(words(other))),
            Self::Fcmp => lines(written, expected, |one, other| one == other),
            Self::Hcmp => one(written, expected, huge, |one, other| one == other),
            Self::Icmp => one(written, expected, int, |one, other| one == other),
            Self::Ncmp => as_long_as_each_other(written, expected, long),
            Self::Nyesno => as_long_as_each_other(written, expected, yes),
            Self::Yesno => one(written, expected, yes, |one, other| one == other),
            Self::Rcmp | Self::Acmp => one(written, expected, read, within(1.5e-6)),
            Self::Dcmp => one(written, expected, read, |a, b| close(*a, *b, 1e-6)),
            Self::Rcmp4 => each(written, expected, read, |a, b| close(*a, *b, 1e-4)),
            Self::Rcmp6 => each(written, expected, read, |a, b| close(*a, *b, 1e-6)),
            Self::Rcmp9 => each(written, expected, read, |a, b| close(*a, *b, 1e-9)),
            Self::Rncmp => each(written, expected, read, within(1.5e-5)),
            Self::Caseicmp => cases(written, expected, |one, other| {
                let number = |text: &str| {
                    let mut words = words(text);
                    words.next().and_then(long).filter(|_| words.next().is_none())
                };
                number(one).zip(number(other)).map(|(one, other)| one == other)
            }),
            Self::Casencmp => cases(written, expected, |one, other| {
                let numbers = |text| words(text).map(long).collect::<Option<Vec<_>>>();
                numbers(one).zip(numbers(other)).map(|(one, other)| one == other)
            }),
            Self::Casewcmp => {
                cases(written, expected, |one, other| Some(words(one).eq(words(other))))
            }
            Self::Uncmp => {
                let (mut theirs, mut ours) =
                    (all(expected, long).map_err(our_fault)?, all(written, long)?);
                theirs.sort_unstable();
                ours.sort_unstable();
                Ok(if ours == theirs { Grade::Right } else { wrong("its numbers are other ones") })
            }
            Self::Pointscmp => {
                let theirs = only(expected, read).map_err(our_fault)?;
                let ours = only(written, read)?;
                Ok(Grade::Points((theirs - ours).abs()))
            }
        }
    }
}

fn within(error: f64) -> impl Fn(&f64, &f64) -> bool {
    move |expected, result| (expected - result).abs() <= error
}

fn wrong(why: &str) -> Grade {
    Grade::Wrong(why.to_owned())
}

fn malformed(word: &str) -> Grade {
    let shown: String = word.chars().take(40).collect();
    Grade::Presentation(format!("`{shown}` is not what was asked for"))
}

fn too_short() -> Grade {
    Grade::Presentation("its output ends too early".to_owned())
}

fn too_long() -> Grade {
    Grade::Presentation("there is more in its output than an answer".to_owned())
}

/// What would be the participant's fault in an output is ours in an answer.
fn our_fault(grade: Grade) -> Grade {
    match grade {
        Grade::Wrong(why) | Grade::Presentation(why) => {
            Grade::Failed(format!("the expected output is at fault: {why}"))
        }
        other => other,
    }
}

/// All words of `text` as values.
fn all<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Grade> {
    words(text).map(|word| read(word).ok_or_else(|| malformed(word))).collect()
}

/// The one word of `text` as a value.
fn only<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Grade> {
    let mut words = words(text);
    let word = words.next().ok_or_else(too_short)?;
    let value = read(word).ok_or_else(|| malformed(word))?;
    if words.next().is_some() { Err(too_long()) } else { Ok(value) }
}

fn one<T>(
    written: &str,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
    same: impl Fn(&T, &T) -> bool,
) -> Result<Grade, Grade> {
    let word = words(expected).next().ok_or_else(|| our_fault(too_short()))?;
    let theirs = read(word).ok_or_else(|| our_fault(malformed(word)))?;
    let mut rest = words(written);
    let word = rest.next().ok_or_else(too_short)?;
    let ours = read(word).ok_or_else(|| malformed(word))?;
    if !same(&theirs, &ours) {
        return Err(wrong("it is another answer"));
    }
    if rest.next().is_some() { Err(too_long()) } else { Ok(Grade::Right) }
}

/// Value by value as far as the expected ones go; what is missing or left is malformed.
fn each<T>(
    written: &str,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
    same: impl Fn(&T, &T) -> bool,
) -> Result<Grade, Grade> {
    let mut ours = words(written);
    for (number, theirs) in words(expected).enumerate() {
        let wanted = read(theirs).ok_or_else(|| our_fault(malformed(theirs)))?;
        let word = ours.next().ok_or_else(too_short)?;
        let value = read(word).ok_or_else(|| malformed(word))?;
        if !same(&wanted, &value) {
            return Err(Grade::Wrong(format!("value {} is another one", number + 1)));
        }
    }
    if ours.next().is_some() { Err(too_long()) } else { Ok(Grade::Right) }
}

/// Value by value as far as both go; then neither may have any left.
fn as_long_as_each_other<T: PartialEq>(
    written: &str,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Grade, Grade> {
    let (mut ours, mut theirs) = (words(written), words(expected));
    for number in 1.. {
        match (ours.next(), theirs.next()) {
            (None, None) => break,
            (Some(word), Some(wanted)) => {
                let wanted = read(wanted).ok_or_else(|| our_fault(malformed(wanted)))?;
                if read(word).ok_or_else(|| malformed(word))? != wanted {
                    return Err(Grade::Wrong(format!("word {number} is another one")));
                }
            }
            (None, Some(_)) => return Err(wrong("its output is shorter than the answer")),
            (Some(_), None) => return Err(wrong("its output is longer than the answer")),
        }
    }
    Ok(Grade::Right)
}

fn lines(written: &str, expected: &str, same: impl Fn(&str, &str) -> bool) -> Result<Grade, Grade> {
    let mut ours = written.lines();
    for (number, theirs) in expected.lines().enumerate() {
        let line = ours.next().ok_or_else(too_short)?;
        if !same(line, theirs) {
            return Err(Grade::Wrong(format!("line {} is another one", number + 1)));
        }
    }
    if ours.any(|line| !line.trim().is_empty()) { Err(too_long()) } else { Ok(Grade::Right) }
}

/// Case by case, each compared by `same`, which knows no answer for what is malformed.
fn cases(
    written: &str,
    expected: &str,
    same: impl Fn(&str, &str) -> Option<bool>,
) -> Result<Grade, Grade> {
    let theirs = numbered(expected).ok_or_else(|| our_fault(malformed(expected)))?;
    let ours = numbered(written).ok_or_else(|| malformed(written))?;
    if ours.len() != theirs.len() {
        return Err(wrong("it has another number of cases"));
    }
    for (number, (one, other)) in ours.iter().zip(&theirs).enumerate() {
        match same(one, other) {
            Some(true) => {}
            Some(false) => return Err(Grade::Wrong(format!("case {} is another one", number + 1))),
            None => return Err(malformed(one)),
        }
    }
    Ok(Grade::Right)
}

/// What follows `Case 1:`, `Case 2:`, ..., if the text is made of that.
fn numbered(text: &str) -> Option<Vec<&str>> {
    let mut rest = text.trim_start();
    let mut cases = Vec::new();
    while !rest.is_empty() {
        let body = rest.strip_prefix("Case")?.trim_start();
        let body = body.strip_prefix(&(cases.len() + 1).to_string())?.strip_prefix(':')?;
        let end = body.find("Case").unwrap_or(body.len());
        cases.push(&body[..end]);
        rest = &body[end..];
    }
    Some(cases)
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside readers that may fail")]
fn text(word: &str) -> Option<String> {
    Some(word.to_owned())
}

/// A number in the one form that testlib takes: no plus, no leading zero, no minus before zero.
fn huge(word: &str) -> Option<String> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let zero = digits.starts_with('0') && word != "0";
    (plain && !zero).then(|| word.to_owned())
}

fn long(word: &str) -> Option<i64> {
    huge(word)?.parse().ok()
}

fn int(word: &str) -> Option<i32> {
    huge(word)?.parse().ok()
}

fn yes(word: &str) -> Option<bool> {
    [("yes", true), ("no", false)]
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
        .map(|(_, yes)| yes)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for (standard, written, expected, grade) in [
            (Standard::Wcmp, "a  b\n", "a\nb", 'r'),
            (Standard::Wcmp, "a B", "a b", 'w'),
            (Standard::Wcmp, "a b c", "a b", 'w'),
            (Standard::Lcmp, " a   b \nc\n\n", "a b\nc\n", 'r'),
            (Standard::Lcmp, "a\nb c", "a b\nc", 'w'),
            (Standard::Lcmp, "a", "a\nb", 'p'),
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
            (Standard::Casewcmp, "Case 1: a", "Case 1: a Case 2: b", 'w'),
            (Standard::Uncmp, "3 1 2", "1 2 3", 'r'),
            (Standard::Uncmp, "1 1 2", "1 2 2", 'w'),
            (Standard::Uncmp, "a", "1", 'p'),
            (Standard::Pointscmp, "7.5", "10", '7'),
        ] {
            let name = standard.name();
            assert_eq!(
                letter(standard, written, expected),
                grade,
                "{name}: {written:?} {expected:?}"
            );
        }
        assert_eq!(Standard::Pointscmp.grade("7.5", "10"), Grade::Points(2.5));
    }
}
