//! Any text as a form, and forms of all classes: what is read prints back as itself, tersely and verbosely, in both dialects
//! and as a type, and of its columns one reads the same as one selects.
//!
//! A first byte that no text begins with (0x80 and more) makes the others choices that a form is built by.

#![no_main]

use gawky::form::{Dialect, FormError, Type};
use gawky::{Form, FormKeyFormat};
use gawky_fuzz as _;
use gawky_testkit::arbitrary::{self, DEPTH, Tape};
use libfuzzer_sys::fuzz_target;

/// Written in this dialect and read again, it is the form that is returned; so it is when that is written, too.
fn through(form: &Form, dialect: Dialect, verbose: bool) -> Option<Form> {
    // Awkward 1 cannot say everything.
    let json = match (form.to_json(dialect, verbose), dialect) {
        (Ok(json), _) => json,
        (Err(FormError::NotInDialect { .. }), Dialect::V1) => return None,
        (Err(error), _) => panic!("{error}"),
    };
    let value = form.to_json_value(dialect, verbose).expect("it has words");
    let again = Form::from_json(&json).expect("what was just written");
    assert_eq!(
        Form::from_json(&value.to_string()).as_ref(),
        Ok(&again),
        "{json}"
    );
    let twice = again
        .to_json(dialect, verbose)
        .expect("it was written once");
    assert_eq!(twice, json);
    Some(again)
}

fn check(form: &Form) {
    let shown = form.type_();
    for verbose in [false, true] {
        let again = through(form, Dialect::V2, verbose).expect("Awkward 2 has words for all");
        assert_eq!(&again, form);
        if let Some(again) = through(form, Dialect::V1, verbose) {
            assert_eq!(again.type_(), shown);
        }
    }
    let again: Type = shown.to_string().parse().expect("what was just printed");
    assert_eq!(again.to_string(), shown.to_string());
    if let Ok(nothing) = gawky::Array::empty(form) {
        assert_eq!(nothing.form().type_(), shown);
    }
    if let Ok(named) = form.with_form_keys(&FormKeyFormat::default(), 0) {
        assert_eq!(named.without_form_keys(), form.without_form_keys());
    }
}

/// Some of its columns are the same, read alone and selected.
fn selects(text: &str, form: &Form) {
    let columns = form.columns();
    let Some(last) = columns.last() else { return };
    for pattern in [last.as_str(), "*", "x"] {
        match (Form::from_json_columns(text, pattern), form.select(pattern)) {
            (Ok(read), Ok(selected)) => assert_eq!(read, selected, "{pattern:?}"),
            (read, selected) => assert_eq!(
                read.map_err(|error| error.to_string()),
                selected.map_err(|error| error.to_string()),
                "{pattern:?}"
            ),
        }
    }
}

fn tells_the_place(error: &FormError, text: &str) {
    match error {
        FormError::Json { path, .. } => assert!(path.starts_with('$'), "{error}"),
        FormError::JsonSyntax { line, .. } => {
            assert!(
                (1..=1 + text.matches('\n').count()).contains(line),
                "{error}"
            );
        }
        error => panic!("{error}"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    if let Some((0x80.., choices)) = bytes.split_first() {
        check(&arbitrary::form(&mut Tape::new(choices), DEPTH));
        return;
    }
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    match Form::from_json(text) {
        Ok(form) => {
            check(&form);
            selects(text, &form);
        }
        Err(error) => tells_the_place(&error, text),
    }
});
