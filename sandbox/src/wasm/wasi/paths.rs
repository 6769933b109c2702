//! The calls on paths: `path_*`.

use super::descriptors::Opened;
use super::errno::Errno;
use super::files::{APPEND, RIGHT_TO_READ, RIGHT_TO_WRITE};
use super::guest::{Answer, Guest};
use super::tree::{Kind, NodeId, Place};

const FOLLOW: u32 = 1;
const CREATE: u32 = 1;
const FOLDER: u32 = 2;
const EXCLUSIVE: u32 = 4;
const TRUNCATE: u32 = 8;

/// A path as the guest names it: where its bytes are.
type Pointer = (u32, u32);

impl Guest<'_> {
    fn place(&mut self, fd: u32, path: Pointer, follow: bool) -> Result<Place, Errno> {
        let folder = self.wasi.descriptors.folder(fd)?;
        let path = self.bytes(path.0, path.1)?;
        self.wasi.tree.resolve(folder, path, follow)
    }

    fn find(&mut self, fd: u32, flags: u32, path: Pointer) -> Result<NodeId, Errno> {
        let folder = self.wasi.descriptors.folder(fd)?;
        let path = self.bytes(path.0, path.1)?;
        self.wasi.tree.find(folder, path, flags & FOLLOW != 0)
    }

    pub(super) fn path_create_directory(&mut self, fd: u32, path: u32, length: u32) -> Answer {
        let place = self.place(fd, (path, length), false)?;
        if place.node.is_some() {
            return Err(Errno::Exists.into());
        }
        let now = self.wasi.clock.calendar();
        self.wasi.tree.make_folder(place.folder, &place.name, now)?;
        Ok(())
    }

    pub(super) fn path_filestat_get(
        &mut self,
        fd: u32,
        flags: u32,
        path: u32,
        length: u32,
        into: u32,
    ) -> Answer {
        let id = self.find(fd, flags, (path, length))?;
        self.write_stat(id, into)
    }

    #[expect(clippy::too_many_arguments, reason = "the standard's own signature")]
    pub(super) fn path_filestat_set_times(
        &mut self,
        fd: u32,
        flags: u32,
        path: u32,
        length: u32,
        accessed: u64,
        modified: u64,
        which: u32,
    ) -> Answer {
        let id = self.find(fd, flags, (path, length))?;
        self.set_times(id, accessed, modified, which)
    }

    #[expect(clippy::too_many_arguments, reason = "the standard's own signature")]
    pub(super) fn path_link(
        &mut self,
        old_fd: u32,
        flags: u32,
        old: u32,
        old_length: u32,
        new_fd: u32,
        new: u32,
        new_length: u32,
    ) -> Answer {
        let id = self.find(old_fd, flags, (old, old_length))?;
        let to = self.place(new_fd, (new, new_length), false)?;
        let now = self.wasi.clock.calendar();
        Ok(self.wasi.tree.link(id, &to, now)?)
    }

    #[expect(clippy::too_many_arguments, reason = "the standard's own signature")]
    pub(super) fn path_open(
        &mut self,
        fd: u32,
        flags: u32,
        path: u32,
        length: u32,
        how: u32,
        rights: u64,
        _inheriting: u64,
        descriptor_flags: u32,
        into: u32,
    ) -> Answer {
        let follow = flags & FOLLOW != 0 && how & EXCLUSIVE == 0;
        let place = self.place(fd, (path, length), follow)?;
        let writable = rights & RIGHT_TO_WRITE != 0;
        let id = match place.node {
            Some(_) if how & (CREATE | EXCLUSIVE) == CREATE | EXCLUSIVE => {
                return Err(Errno::Exists.into());
            }
            Some(id) => {
                self.may_open(id, &place, how, writable)?;
                id
            }
            None if how & CREATE != 0 && how & FOLDER == 0 && !place.wants_folder => {
                let now = self.wasi.clock.calendar();
                self.wasi.tree.make_file(place.folder, &place.name, now)?
            }
            None => return Err(Errno::NoEntry.into()),
        };
        let appends = descriptor_flags & APPEND != 0;
        let readable = rights & RIGHT_TO_READ != 0;
        let opened = Opened { id, at: 0, readable, writable, appends };
        let number = self.wasi.descriptors.add(opened)?;
        self.wasi.tree.open(id);
        if how & TRUNCATE != 0 {
            let now = self.wasi.clock.calendar();
            self.wasi.tree.set_size(id, 0, now)?;
        }
        Ok(self.write_u32(into, number)?)
    }

    /// Whether what is there may be opened so.
    fn may_open(&self, id: NodeId, place: &Place, how: u32, writable: bool) -> Result<(), Errno> {
        let tree = &self.wasi.tree;
        let wants_folder = how & FOLDER != 0 || place.wants_folder;
        match &tree.node(id).kind {
            Kind::Link(_) => Err(Errno::Loop),
            Kind::Folder { .. } if writable || how & TRUNCATE != 0 => Err(Errno::IsFolder),
            Kind::Folder { .. } => Ok(()),
            _ if wants_folder => Err(Errno::NotFolder),
            _ if (writable || how & TRUNCATE != 0) && !tree.is_writable(id) => Err(Errno::Access),
            _ => Ok(()),
        }
    }

    pub(super) fn path_readlink(
        &mut self,
        fd: u32,
        path: u32,
        length: u32,
        into: u32,
        room: u32,
        used: u32,
    ) -> Answer {
        let id = self.find(fd, 0, (path, length))?;
        let Kind::Link(target) = &self.wasi.tree.node(id).kind else {
            return Err(Errno::Invalid.into());
        };
        let target = target[..target.len().min(room as usize)].to_vec();
        self.write(into, &target)?;
        Ok(self.write_u32(used, target.len() as u32)?)
    }

    pub(super) fn path_remove_directory(&mut self, fd: u32, path: u32, length: u32) -> Answer {
        let place = self.place(fd, (path, length), false)?;
        let now = self.wasi.clock.calendar();
        Ok(self.wasi.tree.remove_folder(&place, now)?)
    }

    pub(super) fn path_rename(
        &mut self,
        old_fd: u32,
        old: u32,
        old_length: u32,
        new_fd: u32,
        new: u32,
        new_length: u32,
    ) -> Answer {
        let from = self.place(old_fd, (old, old_length), false)?;
        let to = self.place(new_fd, (new, new_length), false)?;
        let now = self.wasi.clock.calendar();
        Ok(self.wasi.tree.rename(&from, &to, now)?)
    }

    pub(super) fn path_symlink(
        &mut self,
        target: u32,
        target_length: u32,
        fd: u32,
        path: u32,
        length: u32,
    ) -> Answer {
        let target = self.bytes(target, target_length)?.to_vec();
        if target.is_empty() || target.contains(&0) || target.len() > 4095 {
            return Err(Errno::Invalid.into());
        }
        let place = self.place(fd, (path, length), false)?;
        if place.node.is_some() {
            return Err(Errno::Exists.into());
        }
        let now = self.wasi.clock.calendar();
        self.wasi.tree.make_link(place.folder, &place.name, target, now)?;
        Ok(())
    }

    pub(super) fn path_unlink_file(&mut self, fd: u32, path: u32, length: u32) -> Answer {
        let place = self.place(fd, (path, length), false)?;
        let now = self.wasi.clock.calendar();
        Ok(self.wasi.tree.unlink(&place, now)?)
    }
}
