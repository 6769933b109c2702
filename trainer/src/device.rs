//! Where tensors live and are computed.
//!
//! One program serves machines with and without a GPU. It is linked against the part of libtorch
//! that every machine has, and the part that drives GPUs is opened by [`DeviceChoice::resolve`], before
//! the first tensor: linking that part instead would tie the program to machines that have it, and
//! linkers drop it from the list of needed libraries in any case, because nothing calls into it by
//! name.
//!
//! Left out: more than one GPU in one process. Data parallelism is one process per device.

use std::sync::OnceLock;

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

/// Which device a person asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The GPU with this number if this libtorch and this machine have any, else the processor. Each of
    /// several processes has a number of its own; one that is alone has 0.
    Auto(usize),
    /// The processor.
    Cpu,
    /// The GPU with this number.
    Gpu(usize),
}

/// The device that was asked for is not to be had.
#[derive(Debug, thiserror::Error)]
#[error("GPU {number} was asked for, and this machine's libtorch sees {available}")]
pub struct NoSuchDevice {
    /// The number that was asked for, from 0.
    pub number: usize,
    /// How many there are.
    pub available: usize,
}

impl DeviceChoice {
    /// The device in libtorch's terms.
    ///
    /// # Errors
    ///
    /// A GPU was asked for by number and is not there.
    pub fn resolve(self) -> Result<tch::Device, NoSuchDevice> {
        let available = || match open_gpu_support() {
            true => usize::try_from(tch::Cuda::device_count()).unwrap_or(0),
            false => 0,
        };
        match self {
            Self::Cpu => Ok(tch::Device::Cpu),
            Self::Auto(number) if available() > 0 => Self::Gpu(number).resolve(),
            Self::Auto(_) => Ok(tch::Device::Cpu),
            Self::Gpu(number) if number < available() => Ok(tch::Device::Cuda(number)),
            Self::Gpu(number) => Err(NoSuchDevice { number, available: available() }),
        }
    }
}

/// Opens the part of libtorch that drives GPUs, once; false where this libtorch has none.
fn open_gpu_support() -> bool {
    static SUPPORT: OnceLock<Option<Library>> = OnceLock::new();
    let support = SUPPORT.get_or_init(|| {
        // SAFETY: the initializers of this library register kernels with libtorch, which is loaded
        // already because this program is linked against it; they have no other precondition. It
        // stays open until the process ends.
        unsafe { Library::open(Some("libtorch_cuda.so"), RTLD_NOW | RTLD_GLOBAL) }.ok()
    });
    support.is_some()
}
