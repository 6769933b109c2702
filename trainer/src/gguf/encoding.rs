//! How the numbers of a tensor are stored, and how they become `f32` again.

use super::blocks;

/// How the numbers of a tensor are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(non_camel_case_types, reason = "these are the names that everybody knows them by")]
pub enum Encoding {
    /// Single precision.
    F32,
    /// Half precision.
    F16,
    /// The upper half of single precision.
    BF16,
    /// 4 bits around zero, a scale for 32.
    Q4_0,
    /// 4 bits, a scale and a minimum for 32.
    Q4_1,
    /// 5 bits around zero, a scale for 32.
    Q5_0,
    /// 8 bits, a scale for 32.
    Q8_0,
    /// 4 bits, scales and minima for 32, which share theirs among 256.
    Q4_K,
    /// 5 bits, scales and minima for 32, which share theirs among 256.
    Q5_K,
    /// 6 bits around zero, scales for 16, which share theirs among 256.
    Q6_K,
}

impl Encoding {
    pub(super) fn numbered(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Q4_1,
            6 => Self::Q5_0,
            8 => Self::Q8_0,
            12 => Self::Q4_K,
            13 => Self::Q5_K,
            14 => Self::Q6_K,
            30 => Self::BF16,
            _ => return None,
        })
    }

    /// How many numbers are stored together.
    pub fn block_len(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::BF16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q8_0 => 32,
            Self::Q4_K | Self::Q5_K | Self::Q6_K => 256,
        }
    }

    /// How many bytes that takes.
    pub fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::Q4_0 => 18,
            Self::Q4_1 => 20,
            Self::Q5_0 => 22,
            Self::Q8_0 => 34,
            Self::Q4_K => 144,
            Self::Q5_K => 176,
            Self::Q6_K => 210,
        }
    }

    /// The numbers that `bytes`, whole blocks, stand for.
    ///
    /// # Panics
    ///
    /// If `bytes` is not a whole number of blocks.
    ///
    /// ```
    /// use trainer::gguf::Encoding;
    ///
    /// assert_eq!(Encoding::BF16.decode(&[0x80, 0x3f, 0x00, 0xc0]), [1.0, -2.0]);
    /// ```
    pub fn decode(self, bytes: &[u8]) -> Vec<f32> {
        assert_eq!(bytes.len() % self.block_bytes(), 0, "blocks are whole");
        let decode: fn(&[u8], &mut [f32]) = match self {
            Self::F32 => blocks::f32,
            Self::F16 => blocks::f16,
            Self::BF16 => blocks::bf16,
            Self::Q4_0 => blocks::q4_0,
            Self::Q4_1 => blocks::q4_1,
            Self::Q5_0 => blocks::q5_0,
            Self::Q8_0 => blocks::q8_0,
            Self::Q4_K => blocks::q4_k,
            Self::Q5_K => blocks::q5_k,
            Self::Q6_K => blocks::q6_k,
        };
        let blocks = bytes.chunks_exact(self.block_bytes());
        let mut numbers = vec![0.0; blocks.len() * self.block_len()];
        for (block, numbers) in blocks.zip(numbers.chunks_exact_mut(self.block_len())) {
            decode(block, numbers);
        }
        numbers
    }
}
