//! Messages as they come from sockets and go there, with descriptors.

use std::ffi::c_int;
use std::ptr;

/// The largest message; what is larger comes as a memory file.
const LARGEST: usize = 64 << 10;
/// The most descriptors: three streams, a report and a memory file.
const MOST_DESCRIPTORS: usize = 8;

/// A message that was received.
pub(crate) struct Message {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Its descriptors, which are ours now.
    pub(crate) descriptors: Vec<c_int>,
}

impl Message {
    /// The bytes of a plan: the message's own, or those of the memory file that is its last
    /// descriptor. Which it is stands in the first byte.
    pub(crate) fn plan(&mut self) -> Option<Vec<u8>> {
        if self.bytes.first()? == &0 {
            return Some(self.bytes.split_off(1));
        }
        let file = self.descriptors.pop()?;
        let bytes = read_memory(file);
        close(file);
        bytes
    }
}

/// Two ends of a new socket.
pub(crate) fn pair() -> Option<[c_int; 2]> {
    let mut ends = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: the call fills in two numbers.
    let done = unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) };
    (done == 0).then_some(ends)
}

/// Give `fd` the number `to`.
pub(crate) fn move_to(fd: c_int, to: c_int) {
    if fd != to {
        // SAFETY: every caller owns both numbers.
        unsafe { libc::dup2(fd, to) };
        close(fd);
    }
}

/// Close a descriptor.
pub(crate) fn close(fd: c_int) {
    // SAFETY: every caller owns the descriptor it passes.
    unsafe { libc::close(fd) };
}

/// Write a few bytes that nobody may be left to read.
pub(crate) fn write(fd: c_int, bytes: &[u8]) {
    // SAFETY: the pointer and the length are of one slice. The signal that a lost reader brings is
    // ignored by the interpreter.
    unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
}

/// Space for the control message that carries descriptors, aligned as its header must be.
#[repr(C, align(8))]
struct Control([u8; 16 + 4 * MOST_DESCRIPTORS]);

/// Wait for the next message; `None` when the other side has gone.
pub(crate) fn receive(socket: c_int) -> Option<Message> {
    // Not zeroed: a child would pay for pages that it does not need.
    let mut bytes: Vec<u8> = Vec::with_capacity(LARGEST);
    let mut control = Control([0; 16 + 4 * MOST_DESCRIPTORS]);
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: LARGEST };
    // SAFETY: msghdr is plain data, for which zero is a valid value.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    header.msg_control = (&raw mut control).cast();
    header.msg_controllen = size_of::<Control>();
    let length = loop {
        // SAFETY: the header describes buffers that outlive the call.
        let length = unsafe { libc::recvmsg(socket, &raw mut header, libc::MSG_CMSG_CLOEXEC) };
        let interrupted =
            length < 0 && std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted;
        if !interrupted {
            break usize::try_from(length).ok().filter(|&length| length > 0)?;
        }
    };
    // SAFETY: the kernel has written that many bytes, and no more than there is room for.
    unsafe { bytes.set_len(length) };
    let mut descriptors = Vec::new();
    // SAFETY: the kernel has filled in the control buffer as the header says; the data of an
    // SCM_RIGHTS message are descriptors, which are now ours.
    unsafe {
        let first = libc::CMSG_FIRSTHDR(&raw const header);
        if !first.is_null() && (*first).cmsg_type == libc::SCM_RIGHTS {
            let count = ((*first).cmsg_len - libc::CMSG_LEN(0) as usize) / size_of::<c_int>();
            let data = libc::CMSG_DATA(first).cast::<c_int>();
            descriptors.extend((0..count).map(|index| ptr::read_unaligned(data.add(index))));
        }
    }
    Some(Message { bytes, descriptors })
}

/// Whether a message is there.
pub(crate) fn is_waiting(socket: c_int) -> bool {
    let mut poll = libc::pollfd { fd: socket, events: libc::POLLIN, revents: 0 };
    // SAFETY: one descriptor is asked about, in memory that outlives the call.
    unsafe { libc::poll(&raw mut poll, 1, 0) > 0 }
}

/// Send a message. A receiver that has gone will be noticed at the next receive.
pub(crate) fn send(socket: c_int, message: &[u8], descriptors: &[c_int]) {
    let mut control = Control([0; 16 + 4 * MOST_DESCRIPTORS]);
    let size = size_of_val(descriptors) as u32;
    let mut part =
        libc::iovec { iov_base: message.as_ptr().cast_mut().cast(), iov_len: message.len() };
    // SAFETY: msghdr is plain data, for which zero is a valid value; the header describes buffers
    // that outlive the call, and the control buffer has room for more descriptors than are sent.
    unsafe {
        let mut header: libc::msghdr = std::mem::zeroed();
        header.msg_iov = &raw mut part;
        header.msg_iovlen = 1;
        if size > 0 {
            header.msg_control = (&raw mut control).cast();
            header.msg_controllen = libc::CMSG_SPACE(size) as usize;
            let first = libc::CMSG_FIRSTHDR(&raw const header);
            (*first).cmsg_level = libc::SOL_SOCKET;
            (*first).cmsg_type = libc::SCM_RIGHTS;
            (*first).cmsg_len = libc::CMSG_LEN(size) as usize;
            let data = libc::CMSG_DATA(first).cast::<c_int>();
            for (index, &descriptor) in descriptors.iter().enumerate() {
                ptr::write_unaligned(data.add(index), descriptor);
            }
        }
        libc::sendmsg(socket, &raw const header, libc::MSG_NOSIGNAL);
    }
}

/// All of a memory file. The supervisor has sealed it, so it stays as it is while it is read.
fn read_memory(file: c_int) -> Option<Vec<u8>> {
    // SAFETY: `stat` is plain data, and the vector has as much room as is read.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        if libc::fstat(file, &raw mut stat) < 0 {
            return None;
        }
        let mut bytes = vec![0u8; usize::try_from(stat.st_size).ok()?];
        let mut done = 0;
        while done < bytes.len() {
            let rest = &mut bytes[done..];
            let count = libc::pread(file, rest.as_mut_ptr().cast(), rest.len(), done as i64);
            done += usize::try_from(count).ok().filter(|&count| count > 0)?;
        }
        Some(bytes)
    }
}
