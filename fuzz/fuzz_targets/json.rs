//! Any text as JSON: whole, in pieces and in batches it is the same array, or the same error, with or without rows that are left out; and written
//! and read again it says the same.

#![no_main]

use gawky::Array;
use gawky::json::{self, FromJson, ToJson};
use gawky::rows::Maps;
use gawky_fuzz as _;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Some((how, text)) = bytes.split_first() else {
        return;
    };
    let mut from = FromJson::new()
        .line_delimited(how & 1 != 0)
        .inf_nan(how & 2 != 0);
    if how & 4 != 0 {
        from = from.maps(Maps::Pairs);
    }
    if how & 8 != 0 {
        from = from.nan_string("nan").complex_record_fields("r", "i");
    }
    let whole = from.read_slice(text).map_err(|error| error.to_string());
    let pieces = from.read(text).map_err(|error| error.to_string());
    assert_eq!(whole, pieces);
    let in_batches = from.clone().batch_rows(1 + usize::from(how >> 4));
    let (one, one_error) = skipping(&from, text);
    let (batches, batches_error) = skipping(&in_batches, text);
    // A batch may be of complex numbers, and all rows together of other things.
    if how & 8 == 0 {
        assert_eq!(one_error, batches_error);
    }
    if one_error.is_none() && batches_error.is_none() {
        let (one, batches) = (rows(&one), rows(&batches));
        assert_eq!(one.len(), batches.len());
        for (one, batched) in one.iter().zip(&batches) {
            assert!(
                is_same(one, batched, how & 8 != 0),
                "{one} is {batched} in batches"
            );
        }
    }
    let Ok(array) = whole else { return };
    if batches_error.is_none()
        && let Some(last) = batches.last()
    {
        assert_eq!(last.type_(), array.type_());
    }
    // NaN, complex numbers and pairs do not come back.
    if how & 14 == 0 {
        let written = json::to_string(&array).expect("what JSON has words for");
        let again = json::from_str(&written).expect("what was just written");
        // Integers that a union had apart from floats may be floats where they are read after some.
        let (one, other) = (rows(&[array]), rows(&[again]));
        assert_eq!(one.len(), other.len());
        for (one, other) in one.iter().zip(&other) {
            assert!(
                is_same(one, other, false),
                "{one} is {other} when read again"
            );
        }
    }
});

/// The arrays of the rows that can be taken, and what ended them, if not the text did.
fn skipping(from: &FromJson, text: &[u8]) -> (Vec<Array>, Option<String>) {
    let mut arrays = Vec::new();
    for batch in from.batches(text).skip_bad(|_| Ok(())) {
        match batch {
            Ok(array) => arrays.push(array),
            Err(error) => return (arrays, Some(error.to_string())),
        }
    }
    (arrays, None)
}

fn rows(arrays: &[Array]) -> Vec<Value> {
    let to = ToJson::new()
        .nan_string("NaN")
        .posinf_string("Infinity")
        .neginf_string("-Infinity")
        .complex_record_fields("r", "i");
    let mut text = Vec::new();
    for array in arrays {
        to.write_lines(array, &mut text)
            .expect("what JSON has words for");
    }
    let mut rows = serde_json::Deserializer::from_slice(&text);
    // Lists in lists are as deep as forms may be.
    rows.disable_recursion_limit();
    rows.into_iter()
        .map(|row| row.expect("what was just written"))
        .collect()
}

/// Whether these say the same but for dtypes, and for fields of which a batch does not know yet that they may be missing. Of what may be complex numbers, in a batch
/// alone, other fields are left out.
fn is_same(one: &Value, other: &Value, complex: bool) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match one.is_f64() || other.is_f64() {
            true => one.as_f64() == other.as_f64(),
            false => one == other,
        },
        (Value::Array(one), Value::Array(other)) => {
            let both = one.iter().zip(other);
            one.len() == other.len()
                && both
                    .into_iter()
                    .all(|(one, other)| is_same(one, other, complex))
        }
        (Value::Object(one), Value::Object(other)) => {
            let mut names = one.keys().chain(other.keys());
            let of = |fields: &serde_json::Map<_, _>, name| {
                fields.get(name).cloned().unwrap_or_default()
            };
            let is_number = |fields: &serde_json::Map<_, _>| {
                complex && fields.len() == 2 && fields.keys().all(|name| name == "r" || name == "i")
            };
            let parts_alone = is_number(one) || is_number(other);
            names.all(|name| {
                (parts_alone && name != "r" && name != "i")
                    || is_same(&of(one, name), &of(other, name), complex)
            })
        }
        (one, other) => one == other,
    }
}
