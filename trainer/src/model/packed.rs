//! Weights as the kernels of a processor read them.
//!
//! A product with few rows reads every weight once, so reading is what it costs. The usual product first
//! copies the weights into an order of its own, every time: half of a step of sampling. oneDNN takes them
//! in an order that was made before, and gives a row the same bits whatever rows it is computed with.
//!
//! A packed weight is a copy, and goes stale when the weight learns. So it belongs to a model that only
//! samples, and goes with it: see [`super::Decoder::packed`].

use std::ffi::c_int;

use tch::{Device, Kind, Tensor};
use torch_sys::C_tensor;

unsafe extern "C" {
    safe fn ra3_onednn_is_here() -> c_int;
    fn ra3_onednn_pack(weight: *const C_tensor, rows: i64) -> *mut C_tensor;
    fn ra3_onednn_linear(
        x: *const C_tensor,
        packed: *const C_tensor,
        bias: *const C_tensor,
    ) -> *mut C_tensor;
}

/// For how many rows the order is chosen. Others are computed as well with it.
const ROWS: i64 = 16;

/// A matrix, `[outputs, inputs]`.
#[derive(Debug)]
pub(super) struct Packed(Tensor);

impl Packed {
    /// A copy of `weight`, where it is on the processor and libtorch has what it takes.
    pub(super) fn new(weight: &Tensor) -> Option<Self> {
        if weight.device() != Device::Cpu
            || weight.kind() != Kind::Float
            || ra3_onednn_is_here() == 0
        {
            return None;
        }
        let weight = weight.detach().contiguous();
        // SAFETY: the tensor is alive; what comes back is null or a tensor of our own.
        let raw = unsafe { ra3_onednn_pack(weight.as_ptr(), ROWS) };
        owned(raw).map(Self)
    }

    /// `x W^T + b`, without a gradient; `x` is `[rows, inputs]`.
    pub(super) fn linear(&self, x: &Tensor, bias: Option<&Tensor>) -> Tensor {
        let x = x.contiguous();
        let bias = bias.map_or(std::ptr::null(), Tensor::as_ptr);
        // SAFETY: all are alive, and the bias may be null.
        let raw = unsafe { ra3_onednn_linear(x.as_ptr(), self.0.as_ptr(), bias) };
        owned(raw).expect("a product of matrices that fit fails for want of memory only")
    }
}

fn owned(raw: *mut C_tensor) -> Option<Tensor> {
    // SAFETY: it is not null, was made for us, and is given to nobody else.
    (!raw.is_null()).then(|| unsafe { Tensor::from_ptr(raw) })
}
