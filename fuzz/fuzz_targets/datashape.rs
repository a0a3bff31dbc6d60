//! Any text as a type, and the types of any forms: what is read prints back as itself, and has a form.
//!
//! A first byte that no text begins with (0x80 and more) makes the others choices that a form is built by.

#![no_main]

use gawky::Form;
use gawky::form::{ArrayType, FormError, Type};
use gawky_fuzz as _;
use gawky_testkit::arbitrary::{self, DEPTH, Tape};
use libfuzzer_sys::fuzz_target;

/// Printed and read again, a type prints as it did. It need not be equal: as in Awkward, `Point[]` is both a
/// record and a tuple without fields.
fn prints_back<T>(shown: &T)
where
    T: std::fmt::Display + std::str::FromStr<Err = FormError>,
{
    for text in [shown.to_string(), format!("{shown:#}")] {
        let again: T = text.parse().expect("what was just printed");
        assert_eq!(again.to_string(), shown.to_string());
    }
}

fn check(shown: &Type) {
    prints_back(shown);
    assert!(shown.is_equal_to(shown, true));
    // An option of a union has the form of a union of options, which has a form of its own. Where unions lie in unions, which
    // types of forms that are not canonical have, each step brings it to the next.
    let spread = |shown: &Type| Some(Form::from_type(shown).ok()?.type_());
    let Some(mut last) = spread(shown) else {
        return;
    };
    for _ in 0..=nesting(shown) {
        let again = spread(&last).expect("the type of a form");
        if again.is_equal_to(&last, false) {
            return;
        }
        last = again;
    }
    panic!("{shown} has no form that has its type");
}

/// How deep unions lie in unions at most.
fn nesting(shown: &Type) -> usize {
    shown.to_string().matches("union[").count()
}

/// Where a text is no type, the error tells where in it.
fn tells_the_place(error: &FormError, text: &str) {
    let FormError::Datashape { position, .. } = error else {
        panic!("{error}");
    };
    assert!(text.is_char_boundary(*position), "{error}");
}

fuzz_target!(|bytes: &[u8]| {
    if let Some((0x80.., choices)) = bytes.split_first() {
        let form = arbitrary::form(&mut Tape::new(choices), DEPTH);
        check(&form.type_());
        return;
    }
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    match text.parse::<ArrayType>() {
        Ok(shown) => prints_back(&shown),
        Err(error) => tells_the_place(&error, text),
    }
    match text.parse::<Type>() {
        Ok(shown) => check(&shown),
        Err(error) => tells_the_place(&error, text),
    }
});
