//! The reader of usual spellings reads what the general one reads, or nothing.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests fail by panicking"
)]

use std::sync::Arc;

use super::{MAX_DEPTH, usual};
use crate::select::{Open, Patterns};
use crate::{Dialect, Form};

/// As Awkward 2 spells them, or might, with every class and member.
const SPELLED: [&str; 13] = [
    r#""float64""#,
    r#"{"class": "NumpyArray", "primitive": "datetime64[15us]", "inner_shape": [3, 0, 12], "parameters": {}, "form_key": "node1"}"#,
    r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": [], "parameters": null, "form_key": null}"#,
    r#"{"class": "ListOffsetArray", "offsets": "u32", "content": {"class": "NumpyArray", "primitive": "uint8", "parameters": {"__array__": "char", "__doc__": "a \\ \"b\" \u00e9 \ud83d\ude00", "x": [1, 25, {"y": [true, false, null]}]}}}"#,
    r#"{"class": "ListArray", "starts": "i64", "stops": "i64", "content": {"class": "EmptyArray"}}"#,
    r#"{"class":"RegularArray","size":18446744073709551615,"content":"complex128"}"#,
    r#"{"class": "RecordArray", "fields": ["x", "yé", "x"], "contents": ["bool", {"class": "RecordArray", "fields": null, "contents": []}, "float16"], "parameters": {"__record__": "P"}}"#,
    r#" { "class" : "IndexedOptionArray" , "index":"i32",
        "content": {"class": "IndexedArray", "index": "u32", "content": "int64"} } "#,
    r#"{"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content": {"class": "UnmaskedArray", "content": "int16"}}"#,
    r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": false, "lsb_order": true, "content": "int16"}"#,
    r#"{"class": "NumpyArray", "primitive": "int8", "parameters": { "__record__" : "P" , "ö":"", "__doc__": "[]"}, "form_key": "n"}"#,
    r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int16", {"class": "ListArray", "starts": "i32", "stops": "i32", "content": "uint64"}]}"#,
    r#"{"class": "RecordArray", "fields": ["muons", "x"], "contents": [{"class": "ListOffsetArray", "offsets": "i64", "content": {"class": "RecordArray", "fields": ["pt", "charge"], "contents": ["float32", "int8"]}}, {"class": "RecordArray", "fields": null, "contents": ["int8", {"class": "NumpyArray", "primitive": "int8", "parameters": {"x": "\u00e9\n"}}]}]}"#,
];

/// Whether the usual reader reads a text, which must then be what the general one makes of it.
fn is_usual(text: &str, wanted: Option<&[Open<'_>]>) -> bool {
    let Some((form, rest)) = usual::read(text, wanted) else {
        return false;
    };
    let read = &text[..text.len() - rest.len()];
    let general = Form::read_any_json(read, wanted).map_err(|error| error.to_string());
    assert_eq!(Ok(Arc::unwrap_or_clone(form)), general, "{text}");
    true
}

#[test]
fn usual_spellings_need_no_other_reader() {
    for text in SPELLED {
        assert!(is_usual(text, None), "{text}");
        let form = Form::from_json(text).unwrap();
        for verbose in [false, true] {
            let spelled = form.to_json(Dialect::V2, verbose).unwrap();
            // Python escapes what is not ASCII.
            assert_eq!(is_usual(&spelled, None), !text.contains('é'), "{spelled}");
        }
    }
}

#[test]
fn a_parameter_that_is_there_twice_is_told_by_the_general_reader() {
    let twice = r#"{"class": "NumpyArray", "primitive": "int8", "parameters": {"a": "x", "b": "y", "a": "x"}}"#;
    assert!(!is_usual(twice, None));
    let error = Form::from_json(twice).unwrap_err().to_string();
    assert!(
        error.contains("twice") || error.contains("repeated"),
        "{error}"
    );
}

#[test]
fn what_is_read_in_columns_is_the_same() {
    let some: [&[&str]; 7] = [
        &["muons"],
        &["muons.pt"],
        &["x.1"],
        &["x"],
        &["muons.charge", "x.0"],
        &["*"],
        &["none"],
    ];
    for columns in some {
        let patterns = Patterns::below(&[] as &[&str], &columns).unwrap();
        for text in SPELLED {
            let open = patterns.open();
            assert!(is_usual(text, Some(&open)), "{columns:?} of {text}");
        }
    }
}

#[test]
fn damaged_texts_are_read_as_by_the_general_reader_or_not_at_all() {
    const PUT: [&str; 20] = [
        "", "\"", "\\", ",", "{", "}", "[", "]", ":", "0", "01", "-1", "1.5", "e", "x", " ",
        "\u{1}", "\u{7f}", "null", "é",
    ];
    let columns = ["muons.pt"];
    let patterns = Patterns::below(&[] as &[&str], &columns).unwrap();
    let open = patterns.open();
    let mut read = 0;
    for text in SPELLED {
        for (at, character) in text.char_indices() {
            let (before, after) = text.split_at(at);
            read += usize::from(is_usual(before, None));
            for put in PUT {
                for kept in [after, &after[character.len_utf8()..]] {
                    let damaged = format!("{before}{put}{kept}");
                    read += usize::from(is_usual(&damaged, None));
                    is_usual(&damaged, Some(&open));
                }
            }
        }
    }
    assert!(read > 1000, "{read} are forms nevertheless");
}

#[test]
fn a_form_within_other_json_is_read_to_its_end() {
    for text in SPELLED {
        for spelled in [text.to_owned(), text.replace("class", "\\u0063lass")] {
            let form = Form::from_json(&spelled).unwrap();
            for behind in ["", "}", ", \"next\": 1}", " ]", "\n"] {
                let within = format!("{spelled}{behind}");
                let (read, length) = Form::from_json_start(&within, None::<&str>).unwrap();
                assert_eq!(read, form);
                assert_eq!(within[length..].trim(), behind.trim(), "{within}");
            }
        }
    }
    assert!(Form::from_json_start("", None::<&str>).is_err());
    assert!(Form::from_json_start(r#"{"class": "NumpyArray"}, 1"#, None::<&str>).is_err());
}

#[test]
fn nesting_ends_where_it_does_for_the_general_reader() {
    for depth in [MAX_DEPTH - 1, MAX_DEPTH, 10_000] {
        let open = r#"{"class": "UnmaskedArray", "content": "#.repeat(depth);
        let text = format!("{open}\"int8\"{}", "}".repeat(depth));
        assert_eq!(is_usual(&text, None), depth < MAX_DEPTH);
        assert_eq!(Form::from_json(&text).is_ok(), depth < MAX_DEPTH);
    }
}
