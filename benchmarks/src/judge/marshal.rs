//! Values on their way to Python and back, in Python's own `marshal` format.
//!
//! Every interpreter reads and writes it without importing anything, which a candidate's start-up
//! time shows, and it keeps apart what Python keeps apart: lists and tuples, ints and floats.
//! Unlike source text it has no depth limit worth mentioning, and two equal values stay two
//! objects, as they are when a public grader reads its inputs from JSON.
//!
//! This is version 2 of the format, which has no back references; Python 3.9 to 3.14 read and write
//! its type codes alike. What is decoded may come from a hostile program: it is bounded by the
//! bytes at hand, and a malformed value is `None`.

use std::time::Duration;

use datasets::Value;
use num_bigint::{BigInt, BigUint, Sign};

/// How deep a decoded value may be nested. Python's own limit is 2000, which is more stack than a
/// thread of ours may have.
const DEPTH: usize = 200;

/// The most values that bytes are decoded into. A value takes 32 times the memory of its shortest
/// notation, so bytes alone are no measure of what a hostile program makes us hold.
const VALUES: usize = 4 << 20;

/// The bytes that `marshal.loads` turns into `value`.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, &mut bytes);
    bytes
}

/// A tuple put together field by field, without copies of what may be large.
#[derive(Debug)]
pub(crate) struct Order {
    bytes: Vec<u8>,
    fields: usize,
}

impl Order {
    pub(crate) fn new() -> Self {
        // The number of fields takes the place of the zeros when it is known.
        Self { bytes: b"(\0\0\0\0".to_vec(), fields: 0 }
    }

    #[must_use]
    pub(crate) fn value(self, value: &Value) -> Self {
        self.field(|bytes| write(value, bytes))
    }

    #[must_use]
    pub(crate) fn text(self, text: &str) -> Self {
        self.field(|bytes| write_sized(b'u', text.as_bytes(), bytes))
    }

    #[must_use]
    pub(crate) fn bytes(self, content: &[u8]) -> Self {
        self.field(|bytes| write_sized(b's', content, bytes))
    }

    #[must_use]
    pub(crate) fn seconds(self, time: Duration) -> Self {
        self.value(&Value::Float(time.as_secs_f64()))
    }

    pub(crate) fn encode(mut self) -> Vec<u8> {
        let fields = i32::try_from(self.fields).expect("an order has a handful of fields");
        self.bytes[1..5].copy_from_slice(&fields.to_le_bytes());
        self.bytes
    }

    fn field(mut self, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        write(&mut self.bytes);
        self.fields += 1;
        self
    }
}

/// The bytes of a list of lists: the arguments of call after call.
pub(crate) fn encode_calls<'a>(calls: impl ExactSizeIterator<Item = &'a Vec<Value>>) -> Vec<u8> {
    let mut bytes = vec![b'['];
    write_length(calls.len(), &mut bytes);
    for arguments in calls {
        write_items(b'[', arguments, &mut bytes, write);
    }
    bytes
}

fn write(value: &Value, to: &mut Vec<u8>) {
    match value {
        Value::None => to.push(b'N'),
        Value::Bool(true) => to.push(b'T'),
        Value::Bool(false) => to.push(b'F'),
        Value::Int(number) => write_int(number, to),
        Value::Float(number) => {
            to.push(b'g');
            to.extend(number.to_le_bytes());
        }
        Value::Complex(real, imaginary) => {
            to.push(b'y');
            to.extend(real.to_le_bytes());
            to.extend(imaginary.to_le_bytes());
        }
        Value::Str(text) => write_sized(b'u', text.as_bytes(), to),
        Value::Bytes(bytes) => write_sized(b's', bytes, to),
        Value::List(items) => write_items(b'[', items, to, write),
        Value::Tuple(items) => write_items(b'(', items, to, write),
        Value::Set(items) => write_items(b'<', items, to, write_hashable),
        Value::Dict(entries) => {
            to.push(b'{');
            for (key, item) in entries {
                write_hashable(key, to);
                write(item, to);
            }
            to.push(b'0');
        }
    }
}

/// Write what lies in a set or is a key: there a set can only be a frozen one.
fn write_hashable(value: &Value, to: &mut Vec<u8>) {
    match value {
        Value::Set(items) => write_items(b'>', items, to, write_hashable),
        Value::Tuple(items) => write_items(b'(', items, to, write_hashable),
        other => write(other, to),
    }
}

fn write_int(number: &BigInt, to: &mut Vec<u8>) {
    if let Ok(small) = i32::try_from(number) {
        to.push(b'i');
        to.extend(small.to_le_bytes());
        return;
    }
    let digits = digits_of(number.magnitude());
    let count = i32::try_from(digits.len()).expect("an int of a problem has few digits");
    to.push(b'l');
    to.extend(if number.sign() == Sign::Minus { -count } else { count }.to_le_bytes());
    to.extend(digits.into_iter().flat_map(u16::to_le_bytes));
}

/// Digits to the base 2^15, least first: how marshal writes long ints.
fn digits_of(magnitude: &BigUint) -> Vec<u16> {
    let mut digits = Vec::new();
    let (mut held, mut bits) = (0u64, 0);
    for word in magnitude.iter_u32_digits() {
        held |= u64::from(word) << bits;
        bits += 32;
        while bits >= 15 {
            digits.push((held & 0x7fff) as u16);
            held >>= 15;
            bits -= 15;
        }
    }
    digits.push(held as u16);
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits
}

fn write_sized(code: u8, bytes: &[u8], to: &mut Vec<u8>) {
    to.push(code);
    write_length(bytes.len(), to);
    to.extend(bytes);
}

fn write_items(code: u8, items: &[Value], to: &mut Vec<u8>, one: fn(&Value, &mut Vec<u8>)) {
    to.push(code);
    write_length(items.len(), to);
    for item in items {
        one(item, to);
    }
}

fn write_length(length: usize, to: &mut Vec<u8>) {
    let length = i32::try_from(length).expect("a value of a problem is far below 2 GiB");
    to.extend(length.to_le_bytes());
}

/// The values that `bytes` hold one after the other, up to the first that is cut off or malformed.
pub(crate) fn decode_all(bytes: &[u8]) -> Vec<Value> {
    let mut reader = Reader { rest: bytes, values: VALUES };
    std::iter::from_fn(|| reader.value(DEPTH)).collect()
}

/// The one value that `bytes` hold.
pub(crate) fn decode(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader { rest: bytes, values: VALUES };
    let value = reader.value(DEPTH)?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a [u8],
    /// How many values there may still be.
    values: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        self.values = self.values.checked_sub(1)?;
        Some(match self.byte()? {
            b'N' => Value::None,
            b'T' => Value::Bool(true),
            b'F' => Value::Bool(false),
            b'i' => Value::Int(i32::from_le_bytes(self.array()?).into()),
            b'l' => Value::Int(self.long()?),
            b'g' => Value::Float(self.float()?),
            b'y' => Value::Complex(self.float()?, self.float()?),
            b'u' => Value::Str(String::from_utf8(self.sized()?.to_vec()).ok()?),
            b's' => Value::Bytes(self.sized()?.to_vec()),
            b'[' => Value::List(self.items(depth)?),
            b'(' => Value::Tuple(self.items(depth)?),
            b'<' | b'>' => Value::Set(self.items(depth)?),
            b'{' => Value::Dict(self.entries(depth)?),
            _ => return None,
        })
    }

    fn items(&mut self, depth: usize) -> Option<Vec<Value>> {
        // Every item takes a byte at least, so a lie about the length allocates nothing.
        let length = self.length()?;
        // Short ones get what they need and no more: there may be millions of them.
        let mut items = Vec::with_capacity(length.min(4));
        for _ in 0..length {
            items.push(self.value(depth)?);
        }
        Some(items)
    }

    fn entries(&mut self, depth: usize) -> Option<Vec<(Value, Value)>> {
        let mut entries = Vec::new();
        while self.rest.first()? != &b'0' {
            entries.push((self.value(depth)?, self.value(depth)?));
        }
        self.byte()?;
        Some(entries)
    }

    fn long(&mut self) -> Option<BigInt> {
        let count = i32::from_le_bytes(self.array()?);
        let digits = self.take(2 * count.unsigned_abs() as usize)?;
        let mut words = Vec::with_capacity(digits.len() / 4 + 1);
        let (mut held, mut bits) = (0u64, 0);
        for digit in digits.chunks_exact(2) {
            held |= u64::from(u16::from_le_bytes([digit[0], digit[1]]) & 0x7fff) << bits;
            bits += 15;
            if bits >= 32 {
                words.push(held as u32);
                held >>= 32;
                bits -= 32;
            }
        }
        words.push(held as u32);
        let sign = if count < 0 { Sign::Minus } else { Sign::Plus };
        Some(BigInt::from_biguint(sign, BigUint::new(words)))
    }

    fn float(&mut self) -> Option<f64> {
        Some(f64::from_le_bytes(self.array()?))
    }

    fn sized(&mut self) -> Option<&[u8]> {
        let length = self.length()?;
        self.take(length)
    }

    /// A length that the bytes at hand can still hold.
    fn length(&mut self) -> Option<usize> {
        let length = usize::try_from(i32::from_le_bytes(self.array()?)).ok()?;
        (length <= self.rest.len()).then_some(length)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*array)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_kind() -> Value {
        let big: BigInt = "-123456789012345678901234567890123456789".parse().unwrap();
        Value::Tuple(vec![
            Value::None,
            Value::Bool(true),
            Value::Int(7.into()),
            Value::Int((1i64 << 45).into()),
            Value::Int(big),
            Value::Float(0.1),
            Value::Complex(1.0, -2.5),
            Value::Str("ähnlich".to_owned()),
            Value::Bytes(vec![0, 255]),
            Value::List(vec![Value::List(vec![]), Value::Set(vec![Value::Int(1.into())])]),
            Value::Dict(vec![(Value::Str("key".to_owned()), Value::None)]),
            Value::Set(vec![Value::Tuple(vec![Value::Set(vec![Value::Int(2.into())])])]),
        ])
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        assert_eq!(decode(&encode(&every_kind())), Some(every_kind()));
    }

    #[test]
    fn python_reads_and_writes_the_same() {
        let program = "import marshal, sys\n\
            value = marshal.loads(sys.stdin.buffer.read())\n\
            assert repr(value) == \"(None, True, 7, 35184372088832, \
            -123456789012345678901234567890123456789, 0.1, (1-2.5j), 'ähnlich', b'\\\\x00\\\\xff', \
            [[], {1}], {'key': None}, {(frozenset({2}),)})\", value\n\
            sys.stdout.buffer.write(marshal.dumps(value, 2))";
        let mut child = std::process::Command::new("python3")
            .args(["-I", "-X", "utf8", "-c", program])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), &encode(&every_kind()))
            .unwrap();
        let answer = child.wait_with_output().unwrap();
        assert!(answer.status.success());
        assert_eq!(decode(&answer.stdout), Some(every_kind()));
    }

    #[test]
    fn an_order_is_a_tuple_of_its_fields() {
        let order = Order::new()
            .text("one")
            .bytes(b"two")
            .value(&Value::None)
            .seconds(Duration::from_millis(1500));
        let fields = vec![
            Value::Str("one".to_owned()),
            Value::Bytes(b"two".to_vec()),
            Value::None,
            Value::Float(1.5),
        ];
        assert_eq!(decode(&order.encode()), Some(Value::Tuple(fields)));
    }

    #[test]
    fn a_cut_value_ends_the_values_before_it() {
        let mut bytes = [encode(&Value::None), encode(&Value::Bool(true))].concat();
        bytes.extend(&encode(&every_kind())[..20]);
        assert_eq!(decode_all(&bytes), [Value::None, Value::Bool(true)]);
    }

    #[test]
    fn hostile_bytes_are_refused() {
        let deep = vec![b"[\x01\x00\x00\x00".as_slice(); 100_000].concat();
        assert_eq!(decode(&deep), None);
        assert_eq!(decode(b"[\xff\xff\xff\x7f"), None);
        assert_eq!(decode(b"l\x00\x00\x00\x80"), None);
        assert_eq!(decode(b"u\x01\x00\x00\x00\xff"), None);
        let many = [b"[\x00\x00\x00\x01".as_slice(), &[b'N'; 1 << 24]].concat();
        assert_eq!(decode(&many), None);
    }
}
