//! A guest's open descriptors.

use super::errno::Errno;
use super::tree::{NodeId, ROOT};

/// Where the root folder is open. A C library looks for it among the first descriptors when it
/// starts and remembers the number; here it is out of the way, so that a program finds 3 to be its
/// report, or free, as it does natively.
pub(in crate::wasm) const ROOT_DESCRIPTOR: u32 = 1023;

/// What a descriptor is open on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Descriptor {
    /// Standard input, read up to here.
    Input { at: usize },
    /// Standard output.
    Output,
    /// Standard error.
    Errors,
    /// The report.
    Report,
    /// A file or folder.
    Node(Opened),
}

/// An open file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) id: NodeId,
    pub(super) at: u64,
    pub(super) readable: bool,
    pub(super) writable: bool,
    pub(super) appends: bool,
}

/// The descriptors by number.
#[derive(Debug)]
pub(super) struct Descriptors {
    open: Vec<Option<Descriptor>>,
    most: usize,
}

impl Descriptors {
    /// The three standard streams, and the report where there is one; at most `most` in all.
    pub(super) fn new(report: bool, most: u64) -> Self {
        let mut open = vec![
            Some(Descriptor::Input { at: 0 }),
            Some(Descriptor::Output),
            Some(Descriptor::Errors),
        ];
        if report {
            open.push(Some(Descriptor::Report));
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(ROOT_DESCRIPTOR as usize);
        Self { open, most }
    }

    pub(super) fn get(&mut self, number: u32) -> Result<&mut Descriptor, Errno> {
        self.open.get_mut(number as usize).and_then(Option::as_mut).ok_or(Errno::BadDescriptor)
    }

    /// The file or folder that `number` is open on.
    pub(super) fn node(&mut self, number: u32) -> Result<&mut Opened, Errno> {
        match self.get(number)? {
            Descriptor::Node(opened) => Ok(opened),
            _ => Err(Errno::NotSeekable),
        }
    }

    /// The folder that paths given with `number` begin at. The root is good for this alone.
    pub(super) fn folder(&mut self, number: u32) -> Result<NodeId, Errno> {
        if number == ROOT_DESCRIPTOR {
            return Ok(ROOT);
        }
        match self.get(number)? {
            Descriptor::Node(opened) => Ok(opened.id),
            _ => Err(Errno::NotFolder),
        }
    }

    /// Take the lowest free number, as on any Unix.
    pub(super) fn add(&mut self, opened: Opened) -> Result<u32, Errno> {
        let free = self.open.iter().position(Option::is_none).unwrap_or(self.open.len());
        if free >= self.most {
            return Err(Errno::TooManyOpen);
        }
        if free == self.open.len() {
            self.open.push(None);
        }
        self.open[free] = Some(Descriptor::Node(opened));
        Ok(u32::try_from(free).expect("there are few"))
    }

    /// Give a number up; the root stays open.
    pub(super) fn close(&mut self, number: u32) -> Result<Descriptor, Errno> {
        let place = self.open.get_mut(number as usize);
        place.and_then(Option::take).ok_or(Errno::BadDescriptor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_number_is_taken_until_there_are_none() {
        let opened = Opened { id: 1, at: 0, readable: true, writable: false, appends: false };
        let mut descriptors = Descriptors::new(false, 5);
        assert_eq!(descriptors.add(opened), Ok(3));
        descriptors.close(0).unwrap();
        assert_eq!(descriptors.add(opened), Ok(0));
        assert_eq!(descriptors.add(opened), Ok(4));
        assert_eq!(descriptors.add(opened), Err(Errno::TooManyOpen));
        assert_eq!(descriptors.close(7), Err(Errno::BadDescriptor));
    }

    #[test]
    fn the_root_is_where_paths_begin_and_nothing_else() {
        let mut descriptors = Descriptors::new(true, u64::MAX);
        assert_eq!(descriptors.close(ROOT_DESCRIPTOR), Err(Errno::BadDescriptor));
        assert_eq!(descriptors.get(ROOT_DESCRIPTOR), Err(Errno::BadDescriptor));
        let opened = Opened { id: 1, at: 0, readable: true, writable: false, appends: false };
        while let Ok(number) = descriptors.add(opened) {
            assert!(number < ROOT_DESCRIPTOR);
        }
        assert_eq!(descriptors.folder(ROOT_DESCRIPTOR), Ok(ROOT));
    }
}
