//! A text that is read as testlib reads a file, by words or by lines.
//!
//! A text knows whose it is: an output that cannot be read is a presentation error, and an answer that
//! cannot be read is our failure.
//!
//! Left out: testlib's limits on the length of a file and of a word.

use super::Grade;

/// Stands for the byte that testlib takes for one after the end of a file. No text has it.
const AFTER_THE_END: u8 = 0xff;

/// What is left of a text.
pub(super) struct Stream<'a> {
    rest: &'a str,
    owner: Owner,
}

/// Who wrote a text.
#[derive(Clone, Copy)]
enum Owner {
    Participant,
    Jury,
}

impl<'a> Stream<'a> {
    /// A participant's output, which alone may begin with a byte order mark.
    pub(super) fn written(text: &'a str) -> Self {
        let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { rest, owner: Owner::Participant }
    }

    /// A right answer.
    pub(super) fn expected(text: &'a str) -> Self {
        Self { rest: text, owner: Owner::Jury }
    }

    /// Whether every byte has been read.
    pub(super) fn is_read(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether nothing but blanks is left. They are skipped.
    pub(super) fn is_over(&mut self) -> bool {
        self.rest = self.rest.trim_start_matches(is_blank);
        self.is_read()
    }

    /// The next word.
    pub(super) fn word(&mut self) -> Result<&'a str, Grade> {
        if self.is_over() {
            return Err(self.fault("it ends too early"));
        }
        let end = self.rest.find(is_blank).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(word)
    }

    /// The next word as a value.
    pub(super) fn value<T>(&mut self, read: impl Fn(&'a str) -> Option<T>) -> Result<T, Grade> {
        let word = self.word()?;
        read(word).ok_or_else(|| self.malformed(word))
    }

    /// All words that are left as values.
    pub(super) fn values<T>(
        &mut self,
        read: impl Fn(&'a str) -> Option<T>,
    ) -> Result<Vec<T>, Grade> {
        let mut values = Vec::new();
        while !self.is_over() {
            values.push(self.value(&read)?);
        }
        Ok(values)
    }

    /// The next line as bytes and without its end; an empty one where none is left.
    ///
    /// A line ends with a line feed or with both a carriage return and a line feed. Any other carriage
    /// return testlib drops, and it takes what follows as it is, even the end of the file.
    pub(super) fn line(&mut self) -> Vec<u8> {
        let (raw, rest) = match self.rest.split_once('\n') {
            Some((raw, rest)) => (raw, Some(rest)),
            None => (self.rest, None),
        };
        self.rest = rest.unwrap_or("");
        let mut line = Vec::with_capacity(raw.len());
        let mut bytes = raw.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\r' => match bytes.next() {
                    Some(next) => line.push(next),
                    None if rest.is_some() => {}
                    None => line.push(AFTER_THE_END),
                },
                byte => line.push(byte),
            }
        }
        line
    }

    /// What a word of another form than was asked for means.
    pub(super) fn malformed(&self, word: &str) -> Grade {
        let shown: String = word.chars().take(40).collect();
        self.fault(&format!("`{shown}` is not what was asked for"))
    }

    /// What it means that this text is at fault.
    pub(super) fn fault(&self, why: &str) -> Grade {
        match self.owner {
            Owner::Participant => Grade::Presentation(format!("its output is at fault: {why}")),
            Owner::Jury => Grade::Failed(format!("the expected output is at fault: {why}")),
        }
    }
}

/// What parts words. testlib takes no other white space for it, neither of ASCII nor of Unicode.
fn is_blank(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_by_four_blanks_only() {
        let words = |text| Stream::written(text).values(Some).unwrap();
        assert_eq!(words(" a\tb\r\nc\n\n"), ["a", "b", "c"]);
        for word in ["a\u{b}b", "a\u{c}b", "a\u{a0}b", "a\u{2003}b", "a\0b", "a\u{1a}"] {
            assert_eq!(words(word), [word]);
        }
    }

    #[test]
    fn an_output_alone_may_begin_with_a_byte_order_mark() {
        assert_eq!(Stream::written("\u{feff}7").word(), Ok("7"));
        assert_eq!(Stream::written("\u{feff}\u{feff}7").word(), Ok("\u{feff}7"));
        assert_eq!(Stream::expected("\u{feff}7").word(), Ok("\u{feff}7"));
    }

    #[test]
    fn a_line_ends_as_in_testlib() {
        for (text, lines) in [
            ("", &[b"".as_slice()] as &[&[u8]]),
            ("a", &[b"a"]),
            ("a\nb\n", &[b"a", b"b", b""]),
            ("a\r\n\r\nb", &[b"a", b"", b"b"]),
            ("a\rb\n", &[b"ab"]),
            ("a\r\r\nb", &[b"a\r", b"b"]),
            ("\r\ré", &[b"\r\xc3\xa9"]),
            ("a\r", &[b"a\xff"]),
        ] {
            let mut stream = Stream::written(text);
            for line in lines {
                assert_eq!(stream.line(), *line, "{text:?}");
            }
            assert!(stream.is_read(), "{text:?}");
        }
    }

    #[test]
    fn what_is_a_participants_fault_in_an_output_is_ours_in_an_answer() {
        assert!(matches!(Stream::written(" \n").word(), Err(Grade::Presentation(_))));
        assert!(matches!(Stream::expected(" \n").word(), Err(Grade::Failed(_))));
    }
}
