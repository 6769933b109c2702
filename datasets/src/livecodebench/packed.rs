//! A text that was pickled, compressed and written as base64.
//!
//! LiveCodeBench packs its private tests so. A pickle is a program, and running one that came over
//! the network is how machines are taken over; this reader knows the few instructions that make one
//! string and refuses every other. What is compressed may be a bomb, so it is unpacked up to a limit.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;

/// The most that a row's tests may take unpacked. The longest of the published ones take a third.
const MOST: u64 = 1 << 30;

/// The text that was packed into `packed`.
pub(super) fn text(packed: &str) -> Result<String, String> {
    // Lines may have been wrapped: like Python, this leaves white space aside.
    let packed: Vec<u8> = packed.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let compressed = STANDARD
        .decode(packed)
        .map_err(|error| format!("it is neither JSON nor base64: {error}"))?;
    pickled_text(&inflated(&compressed, MOST)?).map(str::to_owned)
}

fn inflated(compressed: &[u8], most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    ZlibDecoder::new(compressed)
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("its zlib data is damaged: {error}"))?;
    if bytes.len() as u64 > most {
        return Err(format!("it unpacks to more than {most} bytes"));
    }
    Ok(bytes)
}

/// The one string that `pickle` makes, in any protocol from 2 on.
fn pickled_text(pickle: &[u8]) -> Result<&str, String> {
    let mut reader = Reader { rest: pickle };
    let mut text = None;
    loop {
        match reader.byte()? {
            PROTO => drop(reader.byte()?),
            // A frame only says how much to read ahead.
            FRAME => drop(reader.bytes(8)?),
            SHORT_BINUNICODE if text.is_none() => text = Some(reader.sized(1)?),
            BINUNICODE if text.is_none() => text = Some(reader.sized(4)?),
            BINUNICODE8 if text.is_none() => text = Some(reader.sized(8)?),
            MEMOIZE => {}
            BINPUT => drop(reader.byte()?),
            LONG_BINPUT => drop(reader.bytes(4)?),
            STOP if reader.rest.is_empty() => break,
            other => return Err(format!("its pickle is more than one string ({other:#04x})")),
        }
    }
    let text = text.ok_or("its pickle holds no string")?;
    std::str::from_utf8(text).map_err(|error| format!("its text is not UTF-8: {error}"))
}

// The instructions of a pickle that holds one string; the names are those of Python's `pickle`.
const PROTO: u8 = 0x80;
const FRAME: u8 = 0x95;
const SHORT_BINUNICODE: u8 = 0x8c;
const BINUNICODE: u8 = b'X';
const BINUNICODE8: u8 = 0x8d;
const MEMOIZE: u8 = 0x94;
const BINPUT: u8 = b'q';
const LONG_BINPUT: u8 = b'r';
const STOP: u8 = b'.';

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or("its pickle is cut short")?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        self.bytes(1).map(|bytes| bytes[0])
    }

    /// Bytes after their number, which takes `width` bytes.
    fn sized(&mut self, width: usize) -> Result<&'a [u8], String> {
        let mut length = [0; 8];
        length[..width].copy_from_slice(self.bytes(width)?);
        let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
        self.bytes(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::ZlibEncoder};
    use std::io::Write;

    fn packed(bytes: &[u8]) -> String {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    }

    #[test]
    fn one_string_of_any_protocol_is_read() {
        // What pickle.dumps("[1]", protocol=2..5) gives.
        for pickle in [
            &b"\x80\x02X\x03\x00\x00\x00[1]q\x00."[..],
            b"\x80\x03X\x03\x00\x00\x00[1]q\x00.",
            b"\x80\x04\x95\x07\0\0\0\0\0\0\0\x8c\x03[1]\x94.",
            b"\x80\x05\x95\x07\0\0\0\0\0\0\0\x8c\x03[1]\x94.",
            // A long one lies between two frames.
            b"\x80\x04X\x03\0\0\0[1]\x95\x02\0\0\0\0\0\0\0\x94.",
        ] {
            assert_eq!(text(&packed(pickle)).as_deref(), Ok("[1]"));
        }
    }

    #[test]
    fn base64_may_be_wrapped() {
        let packed = packed(b"\x80\x02X\x03\x00\x00\x00[1]q\x00.");
        let (one, other) = packed.split_at(9);
        assert_eq!(text(&format!(" {one}\r\n{other}\n")).as_deref(), Ok("[1]"));
    }

    #[test]
    fn a_pickle_that_does_anything_else_is_refused() {
        for pickle in [
            // os.system("true"), as pickle would run it.
            &b"\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R."[..],
            b"\x80\x02X\x01\0\0\0aX\x01\0\0\0b\x86.",
            b"\x80\x02X\x01\0\0\0a.more",
            b"\x80\x02N.",
            b"\x80\x02X\xff\xff\xff\xffa.",
            b"\x80\x02\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.",
            b"\x80\x02X\x01\0\0\0\xff.",
            b"\x80\x02.",
            b"",
        ] {
            assert!(text(&packed(pickle)).is_err(), "{pickle:?}");
        }
        assert!(text("not packed at all").is_err());
        assert!(text("AAAA").is_err());
    }

    #[test]
    fn a_bomb_is_unpacked_up_to_the_limit() {
        let bomb = STANDARD.decode(packed(&vec![0; 1 << 20])).unwrap();
        assert!(inflated(&bomb, 1 << 19).unwrap_err().contains("more than 524288 bytes"));
        assert_eq!(inflated(&bomb, 1 << 20).unwrap().len(), 1 << 20);
    }
}
