//! Little-endian numbers and strings out of bytes that end where they end.

use super::error::Problem;

/// A position in the bytes of a file.
///
/// Each method takes a name of what is read, for the message if the file ends within.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn take(&mut self, count: usize, within: &str) -> Result<&'a [u8], Problem> {
        let rest = &self.bytes[self.position..];
        if count > rest.len() {
            return Err(Problem::Truncated { within: within.to_owned() });
        }
        self.position += count;
        Ok(&rest[..count])
    }

    fn array<const N: usize>(&mut self, within: &str) -> Result<[u8; N], Problem> {
        let bytes = self.take(N, within)?;
        Ok(bytes.try_into().expect("as many bytes were taken as the array holds"))
    }

    pub(super) fn u8(&mut self, within: &str) -> Result<u8, Problem> {
        self.array(within).map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self, within: &str) -> Result<u16, Problem> {
        self.array(within).map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self, within: &str) -> Result<u32, Problem> {
        self.array(within).map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self, within: &str) -> Result<u64, Problem> {
        self.array(within).map(u64::from_le_bytes)
    }

    /// A number of things that follow and take at least `size` bytes each, so that a false one is
    /// found out before memory is set aside for it.
    pub(super) fn count(&mut self, size: usize, within: &str) -> Result<usize, Problem> {
        let count = self.u64(within)?;
        let rest = self.bytes.len() - self.position;
        match usize::try_from(count) {
            Ok(count) if count <= rest / size => Ok(count),
            _ => Err(Problem::Truncated { within: within.to_owned() }),
        }
    }

    pub(super) fn string(&mut self, within: &str) -> Result<String, Problem> {
        let length = self.count(1, within)?;
        let bytes = self.take(length, within)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| Problem::key(within, "is not UTF-8"))
    }
}
