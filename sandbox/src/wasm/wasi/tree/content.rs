//! What is in a file, within the limits of the tree.

use super::super::errno::Errno;
use super::{Kind, NodeId, Tree};

impl Tree {
    /// The size of what is at `id`.
    pub(in super::super) fn size(&self, id: NodeId) -> u64 {
        match &self.node(id).kind {
            Kind::Folder { .. } => 0,
            Kind::File(content) => content.len() as u64,
            Kind::Library(library) => library.size(),
            Kind::Link(target) => target.len() as u64,
        }
    }

    /// Read from a file into `into`, and return how much there was.
    pub(in super::super) fn read(
        &self,
        id: NodeId,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize, Errno> {
        match &self.node(id).kind {
            Kind::File(content) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
                let count = into.len().min(content.len() - start);
                into[..count].copy_from_slice(&content[start..start + count]);
                Ok(count)
            }
            Kind::Library(library) => library.read(offset, into).map_err(|_| Errno::Io),
            Kind::Folder { .. } => Err(Errno::IsFolder),
            Kind::Link(_) => Err(Errno::Loop),
        }
    }

    /// Write to a file, which grows as far as the limits allow, and return how much was written.
    pub(in super::super) fn write(
        &mut self,
        id: NodeId,
        offset: u64,
        bytes: &[u8],
        now: u64,
    ) -> Result<usize, Errno> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let room = self.largest_file.checked_sub(offset).filter(|room| *room > 0);
        let room = room.ok_or(Errno::FileTooBig)?;
        let count = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        let end = offset + count as u64;
        if end > self.size(id) {
            self.set_size(id, end, now)?;
        }
        let content = self.content_mut(id, now)?;
        let start = usize::try_from(offset).expect("it is below the file's size");
        content[start..start + count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    /// Make a file this long, with zeros where it was shorter.
    pub(in super::super) fn set_size(
        &mut self,
        id: NodeId,
        size: u64,
        now: u64,
    ) -> Result<(), Errno> {
        let before = self.content_mut(id, now)?.len() as u64;
        if size > self.largest_file {
            return Err(Errno::FileTooBig);
        }
        let used = self.used - before;
        if size > self.most - used.min(self.most) && size > before {
            return Err(Errno::NoSpace);
        }
        let length = usize::try_from(size).map_err(|_| Errno::FileTooBig)?;
        let content = self.content_mut(id, now)?;
        content.resize(length, 0);
        if length < content.capacity() / 4 {
            content.shrink_to_fit();
        }
        self.used = used + size;
        Ok(())
    }

    fn content_mut(&mut self, id: NodeId, now: u64) -> Result<&mut Vec<u8>, Errno> {
        let node = self.node_mut(id);
        match &mut node.kind {
            Kind::File(content) => {
                node.modified = now;
                Ok(content)
            }
            Kind::Library(_) => Err(Errno::Access),
            Kind::Folder { .. } => Err(Errno::IsFolder),
            Kind::Link(_) => Err(Errno::Loop),
        }
    }

    /// Whether the guest may write to `id`.
    pub(in super::super) fn is_writable(&self, id: NodeId) -> bool {
        !self.node(id).fixed
    }
}
