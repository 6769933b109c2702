//! The keys and values at the head of a GGUF file.

use std::collections::HashMap;

use super::error::Problem;
use super::reader::Reader;

/// One value; the widths of integers are not kept, because no key means another thing by width.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A truth value.
    Bool(bool),
    /// An integer without a sign, of any width.
    Unsigned(u64),
    /// An integer with a sign, of any width.
    Signed(i64),
    /// A number of single precision.
    Single(f32),
    /// A number of double precision.
    Double(f64),
    /// A text.
    Text(String),
    /// A list of values of one type.
    Array(Array),
}

/// A list of values of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// Truth values.
    Bool(Vec<bool>),
    /// Integers without a sign.
    Unsigned(Vec<u64>),
    /// Integers with a sign.
    Signed(Vec<i64>),
    /// Numbers of single precision.
    Single(Vec<f32>),
    /// Numbers of double precision.
    Double(Vec<f64>),
    /// Texts.
    Text(Vec<String>),
}

/// The type of a value, as the format numbers them.
#[derive(Clone, Copy)]
enum Type {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    Text,
    Array,
    U64,
    I64,
    F64,
}

impl Type {
    fn numbered(number: u32, key: &str) -> Result<Self, Problem> {
        Ok(match number {
            0 => Self::U8,
            1 => Self::I8,
            2 => Self::U16,
            3 => Self::I16,
            4 => Self::U32,
            5 => Self::I32,
            6 => Self::F32,
            7 => Self::Bool,
            8 => Self::Text,
            9 => Self::Array,
            10 => Self::U64,
            11 => Self::I64,
            12 => Self::F64,
            _ => return Err(Problem::key(key, format!("has the unknown type {number}"))),
        })
    }

    /// The fewest bytes that one value takes.
    fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 | Self::Text => 8,
            Self::Array => 12,
        }
    }

    fn unsigned(self, reader: &mut Reader<'_>, key: &str) -> Result<u64, Problem> {
        match self {
            Self::U8 => reader.u8(key).map(u64::from),
            Self::U16 => reader.u16(key).map(u64::from),
            Self::U32 => reader.u32(key).map(u64::from),
            _ => reader.u64(key),
        }
    }

    fn signed(self, reader: &mut Reader<'_>, key: &str) -> Result<i64, Problem> {
        match self {
            Self::I8 => reader.u8(key).map(|bits| i64::from(bits.cast_signed())),
            Self::I16 => reader.u16(key).map(|bits| i64::from(bits.cast_signed())),
            Self::I32 => reader.u32(key).map(|bits| i64::from(bits.cast_signed())),
            _ => reader.u64(key).map(u64::cast_signed),
        }
    }
}

impl Value {
    pub(super) fn read(reader: &mut Reader<'_>, key: &str) -> Result<Self, Problem> {
        let kind = Type::numbered(reader.u32(key)?, key)?;
        Ok(match kind {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => {
                Self::Unsigned(kind.unsigned(reader, key)?)
            }
            Type::I8 | Type::I16 | Type::I32 | Type::I64 => Self::Signed(kind.signed(reader, key)?),
            Type::F32 => Self::Single(f32::from_bits(reader.u32(key)?)),
            Type::F64 => Self::Double(f64::from_bits(reader.u64(key)?)),
            Type::Bool => Self::Bool(reader.u8(key)? != 0),
            Type::Text => Self::Text(reader.string(key)?),
            Type::Array => Self::Array(Array::read(reader, key)?),
        })
    }
}

impl Array {
    fn read(reader: &mut Reader<'_>, key: &str) -> Result<Self, Problem> {
        let kind = Type::numbered(reader.u32(key)?, key)?;
        let count = reader.count(kind.size(), key)?;
        let each = 0..count;
        Ok(match kind {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => {
                Self::Unsigned(each.map(|_| kind.unsigned(reader, key)).collect::<Result<_, _>>()?)
            }
            Type::I8 | Type::I16 | Type::I32 | Type::I64 => {
                Self::Signed(each.map(|_| kind.signed(reader, key)).collect::<Result<_, _>>()?)
            }
            Type::F32 => Self::Single(
                each.map(|_| reader.u32(key).map(f32::from_bits)).collect::<Result<_, _>>()?,
            ),
            Type::F64 => Self::Double(
                each.map(|_| reader.u64(key).map(f64::from_bits)).collect::<Result<_, _>>()?,
            ),
            Type::Bool => {
                Self::Bool(each.map(|_| Ok(reader.u8(key)? != 0)).collect::<Result<_, _>>()?)
            }
            Type::Text => Self::Text(each.map(|_| reader.string(key)).collect::<Result<_, _>>()?),
            // No known key has one, and unlimited nesting would be a way to exhaust the stack.
            Type::Array => return Err(Problem::key(key, "is a list of lists")),
        })
    }
}

/// All keys of a file with their values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata(HashMap<String, Value>);

impl Metadata {
    pub(super) fn insert(&mut self, key: String, value: Value) -> Result<(), Problem> {
        match self.0.insert(key.clone(), value) {
            None => Ok(()),
            Some(_) => Err(Problem::key(key, "occurs twice")),
        }
    }

    /// The value of a key, if the file has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The value of a key that has to be there.
    pub(super) fn need(&self, key: &str) -> Result<&Value, Problem> {
        self.get(key).ok_or_else(|| Problem::Missing(key.to_owned()))
    }

    pub(super) fn text(&self, key: &str) -> Result<&str, Problem> {
        match self.need(key)? {
            Value::Text(text) => Ok(text),
            _ => Err(Problem::key(key, "is not a text")),
        }
    }

    /// A size or an id.
    pub(super) fn natural(&self, key: &str) -> Result<u64, Problem> {
        match self.need(key)? {
            Value::Unsigned(number) => Ok(*number),
            Value::Signed(number) if *number >= 0 => Ok(number.cast_unsigned()),
            _ => Err(Problem::key(key, "is not a natural number")),
        }
    }

    /// A number as a person would have written it: single precision's nearest to 0.00001 becomes
    /// double precision's nearest to 0.00001, which is another number than the first one widened.
    pub(super) fn real(&self, key: &str) -> Result<f64, Problem> {
        let number = match self.need(key)? {
            Value::Single(number) => number.to_string().parse().ok(),
            Value::Double(number) => Some(*number),
            _ => None,
        };
        match number {
            Some(number) if f64::is_finite(number) => Ok(number),
            _ => Err(Problem::key(key, "is not a finite number")),
        }
    }

    pub(super) fn texts(&self, key: &str) -> Result<&[String], Problem> {
        match self.need(key)? {
            Value::Array(Array::Text(texts)) => Ok(texts),
            _ => Err(Problem::key(key, "is not a list of texts")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Value, Problem> {
        Value::read(&mut Reader::new(bytes), "some.key")
    }

    #[test]
    fn integers_of_every_width_keep_their_value() {
        assert_eq!(read(&[0, 0, 0, 0, 200]).unwrap(), Value::Unsigned(200));
        assert_eq!(read(&[1, 0, 0, 0, 200]).unwrap(), Value::Signed(-56));
        assert_eq!(read(&[5, 0, 0, 0, 255, 255, 255, 255]).unwrap(), Value::Signed(-1));
    }

    #[test]
    fn a_list_that_claims_more_than_the_file_holds_is_refused_before_memory_is_set_aside() {
        let mut bytes = vec![9, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend(u64::MAX.to_le_bytes());
        assert!(matches!(read(&bytes), Err(Problem::Truncated { within }) if within == "some.key"));
    }

    #[test]
    fn lists_of_lists_are_refused() {
        let mut bytes = vec![9, 0, 0, 0, 9, 0, 0, 0];
        bytes.extend(1_u64.to_le_bytes());
        bytes.extend([0; 12]);
        assert!(read(&bytes).unwrap_err().to_string().contains("list of lists"));
    }

    #[test]
    fn a_single_precision_number_is_read_as_it_was_written() {
        let mut metadata = Metadata::default();
        metadata.insert("eps".into(), Value::Single(1e-5)).unwrap();
        assert_eq!(metadata.real("eps").unwrap(), 1e-5);
    }
}
