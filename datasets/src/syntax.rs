//! A cursor over text, for the two small parsers of Python values.
//!
//! [`crate::Value`] can be written as JSON in Python's dialect and as a Python literal. Both
//! grammars share the walk over the text, the numbers, the depth limit and the form of a complaint.

use std::fmt;

use num_bigint::BigInt;

use crate::Value;

/// Why a text is not a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {reason}")]
pub struct SyntaxError {
    /// Bytes before the place.
    pub offset: usize,
    /// Characters before the place in its line, plus one.
    pub column: usize,
    /// What was expected or met there.
    pub reason: String,
}

/// Values nested deeper than this are refused, so that no text can exhaust the stack. Python's own
/// compiler gives up at 200 brackets and its JSON reader near 1000.
pub(crate) const DEEPEST: usize = 400;

/// A place in a text.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Take the next character.
    pub(crate) fn next(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Take `token` if it comes next.
    pub(crate) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Take the longest run of bytes that `wanted` accepts; it must accept ASCII only, or all of
    /// each multi-byte character.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().position(|byte| !wanted(byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    pub(crate) fn skip_whitespace(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    pub(crate) fn expect(&mut self, token: &str) -> Result<(), SyntaxError> {
        if self.eat(token) { Ok(()) } else { Err(self.unexpected(format_args!("`{token}`"))) }
    }

    pub(crate) fn expect_end(&mut self) -> Result<(), SyntaxError> {
        self.skip_whitespace();
        if self.rest().is_empty() { Ok(()) } else { Err(self.unexpected("the end")) }
    }

    /// Parse something that may hold values itself.
    pub(crate) fn nested<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth == DEEPEST {
            return Err(self.error(format!("nested more than {DEEPEST} deep")));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Parse `item`s up to `end`, with commas between them and, where `trailing`, one after the
    /// last. Also says whether a comma came last.
    pub(crate) fn list<T>(
        &mut self,
        end: &str,
        trailing: bool,
        mut item: impl FnMut(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<(Vec<T>, bool), SyntaxError> {
        let mut items = Vec::new();
        self.skip_whitespace();
        if self.eat(end) {
            return Ok((items, false));
        }
        loop {
            items.push(item(self)?);
            self.skip_whitespace();
            if self.eat(end) {
                return Ok((items, false));
            }
            if !self.eat(",") {
                return Err(self.unexpected(format_args!("`,` or `{end}`")));
            }
            self.skip_whitespace();
            if trailing && self.eat(end) {
                return Ok((items, true));
            }
        }
    }

    /// Exactly `digits` hexadecimal digits, as a number.
    pub(crate) fn hex(&mut self, digits: usize) -> Result<u32, SyntaxError> {
        let found = self.rest().get(..digits).and_then(|hex| {
            hex.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
            u32::from_str_radix(hex, 16).ok()
        });
        let Some(number) = found else {
            return Err(self.unexpected(format_args!("{digits} hexadecimal digits")));
        };
        self.at += digits;
        Ok(number)
    }

    /// Complain that something else was expected here.
    pub(crate) fn unexpected(&self, expected: impl fmt::Display) -> SyntaxError {
        match self.rest().chars().next() {
            Some(found) => self.error(format!("expected {expected}, found {found:?}")),
            None => self.error(format!("expected {expected}, found the end")),
        }
    }

    /// Complain about this place.
    pub(crate) fn error(&self, reason: String) -> SyntaxError {
        let line = &self.text[..self.at];
        let line = line.rfind('\n').map_or(line, |newline| &line[newline + 1..]);
        SyntaxError { offset: self.at, column: line.chars().count() + 1, reason }
    }
}

/// The `int` with these decimal digits and sign.
pub(crate) fn decimal(digits: &str) -> Value {
    // The short way first: nearly every number in every data set takes it.
    let number = match digits.parse::<i64>() {
        Ok(number) => BigInt::from(number),
        Err(_) => digits.parse().expect("the caller passes digits with a sign at most"),
    };
    Value::Int(number)
}

/// The `float` with this decimal notation; too large is infinite, as in Python.
pub(crate) fn floating(notation: &str) -> Value {
    Value::Float(notation.parse().expect("the caller passes a decimal fraction"))
}
