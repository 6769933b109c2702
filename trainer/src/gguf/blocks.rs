//! One block of each encoding, turned into numbers.
//!
//! The simple encodings store 32 numbers as small integers `q` with a scale `d` and perhaps a
//! minimum `m`, both in half precision: `x = d * q + m`. The `K` encodings store 256 numbers as
//! sub-blocks, whose own scales are small integers again, with one `d` for them all.
//!
//! Layouts: the GGUF specification and the reference encoder's block structures of ggml. Arithmetic
//! is in `f32` and in the order of the reference, so that results are equal bit for bit.
//!
//! Each function takes exactly one block and fills exactly its numbers; `Encoding` cuts the bytes.

use half::{bf16, f16};

pub(super) fn f32(block: &[u8], numbers: &mut [f32]) {
    numbers[0] = f32::from_le_bytes([block[0], block[1], block[2], block[3]]);
}

pub(super) fn f16(block: &[u8], numbers: &mut [f32]) {
    numbers[0] = half(block, 0);
}

pub(super) fn bf16(block: &[u8], numbers: &mut [f32]) {
    numbers[0] = bf16::from_le_bytes([block[0], block[1]]).to_f32();
}

/// `d`, then 16 bytes: low halves are the first 16 numbers, high halves the last.
pub(super) fn q4_0(block: &[u8], numbers: &mut [f32]) {
    let d = half(block, 0);
    for (i, &byte) in block[2..].iter().enumerate() {
        numbers[i] = d * (f32::from(byte & 0xf) - 8.0);
        numbers[i + 16] = d * (f32::from(byte >> 4) - 8.0);
    }
}

/// `d`, `m`, then 16 bytes as in [`q4_0`].
pub(super) fn q4_1(block: &[u8], numbers: &mut [f32]) {
    let (d, m) = (half(block, 0), half(block, 2));
    for (i, &byte) in block[4..].iter().enumerate() {
        numbers[i] = d * f32::from(byte & 0xf) + m;
        numbers[i + 16] = d * f32::from(byte >> 4) + m;
    }
}

/// `d`, the fifth bits of all 32 numbers, then 16 bytes as in [`q4_0`].
pub(super) fn q5_0(block: &[u8], numbers: &mut [f32]) {
    let d = half(block, 0);
    let fifth = u32::from_le_bytes([block[2], block[3], block[4], block[5]]);
    let bit = |i: usize| if fifth >> i & 1 == 1 { 16.0 } else { 0.0 };
    for (i, &byte) in block[6..].iter().enumerate() {
        numbers[i] = d * (f32::from(byte & 0xf) + bit(i) - 16.0);
        numbers[i + 16] = d * (f32::from(byte >> 4) + bit(i + 16) - 16.0);
    }
}

/// `d`, then 32 signed bytes.
pub(super) fn q8_0(block: &[u8], numbers: &mut [f32]) {
    let d = half(block, 0);
    for (number, &byte) in numbers.iter_mut().zip(&block[2..]) {
        *number = d * f32::from(byte.cast_signed());
    }
}

/// `d`, the scale of minima, 12 bytes of scales, then 128 bytes: each 32 of them hold one sub-block
/// in their low halves and the next one in their high halves.
pub(super) fn q4_k(block: &[u8], numbers: &mut [f32]) {
    let scales = SubBlocks::new(block);
    for (sub, numbers) in numbers.chunks_exact_mut(32).enumerate() {
        let (d, m) = scales.of(sub);
        let bytes = &block[16 + sub / 2 * 32..];
        for (number, &byte) in numbers.iter_mut().zip(bytes) {
            *number = d * f32::from(nibble(byte, sub)) - m;
        }
    }
}

/// As [`q4_k`], with 32 more bytes before the last 128: bit `sub` of each is the fifth bit of a
/// number of that sub-block.
pub(super) fn q5_k(block: &[u8], numbers: &mut [f32]) {
    let scales = SubBlocks::new(block);
    let fifths = &block[16..48];
    for (sub, numbers) in numbers.chunks_exact_mut(32).enumerate() {
        let (d, m) = scales.of(sub);
        let bytes = &block[48 + sub / 2 * 32..];
        for ((number, &byte), &fifth) in numbers.iter_mut().zip(bytes).zip(fifths) {
            let q = nibble(byte, sub) | (fifth >> sub & 1) << 4;
            *number = d * f32::from(q) - m;
        }
    }
}

/// 128 bytes of low halves, 64 bytes of two upper bits, 16 signed scales, `d`.
///
/// Each half of 128 numbers is four rows of 32: rows 0 and 1 have their low bits in the low halves
/// of two runs of 32 bytes, rows 2 and 3 in the high halves of the same.
pub(super) fn q6_k(block: &[u8], numbers: &mut [f32]) {
    let (low, rest) = block.split_at(128);
    let (upper, rest) = rest.split_at(64);
    let (scales, rest) = rest.split_at(16);
    let d = half(rest, 0);
    for (row, numbers) in numbers.chunks_exact_mut(32).enumerate() {
        let (part, row_of_part) = (row / 4, row % 4);
        let low = &low[part * 64 + row_of_part % 2 * 32..];
        let upper = &upper[part * 32..];
        for (i, number) in numbers.iter_mut().enumerate() {
            let two_bits = upper[i] >> (2 * row_of_part) & 3;
            let q = nibble(low[i], row_of_part / 2) | two_bits << 4;
            let scale = d * f32::from(scales[row * 2 + i / 16].cast_signed());
            *number = scale * (f32::from(q) - 32.0);
        }
    }
}

/// The scales and minima of the eight sub-blocks of [`q4_k`] and [`q5_k`], 6 bits each in 12 bytes.
struct SubBlocks<'a> {
    d: f32,
    m: f32,
    packed: &'a [u8],
}

impl<'a> SubBlocks<'a> {
    fn new(block: &'a [u8]) -> Self {
        Self { d: half(block, 0), m: half(block, 2), packed: &block[4..16] }
    }

    /// The first four have bytes of their own, and what is left over of those holds the upper bits
    /// of the last four.
    fn of(&self, sub: usize) -> (f32, f32) {
        let packed = self.packed;
        let (scale, minimum) = if sub < 4 {
            (packed[sub] & 63, packed[sub + 4] & 63)
        } else {
            (
                packed[sub + 4] & 0xf | packed[sub - 4] >> 6 << 4,
                packed[sub + 4] >> 4 | packed[sub] >> 6 << 4,
            )
        };
        (self.d * f32::from(scale), self.m * f32::from(minimum))
    }
}

/// The low half of a byte, or the high one where `odd` is odd.
fn nibble(byte: u8, odd: usize) -> u8 {
    if odd.is_multiple_of(2) { byte & 0xf } else { byte >> 4 }
}

fn half(bytes: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([bytes[at], bytes[at + 1]]).to_f32()
}

#[cfg(test)]
mod tests {
    use super::super::Encoding;
    use super::*;

    /// A block whose byte `i` is `73 i + 41`, with 0.5 and 0.25 where its scales are.
    fn patterned(encoding: Encoding, scales_at: &[usize]) -> Vec<u8> {
        let mut block: Vec<u8> =
            (0..encoding.block_bytes()).map(|i| ((i * 73 + 41) % 256) as u8).collect();
        for (&at, scale) in scales_at.iter().zip([0.5, 0.25]) {
            block[at..at + 2].copy_from_slice(&f16::from_f32(scale).to_le_bytes());
        }
        block
    }

    /// Compares numbers 0, 1, 15, 16, 31 and the last, and a weighted sum of all, with what the
    /// format's own Python package makes of the same block.
    #[track_caller]
    fn assert_decodes(encoding: Encoding, scales_at: &[usize], some: [f32; 6], weighted: f64) {
        let numbers = encoding.decode(&patterned(encoding, scales_at));
        assert_eq!(numbers.len(), encoding.block_len());
        let picked = [0, 1, 15, 16, 31, numbers.len() - 1].map(|i| numbers[i]);
        assert_eq!(picked, some);
        let sum: f64 =
            numbers.iter().enumerate().map(|(i, &x)| f64::from(x) * (i % 7 + 1) as f64).sum();
        assert_eq!(sum, weighted);
    }

    #[test]
    fn four_bits_around_zero() {
        assert_decodes(Encoding::Q4_0, &[0], [1.5, -2.0, -3.0, 1.5, -4.0, -4.0], -53.0);
    }

    #[test]
    fn four_bits_with_a_minimum() {
        assert_decodes(Encoding::Q4_1, &[0, 2], [6.75, 3.25, 2.25, 2.25, 4.75, 4.75], 423.0);
    }

    #[test]
    fn five_bits_around_zero() {
        assert_decodes(Encoding::Q5_0, &[0], [7.5, 4.0, -5.0, 6.5, 1.0, 1.0], -148.0);
    }

    #[test]
    fn eight_bits() {
        assert_decodes(Encoding::Q8_0, &[0], [-34.5, 2.0, 1.0, 37.5, -55.0, -55.0], 993.0);
    }

    #[test]
    fn four_bits_in_sub_blocks() {
        let some = [46.25, 0.75, -12.25, 46.25, -12.25, -5.75];
        assert_decodes(Encoding::Q4_K, &[0, 2], some, 104_000.25);
    }

    #[test]
    fn five_bits_in_sub_blocks() {
        let some = [150.25, 0.75, -12.25, 150.25, -12.25, -5.75];
        assert_decodes(Encoding::Q5_K, &[0, 2], some, 219_584.25);
    }

    #[test]
    fn six_bits_in_sub_blocks() {
        let some = [80.5, -23.0, 368.0, -175.0, -800.0, 144.0];
        assert_decodes(Encoding::Q6_K, &[208], some, -91_548.5);
    }

    #[test]
    fn plain_numbers_are_only_widened() {
        assert_eq!(Encoding::F32.decode(&1.5_f32.to_le_bytes()), [1.5]);
        assert_eq!(Encoding::F16.decode(&f16::from_f32(-0.25).to_le_bytes()), [-0.25]);
        assert_eq!(Encoding::BF16.decode(&bf16::from_f32(3.0).to_le_bytes()), [3.0]);
    }
}
