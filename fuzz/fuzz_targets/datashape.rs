//! Any text as a type: what is read prints back as itself, and has a form.

#![no_main]

use gawky::Form;
use gawky::form::{ArrayType, Type};
use libfuzzer_sys::fuzz_target;

/// Printed and read again, a type prints as it did. It need not be equal: as in Awkward, `Point[]` is both a
/// record and a tuple without fields.
fn prints_back<T>(shown: &T)
where
    T: std::fmt::Display + std::str::FromStr<Err = gawky::form::FormError>,
{
    for text in [shown.to_string(), format!("{shown:#}")] {
        let again: T = text.parse().expect("what was just printed");
        assert_eq!(again.to_string(), shown.to_string());
    }
}

fuzz_target!(|text: &str| {
    if let Ok(shown) = text.parse::<ArrayType>() {
        prints_back(&shown);
    }
    let Ok(shown) = text.parse::<Type>() else {
        return;
    };
    prints_back(&shown);
    assert!(shown.is_equal_to(&shown, true));
    // An option of a union has the form of a union of options, which has a form of its own.
    if let Ok(form) = Form::from_type(&shown) {
        let spread = form.type_();
        let again = Form::from_type(&spread)
            .expect("the type of a form")
            .type_();
        assert!(again.is_equal_to(&spread, false), "{spread} is {again}");
    }
});
