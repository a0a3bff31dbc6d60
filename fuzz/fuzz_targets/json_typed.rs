//! Any text as JSON of any type, which is its first line: what is read is of that type, and is the same whole, in pieces and in batches.

#![no_main]

use gawky::{Array, Form};
use gawky::form::Type;
use gawky::json::FromJson;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (of, text) = (&bytes[..end], &bytes[end + 1..]);
    let Some(of) = std::str::from_utf8(of).ok().and_then(|of| of.parse::<Type>().ok()) else {
        return;
    };
    let Ok(from) = FromJson::new().schema(&of) else {
        return;
    };
    for lines in [false, true] {
        let from = from.clone().line_delimited(lines).skip_unknown(lines);
        let whole = from.read_slice(text).map_err(|error| error.to_string());
        let pieces = from.read(text).map_err(|error| error.to_string());
        assert_eq!(whole, pieces);
        if let (Ok(array), Ok(form)) = (whole, Form::from_type(&of))
            && !of.to_string().contains("unknown")
        {
            assert_eq!(array.form(), form);
            let batches = from.batch_rows(1 + text.len() % 5).batches(text);
            let batches: Vec<Array> = batches.map(|batch| batch.expect("rows of the whole")).collect();
            if !batches.is_empty() {
                let joined = Array::concatenate(&batches).expect("arrays of one form");
                assert!(joined.equal_values(&array, true).expect("arrays on the host"));
            }
        }
    }
});
