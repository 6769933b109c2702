//! What a candidate marshals: nothing in it may make the judge panic, and a value that is read and written
//! again must be the same bytes when it is read and written once more.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| benchmarks::fuzzing::messages(bytes));
