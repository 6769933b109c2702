//! The calls that are about no file: arguments, environment, time, waiting, chance, sockets, the end.

use std::time::Duration;

use super::clock::nanos;
use super::descriptors::Descriptor;
use super::errno::{Errno, Refusal};
use super::guest::{Answer, Guest};
use crate::Ending;

const CALENDAR: u32 = 0;
const MONOTONIC: u32 = 1;
const PROCESS: u32 = 2;
const THREAD: u32 = 3;

const SUBSCRIPTION: u32 = 48;
const EVENT: u32 = 32;
/// As many things as a program with every descriptor open waits for, and more.
const MOST_SUBSCRIPTIONS: u32 = 4096;
const KIND_CLOCK: u8 = 0;
const KIND_READ: u8 = 1;
const KIND_WRITE: u8 = 2;
const ABSOLUTE: u16 = 1;

/// One thing that a guest waits for.
#[derive(Clone, Copy, Debug)]
struct Subscription {
    userdata: [u8; 8],
    kind: u8,
    /// For a clock: how long it still is until then.
    after: Duration,
    /// For a descriptor: whether it is one.
    error: u16,
    /// For a descriptor: how much can be read.
    ahead: u64,
}

impl Guest<'_> {
    pub(super) fn args_sizes_get(&mut self, count: u32, size: u32) -> Answer {
        self.write_list_sizes(&self.wasi.arguments.clone(), count, size)
    }

    pub(super) fn args_get(&mut self, pointers: u32, into: u32) -> Answer {
        self.write_list(&self.wasi.arguments.clone(), pointers, into)
    }

    pub(super) fn environ_sizes_get(&mut self, count: u32, size: u32) -> Answer {
        self.write_list_sizes(&self.wasi.environment.clone(), count, size)
    }

    pub(super) fn environ_get(&mut self, pointers: u32, into: u32) -> Answer {
        self.write_list(&self.wasi.environment.clone(), pointers, into)
    }

    fn write_list_sizes(&mut self, list: &[&str], count: u32, size: u32) -> Answer {
        let together: usize = list.iter().map(|text| text.len() + 1).sum();
        self.write_u32(count, list.len() as u32)?;
        Ok(self.write_u32(size, together as u32)?)
    }

    fn write_list(&mut self, list: &[&str], pointers: u32, into: u32) -> Answer {
        let (mut pointer, mut at) = (pointers, into);
        for text in list {
            self.write_u32(pointer, at)?;
            self.write(at, text.as_bytes())?;
            at = at.wrapping_add(text.len() as u32);
            self.write(at, &[0])?;
            (pointer, at) = (pointer.wrapping_add(4), at.wrapping_add(1));
        }
        Ok(())
    }

    pub(super) fn clock_res_get(&mut self, clock: u32, into: u32) -> Answer {
        self.time(clock)?;
        Ok(self.write_u64(into, 1)?)
    }

    pub(super) fn clock_time_get(&mut self, clock: u32, _precision: u64, into: u32) -> Answer {
        let time = self.time(clock)?;
        Ok(self.write_u64(into, time)?)
    }

    fn time(&self, clock: u32) -> Result<u64, Errno> {
        let kept = &self.wasi.clock;
        match clock {
            CALENDAR => Ok(kept.calendar()),
            MONOTONIC => Ok(nanos(kept.elapsed())),
            PROCESS | THREAD => Ok(nanos(kept.computed())),
            _ => Err(Errno::Invalid),
        }
    }

    /// Wait. Descriptors are always ready; otherwise time jumps to the first clock, and where there
    /// is none, or it lies beyond the limit, nothing can ever happen.
    pub(super) fn poll_oneoff(&mut self, from: u32, into: u32, count: u32, events: u32) -> Answer {
        if count == 0 || count > MOST_SUBSCRIPTIONS {
            return Err(Errno::Invalid.into());
        }
        let all: Vec<Subscription> = (0..count)
            .map(|index| self.subscription(from.wrapping_add(index * SUBSCRIPTION)))
            .collect::<Result<_, _>>()?;
        let ready = |one: &&Subscription| one.kind != KIND_CLOCK || one.after.is_zero();
        let mut happened: Vec<Subscription> = all.iter().filter(ready).copied().collect();
        if happened.is_empty() {
            let first = all.iter().map(|one| one.after).min().unwrap_or(Duration::MAX);
            self.wait(first)?;
            happened = all.into_iter().filter(|one| one.after <= first).collect();
        }
        for (place, event) in (0..).zip(&happened) {
            let mut bytes = [0; EVENT as usize];
            bytes[..8].copy_from_slice(&event.userdata);
            bytes[8..10].copy_from_slice(&event.error.to_le_bytes());
            bytes[10] = event.kind;
            bytes[16..24].copy_from_slice(&event.ahead.to_le_bytes());
            self.write(into.wrapping_add(place * EVENT), &bytes)?;
        }
        Ok(self.write_u32(events, happened.len() as u32)?)
    }

    fn subscription(&mut self, at: u32) -> Result<Subscription, Errno> {
        let bytes: [u8; SUBSCRIPTION as usize] = self.read(at)?;
        let field = |at: usize| &bytes[at..];
        let number = |at: usize| u32::from_le_bytes(*field(at).first_chunk().expect("48 bytes"));
        let userdata = *bytes.first_chunk().expect("48 bytes");
        let mut one =
            Subscription { userdata, kind: bytes[8], after: Duration::ZERO, error: 0, ahead: 0 };
        match one.kind {
            KIND_CLOCK => {
                let until = u64::from_le_bytes(*field(24).first_chunk().expect("48 bytes"));
                let flags = number(40) as u16;
                let now = self.time(number(16))?;
                let passed = if flags & ABSOLUTE != 0 { now } else { 0 };
                one.after = Duration::from_nanos(until.saturating_sub(passed));
            }
            KIND_READ | KIND_WRITE => match self.wasi.descriptors.get(number(16)) {
                Ok(Descriptor::Input { at }) => {
                    one.ahead = (self.wasi.streams.input.len() - *at) as u64;
                }
                Ok(_) => one.ahead = 1,
                Err(errno) => one.error = errno as u16,
            },
            _ => return Err(Errno::Invalid),
        }
        Ok(one)
    }

    fn wait(&mut self, time: Duration) -> Answer {
        self.wasi.clock.wait(time);
        if self.wasi.clock.waited() >= self.wasi.limits.wall {
            return Err(Refusal::End(Ending::Idle));
        }
        Ok(())
    }

    pub(super) fn sched_yield(&mut self) -> Answer {
        Ok(())
    }

    /// Bytes that look like chance and are the same in every run: what a program draws is defined,
    /// and there is nothing in a run worth guessing.
    pub(super) fn random_get(&mut self, into: u32, length: u32) -> Answer {
        self.bytes(into, length)?;
        let bytes = &mut self.memory[into as usize..][..length as usize];
        for chunk in bytes.chunks_mut(8) {
            let drawn = self.wasi.chance.next().to_le_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
        Ok(())
    }

    pub(super) fn sock_accept(&mut self, _: u32, _: u32, _: u32) -> Answer {
        Err(Errno::NotSupported.into())
    }

    pub(super) fn sock_recv(&mut self, _: u32, _: u32, _: u32, _: u32, _: u32, _: u32) -> Answer {
        Err(Errno::NotSupported.into())
    }

    pub(super) fn sock_send(&mut self, _: u32, _: u32, _: u32, _: u32, _: u32) -> Answer {
        Err(Errno::NotSupported.into())
    }

    pub(super) fn sock_shutdown(&mut self, _: u32, _: u32) -> Answer {
        Err(Errno::NotSupported.into())
    }
}

/// SplitMix64 of Steele, Lea and Flood, 2014: well spread, and a line long. Not for secrets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance(pub(super) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
