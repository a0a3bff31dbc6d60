//! Any text as JSON of any type, which is its first line, as datashape or as a JSON Schema: what is read is of that type, and is the same whole, in pieces and in batches.
//!
//! A first byte that no text begins with (0x80 and more) makes the others choices that an array is built by: written as JSON and
//! read as of its type it is written the same.

#![no_main]

use gawky::form::Type;
use gawky::json::{FromJson, ToJson};
use gawky::{Array, Form};
use gawky_fuzz as _;
use gawky_testkit::arbitrary::{self, Tape, is_small};
use libfuzzer_sys::fuzz_target;

/// Numbers without digits and complex ones have words, too.
fn comes_back(array: &Array) {
    let (nan, inf, minus_inf) = ("NaN", "Infinity", "-Infinity");
    let to = ToJson::new()
        .nan_string(nan)
        .posinf_string(inf)
        .neginf_string(minus_inf)
        .complex_record_fields("r", "i");
    let from = FromJson::new()
        .nan_string(nan)
        .posinf_string(inf)
        .neginf_string(minus_inf)
        .complex_record_fields("r", "i");
    let (Ok(written), Ok(from)) = (to.to_string(array), from.schema(&array.type_())) else {
        return;
    };
    // Not all that is written can be read: names that are there twice, for one. And what says the same as several contents of a
    // union is of the first, as which it may be written otherwise.
    if let Ok(again) = from.read_str(&written) {
        assert_eq!(again.len(), array.len());
        let shown = array.type_().to_string();
        if shown.contains("union") || shown.contains("unknown") {
            return;
        }
        assert_eq!(
            to.to_string(&again).as_deref().ok(),
            Some(&*written),
            "{}",
            array.type_()
        );
    }
}

fuzz_target!(|bytes: &[u8]| {
    if let Some((0x80.., choices)) = bytes.split_first() {
        let array = arbitrary::array(&mut Tape::new(choices));
        if is_small(&array) {
            comes_back(&array);
        }
        return;
    }
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (of, text) = (&bytes[..end], &bytes[end + 1..]);
    let Ok(of) = std::str::from_utf8(of) else {
        return;
    };
    match of.parse::<Type>() {
        Ok(of) => {
            if let Ok(from) = FromJson::new().schema(&of) {
                of_one_type(&from, Some(&of), text);
            }
        }
        Err(_) => {
            if let Ok(from) = FromJson::new().json_schema(of) {
                of_one_type(&from, None, text);
            }
        }
    }
});

/// Text of a type, which is known unless a schema told it: whole, in pieces and in batches it is the same, and of that type.
fn of_one_type(from: &FromJson, of: Option<&Type>, text: &[u8]) {
    for lines in [false, true] {
        let from = from.clone().line_delimited(lines).skip_unknown(lines);
        let whole = from.read_slice(text).map_err(|error| error.to_string());
        let pieces = from.read(text).map_err(|error| error.to_string());
        assert_eq!(whole, pieces);
        let Ok(array) = whole else { continue };
        let of_values = of.cloned().unwrap_or_else(|| array.type_());
        if let Ok(form) = Form::from_type(&of_values)
            && !of_values.to_string().contains("unknown")
        {
            if of.is_some() {
                assert_eq!(array.form(), form);
            }
            let batches = from.batch_rows(1 + text.len() % 5).batches(text);
            let batches: Vec<Array> = batches
                .map(|batch| batch.expect("rows of the whole"))
                .collect();
            if !batches.is_empty() {
                let joined = Array::concatenate(&batches).expect("arrays of one form");
                assert!(
                    joined
                        .equal_values(&array, true)
                        .expect("arrays on the host")
                );
            }
        }
    }
}
