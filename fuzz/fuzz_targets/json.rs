//! Any text as JSON: whole and in pieces it is the same array, or the same error, and written and read again it says the same.

#![no_main]

use gawky::json::{self, FromJson};
use gawky::rows::Maps;
use libfuzzer_sys::fuzz_target;

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
    let batches = from.batch_rows(1).batches(text).skip_bad(|_| Ok(()));
    let rows: usize = batches.map_while(Result::ok).map(|batch| batch.len()).sum();
    let Ok(array) = whole else { return };
    assert_eq!(rows, array.len());
    // NaN, complex numbers and pairs do not come back.
    if how & 14 == 0 {
        let written = json::to_string(&array).expect("what JSON has words for");
        let again = json::from_str(&written).expect("what was just written");
        assert_eq!(json::to_string(&again).as_deref().ok(), Some(written.as_str()));
    }
});
