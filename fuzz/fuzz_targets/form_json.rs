//! Any text as a form: what is read prints back as itself, in both dialects and as a type.

#![no_main]

use gawky::Form;
use gawky::form::{Dialect, Type};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(form) = Form::from_json(text) else {
        return;
    };
    for verbose in [false, true] {
        let json = form
            .to_json(Dialect::V2, verbose)
            .expect("Awkward 2 has words for every form");
        assert_eq!(Form::from_json(&json).as_ref(), Ok(&form), "{json}");
        // Awkward 1 cannot say everything, but what it says is no other form.
        if let Ok(json) = form.to_json(Dialect::V1, verbose) {
            let again = Form::from_json(&json).expect("what was just written");
            assert_eq!(again.type_(), form.type_(), "{json}");
        }
    }
    let shown = form.type_();
    let again: Type = shown.to_string().parse().expect("what was just printed");
    assert_eq!(again.to_string(), shown.to_string());
    if let Ok(nothing) = gawky::Array::empty(&form) {
        assert_eq!(nothing.form().type_(), shown);
    }
});
