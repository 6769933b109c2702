//! Requests as they come from the socket: one message each, with descriptors.

use std::ffi::c_int;
use std::ptr;

use crate::plan::Plan;
use crate::wire::{self, Reply};

/// The largest message; a plan with more in it comes as a memory file.
const LARGEST: usize = 64 << 10;
/// The most descriptors: three streams, a report, a confession and a memory file.
const MOST_DESCRIPTORS: usize = 8;

/// A request for a child.
pub(crate) struct Request {
    /// Namespaces to make the child in.
    pub(crate) namespaces: c_int,
    /// What the child is to do; nothing where the supervisor sent rubbish.
    pub(crate) plan: Option<Plan>,
    /// The child's descriptors, in order.
    pub(crate) descriptors: Vec<c_int>,
}

impl Request {
    /// Wait for the next request; `None` when the supervisor has gone.
    pub(crate) fn receive(socket: c_int) -> Option<Self> {
        let mut message = vec![0u8; LARGEST];
        let (length, mut descriptors) = receive(socket, &mut message)?;
        message.truncate(length);
        let (header, inline) = message.split_first_chunk::<8>()?;
        let [namespaces, in_memory] = [&header[..4], &header[4..]]
            .map(|bytes| i32::from_le_bytes(bytes.try_into().expect("four bytes")));
        let plan = if in_memory == 0 {
            wire::decode(inline)
        } else {
            let file = descriptors.pop()?;
            let plan = read_memory(file).and_then(|bytes| wire::decode(&bytes));
            close(file);
            plan
        };
        Some(Self { namespaces, plan, descriptors })
    }

    /// In the server: tell the supervisor what became of the request, and let go of it.
    pub(crate) fn reply(self, socket: c_int, reply: Reply, pidfd: Option<c_int>) {
        send(socket, &reply.encode(), pidfd);
        self.descriptors.into_iter().chain(pidfd).for_each(close);
    }
}

fn close(fd: c_int) {
    // SAFETY: every caller owns the descriptor it passes.
    unsafe { libc::close(fd) };
}

/// Space for the control message that carries descriptors, aligned as its header must be.
#[repr(C, align(8))]
struct Control([u8; 16 + 4 * MOST_DESCRIPTORS]);

fn receive(socket: c_int, message: &mut [u8]) -> Option<(usize, Vec<c_int>)> {
    let mut control = Control([0; 16 + 4 * MOST_DESCRIPTORS]);
    let mut part = libc::iovec { iov_base: message.as_mut_ptr().cast(), iov_len: message.len() };
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
    Some((length, descriptors))
}

fn send(socket: c_int, message: &[u8], pidfd: Option<c_int>) {
    let mut control = Control([0; 16 + 4 * MOST_DESCRIPTORS]);
    let mut part =
        libc::iovec { iov_base: message.as_ptr().cast_mut().cast(), iov_len: message.len() };
    // SAFETY: msghdr is plain data, for which zero is a valid value; the header describes buffers
    // that outlive the call, and the control buffer has room for one descriptor.
    unsafe {
        let mut header: libc::msghdr = std::mem::zeroed();
        header.msg_iov = &raw mut part;
        header.msg_iovlen = 1;
        if let Some(pidfd) = pidfd {
            header.msg_control = (&raw mut control).cast();
            header.msg_controllen = libc::CMSG_SPACE(size_of::<c_int>() as u32) as usize;
            let first = libc::CMSG_FIRSTHDR(&raw const header);
            (*first).cmsg_level = libc::SOL_SOCKET;
            (*first).cmsg_type = libc::SCM_RIGHTS;
            (*first).cmsg_len = libc::CMSG_LEN(size_of::<c_int>() as u32) as usize;
            ptr::write_unaligned(libc::CMSG_DATA(first).cast::<c_int>(), pidfd);
        }
        // A supervisor that has gone will be noticed at the next receive.
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
