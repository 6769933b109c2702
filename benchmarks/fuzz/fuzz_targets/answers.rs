//! Programs are taken out of whatever a model writes.
#![no_main]

use benchmarks::{sanitize, truncate_at_stop};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = sanitize(text, Some("f"));
    let kept = truncate_at_stop(text, &["\n#", "é", "\nclass"]);
    assert!(text.starts_with(kept));
    benchmarks::fuzzing::answers(text);
});
