//! Plans on their way to a fork server, which believes nothing.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sandbox::fuzzing::plans(bytes));
