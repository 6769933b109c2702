//! Rows of a file, and their fields by name and type.
//!
//! Every benchmark is a sequence of objects: JSON, one a line or all in one array, or Parquet. A [`Row`]
//! gives its fields away one by one, and knows where it stands, so that a complaint can say so. Fields
//! that nobody asks for are ignored: data sets carry more than a loader needs.

use std::path::Path;

use crate::error::{Error, Location, Position};
use crate::syntax::SyntaxError;
use crate::{Value, content::Content, parquet_rows};

/// One object of a file.
pub(crate) struct Row {
    at: Location,
    fields: Vec<(Value, Value)>,
}

/// What some editors put before UTF-8: its byte order mark, which is no part of the text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// All rows of `content`, which came from `path`.
pub(crate) fn rows(path: &Path, content: &Content) -> Result<Vec<Row>, Error> {
    let bytes = content.bytes.strip_prefix(MARK).unwrap_or(&content.bytes);
    let start = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let rows = match start {
        _ if parquet_rows::is_parquet(bytes) => parquet(path, bytes)?,
        Some(b'[') => array(path, bytes)?,
        _ => lines(path, bytes)?,
    };
    if rows.is_empty() {
        return Err(Error::Empty { path: path.to_owned() });
    }
    Ok(rows)
}

fn lines(path: &Path, bytes: &[u8]) -> Result<Vec<Row>, Error> {
    let lines = bytes.split(|&byte| byte == b'\n').zip(1..);
    lines
        .filter(|(line, _)| !line.trim_ascii().is_empty())
        .map(|(line, number)| {
            let at = Location::new(path, Position::Line(number));
            let text = text(line, &at)?;
            let value = Value::from_json(text).map_err(|error| bad_json(at.clone(), error))?;
            Row::new(at, value)
        })
        .collect()
}

fn parquet(path: &Path, bytes: &[u8]) -> Result<Vec<Row>, Error> {
    let rows = parquet_rows::values(bytes)
        .map_err(|reason| Error::BadParquet { path: path.to_owned(), reason })?;
    (1..)
        .zip(rows)
        .map(|(number, row)| Row::new(Location::new(path, Position::Entry(number)), row))
        .collect()
}

fn array(path: &Path, bytes: &[u8]) -> Result<Vec<Row>, Error> {
    let line_at = |offset: usize| {
        let newlines = bytes[..offset].iter().filter(|&&byte| byte == b'\n').count();
        Location::new(path, Position::Line(newlines + 1))
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let line = bytes[..offset].iter().rposition(|&byte| byte == b'\n').map_or(0, |n| n + 1);
        Error::NotUtf8 { at: line_at(offset), byte: offset - line }
    })?;
    let value = Value::from_json(text).map_err(|error| bad_json(line_at(error.offset), error))?;
    let Value::List(entries) = value else {
        unreachable!("a text that starts with `[` is a list or bad JSON");
    };
    (1..)
        .zip(entries)
        .map(|(number, entry)| Row::new(Location::new(path, Position::Entry(number)), entry))
        .collect()
}

fn text<'a>(line: &'a [u8], at: &Location) -> Result<&'a str, Error> {
    std::str::from_utf8(line)
        .map_err(|error| Error::NotUtf8 { at: at.clone(), byte: error.valid_up_to() })
}

fn bad_json(at: Location, error: SyntaxError) -> Error {
    Error::BadJson { at, column: error.column, reason: error.reason }
}

impl Row {
    fn new(at: Location, value: Value) -> Result<Self, Error> {
        match value {
            Value::Dict(fields) => Ok(Self { at, fields }),
            other => Err(Error::NotAnObject { at, found: other.kind() }),
        }
    }

    /// Where the row stands.
    pub(crate) fn position(&self) -> Position {
        self.at.position
    }

    /// Where the row stands, with the file.
    pub(crate) fn location(&self) -> Location {
        self.at.clone()
    }

    /// Whether the row has this field.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// A field of any type.
    pub(crate) fn take(&mut self, field: &'static str) -> Result<Value, Error> {
        let Some(place) = self.place(field) else {
            return Err(Error::MissingField { at: self.at.clone(), field });
        };
        Ok(std::mem::replace(&mut self.fields[place].1, Value::None))
    }

    /// A field that may be missing, which is the same as null.
    pub(crate) fn optional(&mut self, field: &'static str) -> Value {
        self.take(field).unwrap_or(Value::None)
    }

    pub(crate) fn string(&mut self, field: &'static str) -> Result<String, Error> {
        match self.take(field)? {
            Value::Str(text) => Ok(text),
            other => Err(self.wrong(field.to_owned(), "a string", &other)),
        }
    }

    pub(crate) fn strings(&mut self, field: &'static str) -> Result<Vec<String>, Error> {
        let items = match self.take(field)? {
            Value::List(items) => items,
            other => return Err(self.wrong(field.to_owned(), "a list of strings", &other)),
        };
        let each = items.into_iter().enumerate().map(|(index, item)| match item {
            Value::Str(text) => Ok(text),
            other => Err(self.wrong(format!("{field}[{index}]"), "a string", &other)),
        });
        each.collect()
    }

    /// A number that counts something.
    pub(crate) fn natural(&mut self, field: &'static str) -> Result<u32, Error> {
        let value = self.take(field)?;
        let number = match &value {
            Value::Int(number) => u32::try_from(number).ok(),
            _ => None,
        };
        number.ok_or_else(|| self.wrong(field.to_owned(), "a whole number from 0", &value))
    }

    /// A number, whole or not.
    pub(crate) fn number(&mut self, field: &'static str) -> Result<f64, Error> {
        match self.take(field)? {
            Value::Float(number) => Ok(number),
            Value::Int(number) => Ok(number.to_string().parse().expect("digits are a float")),
            other => Err(self.wrong(field.to_owned(), "a number", &other)),
        }
    }

    /// The complaint that `field` holds `found`.
    pub(crate) fn wrong(&self, field: String, expected: &'static str, found: &Value) -> Error {
        Error::WrongField { at: self.at.clone(), field, expected, found: found.kind() }
    }

    /// The complaint that what `field` holds cannot be, for this reason.
    pub(crate) fn bad(&self, field: &str, reason: String) -> Error {
        Error::BadField { at: self.location(), field: field.to_owned(), reason }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|(key, _)| matches!(key, Value::Str(key) if key == name))
    }
}
