//! Random numbers that are looked up, not drawn.
//!
//! A number is a function of what it is for: the seed, the training step, the prompt, the sample and
//! the position of the token. There is no state, so a sample comes out the same whichever others are
//! sampled beside it, and a resumed run draws what the run would have drawn.
//!
//! The function is Philox 4x32 with ten rounds, from Salmon et al., "Parallel Random Numbers: As
//! Easy as 1, 2, 3", SC 2011.

/// What a random number is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Of the run.
    pub seed: u64,
    /// Of the training.
    pub step: u32,
    /// The number of the prompt.
    pub prompt: u32,
    /// The number of the answer to it.
    pub sample: u32,
    /// The number of the token in the answer.
    pub position: u32,
}

impl Draw {
    /// A number between 0 and 1, neither of them included.
    pub fn uniform(self) -> f64 {
        let counter = [self.position, self.sample, self.prompt, self.step];
        let [high, low, ..] = philox(counter, [self.seed as u32, (self.seed >> 32) as u32]);
        let bits = (u64::from(high) << 16) | u64::from(low >> 16);
        (bits as f64 + 0.5) / (1_u64 << 48) as f64
    }
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let first = u64::from(counter[0]) * 0xD251_1F53;
        let second = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [
            (second >> 32) as u32 ^ counter[1] ^ key[0],
            second as u32,
            (first >> 32) as u32 ^ counter[3] ^ key[1],
            first as u32,
        ];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_that_the_authors_published() {
        for (counter, key, published) in [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ] {
            assert_eq!(philox(counter, key), published);
        }
    }

    #[test]
    fn every_part_of_the_purpose_changes_the_number() {
        let draw = Draw { seed: 1, step: 2, prompt: 3, sample: 4, position: 5 };
        let others = [
            Draw { seed: 1 << 40, ..draw },
            Draw { step: 0, ..draw },
            Draw { prompt: 0, ..draw },
            Draw { sample: 0, ..draw },
            Draw { position: 0, ..draw },
        ];
        for other in others {
            assert_ne!(draw.uniform(), other.uniform());
        }
        assert_eq!(draw.uniform(), draw.uniform());
    }

    #[test]
    fn numbers_are_spread_evenly() {
        let draw = |position| Draw { seed: 0, step: 0, prompt: 0, sample: 0, position }.uniform();
        let mean = (0..10_000).map(draw).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }
}
