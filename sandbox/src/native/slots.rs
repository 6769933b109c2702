//! User ids for programs, so that no two that run at once share one.
//!
//! The kernel counts processes, and allows signals, by user. Root can give every run a user that
//! nothing else runs as.

use std::sync::{Arc, Mutex, PoisonError};

/// Hands out user ids and takes them back.
#[derive(Debug, Default)]
pub(super) struct Slots {
    taken: Mutex<Vec<bool>>,
}

/// One user id, returned when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    index: usize,
    slots: Arc<Slots>,
}

impl Slots {
    /// The lowest id. Debian gives people ids below 60,000 and this range to nobody.
    pub(super) const FIRST: u32 = 61_184;
    /// How many ids there are before they are shared; ids above 65,535 may not be mapped in a
    /// container.
    const COUNT: usize = 4_096;

    /// Take the lowest free id.
    pub(super) fn take(self: &Arc<Self>) -> Slot {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let index = taken.iter().position(|taken| !taken).unwrap_or(taken.len());
        if index == taken.len() {
            taken.push(true);
        }
        taken[index] = true;
        Slot { index, slots: Arc::clone(self) }
    }
}

impl Slot {
    pub(super) fn uid(&self) -> u32 {
        // Programs of another supervisor start elsewhere in the range.
        let start = std::process::id() as usize * 64;
        Slots::FIRST + ((start + self.index) % Slots::COUNT) as u32
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.taken.lock().unwrap_or_else(PoisonError::into_inner)[self.index] = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_distinct_while_taken_and_used_again_afterwards() {
        let slots = Arc::new(Slots::default());
        let (first, second) = (slots.take(), slots.take());
        assert_ne!(first.uid(), second.uid());
        let uid = first.uid();
        drop(first);
        assert_eq!(slots.take().uid(), uid);
    }
}
