//! What a training is doing, for who watches it.

/// Enters a stage of the work, until what this gives is dropped: a span of the log with the target
/// `ra3::stage`.
macro_rules! stage {
    ($name:literal) => {
        tracing::info_span!(target: "ra3::stage", $name).entered()
    };
}

pub(crate) use stage;
