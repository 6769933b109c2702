//! Sockets between the supervisor, a fork server and its children: messages with descriptors.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recv, recvmsg, sendmsg};

use super::stdin;
use super::wire::{Beginning, Word};
use crate::Error;

/// What fits into one message with room to spare; more travels as a memory file.
const INLINE: usize = 48 << 10;

/// Our end of a child's socket.
#[derive(Debug)]
pub(super) struct Channel(pub(super) OwnedFd);

impl Channel {
    pub(super) fn send_task(&self, task: &[u8], descriptors: &[OwnedFd]) -> io::Result<()> {
        let mut descriptors: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        if task.len() <= INLINE {
            return send(&self.0, &[&[0], task], &descriptors);
        }
        let memory = stdin::open(task)?;
        descriptors.push(memory.as_raw_fd());
        send(&self.0, &[&[1]], &descriptors)
    }

    /// What the child had done when its program started, as it says itself once.
    ///
    /// Nobody else can say it: the child closes its end before the program starts. A child that
    /// failed before says so, which is an error. `None` where it has said nothing yet.
    pub(super) fn beginning(&self) -> Result<Option<Beginning>, Error> {
        let mut bytes = [0; Word::LONGEST];
        let length = recv(self.0.as_raw_fd(), &mut bytes, MsgFlags::MSG_DONTWAIT).unwrap_or(0);
        match Word::decode(&bytes[..length]) {
            Some(Word::Started(beginning)) => Ok(Some(beginning)),
            Some(Word::Failed { step, errno }) => {
                let source = io::Error::from_raw_os_error(errno);
                Err(Error::Spawn { program: "main.py".into(), step, source })
            }
            None => Ok(None),
        }
    }
}

/// Send `parts` as one message, with descriptors.
pub(super) fn send(socket: &OwnedFd, parts: &[&[u8]], descriptors: &[RawFd]) -> io::Result<()> {
    let parts: Vec<io::IoSlice> = parts.iter().map(|part| io::IoSlice::new(part)).collect();
    let rights = [ControlMessage::ScmRights(descriptors)];
    let rights = if descriptors.is_empty() { &[][..] } else { &rights[..] };
    sendmsg::<()>(socket.as_raw_fd(), &parts, rights, MsgFlags::MSG_NOSIGNAL, None)?;
    Ok(())
}

/// The next message, which is a short one, with its descriptors; those are ours now.
pub(super) fn receive(socket: &OwnedFd) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let mut words = [0; 64];
    let mut control = nix::cmsg_space!([RawFd; 2]);
    let mut parts = [io::IoSliceMut::new(&mut words)];
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let message = recvmsg::<()>(socket.as_raw_fd(), &mut parts, Some(&mut control), flags)?;
    let mut received = Vec::new();
    for part in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(descriptors) = part {
            // SAFETY: the kernel has just made these descriptors for us.
            received.extend(descriptors.iter().map(|&fd| unsafe { OwnedFd::from_raw_fd(fd) }));
        }
    }
    let length = message.bytes;
    Ok((words[..length].to_vec(), received))
}
