//! Messages between the wasm backend and its workers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sandbox::fuzzing::worker_messages(bytes));
