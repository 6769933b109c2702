//! Rows of a Parquet file, as values.
//!
//! Training sets are published so. A column has one type, which JSON calls the same: texts, numbers,
//! lists and objects. Dates, decimals and what else Parquet knows are turned into text, since no loader
//! asks for them. All rows are read at once, as those of every other format.

use std::panic::{self, AssertUnwindSafe};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::{Field, List, Map, Row};

use crate::Value;

/// What a Parquet file begins and ends with.
const MAGIC: &[u8] = b"PAR1";

/// Whether `bytes` are those of a Parquet file.
pub(crate) fn is_parquet(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The rows of the file whose bytes these are, each a dictionary.
pub(crate) fn values(bytes: &[u8]) -> Result<Vec<Value>, String> {
    let bytes = Bytes::copy_from_slice(bytes);
    // The reader trusts what a page says of itself in places, and stops the thread where it lies.
    let read = panic::catch_unwind(AssertUnwindSafe(|| read(bytes)));
    read.map_err(|_| "its pages are damaged".to_owned())?.map_err(|error| error.to_string())
}

fn read(bytes: Bytes) -> Result<Vec<Value>, ParquetError> {
    let reader = SerializedFileReader::new(bytes)?;
    reader.get_row_iter(None)?.map(|row| Ok(object(row?))).collect()
}

fn object(row: Row) -> Value {
    let fields = row.into_columns().into_iter();
    Value::Dict(fields.map(|(name, field)| (Value::Str(name), value(&field))).collect())
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::None,
        Field::Bool(it) => Value::Bool(*it),
        Field::Byte(number) => Value::Int((*number).into()),
        Field::Short(number) => Value::Int((*number).into()),
        Field::Int(number) => Value::Int((*number).into()),
        Field::Long(number) => Value::Int((*number).into()),
        Field::UByte(number) => Value::Int((*number).into()),
        Field::UShort(number) => Value::Int((*number).into()),
        Field::UInt(number) => Value::Int((*number).into()),
        Field::ULong(number) => Value::Int((*number).into()),
        Field::Float(number) => Value::Float((*number).into()),
        Field::Double(number) => Value::Float(*number),
        Field::Str(text) => Value::Str(text.clone()),
        Field::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
            Ok(text) => Value::Str(text.to_owned()),
            Err(_) => Value::Bytes(bytes.data().to_vec()),
        },
        Field::Group(row) => object(row.clone()),
        Field::ListInternal(list) => items(list),
        Field::MapInternal(map) => pairs(map),
        other => Value::Str(other.to_string()),
    }
}

fn items(list: &List) -> Value {
    Value::List(list.elements().iter().map(value).collect())
}

fn pairs(map: &Map) -> Value {
    Value::Dict(map.entries().iter().map(|(key, item)| (value(key), value(item))).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::basic::{Compression, ZstdLevel};
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    /// The texts of a column, and its definition and repetition levels.
    type Column = (Vec<ByteArray>, Vec<i16>, Option<Vec<i16>>);

    /// Two rows in the layout that Arrow gives texts, lists of texts, and lists of objects.
    fn written(compression: Compression) -> Vec<u8> {
        let schema = "message schema {
            OPTIONAL BYTE_ARRAY id (UTF8);
            OPTIONAL INT64 number;
            OPTIONAL GROUP tests (LIST) {
                REPEATED GROUP list { OPTIONAL BYTE_ARRAY element (UTF8); }
            }
            OPTIONAL GROUP info (LIST) {
                REPEATED GROUP list {
                    OPTIONAL GROUP element { OPTIONAL BYTE_ARRAY name (UTF8); }
                }
            }
        }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let properties = WriterProperties::builder().set_compression(compression).build();
        let mut bytes = Vec::new();
        let mut writer =
            SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let texts = |texts: &[&str]| texts.iter().map(|text| ByteArray::from(*text)).collect();
        let columns: [Column; 4] = [
            (texts(&["oss_1", "oss_2"]), vec![1, 1], None),
            (Vec::new(), vec![1, 0], None),
            (texts(&["assert f(1)", "assert f(2)"]), vec![3, 3, 1], Some(vec![0, 1, 0])),
            (texts(&["f"]), vec![4, 0], Some(vec![0, 0])),
        ];
        for (texts, definitions, repetitions) in columns {
            let mut column = group.next_column().unwrap().unwrap();
            let repetitions = repetitions.as_deref();
            if texts.is_empty() {
                let typed = column.typed::<Int64Type>();
                typed.write_batch(&[7], Some(&definitions), repetitions).unwrap();
            } else {
                let typed = column.typed::<ByteArrayType>();
                typed.write_batch(&texts, Some(&definitions), repetitions).unwrap();
            }
            column.close().unwrap();
        }
        group.close().unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn rows_are_what_json_would_make_of_them() {
        let zstd = Compression::ZSTD(ZstdLevel::default());
        for compression in [Compression::SNAPPY, zstd, Compression::UNCOMPRESSED] {
            let bytes = written(compression);
            assert!(is_parquet(&bytes));
            let rows: Vec<_> = values(&bytes).unwrap().iter().map(Value::to_python).collect();
            assert_eq!(
                rows,
                [
                    "{'id': 'oss_1', 'number': 7, 'tests': ['assert f(1)', 'assert f(2)'], \
                     'info': [{'name': 'f'}]}",
                    "{'id': 'oss_2', 'number': None, 'tests': [], 'info': None}",
                ]
            );
        }
    }

    #[test]
    fn a_damaged_file_is_refused_and_stops_nobody() {
        let bytes = written(Compression::SNAPPY);
        for length in [4, 20, bytes.len() / 2, bytes.len() - 1] {
            assert!(values(&bytes[..length]).is_err(), "{length}");
        }
        for place in 4..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x55;
            let _ = values(&damaged);
        }
    }
}
