//! Getting a model onto the device that this machine has.

use std::path::Path;

use anyhow::Context;
use trainer::model::{Decoder, Precision};
use trainer::ranks::Place;
use trainer::{DeviceChoice, LanguageModel};

/// The model in a folder or a GGUF file.
pub(crate) fn language_model(path: &Path, precision: Precision) -> anyhow::Result<LanguageModel> {
    let device = device()?.resolve()?;
    LanguageModel::load(path, device, precision).with_context(|| failure(path))
}

/// Only what predicts of it.
pub(crate) fn decoder(path: &Path, precision: Precision) -> anyhow::Result<Decoder> {
    let device = device()?.resolve()?;
    LanguageModel::decoder(path, device, precision).with_context(|| failure(path))
}

/// The device of this process: of several on a machine with GPUs, each has the one with its number.
fn device() -> anyhow::Result<DeviceChoice> {
    Ok(DeviceChoice::Auto(Place::in_environment()?.map_or(0, |place| place.local)))
}

/// How a model is computed that learns nothing.
pub(crate) fn frozen(bf16: bool) -> Precision {
    if bf16 { Precision::Half } else { Precision::Single }
}

fn failure(path: &Path) -> String {
    format!("failed to load the model `{}`", path.display())
}
