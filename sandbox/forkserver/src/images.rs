//! The interpreter's own code and data, gathered.
//!
//! A program and the libraries it has loaded are five mappings each, a hundred in all for a warm
//! interpreter. A fork copies every one of them, its child gives every one back, and what the child
//! reads of a file that is mapped it must ask the kernel for, sixteen pages at a time. So when the
//! interpreter is ready, what is mapped side by side is replaced by one mapping of ordinary memory
//! with the same bytes, in huge pages where they fit: a few entries to copy and nothing to ask for.
//!
//! One mapping has one protection, so this memory can be read, written and executed. That takes no
//! protection from anybody: a Python program can make such memory whenever it likes (`ctypes`), and
//! what holds it is the sandbox around the process.
//!
//! What it does not do: fail. Where the kernel forbids such memory, everything stays as it was.

use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::ptr;

const PAGE: usize = 4 << 10;
const HUGE_PAGE: usize = 2 << 20;

/// Replace the mappings of all that is loaded.
pub(crate) fn gather() {
    for run in runs(segments()) {
        replace(&run);
    }
}

/// The pages of every loaded segment.
fn segments() -> Vec<Range<usize>> {
    let mut segments: Vec<Range<usize>> = Vec::with_capacity(512);
    // SAFETY: the function gets the vector as `data` and uses it as such, only during the call.
    unsafe { libc::dl_iterate_phdr(Some(collect), (&raw mut segments).cast()) };
    segments
}

unsafe extern "C" fn collect(
    image: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    segments: *mut c_void,
) -> c_int {
    // SAFETY: the linker passes a description that is valid during this call, and `segments` is what
    // was given to `dl_iterate_phdr`.
    let (image, segments) = unsafe { (&*image, &mut *segments.cast::<Vec<Range<usize>>>()) };
    let base = image.dlpi_addr as usize;
    // SAFETY: asking for a number.
    let kernels_own = unsafe { libc::getauxval(libc::AT_SYSINFO_EHDR) } as usize;
    if image.dlpi_phdr.is_null() || base == kernels_own {
        return 0;
    }
    // SAFETY: the description has as many headers as it says.
    let headers =
        unsafe { std::slice::from_raw_parts(image.dlpi_phdr, usize::from(image.dlpi_phnum)) };
    for header in headers.iter().filter(|header| header.p_type == libc::PT_LOAD) {
        let start = base + header.p_vaddr as usize;
        let end = start + header.p_memsz as usize;
        segments.push(start / PAGE * PAGE..end.next_multiple_of(PAGE));
    }
    0
}

/// Segments that follow each other without a gap, as one.
fn runs(mut segments: Vec<Range<usize>>) -> Vec<Range<usize>> {
    segments.sort_by_key(|segment| segment.start);
    let mut runs: Vec<Range<usize>> = Vec::with_capacity(segments.len());
    for segment in segments {
        match runs.last_mut() {
            Some(run) if segment.start <= run.end => run.end = run.end.max(segment.end),
            _ => runs.push(segment),
        }
    }
    runs
}

/// Put a copy in the place of `run`.
fn replace(run: &Range<usize>) {
    let length = run.len();
    let protection = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping touches nothing that exists.
    let space =
        unsafe { libc::mmap(ptr::null_mut(), length + HUGE_PAGE, protection, flags, -1, 0) };
    if space == libc::MAP_FAILED {
        return;
    }
    // Huge pages can move only by multiples of their size.
    let space = space as usize;
    let copy = space + run.start.wrapping_sub(space) % HUGE_PAGE;
    let (from, to) = (run.start as *mut c_void, copy as *mut c_void);
    // SAFETY: the copy lies in the new mapping, which nobody else uses and of which the rest is given
    // back. The run is mapped and can be read, because its segments are loaded. This is the only
    // thread, and between the copy and the move nothing of the run changes: nothing is called that
    // keeps anything but `errno`, which is no part of a segment.
    unsafe {
        libc::madvise(to, length, libc::MADV_HUGEPAGE);
        ptr::copy_nonoverlapping(from.cast::<u8>().cast_const(), to.cast::<u8>(), length);
        libc::mremap(to, length, length, libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED, from);
        libc::munmap(space as *mut c_void, copy - space);
        libc::munmap((copy + length) as *mut c_void, HUGE_PAGE - (copy - space));
        let first = run.start.next_multiple_of(HUGE_PAGE);
        let last = run.end / HUGE_PAGE * HUGE_PAGE;
        if first < last {
            libc::madvise(first as *mut c_void, last - first, libc::MADV_COLLAPSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_touches_becomes_one() {
        assert_eq!(runs(vec![20..30, 0..10, 10..15, 12..14]), [0..15, 20..30]);
    }
}
