//! Stands for the crate `rand` 0.4, of which tests of HumanEval-X use this much.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

pub struct ThreadRng(u64);

pub fn thread_rng() -> ThreadRng {
    ThreadRng(RandomState::new().build_hasher().finish())
}

pub fn random<T: Rand>() -> T {
    thread_rng().gen()
}

pub trait Rand {
    fn rand(bits: u64) -> Self;
}

pub trait Uniform {
    fn between(low: Self, high: Self, bits: u64) -> Self;
}

pub trait Rng {
    fn next_u64(&mut self) -> u64;

    fn gen<T: Rand>(&mut self) -> T {
        T::rand(self.next_u64())
    }

    fn gen_range<T: Uniform>(&mut self, low: T, high: T) -> T {
        T::between(low, high, self.next_u64())
    }
}

impl Rng for ThreadRng {
    /// SplitMix64.
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

macro_rules! whole {
    ($($number:ty),*) => {$(
        impl Rand for $number {
            fn rand(bits: u64) -> Self {
                (bits >> 7) as $number
            }
        }
        impl Uniform for $number {
            fn between(low: Self, high: Self, bits: u64) -> Self {
                assert!(low < high, "gen_range is called with an empty range");
                (low as i128 + (bits as i128) % (high as i128 - low as i128)) as $number
            }
        }
    )*};
}

whole!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

macro_rules! real {
    ($($number:ty),*) => {$(
        impl Rand for $number {
            fn rand(bits: u64) -> Self {
                (bits >> 40) as $number / (1u64 << 24) as $number
            }
        }
        impl Uniform for $number {
            fn between(low: Self, high: Self, bits: u64) -> Self {
                low + (high - low) * <$number>::rand(bits)
            }
        }
    )*};
}

real!(f32, f64);

impl Rand for bool {
    fn rand(bits: u64) -> Self {
        bits >> 63 == 1
    }
}
