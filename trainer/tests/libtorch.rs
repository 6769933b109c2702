//! The libtorch that this crate is built against is found and computes.

use tch::{Kind, Tensor};
use trainer::DeviceChoice;

#[test]
fn a_program_finds_libtorch_with_nothing_set_in_the_environment() {
    let device = DeviceChoice::Cpu.resolve().unwrap();
    let x = Tensor::from_slice(&[1.0_f32, 2.0, 3.0]).to_device(device).set_requires_grad(true);
    x.pow_tensor_scalar(3).sum(Kind::Float).backward();
    assert_eq!(Vec::<f32>::try_from(x.grad()).unwrap(), [3.0, 12.0, 27.0]);
}

#[test]
fn a_gpu_that_is_not_there_is_refused_by_its_number() {
    let error = DeviceChoice::Gpu(99).resolve().unwrap_err();
    assert_eq!(error.number, 99);
    assert!(error.to_string().starts_with("GPU 99 was asked for"));
}

#[test]
fn without_a_choice_some_device_is_taken() {
    DeviceChoice::Auto(0).resolve().unwrap();
}
