//! What this machine's libtorch can do.

use serde::Serialize;

use crate::device::DeviceChoice;

/// What a person wants to know before a training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The version of libtorch that the program was built for, which is the only one it runs with.
    pub libtorch: &'static str,
    /// Whether this libtorch drives GPUs.
    pub drives_gpus: bool,
    /// How many GPUs it sees.
    pub gpus: i64,
    /// How many threads it computes with on processors.
    pub threads: i32,
    /// The instructions for bf16 that this processor has; without any, bf16 is slower than f32.
    pub bf16: Vec<&'static str>,
}

impl Facts {
    /// Looks at this machine.
    pub fn gather() -> Self {
        let is_gpu = DeviceChoice::Auto(0).resolve().is_ok_and(|device| device.is_cuda());
        let flags = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let known = ["amx_bf16", "avx512_bf16"];
        let has = |name: &&str| flags.split_ascii_whitespace().any(|flag| flag == *name);
        Self {
            libtorch: crate::ranks::libtorch_version(),
            drives_gpus: tch::Cuda::is_available(),
            gpus: if is_gpu { tch::Cuda::device_count() } else { 0 },
            threads: tch::get_num_threads(),
            bf16: known.into_iter().filter(has).collect(),
        }
    }
}
