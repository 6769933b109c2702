//! Memory of a child's own.
//!
//! What a child allocates in the interpreter's memory lies on pages that it shares with the server and
//! that are copied when it writes to them: a page for every size of object, and more for the bookkeeping
//! of each. Most programs need little. So a child gets its objects from a fresh range, packed closely,
//! until that is used up; only then from where the interpreter has them.
//!
//! ```text
//!   | state | 1 KiB of one size | 1 KiB of another | 4 KiB, one block | ...
//! ```
//!
//! - The range is cut into pieces of one size each. A table says which, so blocks need no headers, and what
//!   is given back waits in a list for the next of its size.
//! - What the server had made is never given back: that would only write to its page.
//! - Only the thread that opened the range takes from it, so that it needs no locks, whatever locks
//!   the interpreter has; what other threads give back is not used again.
//!
//! What it does not do: give memory back to the system. It is one megabyte.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::arenas;

/// Of the whole range.
const RANGE: usize = 1 << 20;
/// What blocks of one size are cut from.
const PIECE: usize = 1 << 10;
const PIECES: usize = RANGE / PIECE;
/// What small programs use of it, which costs less in one go than page by page.
const USUAL: usize = 96 << 10;

/// The sizes of blocks: steps of 16 up to 512, and then pieces.
const SMALL: usize = 512;
const STEP: usize = 16;
const LARGE: [usize; 10] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];
const SIZES: usize = SMALL / STEP + LARGE.len();

/// `PyMemAllocatorEx` of CPython's C API.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Allocator {
    context: *mut c_void,
    malloc: extern "C" fn(*mut c_void, usize) -> *mut c_void,
    calloc: extern "C" fn(*mut c_void, usize, usize) -> *mut c_void,
    realloc: extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void,
    free: extern "C" fn(*mut c_void, *mut c_void),
}

/// `PyMem_GetAllocator` and `PyMem_SetAllocator`.
type Exchange = extern "C" fn(c_int, *mut Allocator);

/// The domains of the interpreter whose users hold its lock: `PYMEM_DOMAIN_MEM` and `PYMEM_DOMAIN_OBJ`.
const DOMAINS: [c_int; 2] = [1, 2];

/// The state of the range, at its beginning; all zero is a closed one.
#[repr(C)]
struct Nursery {
    /// The thread that may take from it.
    owner: usize,
    /// Where the server's objects are.
    inherited: [Range<usize>; 2],
    /// Where the part begins that was never used.
    untouched: usize,
    /// Blocks of each size that were given back, each holding the address of the next.
    returned: [*mut c_void; SIZES],
    /// What is left of the piece that each size is cut from.
    rest: [Range<usize>; SIZES],
    /// The size that each piece is cut into, by its place in `SIZES`.
    sizes: [u8; PIECES],
}

const _: () = assert!(size_of::<Nursery>() <= 4096);

/// The range; null before it is reserved.
static RESERVED: AtomicPtr<Nursery> = AtomicPtr::new(ptr::null_mut());
/// The same in a child, once it is open.
static OPEN: AtomicPtr<Nursery> = AtomicPtr::new(ptr::null_mut());
/// The interpreter's own allocators.
static ORIGINALS: Originals = Originals(UnsafeCell::new([MaybeUninit::uninit(); DOMAINS.len()]));

struct Originals(UnsafeCell<[MaybeUninit<Allocator>; DOMAINS.len()]>);

// SAFETY: written once, while there is one thread.
unsafe impl Sync for Originals {}

/// Stand before the interpreter's allocators, doing nothing yet.
///
/// # Safety
///
/// `get` and `set` are the interpreter's functions, its lock is held, and there is one thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ra3_nurse(get: Exchange, set: Exchange) {
    let Some(range) = reserve() else { return };
    RESERVED.store(range, Ordering::Relaxed);
    for (place, &domain) in DOMAINS.iter().enumerate() {
        // SAFETY: there is one thread, and `place` is within the array. `get` fills in the allocator of
        // every domain that there is.
        let original = unsafe { ORIGINALS.0.get().cast::<Allocator>().add(place) };
        get(domain, original);
        set(domain, &mut Allocator { context: original.cast(), malloc, calloc, realloc, free });
    }
}

/// In a child: take from the range from now on.
pub(crate) fn open() {
    let range = RESERVED.load(Ordering::Relaxed);
    if range.is_null() {
        return;
    }
    // SAFETY: the range is mapped and only this child's; where the kernel does not know the advice, pages
    // come one by one.
    unsafe {
        libc::madvise(range.cast(), USUAL, libc::MADV_POPULATE_WRITE);
        (*range).begin(arenas::inherited());
    }
    OPEN.store(range, Ordering::Relaxed);
}

fn reserve() -> Option<*mut Nursery> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // It ends where a huge page can begin, so that its neighbours can begin there.
    let whole = RANGE + arenas::HUGE_PAGE;
    // SAFETY: a new mapping touches nothing that exists, and what is given back of it nobody uses. It is to
    // have small pages.
    unsafe {
        let space = arenas::map(ptr::null_mut(), whole, protection, flags, -1, 0);
        if space == libc::MAP_FAILED {
            return None;
        }
        let end = (space as usize + whole) / arenas::HUGE_PAGE * arenas::HUGE_PAGE;
        let range = (end - RANGE) as *mut c_void;
        libc::munmap(space, range as usize - space as usize);
        libc::munmap(end as *mut c_void, space as usize + whole - end);
        libc::madvise(range, RANGE, libc::MADV_NOHUGEPAGE);
        Some(range.cast())
    }
}

/// The open range, for the thread that may take from it.
fn nursery<'a>() -> Option<&'a mut Nursery> {
    let open = OPEN.load(Ordering::Relaxed);
    // SAFETY: the pointer is null, or the range is mapped and initialized as long as the process lives.
    // Only its owner gets a reference, and keeps it for less than one call.
    unsafe {
        let own = !open.is_null() && (*open).owner == this_thread();
        own.then(|| &mut *open)
    }
}

extern "C" fn malloc(original: *mut c_void, size: usize) -> *mut c_void {
    if let Some(block) = nursery().and_then(|nursery| nursery.take(size)) {
        return block;
    }
    let Allocator { context, malloc, .. } = this(original);
    malloc(context, size)
}

extern "C" fn calloc(original: *mut c_void, count: usize, size: usize) -> *mut c_void {
    if let Some(bytes) = count.checked_mul(size)
        && let Some(block) = nursery().and_then(|nursery| nursery.take(bytes))
    {
        // SAFETY: the block has as many bytes.
        unsafe { ptr::write_bytes(block.cast::<u8>(), 0, bytes) };
        return block;
    }
    let Allocator { context, calloc, .. } = this(original);
    calloc(context, count, size)
}

extern "C" fn realloc(original: *mut c_void, block: *mut c_void, size: usize) -> *mut c_void {
    let Some(had) = size_of_own(block) else {
        if block.is_null() {
            return malloc(original, size);
        }
        let Allocator { context, realloc, .. } = this(original);
        return realloc(context, block, size);
    };
    if size <= had && size * 2 > had {
        return block;
    }
    let new = malloc(original, size);
    if new.is_null() && size <= had {
        return block;
    }
    if !new.is_null() {
        // SAFETY: both are blocks of at least that many bytes, and are not the same.
        unsafe { ptr::copy_nonoverlapping(block.cast::<u8>(), new.cast::<u8>(), had.min(size)) };
        free(original, block);
    }
    new
}

extern "C" fn free(original: *mut c_void, block: *mut c_void) {
    if is_own(block) {
        if let Some(nursery) = nursery() {
            nursery.give_back(block);
        }
    } else if !is_inherited(block) {
        let Allocator { context, free, .. } = this(original);
        free(context, block);
    }
}

/// What tells this thread from others, as `pthread_self` does; a call for every object would be felt.
#[cfg(target_arch = "x86_64")]
fn this_thread() -> usize {
    let thread;
    // SAFETY: reads where the thread's own block says that it is, at the place which the ABI sets.
    unsafe {
        std::arch::asm!(
            "mov {}, fs:[0]",
            out(reg) thread,
            options(nostack, preserves_flags, readonly, pure)
        );
    }
    thread
}

#[cfg(not(target_arch = "x86_64"))]
fn this_thread() -> usize {
    // SAFETY: asks which thread this is.
    unsafe { libc::pthread_self() as usize }
}

/// One of the interpreter's allocators.
fn this(original: *mut c_void) -> Allocator {
    // SAFETY: the interpreter passes what it was given with our functions, which lives for ever.
    unsafe { *original.cast::<Allocator>() }
}

/// Whether a block is of the open range.
fn is_own(block: *mut c_void) -> bool {
    let open = OPEN.load(Ordering::Relaxed);
    !open.is_null() && (block as usize).wrapping_sub(open as usize) < RANGE
}

fn size_of_own(block: *mut c_void) -> Option<usize> {
    // SAFETY: a block of the range exists, so that the range does.
    is_own(block).then(|| unsafe { size((*OPEN.load(Ordering::Relaxed)).index_of(block)) })
}

/// Whether a block was made by the server, as a child sees it.
fn is_inherited(block: *mut c_void) -> bool {
    let open = OPEN.load(Ordering::Relaxed);
    // SAFETY: the pointer is null, or the range is mapped and this part of it does not change.
    !open.is_null() && unsafe { (*open).inherited.iter().any(|it| it.contains(&(block as usize))) }
}

impl Nursery {
    fn begin(&mut self, inherited: [Range<usize>; 2]) {
        self.owner = this_thread();
        self.inherited = inherited;
        self.untouched = self.address() + size_of::<Self>().next_multiple_of(PIECE);
    }

    /// A block of at least `bytes`, while there are some.
    fn take(&mut self, bytes: usize) -> Option<*mut c_void> {
        let index = index(bytes)?;
        let block = self.returned[index];
        if !block.is_null() {
            // SAFETY: a block that was given back holds the address of the next.
            self.returned[index] = unsafe { *block.cast() };
            return Some(block);
        }
        if self.rest[index].is_empty() {
            self.cut(index)?;
        }
        let block = self.rest[index].start;
        self.rest[index].start += size(index);
        Some(block as *mut c_void)
    }

    fn give_back(&mut self, block: *mut c_void) {
        let index = self.index_of(block);
        // SAFETY: nobody uses the block any more, and every block has room for an address.
        unsafe { *block.cast() = self.returned[index] };
        self.returned[index] = block;
    }

    /// Take pieces for blocks of one size.
    fn cut(&mut self, index: usize) -> Option<()> {
        let start = self.untouched;
        let length = size(index).next_multiple_of(PIECE);
        let first = (start - self.address()) / PIECE;
        let pieces = self.sizes.get_mut(first..first + length / PIECE)?;
        pieces.fill(index as u8);
        self.untouched += length;
        self.rest[index] = start..start + length / size(index) * size(index);
        Some(())
    }

    fn index_of(&self, block: *mut c_void) -> usize {
        usize::from(self.sizes[(block as usize - self.address()) / PIECE])
    }

    fn address(&self) -> usize {
        ptr::from_ref(self) as usize
    }
}

/// The place of the smallest size that holds `bytes`.
fn index(bytes: usize) -> Option<usize> {
    if bytes <= SMALL {
        return Some(bytes.max(1).div_ceil(STEP) - 1);
    }
    let pieces = bytes.div_ceil(PIECE);
    let place = LARGE.iter().position(|&large| pieces <= large)?;
    Some(SMALL / STEP + place)
}

/// The size at a place.
fn size(index: usize) -> usize {
    match index.checked_sub(SMALL / STEP) {
        None => (index + 1) * STEP,
        Some(place) => LARGE[place] * PIECE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> &'static mut Nursery {
        // SAFETY: the range is new, is never given back, and all zero is a closed one.
        let nursery = unsafe { &mut *reserve().unwrap() };
        nursery.begin([0..0, 0..0]);
        nursery
    }

    #[test]
    fn no_block_is_own_while_the_range_is_closed() {
        assert_eq!(size_of_own(ptr::null_mut()), None);
        assert!(!is_own(ptr::null_mut()) && !is_inherited(ptr::null_mut()));
    }

    #[test]
    fn every_size_has_the_smallest_place_that_holds_it() {
        for bytes in 0..=LARGE[LARGE.len() - 1] * PIECE {
            let place = index(bytes).unwrap();
            assert!(size(place) >= bytes && (place == 0 || size(place - 1) < bytes), "{bytes}");
        }
        assert_eq!(index(LARGE[LARGE.len() - 1] * PIECE + 1), None);
    }

    #[test]
    fn blocks_in_use_never_overlap_and_stay_in_the_range() {
        let nursery = begun();
        let within = nursery.address() + size_of::<Nursery>()..nursery.address() + RANGE;
        let mut live: Vec<Range<usize>> = Vec::new();
        let mut random = 1_u64;
        for _ in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let choice = (random >> 33) as usize;
            if choice.is_multiple_of(3) && !live.is_empty() {
                let block = live.swap_remove(choice % live.len());
                nursery.give_back(block.start as *mut c_void);
            } else if let Some(block) =
                nursery.take(choice % if choice.is_multiple_of(5) { 9_000 } else { 400 })
            {
                let place = nursery.index_of(block);
                let block = block as usize..block as usize + size(place);
                assert!(block.start.is_multiple_of(STEP));
                assert!(within.start <= block.start && block.end <= within.end);
                let overlaps = |it: &Range<usize>| it.start < block.end && block.start < it.end;
                assert!(!live.iter().any(overlaps));
                live.push(block);
            }
        }
    }

    #[test]
    fn a_range_that_is_used_up_still_has_what_was_given_back() {
        let nursery = begun();
        let blocks: Vec<_> = std::iter::from_fn(|| nursery.take(100)).collect();
        assert!(blocks.len() > RANGE / 112 * 9 / 10, "{}", blocks.len());
        assert_eq!(nursery.take(16), None);
        nursery.give_back(blocks[7]);
        assert_eq!(nursery.take(110), Some(blocks[7]));
        assert_eq!(nursery.take(100), None);
    }
}
