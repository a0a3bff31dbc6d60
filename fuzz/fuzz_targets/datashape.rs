//! Any text as a type: what is read prints back as itself, and has a form.

#![no_main]

use gawky::Form;
use gawky::form::{ArrayType, Type};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(shown) = text.parse::<ArrayType>() {
        assert_eq!(shown.to_string().parse(), Ok(shown));
    }
    let Ok(shown) = text.parse::<Type>() else {
        return;
    };
    assert_eq!(shown.to_string().parse().as_ref(), Ok(&shown), "{shown}");
    assert_eq!(format!("{shown:#}").parse().as_ref(), Ok(&shown), "{shown:#}");
    assert!(shown.is_equal_to(&shown, true));
    if let Ok(form) = Form::from_type(&shown) {
        let again = form.type_();
        assert!(again.is_equal_to(&shown, false), "{shown} is {again}");
    }
});
