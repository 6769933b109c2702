//! Memory of the interpreter, in huge pages.
//!
//! A fork copies a table entry for every page, and its child gives every entry back. CPython takes
//! the memory of its objects in arenas of 256 KiB or 1 MiB. This library is loaded before
//! the interpreter (`LD_PRELOAD`), so that requests for arenas come here and are served out of one
//! range that the kernel is asked to back with huge pages: one entry stands for 512.
//!
//! The heap of malloc is made to begin where a huge page can, and when the interpreter is ready also to
//! end so, and is gathered into huge pages.
//!
//! A child that runs out of what is left there gets ordinary pages, so that a program is not given
//! two megabytes where it asks for one.
//!
//! What it does not do: fail. Where the kernel has no huge pages, the range has ordinary ones.

use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::images::collapse;

/// The sizes of arenas: of CPython since 3.10, and before.
const ARENAS: [usize; 2] = [1 << 20, 256 << 10];
pub(crate) const HUGE_PAGE: usize = 2 << 20;
/// More than an interpreter needs that has imported numpy.
const RANGE: usize = 64 << 20;

/// The first byte of the range; 0 before there is one.
static BASE: AtomicUsize = AtomicUsize::new(0);
/// The next byte to be given away.
static NEXT: AtomicUsize = AtomicUsize::new(0);
/// The byte behind the range.
static END: AtomicUsize = AtomicUsize::new(0);

/// The first byte of the heap; 0 before the library is loaded.
static HEAP: AtomicUsize = AtomicUsize::new(0);

/// Runs when the library is loaded, before the interpreter.
#[used]
#[unsafe(link_section = ".init_array")]
static ON_LOAD: extern "C" fn() = align_heap;

/// Let the heap go on where a huge page can begin. Nothing is taken but addresses.
extern "C" fn align_heap() {
    // SAFETY: malloc expects that others move the end of the heap.
    unsafe {
        let end = libc::sbrk(0) as usize;
        let begin = end.next_multiple_of(HUGE_PAGE);
        if libc::sbrk((begin - end) as isize) as isize != -1 {
            HEAP.store(begin, Ordering::Relaxed);
        }
    }
}

/// The interpreter's `mmap`.
///
/// # Safety
///
/// As for mmap(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mmap(
    address: *mut c_void,
    length: usize,
    protection: c_int,
    flags: c_int,
    fd: c_int,
    offset: i64,
) -> *mut c_void {
    let is_arena = address.is_null()
        && ARENAS.contains(&length)
        && protection == libc::PROT_READ | libc::PROT_WRITE
        && flags == libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    if is_arena && let Some(arena) = take(length) {
        return arena;
    }
    // SAFETY: the caller's promise.
    unsafe { map(address, length, protection, flags, fd, offset) }
}

/// The same by its other name.
///
/// # Safety
///
/// As for mmap(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mmap64(
    address: *mut c_void,
    length: usize,
    protection: c_int,
    flags: c_int,
    fd: c_int,
    offset: i64,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { mmap(address, length, protection, flags, fd, offset) }
}

/// Bring all memory of the interpreter into a shape that is cheap to copy, once it is ready.
#[unsafe(no_mangle)]
pub extern "C" fn ra3_compact() {
    compact();
    crate::images::gather();
}

/// End the range where its last huge page in use ends, and make sure that all pages are huge.
fn compact() {
    let heap = HEAP.load(Ordering::Relaxed);
    // SAFETY: malloc expects that others move the end of the heap.
    unsafe {
        let end = libc::sbrk(0) as usize;
        let whole = end.next_multiple_of(HUGE_PAGE);
        if heap != 0 && libc::sbrk((whole - end) as isize) as isize != -1 {
            collapse(heap..whole);
        }
    }
    let base = BASE.load(Ordering::Relaxed);
    if base == 0 {
        return;
    }
    let used = NEXT.load(Ordering::Relaxed).next_multiple_of(HUGE_PAGE);
    let end = END.swap(used, Ordering::Relaxed);
    // SAFETY: nothing between `used` and `end` was given away.
    unsafe { libc::munmap(used as *mut c_void, end - used) };
    collapse(base..used);
}

/// Where everything is that the interpreter has allocated: its heap and its arenas.
pub(crate) fn inherited() -> [Range<usize>; 2] {
    // SAFETY: asks where the heap ends.
    let end = unsafe { libc::sbrk(0) } as usize;
    let heap = HEAP.load(Ordering::Relaxed);
    let heap = if heap == 0 { 0..0 } else { heap..end };
    [heap, BASE.load(Ordering::Relaxed)..NEXT.load(Ordering::Relaxed)]
}

/// The next `length` bytes of the range, while there are some.
fn take(length: usize) -> Option<*mut c_void> {
    if BASE.load(Ordering::Relaxed) == 0 {
        reserve()?;
    }
    let taken = NEXT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
        (next + length <= END.load(Ordering::Relaxed)).then_some(next + length)
    });
    taken.ok().map(|address| address as *mut c_void)
}

/// Reserve the range, once: the interpreter has one thread when it starts.
fn reserve() -> Option<()> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping touches nothing that exists.
    let start =
        unsafe { map(ptr::null_mut(), RANGE + HUGE_PAGE, protection, flags, -1, 0) } as usize;
    if start as isize == -1 {
        return None;
    }
    let base = start.next_multiple_of(HUGE_PAGE);
    // SAFETY: both ends are parts of the new mapping that nobody uses.
    unsafe {
        libc::munmap(start as *mut c_void, base - start);
        libc::munmap((base + RANGE) as *mut c_void, start + HUGE_PAGE - base);
        libc::madvise(base as *mut c_void, RANGE, libc::MADV_HUGEPAGE);
    }
    NEXT.store(base, Ordering::Relaxed);
    END.store(base + RANGE, Ordering::Relaxed);
    BASE.store(base, Ordering::Relaxed);
    Some(())
}

/// The kernel's own `mmap`; the library's name for it is ours.
///
/// # Safety
///
/// As for mmap(2).
pub(crate) unsafe fn map(
    address: *mut c_void,
    length: usize,
    protection: c_int,
    flags: c_int,
    fd: c_int,
    offset: i64,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let mapped =
        unsafe { libc::syscall(libc::SYS_mmap, address, length, protection, flags, fd, offset) };
    mapped as *mut c_void
}
