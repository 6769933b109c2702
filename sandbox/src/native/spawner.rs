//! Threads that make children, and stay.
//!
//! A child asks the kernel to be killed when the *thread* that made it ends. The threads of the
//! runtime come and go, so children are made by threads that live as long as the sandbox: when it
//! is dropped, or the supervisor is killed, every program goes with it.

use std::ffi::c_void;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use tokio::sync::oneshot;

use super::inside;
use super::plan::{Failure, Plan};

/// Room for the child's stack; it needs little, but unoptimised builds are generous.
const STACK: usize = 256 << 10;

/// Makes children from [`Plan`]s.
#[derive(Clone, Debug)]
pub(super) struct Spawner {
    requests: mpsc::Sender<Request>,
}

struct Request {
    plan: Box<Plan>,
    /// The descriptors that the plan names, open until the child has its own.
    descriptors: Vec<OwnedFd>,
    reply: oneshot::Sender<Result<Child, SpawnError>>,
}

/// Why there is no child.
#[derive(Clone, Copy, Debug)]
pub(super) struct SpawnError {
    pub(super) step: &'static str,
    pub(super) errno: i32,
}

impl SpawnError {
    pub(super) fn source(self) -> io::Error {
        io::Error::from_raw_os_error(self.errno)
    }
}

/// A running program. Dropping it kills the program and waits for its end.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) pid: libc::pid_t,
    pidfd: OwnedFd,
    reaped: bool,
    /// Whether the kernel's peak of resident memory is the program's own. A child that has shared
    /// our memory inherits our peak.
    pub(super) own_peak: bool,
    /// Whether it has joined the control groups that its plan names.
    pub(super) has_joined: bool,
}

impl Spawner {
    /// Start `threads` threads.
    pub(super) fn start(threads: usize) -> io::Result<Self> {
        let (requests, queue) = mpsc::channel::<Request>();
        let queue = Arc::new(Mutex::new(queue));
        for index in 0..threads.max(1) {
            let queue = Arc::clone(&queue);
            thread::Builder::new().name(format!("spawner-{index}")).spawn(move || serve(&queue))?;
        }
        Ok(Self { requests })
    }

    /// Make a child that carries out `plan`, which names `descriptors`.
    pub(super) async fn spawn(
        &self,
        plan: Plan,
        descriptors: Vec<OwnedFd>,
    ) -> Result<Child, SpawnError> {
        let (reply, answer) = oneshot::channel();
        let request = Request { plan: Box::new(plan), descriptors, reply };
        self.requests.send(request).expect("spawner threads live as long as their sender");
        answer.await.expect("a spawner thread answers every request")
    }

    /// The same from a thread that may block, for trying out a set-up.
    pub(super) fn try_set_up(mut plan: Plan) -> Result<(), SpawnError> {
        let mut stack = vec![0; STACK];
        match make(&mut plan, &mut stack) {
            Err(error) if error.errno != 0 => Err(error),
            _ if plan.has_joined => Ok(()),
            _ => Err(SpawnError { step: "joining a control group", errno: libc::EACCES }),
        }
    }
}

fn serve(queue: &Mutex<mpsc::Receiver<Request>>) {
    let mut stack = vec![0; STACK];
    loop {
        let request = queue.lock().expect("no thread panics while waiting").recv();
        let Ok(Request { mut plan, descriptors, reply }) = request else { return };
        let made = make(&mut plan, &mut stack);
        drop(descriptors);
        // Where the asker has gone, the child in the answer is dropped and so killed.
        drop(reply.send(made));
    }
}

/// Clone this process into one that carries out `plan`, and wait until it has.
fn make(plan: &mut Plan, stack: &mut [u8]) -> Result<Child, SpawnError> {
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | plan.namespaces();
    let mut pidfd: RawFd = -1;
    let top = stack.as_mut_ptr_range().end as usize & !15;
    let held = HoldSignals::new();
    // SAFETY: the stack is ours alone and outlives the child's use of it, because CLONE_VFORK
    // suspends this thread until the child has left this memory; the plan likewise. With
    // CLONE_PIDFD the kernel stores the descriptor where the parent's tid would go.
    let pid = unsafe {
        libc::clone(
            inside::begin,
            top as *mut c_void,
            // No exit signal: children of ours are nobody else's business.
            flags,
            (&raw mut *plan).cast(),
            &raw mut pidfd,
        )
    };
    let error = io::Error::last_os_error();
    drop(held);
    if pid < 0 {
        let errno = error.raw_os_error().unwrap_or(0);
        return Err(SpawnError { step: "making a process with its namespaces", errno });
    }
    // SAFETY: the kernel has just made this descriptor for us.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    let child = Child { pid, pidfd, reaped: false, own_peak: false, has_joined: plan.has_joined };
    match plan.failure {
        Some(Failure { step, errno }) => Err(SpawnError { step, errno }),
        None => Ok(child),
    }
}

/// Keeps signal handlers of the supervisor from running in a child that shares its memory.
struct HoldSignals(libc::sigset_t);

impl HoldSignals {
    fn new() -> Self {
        // SAFETY: both sets are plain data; the mask that is changed is this thread's.
        unsafe {
            let (mut all, mut before) = (std::mem::zeroed(), std::mem::zeroed());
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
            Self(before)
        }
    }
}

impl Drop for HoldSignals {
    fn drop(&mut self) {
        // SAFETY: restores the mask that `new` has read.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, ptr::null_mut());
        }
    }
}

/// How a process ended and what it used, as `wait4` tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remains {
    pub(super) status: i32,
    pub(super) usage: libc::rusage,
}

impl Child {
    /// Take charge of a child that was made for us by another process of ours.
    pub(super) fn adopt(pid: libc::pid_t, pidfd: OwnedFd) -> Self {
        Self { pid, pidfd, reaped: false, own_peak: true, has_joined: false }
    }

    /// A descriptor of its mount namespace, while it lives. The kernel tears one down at the end of its last
    /// process, who is waited for meanwhile, or afterwards where somebody else holds it. `None` where we may not
    /// have it, or the kernel does not know how (before Linux 6.11).
    pub(super) fn mounts(&self) -> Option<OwnedFd> {
        /// `PIDFD_GET_MNT_NAMESPACE`.
        const GET_MOUNT_NAMESPACE: libc::Ioctl = 0xFF03;
        // SAFETY: the request takes nothing, and makes a descriptor that is nobody else's.
        unsafe {
            let fd = libc::ioctl(self.pidfd.as_raw_fd(), GET_MOUNT_NAMESPACE, 0);
            (fd >= 0).then(|| OwnedFd::from_raw_fd(fd))
        }
    }

    /// Kill the program; in a pid namespace of its own, all its descendants die with it.
    pub(super) fn kill(&self) {
        let fd = self.pidfd.as_raw_fd();
        // SAFETY: the call takes numbers and a null pointer. By its descriptor no other process
        // can be meant, even if this one has been reaped by somebody else.
        unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, fd, libc::SIGKILL, ptr::null::<()>(), 0);
        }
    }

    /// Kill the program if it is still there, and wait for its end.
    pub(super) fn end(&mut self) {
        if !self.reaped {
            self.kill();
            // Nothing more can be done for a process that will not go.
            let _ = self.reap();
        }
    }

    /// Wait for the end of the program and remove what is left of it.
    pub(super) fn reap(&mut self) -> io::Result<Remains> {
        // SAFETY: rusage is plain data, and both pointers are valid for the call. `__WALL` is
        // needed because the child has no exit signal.
        unsafe {
            let (mut status, mut usage) = (0, std::mem::zeroed());
            while libc::wait4(self.pid, &raw mut status, libc::__WALL, &raw mut usage) < 0 {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            self.reaped = true;
            Ok(Remains { status, usage })
        }
    }
}

impl AsRawFd for Child {
    fn as_raw_fd(&self) -> RawFd {
        self.pidfd.as_raw_fd()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}
