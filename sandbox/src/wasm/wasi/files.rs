//! The calls on open descriptors: `fd_*`.

use super::descriptors::{Descriptor, Opened, ROOT_DESCRIPTOR};
use super::errno::Errno;
use super::guest::{Answer, Guest};
use super::tree::{Kind, NodeId};

/// `__wasi_filetype_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum FileType {
    /// A stream. To a C library it is nothing in particular, above all no terminal.
    Unknown = 0,
    Folder = 3,
    File = 4,
    Link = 7,
}

/// `__WASI_RIGHTS_FD_READ`
pub(super) const RIGHT_TO_READ: u64 = 1 << 1;
const RIGHTS_TO_SEEK: u64 = 1 << 2 | 1 << 5;
/// `__WASI_RIGHTS_FD_WRITE`
pub(super) const RIGHT_TO_WRITE: u64 = 1 << 6;
/// `__WASI_FDFLAGS_APPEND`
pub(super) const APPEND: u32 = 1;
const TAG_FOLDER: u8 = 0;
/// No tag of the standard's. A C library passes over such a descriptor and looks at the next one.
const TAG_NOTHING: u8 = 1;
const ROOT_PATH: &[u8] = b"/";

impl Guest<'_> {
    pub(super) fn fd_advise(&mut self, fd: u32, _: u64, _: u64, _: u32) -> Answer {
        self.wasi.descriptors.node(fd).map(drop)?;
        Ok(())
    }

    pub(super) fn fd_close(&mut self, fd: u32) -> Answer {
        if let Descriptor::Node(opened) = self.wasi.descriptors.close(fd)? {
            self.wasi.tree.close(opened.id);
        }
        Ok(())
    }

    pub(super) fn fd_datasync(&mut self, fd: u32) -> Answer {
        self.fd_sync(fd)
    }

    pub(super) fn fd_sync(&mut self, fd: u32) -> Answer {
        self.wasi.descriptors.get(fd)?;
        Ok(())
    }

    pub(super) fn fd_fdstat_get(&mut self, fd: u32, into: u32) -> Answer {
        if fd == ROOT_DESCRIPTOR {
            return self.write_rights(into, FileType::Folder, 0, u64::MAX);
        }
        let descriptor = *self.wasi.descriptors.get(fd)?;
        let (flags, rights) = match descriptor {
            Descriptor::Input { .. } => (0, RIGHT_TO_READ),
            Descriptor::Output | Descriptor::Errors | Descriptor::Report => (0, RIGHT_TO_WRITE),
            Descriptor::Node(opened) if self.wasi.tree.is_folder(opened.id) => (0, u64::MAX),
            Descriptor::Node(opened) => {
                let read = if opened.readable { RIGHT_TO_READ } else { 0 };
                let write = if opened.writable { RIGHT_TO_WRITE } else { 0 };
                let flags = if opened.appends { APPEND as u8 } else { 0 };
                (flags, read | write | RIGHTS_TO_SEEK)
            }
        };
        self.write_rights(into, self.file_type(descriptor), flags, rights)
    }

    /// Write a `__wasi_fdstat_t`.
    fn write_rights(&mut self, into: u32, kind: FileType, flags: u8, rights: u64) -> Answer {
        let mut stat = [0; 24];
        stat[0] = kind as u8;
        stat[2] = flags;
        stat[8..16].copy_from_slice(&rights.to_le_bytes());
        stat[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
        Ok(self.write(into, &stat)?)
    }

    pub(super) fn fd_fdstat_set_flags(&mut self, fd: u32, flags: u32) -> Answer {
        if let Descriptor::Node(opened) = self.wasi.descriptors.get(fd)? {
            opened.appends = flags & APPEND != 0;
        }
        Ok(())
    }

    pub(super) fn fd_filestat_get(&mut self, fd: u32, into: u32) -> Answer {
        match *self.wasi.descriptors.get(fd)? {
            Descriptor::Node(opened) => self.write_stat(opened.id, into),
            stream => {
                let mut stat = [0; 64];
                stat[16] = self.file_type(stream) as u8;
                stat[24] = 1;
                Ok(self.write(into, &stat)?)
            }
        }
    }

    pub(super) fn fd_filestat_set_size(&mut self, fd: u32, size: u64) -> Answer {
        let opened = *self.wasi.descriptors.node(fd)?;
        if !opened.writable {
            return Err(Errno::Invalid.into());
        }
        let now = self.wasi.clock.calendar();
        Ok(self.wasi.tree.set_size(opened.id, size, now)?)
    }

    pub(super) fn fd_filestat_set_times(
        &mut self,
        fd: u32,
        accessed: u64,
        modified: u64,
        flags: u32,
    ) -> Answer {
        let id = self.wasi.descriptors.node(fd)?.id;
        self.set_times(id, accessed, modified, flags)
    }

    pub(super) fn fd_read(&mut self, fd: u32, buffers: u32, count: u32, read: u32) -> Answer {
        let mut total = 0;
        for (buffer, length) in self.buffers(buffers, count)? {
            let got = self.read_once(fd, buffer, length)?;
            total += got;
            if got < length {
                break;
            }
        }
        Ok(self.write_u32(read, total)?)
    }

    fn read_once(&mut self, fd: u32, buffer: u32, length: u32) -> Result<u32, Errno> {
        self.bytes(buffer, length)?;
        let into = &mut self.memory[buffer as usize..][..length as usize];
        let got = match self.wasi.descriptors.get(fd)? {
            Descriptor::Input { at } => {
                let ahead = &self.wasi.streams.input[*at..];
                let got = ahead.len().min(into.len());
                into[..got].copy_from_slice(&ahead[..got]);
                *at += got;
                got
            }
            Descriptor::Node(opened) if opened.readable => {
                let got = self.wasi.tree.read(opened.id, opened.at, into)?;
                opened.at += got as u64;
                got
            }
            _ => return Err(Errno::BadDescriptor),
        };
        Ok(u32::try_from(got).expect("no more than was asked for"))
    }

    pub(super) fn fd_pread(
        &mut self,
        fd: u32,
        buffers: u32,
        count: u32,
        offset: u64,
        read: u32,
    ) -> Answer {
        let opened = self.readable(fd)?;
        let mut total = 0;
        for (buffer, length) in self.buffers(buffers, count)? {
            self.bytes(buffer, length)?;
            let into = &mut self.memory[buffer as usize..][..length as usize];
            let at = offset.checked_add(total).ok_or(Errno::Invalid)?;
            let got = self.wasi.tree.read(opened.id, at, into)? as u64;
            total += got;
            if got < length.into() {
                break;
            }
        }
        Ok(self.write_u32(read, total as u32)?)
    }

    fn readable(&mut self, fd: u32) -> Result<Opened, Errno> {
        let opened = *self.wasi.descriptors.node(fd)?;
        if opened.readable { Ok(opened) } else { Err(Errno::BadDescriptor) }
    }

    pub(super) fn fd_write(&mut self, fd: u32, buffers: u32, count: u32, written: u32) -> Answer {
        let mut total = 0;
        for (buffer, length) in self.buffers(buffers, count)? {
            self.bytes(buffer, length)?;
            let bytes = &self.memory[buffer as usize..][..length as usize];
            let streams = &mut self.wasi.streams;
            let put = match self.wasi.descriptors.get(fd)? {
                Descriptor::Output => {
                    streams.write_output(bytes)?;
                    length
                }
                Descriptor::Errors => {
                    streams.write_errors(bytes);
                    length
                }
                Descriptor::Report => {
                    streams.write_report(bytes)?;
                    length
                }
                Descriptor::Node(opened) if opened.writable => {
                    let now = self.wasi.clock.calendar();
                    let tree = &mut self.wasi.tree;
                    let at = if opened.appends { tree.size(opened.id) } else { opened.at };
                    let put = match tree.write(opened.id, at, bytes, now) {
                        Err(_) if total > 0 => 0,
                        put => put?,
                    };
                    opened.at = at + put as u64;
                    put as u32
                }
                _ => return Err(Errno::BadDescriptor.into()),
            };
            total += put;
            if put < length {
                break;
            }
        }
        Ok(self.write_u32(written, total)?)
    }

    pub(super) fn fd_pwrite(
        &mut self,
        fd: u32,
        buffers: u32,
        count: u32,
        offset: u64,
        written: u32,
    ) -> Answer {
        let opened = *self.wasi.descriptors.node(fd)?;
        if !opened.writable {
            return Err(Errno::BadDescriptor.into());
        }
        let now = self.wasi.clock.calendar();
        let mut total = 0;
        for (buffer, length) in self.buffers(buffers, count)? {
            self.bytes(buffer, length)?;
            let bytes = &self.memory[buffer as usize..][..length as usize];
            let at = offset.checked_add(total).ok_or(Errno::Invalid)?;
            let put = self.wasi.tree.write(opened.id, at, bytes, now)? as u64;
            total += put;
            if put < length.into() {
                break;
            }
        }
        Ok(self.write_u32(written, total as u32)?)
    }

    pub(super) fn fd_prestat_get(&mut self, fd: u32, into: u32) -> Answer {
        let tag = match fd {
            ROOT_DESCRIPTOR => TAG_FOLDER,
            0..ROOT_DESCRIPTOR => TAG_NOTHING,
            _ => return Err(Errno::BadDescriptor.into()),
        };
        self.write(into, &[tag, 0, 0, 0])?;
        Ok(self.write_u32(into.wrapping_add(4), ROOT_PATH.len() as u32)?)
    }

    pub(super) fn fd_prestat_dir_name(&mut self, fd: u32, into: u32, length: u32) -> Answer {
        if fd != ROOT_DESCRIPTOR {
            return Err(Errno::BadDescriptor.into());
        }
        if (length as usize) < ROOT_PATH.len() {
            return Err(Errno::NameTooLong.into());
        }
        Ok(self.write(into, ROOT_PATH)?)
    }

    pub(super) fn fd_readdir(
        &mut self,
        fd: u32,
        into: u32,
        length: u32,
        cookie: u64,
        used: u32,
    ) -> Answer {
        let folder = self.wasi.descriptors.folder(fd)?;
        let mut listing = Vec::new();
        for (next, (name, id)) in (cookie + 1..).zip(self.wasi.tree.list(folder, cookie)?) {
            if listing.len() >= length as usize {
                break;
            }
            listing.extend(next.to_le_bytes());
            listing.extend((id as u64).to_le_bytes());
            listing.extend((name.len() as u32).to_le_bytes());
            listing.extend([self.node_type(id) as u8, 0, 0, 0]);
            listing.extend(name);
        }
        listing.truncate(length as usize);
        self.bytes_mut(into, length)?[..listing.len()].copy_from_slice(&listing);
        Ok(self.write_u32(used, listing.len() as u32)?)
    }

    pub(super) fn fd_seek(&mut self, fd: u32, offset: i64, whence: u32, into: u32) -> Answer {
        let opened = self.wasi.descriptors.node(fd)?;
        let from = match whence {
            0 => 0,
            1 => opened.at,
            2 => self.wasi.tree.size(opened.id),
            _ => return Err(Errno::Invalid.into()),
        };
        let at = from.checked_add_signed(offset).ok_or(Errno::Invalid)?;
        if i64::try_from(at).is_err() {
            return Err(Errno::Invalid.into());
        }
        opened.at = at;
        Ok(self.write_u64(into, at)?)
    }

    pub(super) fn fd_tell(&mut self, fd: u32, into: u32) -> Answer {
        let at = self.wasi.descriptors.node(fd)?.at;
        Ok(self.write_u64(into, at)?)
    }

    fn file_type(&self, descriptor: Descriptor) -> FileType {
        match descriptor {
            Descriptor::Node(opened) => self.node_type(opened.id),
            _ => FileType::Unknown,
        }
    }

    fn node_type(&self, id: NodeId) -> FileType {
        match self.wasi.tree.node(id).kind {
            Kind::Folder { .. } => FileType::Folder,
            Kind::File(_) | Kind::Library(_) => FileType::File,
            Kind::Link(_) => FileType::Link,
        }
    }

    /// Write the `__wasi_filestat_t` of `id`.
    pub(super) fn write_stat(&mut self, id: NodeId, into: u32) -> Answer {
        let node = self.wasi.tree.node(id);
        let times = [node.accessed, node.modified, node.modified];
        let mut stat = [0; 64];
        let mut put =
            |at: usize, number: u64| stat[at..at + 8].copy_from_slice(&number.to_le_bytes());
        put(0, 1);
        put(8, id as u64 + 1);
        put(24, node.names);
        put(32, self.wasi.tree.size(id));
        for (place, time) in times.into_iter().enumerate() {
            put(40 + 8 * place, time);
        }
        stat[16] = self.node_type(id) as u8;
        Ok(self.write(into, &stat)?)
    }

    /// Set the times of `id` as `__wasi_fstflags_t` says.
    pub(super) fn set_times(
        &mut self,
        id: NodeId,
        accessed: u64,
        modified: u64,
        flags: u32,
    ) -> Answer {
        if !self.wasi.tree.is_writable(id) {
            return Err(Errno::NotPermitted.into());
        }
        let now = self.wasi.clock.calendar();
        let node = self.wasi.tree.node_mut(id);
        let chosen = |given: u32, is_now: u32, time: u64, before: u64| match flags {
            flags if flags & is_now != 0 => now,
            flags if flags & given != 0 => time,
            _ => before,
        };
        node.accessed = chosen(1, 2, accessed, node.accessed);
        node.modified = chosen(4, 8, modified, node.modified);
        Ok(())
    }
}
