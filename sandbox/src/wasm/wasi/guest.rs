//! The memory of a guest during one of its calls. Every pointer is checked.

use super::Wasi;
use super::errno::{Errno, Refusal};

/// What a call answers.
pub(super) type Answer = Result<(), Refusal>;

/// The most buffers of one read or write, as on Linux.
const MOST_BUFFERS: u32 = 1024;

/// A guest that has made a call: its memory, and what this host keeps for it.
pub(super) struct Guest<'a> {
    pub(super) memory: &'a mut [u8],
    pub(super) wasi: &'a mut Wasi,
}

impl Guest<'_> {
    pub(super) fn bytes(&self, pointer: u32, length: u32) -> Result<&[u8], Errno> {
        let start = pointer as usize;
        self.memory.get(start..start + length as usize).ok_or(Errno::Fault)
    }

    pub(super) fn bytes_mut(&mut self, pointer: u32, length: u32) -> Result<&mut [u8], Errno> {
        let start = pointer as usize;
        self.memory.get_mut(start..start + length as usize).ok_or(Errno::Fault)
    }

    pub(super) fn read<const N: usize>(&self, pointer: u32) -> Result<[u8; N], Errno> {
        let bytes = self.memory.get(pointer as usize..).and_then(<[u8]>::first_chunk);
        bytes.copied().ok_or(Errno::Fault)
    }

    pub(super) fn write(&mut self, pointer: u32, bytes: &[u8]) -> Result<(), Errno> {
        let start = pointer as usize;
        let place = self.memory.get_mut(start..start + bytes.len()).ok_or(Errno::Fault)?;
        place.copy_from_slice(bytes);
        Ok(())
    }

    pub(super) fn write_u32(&mut self, pointer: u32, number: u32) -> Result<(), Errno> {
        self.write(pointer, &number.to_le_bytes())
    }

    pub(super) fn write_u64(&mut self, pointer: u32, number: u64) -> Result<(), Errno> {
        self.write(pointer, &number.to_le_bytes())
    }

    /// The buffers of a scattered read or write, which are no longer together than a number that
    /// says how much was read or written.
    pub(super) fn buffers(&self, pointer: u32, count: u32) -> Result<Vec<(u32, u32)>, Errno> {
        if count > MOST_BUFFERS {
            return Err(Errno::Invalid);
        }
        let size = u32::try_from(size_of::<[u32; 2]>()).expect("it is eight");
        let buffers: Vec<(u32, u32)> = (0..count)
            .map(|index| {
                let at = pointer.checked_add(index * size).ok_or(Errno::Fault)?;
                let [buffer, length] = [self.read(at)?, self.read(at.wrapping_add(4))?];
                Ok((u32::from_le_bytes(buffer), u32::from_le_bytes(length)))
            })
            .collect::<Result<_, Errno>>()?;
        let together: u64 = buffers.iter().map(|(_, length)| u64::from(*length)).sum();
        if together > i32::MAX as u64 { Err(Errno::Invalid) } else { Ok(buffers) }
    }
}
