//! libtorch's c10d: a store that processes share, and sums over them.

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{self, NonNull};
use std::time::Duration;

use tch::Tensor;
use torch_sys::C_tensor;

/// What c10d or NCCL has to say of a failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct C10dError(pub(super) String);

#[repr(C)]
struct RawStore([u8; 0]);
#[repr(C)]
struct RawGroup([u8; 0]);

unsafe extern "C" {
    safe fn ra3_libtorch_version() -> *const c_char;
    safe fn ra3_c10d_error() -> *const c_char;
    fn ra3_store_new(
        host: *const c_char,
        port: u16,
        serves: c_int,
        timeout_ms: i64,
    ) -> *mut RawStore;
    fn ra3_store_add(store: *mut RawStore, key: *const c_char, number: i64) -> i64;
    fn ra3_store_free(store: *mut RawStore);
    fn ra3_group_new(
        store: *mut RawStore,
        rank: c_int,
        count: c_int,
        timeout_ms: i64,
        interface: *const c_char,
        address: *const c_char,
    ) -> *mut RawGroup;
    fn ra3_group_sum(group: *mut RawGroup, tensor: *mut C_tensor) -> c_int;
    fn ra3_group_free(group: *mut RawGroup);
}

/// The version of libtorch that this was compiled for.
pub(crate) fn libtorch_version() -> &'static str {
    // SAFETY: a constant of the library.
    let text = unsafe { CStr::from_ptr(ra3_libtorch_version()) };
    text.to_str().unwrap_or("unknown")
}

fn failure() -> C10dError {
    // SAFETY: the text belongs to this thread, and is copied before it calls c10d again.
    let text = unsafe { CStr::from_ptr(ra3_c10d_error()) };
    C10dError(text.to_string_lossy().into_owned())
}

fn c_string(text: &str) -> Result<CString, C10dError> {
    CString::new(text).map_err(|_| C10dError(format!("`{text}` holds a zero byte")))
}

/// Numbers under names, which all processes see.
#[derive(Debug)]
pub(super) struct Store(NonNull<RawStore>);

// SAFETY: a store serves one call at a time by a lock of its own.
unsafe impl Send for Store {}
// SAFETY: as above.
unsafe impl Sync for Store {}

impl Store {
    /// Connects to the store at this address, which one of the processes serves.
    pub(super) fn connect(
        host: &str,
        port: u16,
        serves: bool,
        patience: Duration,
    ) -> Result<Self, C10dError> {
        let host = c_string(host)?;
        // SAFETY: `host` is a C string that outlives the call.
        let raw = unsafe {
            ra3_store_new(host.as_ptr(), port, serves.into(), patience.as_millis() as i64)
        };
        NonNull::new(raw).map(Self).ok_or_else(failure)
    }

    /// Adds to the number of this name, which is 0 at first, and says what it is then.
    pub(super) fn add(&self, name: &str, number: u32) -> Result<u64, C10dError> {
        let name = c_string(name)?;
        // SAFETY: the store is alive, and `name` is a C string that outlives the call.
        let sum = unsafe { ra3_store_add(self.0.as_ptr(), name.as_ptr(), number.into()) };
        u64::try_from(sum).map_err(|_| failure())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // SAFETY: it was made by `ra3_store_new` and is not used any more.
        unsafe { ra3_store_free(self.0.as_ptr()) }
    }
}

/// Processes that compute sums together.
#[derive(Debug)]
pub(super) struct Group(NonNull<RawGroup>);

// SAFETY: nothing in a group is tied to the thread that made it.
unsafe impl Send for Group {}

impl Group {
    /// Finds the others by way of `store`. An exchange takes at most `patience`.
    pub(super) fn join(
        store: &Store,
        (rank, count): (usize, usize),
        patience: Duration,
        interface: Option<&str>,
        address: Option<&str>,
    ) -> Result<Self, C10dError> {
        let interface = interface.map(c_string).transpose()?;
        let address = address.map(c_string).transpose()?;
        let pointer = |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |it| it.as_ptr());
        // SAFETY: the store is alive, and the texts are null or C strings that outlive the call.
        let raw = unsafe {
            ra3_group_new(
                store.0.as_ptr(),
                rank as c_int,
                count as c_int,
                patience.as_millis() as i64,
                pointer(&interface),
                pointer(&address),
            )
        };
        NonNull::new(raw).map(Self).ok_or_else(failure)
    }

    /// Replaces what is in `tensor`, on the processor and contiguous, by its sum over the processes.
    pub(super) fn sum(&mut self, tensor: &mut Tensor) -> Result<(), C10dError> {
        // SAFETY: both are alive, and the group is used by nobody else meanwhile.
        let failed = unsafe { ra3_group_sum(self.0.as_ptr(), tensor.as_mut_ptr()) };
        if failed == 0 { Ok(()) } else { Err(failure()) }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // SAFETY: it was made by `ra3_group_new` and is not used any more.
        unsafe { ra3_group_free(self.0.as_ptr()) }
    }
}
