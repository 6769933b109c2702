//! The interpreter's own code and data, gathered.
//!
//! A program and the libraries it has loaded are five mappings each, a hundred in all for a warm
//! interpreter. A fork copies every one of them, its child gives every one back, and what the child
//! reads of a file that is mapped it must ask the kernel for, sixteen pages at a time. So when the
//! interpreter is ready, all that lies close together is replaced by one mapping of ordinary memory
//! with the same bytes, in huge pages: a few entries to copy and nothing to ask for. What is mapped
//! between two libraries is taken along, and what is not mapped there is filled up, because a huge page
//! has no holes.
//!
//! One mapping has one protection, so this memory can be read, written and executed. That takes no
//! protection from anybody: a Python program can make such memory whenever it likes (`ctypes`), and
//! what holds it is the sandbox around the process.
//!
//! What it does not do: fail. Where the kernel forbids such memory, everything stays as it was.

use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::ptr;

use crate::arenas::HUGE_PAGE;

const PAGE: usize = 4 << 10;

/// Replace the mappings of all that is loaded.
pub(crate) fn gather() {
    let mut regions: Vec<Region> = Vec::with_capacity(64);
    for run in runs(segments()) {
        let joined = regions.last_mut().is_some_and(|region| region.join(&run, look));
        if !joined {
            regions.push(Region::of(run));
        }
    }
    for mut region in regions {
        region.widen(look);
        replace(&region);
    }
}

/// What there is in the place of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Unmapped,
    Readable,
    /// Something that cannot be read, or is not memory.
    Special,
}

fn look(page: usize) -> Page {
    // SAFETY: the advice reads the page, if it can be read.
    if unsafe { libc::madvise(page as *mut c_void, PAGE, libc::MADV_POPULATE_READ) } == 0 {
        return Page::Readable;
    }
    match std::io::Error::last_os_error().raw_os_error() {
        Some(libc::ENOMEM) => Page::Unmapped,
        _ => Page::Special,
    }
}

/// Addresses that become one mapping.
#[derive(Debug, PartialEq, Eq)]
struct Region {
    range: Range<usize>,
    /// What is there.
    parts: Vec<Range<usize>>,
    /// What is not.
    holes: Vec<Range<usize>>,
}

impl Region {
    fn of(run: Range<usize>) -> Self {
        Self { range: run.clone(), parts: vec![run], holes: Vec::new() }
    }

    /// Go on to the end of `run`, which is behind this region, if both are close and all between can be
    /// replaced as well.
    fn join(&mut self, run: &Range<usize>, look: impl Fn(usize) -> Page) -> bool {
        let between = self.range.end..run.start;
        let joined = between.len() <= HUGE_PAGE && self.take(between, look);
        if joined {
            self.parts.push(run.clone());
            self.range.end = run.end;
        }
        joined
    }

    /// Begin and end where huge pages do, where all up to there can be replaced as well.
    fn widen(&mut self, look: impl Fn(usize) -> Page) {
        let start = self.range.start / HUGE_PAGE * HUGE_PAGE;
        if self.take(start..self.range.start, &look) {
            self.range.start = start;
        }
        let end = self.range.end.next_multiple_of(HUGE_PAGE);
        if self.take(self.range.end..end, &look) {
            self.range.end = end;
        }
    }

    /// Take these pages along, unless one of them is special.
    fn take(&mut self, pages: Range<usize>, look: impl Fn(usize) -> Page) -> bool {
        let pages = || pages.clone().step_by(PAGE).map(|page| (page, look(page)));
        if pages().any(|(_, kind)| kind == Page::Special) {
            return false;
        }
        for (page, kind) in pages() {
            let list = if kind == Page::Readable { &mut self.parts } else { &mut self.holes };
            match list.last_mut() {
                Some(last) if last.end == page => last.end += PAGE,
                _ => list.push(page..page + PAGE),
            }
        }
        true
    }

    /// Keep others out of the holes.
    fn claim(&self) -> bool {
        let flags = libc::MAP_PRIVATE
            | libc::MAP_ANONYMOUS
            | libc::MAP_NORESERVE
            | libc::MAP_FIXED_NOREPLACE;
        self.holes.iter().all(|hole| {
            let (start, length) = (hole.start as *mut c_void, hole.len());
            // SAFETY: the new mapping replaces nothing.
            unsafe { libc::mmap(start, length, libc::PROT_NONE, flags, -1, 0) == start }
        })
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

/// Put a copy in the place of a region.
fn replace(region: &Region) {
    if !region.claim() {
        return;
    }
    let (range, length) = (&region.range, region.range.len());
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
    let copy = space + range.start.wrapping_sub(space) % HUGE_PAGE;
    let (from, to) = (range.start as *mut c_void, copy as *mut c_void);
    // SAFETY: the copy lies in the new mapping, which nobody else uses and of which the rest is given
    // back. The parts can be read, as was found out, and between them there is nothing. This is the only
    // thread, and between the copy and the move nothing of the region changes: nothing is called that
    // keeps anything but `errno`, which nobody reads.
    unsafe {
        libc::madvise(to, length, libc::MADV_HUGEPAGE);
        for part in &region.parts {
            let target = copy + (part.start - range.start);
            ptr::copy_nonoverlapping(part.start as *const u8, target as *mut u8, part.len());
        }
        libc::mremap(to, length, length, libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED, from);
        libc::munmap(space as *mut c_void, copy - space);
        libc::munmap((copy + length) as *mut c_void, HUGE_PAGE - (copy - space));
    }
    collapse(range.clone());
}

/// Make huge pages of all that fits into them.
pub(crate) fn collapse(range: Range<usize>) {
    /// The kernel finds no room at once where there is little.
    const TRIES: usize = 3;
    let last = range.end / HUGE_PAGE * HUGE_PAGE;
    for page in (range.start.next_multiple_of(HUGE_PAGE)..last).step_by(HUGE_PAGE) {
        // SAFETY: collapsing keeps contents.
        let collapse =
            || unsafe { libc::madvise(page as *mut c_void, HUGE_PAGE, libc::MADV_COLLAPSE) };
        (0..TRIES).find(|_| collapse() == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_touches_becomes_one() {
        assert_eq!(runs(vec![20..30, 0..10, 10..15, 12..14]), [0..15, 20..30]);
    }

    fn pages(range: Range<usize>) -> Range<usize> {
        range.start * PAGE..range.end * PAGE
    }

    #[test]
    fn what_is_mapped_between_two_libraries_is_taken_along() {
        let mut region = Region::of(pages(600..610));
        let look = |page| if page / PAGE == 612 { Page::Readable } else { Page::Unmapped };
        assert!(region.join(&pages(615..620), look));
        assert_eq!(region.range, pages(600..620));
        assert_eq!(region.parts, [pages(600..610), pages(612..613), pages(615..620)]);
        assert_eq!(region.holes, [pages(610..612), pages(613..615)]);
    }

    #[test]
    fn what_is_far_away_or_behind_something_special_is_left_alone() {
        let special = |page| if page / PAGE == 612 { Page::Special } else { Page::Unmapped };
        assert!(!Region::of(pages(600..610)).join(&pages(615..620), special));
        let nothing = |_| Page::Unmapped;
        assert!(!Region::of(pages(600..610)).join(&pages(9000..9001), nothing));
    }

    #[test]
    fn a_region_grows_until_huge_pages_fit_it_and_takes_along_what_is_there() {
        let mut region = Region::of(pages(600..610));
        region.widen(|page| match page / PAGE {
            599 => Page::Readable,
            611 => Page::Special,
            _ => Page::Unmapped,
        });
        assert_eq!(region.range, pages(512..610));
        assert_eq!(region.parts, [pages(600..610), pages(599..600)]);
        assert_eq!(region.holes, [pages(512..599)]);
        region.widen(|_| Page::Unmapped);
        assert_eq!(region.range, pages(512..1024));
    }

    #[test]
    fn a_region_that_is_replaced_reads_as_before() {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: new mappings, which only this test uses.
        let run = unsafe {
            let space = libc::mmap(ptr::null_mut(), 9 * PAGE, protection, flags, -1, 0);
            assert_ne!(space, libc::MAP_FAILED);
            ptr::write_bytes(space.cast::<u8>(), 7, 9 * PAGE);
            libc::munmap(space.cast::<u8>().add(3 * PAGE).cast(), 3 * PAGE);
            space as usize..space as usize + 9 * PAGE
        };
        let mut region = Region::of(run.start..run.start + 3 * PAGE);
        assert!(region.join(&(run.start + 6 * PAGE..run.end), look));
        replace(&region);
        // SAFETY: all of it is mapped now, and nobody writes to it.
        let bytes = unsafe { std::slice::from_raw_parts(run.start as *const u8, run.len()) };
        let (there, not_there) = ([7; PAGE], [0; PAGE]);
        for (place, page) in bytes.chunks(PAGE).enumerate() {
            assert_eq!(page, if (3..6).contains(&place) { not_there } else { there }, "{place}");
        }
    }
}
