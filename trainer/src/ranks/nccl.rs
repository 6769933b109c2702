//! NVIDIA's NCCL: sums between GPUs, which do not take the way through the processor's memory.
//!
//! # Theory of operation
//!
//! NCCL comes with the part of libtorch that drives GPUs, and that is opened only where there is one (see
//! [`crate::device`]). So nothing is linked: functions are looked up by name when they are needed, and one
//! program serves machines with and without. c10d's own wrapper would have to be compiled with
//! NVIDIA's headers, and ends the process from a thread of its own when a rank is missing; here whoever
//! waits is told, as with Gloo, and can say which rank it is.
//!
//! Nothing blocks. A call leaves work with NCCL, which is asked how it stands until it is done or the
//! deadline has come; then the connection is torn down, whatever the others do. Work is put on the
//! stream on which libtorch computes, the first of the device: a sum begins when what is summed is there,
//! and what is computed next finds the sum.
//!
//! Left out: every operation but the sum of f32.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr;
use std::thread;
use std::time::{Duration, Instant};

use libloading::os::unix::Library;
use tch::{Device, Kind, Tensor};

use super::c10d::C10dError;

/// By what the ranks of one connection know each other.
#[repr(C)]
#[derive(Clone, Copy)]
struct RawId([u8; 128]);

/// A connection, as NCCL has it.
type Connection = *mut c_void;

/// How a connection is made: `ncclConfig_t` of version 2.14. Later ones know by `version` that what they
/// added is missing.
#[repr(C)]
struct Manner {
    size: usize,
    magic: c_uint,
    version: c_uint,
    blocking: c_int,
}

const SUCCESS: c_int = 0;
const IN_PROGRESS: c_int = 7;
const F32: c_int = 7;
const SUM: c_int = 0;
/// What CUDA says of a stream that has work left.
const NOT_READY: c_int = 600;

/// How often it is asked whether a sum is there: one of 64 MiB takes longer.
const PERIOD: Duration = Duration::from_micros(50);

macro_rules! calls {
    ($($field:ident: $name:literal ($($argument:ty),*) -> $returned:ty;)+) => {
        /// What is called of NCCL and of CUDA.
        #[derive(Clone, Copy)]
        pub(super) struct Calls {
            $($field: unsafe extern "C" fn($($argument),*) -> $returned,)+
        }

        impl Calls {
            /// Those of the libraries that this process has open; none if one of them is missing.
            pub(super) fn find() -> Option<Self> {
                let opened = Library::this();
                Some(Self {
                    // SAFETY: functions of these names have had these arguments since NCCL 2.14, and are
                    // called only while the libraries are open, which is until the process ends.
                    $($field: unsafe { *opened.get($name).ok()? },)+
                })
            }
        }
    };
}

calls! {
    new_id: c"ncclGetUniqueId" (*mut RawId) -> c_int;
    connect: c"ncclCommInitRankConfig" (*mut Connection, c_int, RawId, c_int, *mut Manner) -> c_int;
    state: c"ncclCommGetAsyncError" (Connection, *mut c_int) -> c_int;
    sum: c"ncclAllReduce" (*const c_void, *mut c_void, usize, c_int, c_int, Connection, *mut c_void) -> c_int;
    abort: c"ncclCommAbort" (Connection) -> c_int;
    name: c"ncclGetErrorString" (c_int) -> *const c_char;
    details: c"ncclGetLastError" (Connection) -> *const c_char;
    choose: c"cudaSetDevice" (c_int) -> c_int;
    stream: c"cudaStreamQuery" (*mut c_void) -> c_int;
}

impl Calls {
    /// A name under which ranks can find each other.
    pub(super) fn new_id(&self) -> Result<Vec<u8>, C10dError> {
        let mut id = RawId([0; 128]);
        // SAFETY: there is room for an id.
        let code = unsafe { (self.new_id)(&mut id) };
        self.check(code, ptr::null_mut())?;
        Ok(id.0.to_vec())
    }

    fn check(&self, code: c_int, connection: Connection) -> Result<(), C10dError> {
        if matches!(code, SUCCESS | IN_PROGRESS) {
            return Ok(());
        }
        // SAFETY: both give texts that are not changed while this thread reads them, or null.
        let texts = unsafe { [(self.name)(code), (self.details)(connection)] };
        let texts = texts.into_iter().filter(|text| !text.is_null());
        // SAFETY: as above.
        let texts = texts.map(|text| unsafe { CStr::from_ptr(text) }.to_string_lossy());
        let texts: Vec<_> = texts.filter(|text| !text.trim().is_empty()).collect();
        Err(C10dError(format!("NCCL: {}", texts.join(", ").trim())))
    }
}

/// GPUs that compute sums together.
pub(super) struct Gpus {
    calls: Calls,
    /// Null when it was torn down.
    connection: Connection,
    number: c_int,
}

// SAFETY: a connection may be used by one thread after the other.
unsafe impl Send for Gpus {}

impl Gpus {
    /// Connects the GPU with this number with those of the other ranks, which have the same `id`.
    pub(super) fn join(
        calls: Calls,
        id: &[u8],
        (rank, count): (usize, usize),
        number: usize,
        patience: Duration,
    ) -> Result<Self, C10dError> {
        let id = RawId(id.try_into().map_err(|_| C10dError("NCCL: no id".to_owned()))?);
        let mut gpus = Self { calls, connection: ptr::null_mut(), number: number as c_int };
        gpus.choose()?;
        let mut manner =
            Manner { size: size_of::<Manner>(), magic: 0xcafe_beef, version: 21_400, blocking: 0 };
        let connection = &mut gpus.connection;
        // SAFETY: the pointers are to what they are said to be, and outlive the call.
        let code =
            unsafe { (calls.connect)(connection, count as c_int, id, rank as c_int, &mut manner) };
        gpus.until_done(code, patience, || Ok(true))?;
        Ok(gpus)
    }

    /// Replaces what is in `tensor`, on this GPU, contiguous and of f32, by its sum over the ranks.
    pub(super) fn sum(&mut self, tensor: &mut Tensor, patience: Duration) -> Result<(), C10dError> {
        assert!(tensor.kind() == Kind::Float && tensor.is_contiguous(), "sums are of f32");
        if self.connection.is_null() {
            return Err(C10dError("NCCL: an earlier exchange failed".to_owned()));
        }
        self.choose()?;
        let (data, length) = (tensor.data_ptr(), tensor.numel());
        let stream = ptr::null_mut();
        // SAFETY: there are so many numbers at `data`, and the tensor is neither freed nor used
        // elsewhere before this returns; by then NCCL is done with it or torn down.
        let code =
            unsafe { (self.calls.sum)(data, data, length, F32, SUM, self.connection, stream) };
        let query = self.calls.stream;
        // SAFETY: the first stream of a device is always there.
        self.until_done(code, patience, || match unsafe { query(stream) } {
            SUCCESS => Ok(true),
            NOT_READY => Ok(false),
            code => Err(C10dError(format!("CUDA: error {code}"))),
        })
    }

    /// Makes this thread use this GPU. Nothing else in the process is on another one.
    fn choose(&self) -> Result<(), C10dError> {
        // SAFETY: it changes this thread's choice only.
        match unsafe { (self.calls.choose)(self.number) } {
            SUCCESS => Ok(()),
            code => Err(C10dError(format!("CUDA: error {code} of GPU {}", self.number))),
        }
    }

    /// Waits until NCCL has done what a call that returned `code` left with it, and `is_done` says that
    /// the GPU has as well.
    fn until_done(
        &mut self,
        code: c_int,
        patience: Duration,
        is_done: impl Fn() -> Result<bool, C10dError>,
    ) -> Result<(), C10dError> {
        let deadline = Instant::now() + patience;
        let mut ended = self.calls.check(code, self.connection).and_then(|()| self.step(&is_done));
        while let Ok(false) = ended {
            if Instant::now() > deadline {
                ended = Err(C10dError(format!("NCCL: not done after {patience:?}")));
                break;
            }
            thread::sleep(PERIOD);
            ended = self.step(&is_done);
        }
        ended.map(|_| ()).inspect_err(|_| self.tear_down())
    }

    fn step(&self, is_done: impl Fn() -> Result<bool, C10dError>) -> Result<bool, C10dError> {
        let mut state = SUCCESS;
        // SAFETY: the connection is alive.
        let code = unsafe { (self.calls.state)(self.connection, &mut state) };
        self.calls.check(code, self.connection)?;
        self.calls.check(state, self.connection)?;
        // What NCCL has not begun is not on the stream yet.
        if state == IN_PROGRESS { Ok(false) } else { is_done() }
    }

    fn tear_down(&mut self) {
        if !self.connection.is_null() {
            // SAFETY: the connection is alive, and not used any more. Others may be gone, so there is
            // nobody to part from, and nothing to do if it fails.
            let _ = unsafe { (self.calls.abort)(self.connection) };
            self.connection = ptr::null_mut();
        }
    }
}

impl Drop for Gpus {
    fn drop(&mut self) {
        self.tear_down();
    }
}

/// The number of a GPU.
pub(super) fn gpu_number(device: Device) -> Option<usize> {
    match device {
        Device::Cuda(number) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// How often NCCL still says that it has not begun, and CUDA that it has not ended.
        static LEFT: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
        /// What NCCL says then.
        static STATE: Cell<c_int> = const { Cell::new(SUCCESS) };
        static ABORTED: Cell<u32> = const { Cell::new(0) };
    }

    unsafe extern "C" fn connect(
        connection: *mut Connection,
        count: c_int,
        id: RawId,
        rank: c_int,
        manner: *mut Manner,
    ) -> c_int {
        assert_eq!((count, rank, id.0[0], id.0[127]), (2, 1, 1, 128));
        // SAFETY: as whoever calls it says.
        unsafe {
            assert_eq!(((*manner).size, (*manner).blocking), (24, 0));
            *connection = ptr::dangling_mut();
        }
        IN_PROGRESS
    }

    unsafe extern "C" fn double(
        from: *const c_void,
        to: *mut c_void,
        length: usize,
        kind: c_int,
        what: c_int,
        _: Connection,
        _: *mut c_void,
    ) -> c_int {
        assert_eq!((kind, what, from), (F32, SUM, to.cast_const()));
        // SAFETY: as whoever calls it says.
        let numbers = unsafe { std::slice::from_raw_parts_mut(to.cast::<f32>(), length) };
        numbers.iter_mut().for_each(|it| *it *= 2.0);
        IN_PROGRESS
    }

    unsafe extern "C" fn state(_: Connection, state: *mut c_int) -> c_int {
        let (begun, ended) = LEFT.get();
        LEFT.set((begun.saturating_sub(1), ended));
        // SAFETY: as whoever calls it says.
        unsafe { *state = if begun > 0 { IN_PROGRESS } else { STATE.get() } };
        SUCCESS
    }

    unsafe extern "C" fn stream(_: *mut c_void) -> c_int {
        let (begun, ended) = LEFT.get();
        assert_eq!(begun, 0, "nothing is on the stream before it is begun");
        LEFT.set((begun, ended.saturating_sub(1)));
        if ended > 0 { NOT_READY } else { SUCCESS }
    }

    unsafe extern "C" fn abort(_: Connection) -> c_int {
        ABORTED.set(ABORTED.get() + 1);
        SUCCESS
    }

    unsafe extern "C" fn name(_: c_int) -> *const c_char {
        c"remote process exited".as_ptr()
    }

    fn connected() -> Gpus {
        let calls = Calls {
            new_id: {
                unsafe extern "C" fn new_id(_: *mut RawId) -> c_int {
                    SUCCESS
                }
                new_id
            },
            connect,
            state,
            sum: double,
            abort,
            name,
            details: {
                unsafe extern "C" fn details(_: Connection) -> *const c_char {
                    ptr::null()
                }
                details
            },
            choose: {
                unsafe extern "C" fn choose(number: c_int) -> c_int {
                    assert_eq!(number, 3);
                    SUCCESS
                }
                choose
            },
            stream,
        };
        let id: Vec<u8> = (1..=128).collect();
        LEFT.set((2, 0));
        Gpus::join(calls, &id, (1, 2), 3, Duration::from_secs(60)).unwrap()
    }

    #[test]
    fn a_sum_is_waited_for_until_it_is_begun_and_ended() {
        let mut gpus = connected();
        LEFT.set((3, 4));
        let mut tensor = Tensor::from_slice(&[1.0_f32, -2.5]);
        gpus.sum(&mut tensor, Duration::from_secs(60)).unwrap();
        assert_eq!(Vec::<f32>::try_from(tensor).unwrap(), [2.0, -5.0]);
        assert_eq!((LEFT.get(), ABORTED.get()), ((0, 0), 0));
        drop(gpus);
        assert_eq!(ABORTED.get(), 1);
    }

    #[test]
    fn a_sum_that_does_not_come_is_given_up_at_the_deadline() {
        let mut gpus = connected();
        LEFT.set((0, u32::MAX));
        let mut tensor = Tensor::from_slice(&[1.0_f32]);
        let began = Instant::now();
        let error = gpus.sum(&mut tensor, Duration::from_millis(20)).unwrap_err();
        assert!(error.to_string().contains("not done after 20ms"), "{error}");
        assert!(began.elapsed() >= Duration::from_millis(20));
        assert!(gpus.sum(&mut tensor, Duration::from_secs(60)).is_err());
        drop(gpus);
        assert_eq!(ABORTED.get(), 1);
    }

    #[test]
    fn what_nccl_says_of_a_failure_is_passed_on() {
        let mut gpus = connected();
        STATE.set(6);
        let mut tensor = Tensor::from_slice(&[1.0_f32]);
        let error = gpus.sum(&mut tensor, Duration::from_secs(60)).unwrap_err();
        assert_eq!(error.to_string(), "NCCL: remote process exited");
        assert_eq!(ABORTED.get(), 1);
    }
}
