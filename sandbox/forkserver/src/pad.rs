//! The memory of this library itself.
//!
//! A server that writes to memory that its children have a copy of splits a huge page, once, and from then
//! on every fork copies 512 entries in the place of one. What the library needs for an order comes
//! therefore from a small range of its own and not from the heap of the interpreter.
//!
//! What it does not do: keep order. Space is taken from the front and is free again when nothing of it
//! is in use any more, as between two orders. What does not fit comes from the heap.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An order, or a task that is sent inline, twice: as it came and as it is understood.
const SIZE: usize = 160 << 10;

#[repr(C, align(4096))]
pub(crate) struct Pad {
    space: UnsafeCell<[u8; SIZE]>,
    /// Where the free part begins.
    next: AtomicUsize,
    /// How many blocks are in use.
    used: AtomicUsize,
}

// SAFETY: `space` is only handed out in parts that do not overlap, which `next` sees to.
unsafe impl Sync for Pad {}

impl Pad {
    pub(crate) const fn new() -> Self {
        let (next, used) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { space: UnsafeCell::new([0; SIZE]), next, used }
    }

    fn owns(&self, block: *mut u8) -> bool {
        (block as usize).wrapping_sub(self.space.get() as usize) < SIZE
    }
}

// SAFETY: a block lies within the space, is aligned, because the space is aligned to a page and an
// offset to what was asked for, and is given away once until all are free. One that would not fit or is
// aligned to more than a page comes from the system.
unsafe impl GlobalAlloc for Pad {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let end = |next: usize| {
            let start = next.next_multiple_of(layout.align());
            (layout.align() <= 4096).then(|| start.checked_add(layout.size()))?
        };
        let taken = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
            end(next).filter(|&end| end <= SIZE)
        });
        let Ok(before) = taken else {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc(layout) };
        };
        self.used.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the offset is within the space.
        unsafe { self.space.get().cast::<u8>().add(before.next_multiple_of(layout.align())) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !self.owns(block) {
            // SAFETY: the caller's promise; it came from there.
            unsafe { System.dealloc(block, layout) };
        } else if self.used.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.next.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_used_again_when_nothing_is_in_use() {
        static PAD: Pad = Pad::new();
        let (small, large) = (Layout::new::<u64>(), Layout::array::<u8>(SIZE).unwrap());
        // SAFETY: the blocks are given back with the layouts that they were asked for with.
        unsafe {
            let [one, two, three] = [PAD.alloc(small), PAD.alloc(small), PAD.alloc(large)];
            assert_eq!([one, two, three].map(|block| PAD.owns(block)), [true, true, false]);
            assert_ne!(one, two);
            for (block, layout) in [(three, large), (one, small)] {
                PAD.dealloc(block, layout);
            }
            assert_ne!(PAD.alloc(small), one);
            PAD.dealloc(two, small);
            PAD.dealloc(two, small);
            assert_eq!(PAD.alloc(small), one);
        }
    }
}
