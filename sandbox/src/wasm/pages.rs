//! Keeping a guest's memory in a shape that is quickly put back.
//!
//! After a program wasmtime puts back what was changed of its memory, page by page, as the kernel tells it
//! where that is. It asks for [`ASKED`] stretches of changed pages and drops all memory behind them, which
//! the next program then has to fault in, a microsecond or more for each page. A program that does next to
//! nothing changes 340 pages in 180 stretches: counts of references, all over the interpreter.
//!
//! A page that was changed once counts as changed ever after. So the pages between two stretches are changed
//! too, by writing what is in them, until there are few enough. They cost the time of copying them, which
//! is a tenth of faulting them in.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::os::unix::fs::FileExt;

/// How many stretches wasmtime asks for.
const ASKED: usize = 32;
/// To how many they are brought, so that a program may add some of its own.
const STRETCHES: usize = 24;
/// More pages than this are not worth copying each time.
const MOST: usize = 6 << 10;
/// After so many runs it is seen what has changed since.
const PERIOD: u64 = 64;
const PAGE: usize = 4096;

/// Knows which pages to write to before a program starts.
pub(super) struct Bridges {
    pagemap: File,
    runs: u64,
    pages: Vec<usize>,
}

impl Bridges {
    /// Has to be called while `/proc` can still be opened.
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self { pagemap: File::open("/proc/self/pagemap")?, runs: 0, pages: Vec::new() })
    }

    /// Join the stretches in the memory of a guest that is about to start.
    pub(super) fn build(&self, memory: &mut [u8]) {
        for page in &self.pages {
            if let Some(byte) = memory.get_mut(page * PAGE) {
                *byte = black_box(*byte);
            }
        }
    }

    /// Learn from the memory of a guest that has ended and is still there.
    pub(super) fn learn(&mut self, memory: &[u8]) {
        self.runs += 1;
        // At first every program shows something new.
        if self.runs <= 2 || self.runs.is_multiple_of(PERIOD) {
            // Where the kernel does not tell, everything is as it would be without.
            self.pages = self.changed(memory).map_or_else(|_| Vec::new(), |it| between(&it));
        }
    }

    /// The pages of `memory` that are no longer those of the snapshot, in order.
    fn changed(&self, memory: &[u8]) -> io::Result<Vec<usize>> {
        // Eight bytes a page, see proc_pid_pagemap(5): the highest bit says that it is there, and the
        // third that it is a file's.
        const ENTRY: usize = 8;
        let mut entries = vec![0; memory.len() / PAGE * ENTRY];
        let first = memory.as_ptr() as usize / PAGE;
        self.pagemap.read_exact_at(&mut entries, (first * ENTRY) as u64)?;
        let is_changed = |entry: &[u8]| entry[ENTRY - 1] & 0b1010_0000 == 0b1000_0000;
        let entries = entries.chunks_exact(ENTRY).enumerate();
        Ok(entries.filter(|(_, entry)| is_changed(entry)).map(|(page, _)| page).collect())
    }
}

/// The pages in the smallest gaps between `changed` ones, without which few stretches are left.
fn between(changed: &[usize]) -> Vec<usize> {
    let gap = |pair: &[usize]| pair[0] + 1..pair[1];
    let mut gaps: Vec<_> = changed.windows(2).map(gap).filter(|gap| !gap.is_empty()).collect();
    gaps.sort_by_key(ExactSizeIterator::len);
    gaps.truncate((gaps.len() + 1).saturating_sub(STRETCHES));
    let pages: Vec<usize> = gaps.into_iter().flatten().collect();
    if changed.len() + pages.len() <= MOST { pages } else { Vec::new() }
}

const _: () = assert!(STRETCHES < ASKED);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_gaps_are_bridged() {
        let far = |at: usize| 100 * at;
        let mut changed: Vec<usize> = (0..STRETCHES).map(far).collect();
        assert!(between(&changed).is_empty(), "they are few enough");
        assert!(between(&[]).is_empty());
        changed.extend([far(3) + 4, far(7) + 2, far(7) + 3]);
        changed.sort_unstable();
        assert_eq!(between(&changed), [far(7) + 1, far(3) + 1, far(3) + 2, far(3) + 3]);
        let wide: Vec<usize> = (0..=STRETCHES).map(|at| at * (MOST + 1)).collect();
        assert!(between(&wide).is_empty(), "that would be too much");
    }

    #[test]
    fn pages_that_were_written_are_changed() {
        let mut memory = vec![0u8; 64 * PAGE];
        let start = memory.as_ptr().align_offset(PAGE);
        let memory = &mut memory[start..start + 32 * PAGE];
        for page in [3, 4, 20] {
            memory[page * PAGE + 7] = 1;
        }
        let bridges = Bridges { pages: vec![9, 99], ..Bridges::open().unwrap() };
        bridges.build(memory);
        let changed = bridges.changed(memory).unwrap();
        assert!([3, 4, 9, 20].iter().all(|page| changed.contains(page)), "{changed:?}");
        assert!(memory.iter().filter(|byte| **byte != 0).count() == 3);
    }
}
