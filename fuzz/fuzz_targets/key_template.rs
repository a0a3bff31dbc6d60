//! Any text as a template of keys: refused, or names what Python would.

#![no_main]

use gawky::form::{Attribute, EmptyForm, KeyParts};
use gawky::{Form, FormKeyFormat, KeyFormat};
use gawky_fuzz as _;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let form = Form::from(EmptyForm::default());
    let nodes = FormKeyFormat::template(text).map(|format| format.form_key(7, &form));
    let Ok(format) = KeyFormat::template(text) else {
        return;
    };
    assert_eq!(format.as_template(), Some(text));
    let parts = |partition, form_key, attribute| KeyParts {
        partition,
        form_key,
        attribute,
    };
    let key = format
        .key(&parts(Some(3), "node1", Attribute::Offsets))
        .expect("a partition was given");
    assert_eq!(
        format
            .key(&parts(None, "node1", Attribute::Offsets))
            .is_ok(),
        !format.has_partition()
    );
    if let Ok(form_key) = nodes {
        // Then there was no placeholder that only one of both knows, so there was none at all.
        assert_eq!(form_key, key);
    }
    let other = format
        .key(&parts(Some(4), "node2", Attribute::Data))
        .expect("a partition was given");
    let plain = text.replace("{{", "").replace("}}", "");
    assert_eq!(plain.contains('{'), key != other, "{key} and {other}");
});
