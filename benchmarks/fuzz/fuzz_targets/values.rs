//! Values as data sets write them, in Python's JSON and as its literals.
#![no_main]

use datasets::Value;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = Value::from_json(text);
    if let Ok(value) = Value::from_python(text) {
        let written = value.to_python();
        let again = Value::from_python(&written).expect("what is written can be read");
        assert_eq!(written, again.to_python());
    }
});
