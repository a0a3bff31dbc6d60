#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::{FormKeyFormat, KeyFormat};

fn error(json: &str) -> String {
    Form::from_json(json).unwrap_err().to_string()
}

/// The message without what all have in common.
fn problem(json: &str) -> String {
    let message = error(json);
    let start = "this JSON is no form, at ";
    message
        .strip_prefix(start)
        .unwrap_or_else(|| panic!("{message}"))
        .to_owned()
}

#[test]
fn errors_say_where_and_why() {
    for (json, expected) in [
        (
            "null",
            "$: expected a form (an object with a class) or the name of a dtype, found null",
        ),
        (
            "7",
            "$: expected a form (an object with a class) or the name of a dtype, found 7",
        ),
        (
            "-7",
            "$: expected a form (an object with a class) or the name of a dtype, found -7",
        ),
        (
            "[]",
            "$: expected a form (an object with a class) or the name of a dtype, found an array",
        ),
        ("{}", "$: a form needs the member \"class\""),
        (r#"{"class": 3}"#, "$.class: expected a string, found 3"),
        (
            r#"{"class": "FancyArray"}"#,
            "$.class: there is no class \"FancyArray\" of forms",
        ),
        (
            r#"{"class": "UnmaskedArray"}"#,
            "$: UnmaskedArray needs the member \"content\"",
        ),
        (
            r#"{"class": "RecordArray", "fields": ["a", "b"], "contents": ["int8", {"class": "UnmaskedArray", "content": {"class": "RegularArray", "size": "x", "content": "int8"}}]}"#,
            "$.contents[1].content.size: expected a size (a whole number below 2^64), found \"x\"",
        ),
        (
            r#"{"class": "RecordArray", "contents": {"a b": {"class": "RegularArray", "size": -1, "content": "int8"}}}"#,
            "$.contents[\"a b\"].size: a size cannot be negative: -1",
        ),
        (
            r#"{"class": "RegularArray", "size": null, "content": "int8"}"#,
            "$.size: this size is null, for not known: the form is of a typetracer, which has no data; take the \
             form of an array with data",
        ),
        (
            r#"{"class": "RegularArray", "size": 3.0, "content": "int8"}"#,
            "$.size: expected a size (a whole number below 2^64), found 3",
        ),
        (
            r#"{"class": "RegularArray", "size": 18446744073709551616, "content": "int8"}"#,
            "$.size: expected a size (a whole number below 2^64), found 18446744073709552000",
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": [1, -2]}"#,
            "$.inner_shape[1]: a size cannot be negative: -2",
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": 3}"#,
            "$.inner_shape: expected an array of sizes, found 3",
        ),
        (
            r#"{"class": "NumpyArray", "form_key": ["x"], "primitive": "int8"}"#,
            "$.form_key: expected a string or null, found an array",
        ),
        (
            r#"{"class": "NumpyArray", "form_key": "node0"}"#,
            "$: NumpyArray needs the member \"primitive\"",
        ),
        (
            r#"{"class": "NumpyArray", "format": "d"}"#,
            "$: NumpyArray needs the member \"itemsize\"",
        ),
        (
            r#"{"class": "NumpyArray", "format": "d", "itemsize": 8, "primitive": "int64"}"#,
            "$: primitive \"int64\" contradicts format \"d\"",
        ),
        (
            r#"{"class": "NumpyArray", "itemsize": 4, "primitive": "int64"}"#,
            "$: primitive \"int64\" contradicts itemsize 4",
        ),
        (
            r#"{"class": "NumpyArray", "format": ">d", "itemsize": 8}"#,
            "$.format: the format \">d\" is big-endian, but forms do not say byte orders; drop the \">\" and read \
             the buffers as big-endian",
        ),
        (
            r#"{"class": "NumpyArray", "itemsize": true, "primitive": "int64"}"#,
            "$.itemsize: expected a size (a whole number below 2^64), found true",
        ),
        (
            r#"{"class": "ListOffsetArray64", "offsets": "i32", "content": "int8"}"#,
            "$: the class ListOffsetArray64 contradicts offsets \"i32\"",
        ),
        (
            r#"{"class": "ListOffsetArray", "offsets": "i16", "content": "int8"}"#,
            "$.offsets: ListOffsetArray cannot have \"i16\" here, only \"i32\", \"u32\" or \"i64\"",
        ),
        (
            r#"{"class": "IndexedOptionArray", "index": "u32", "content": "int8"}"#,
            "$.index: IndexedOptionArray cannot have \"u32\" here, only \"i32\" or \"i64\"",
        ),
        (
            r#"{"class": "ByteMaskedArray", "mask": "u8", "valid_when": true, "content": "int8"}"#,
            "$.mask: ByteMaskedArray cannot have \"u8\" here, only \"i8\"",
        ),
        (
            r#"{"class": "BitMaskedArray", "mask": "i8", "valid_when": true, "lsb_order": true, "content": "int8"}"#,
            "$.mask: BitMaskedArray cannot have \"i8\" here, only \"u8\"",
        ),
        (
            r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": 1, "lsb_order": true, "content": "int8"}"#,
            "$.valid_when: expected true or false, found 1",
        ),
        (
            r#"{"class": "ListArray", "starts": "i64", "stops": "i32", "content": "int8"}"#,
            "$: starts \"i64\" contradicts stops \"i32\"",
        ),
        (
            r#"{"class": "EmptyArray", "parameters": {"a": 1}}"#,
            "$.parameters: EmptyArray cannot have parameters",
        ),
        (
            r#"{"class": "EmptyArray", "parameters": [1]}"#,
            "$.parameters: expected an object or null, found an array",
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "parameters": "x"}"#,
            "$.parameters: expected an object or null, found \"x\"",
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "parameters": false}"#,
            "$.parameters: expected an object or null, found false",
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "parameters": 1.5}"#,
            "$.parameters: expected an object or null, found 1.5",
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": null}"#,
            "$.inner_shape: expected an array of sizes, found null",
        ),
        (
            r#"{"class": "RecordArray", "fields": ["x"], "contents": {"x": "int8"}}"#,
            "$: the member \"fields\" contradicts contents that name themselves (an object)",
        ),
        (
            r#"{"class": "RecordArray", "fields": ["x", "y"], "contents": ["int8"]}"#,
            "$: a record has 2 field names for 1 contents",
        ),
        (
            r#"{"class": "RecordArray", "fields": ["x", null], "contents": ["int8"]}"#,
            "$.fields[1]: expected a string, found null",
        ),
        (
            r#"{"class": "RecordArray", "contents": "int8"}"#,
            "$.contents: expected an array or an object of forms, found \"int8\"",
        ),
        (
            r#"{"class": "UnionArray", "tags": "i64", "index": "i64", "contents": []}"#,
            "$.tags: UnionArray cannot have \"i64\" here, only \"i8\"",
        ),
        (
            r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": {"x": "int8"}}"#,
            "$.contents: expected an array of forms, found an object",
        ),
        (
            r#"{"class": "VirtualArray", "form": null, "has_length": true}"#,
            "$.form: this VirtualArray does not say what it wraps (its form is null); take the form after the \
             array is materialized, or build it with its form",
        ),
        (
            r#"{"class": "VirtualArray", "form": {"class": "NumpyArray"}}"#,
            "$.form: NumpyArray needs the member \"primitive\"",
        ),
    ] {
        assert_eq!(problem(json), expected, "{json}");
        // By way of a value, without a text: the same.
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(json) {
            let by_value = serde_json::from_value::<Form>(value)
                .unwrap_err()
                .to_string();
            assert_eq!(by_value, format!("this JSON is no form, at {expected}"));
        }
    }
    assert!(problem(r#""float65""#).starts_with("$: \"float65\" is no primitive"));
    assert!(
        problem(r#"{"class": "NumpyArray", "format": "d", "itemsize": 4}"#)
            .starts_with("$.format: \"d\" is no PEP 3118 format")
    );
}

#[test]
fn a_member_twice_is_an_error() {
    for (json, expected) in [
        (
            r#"{"class": "EmptyArray", "class": "EmptyArray"}"#,
            "$: the member \"class\" is there twice",
        ),
        (
            r#"{"class": "EmptyArray", "form_key": null, "form_key": null}"#,
            "$: the member \"form_key\" is there twice",
        ),
        (
            r#"{"class": "EmptyArray", "other": [[1]], "other": {}}"#,
            "$: the member \"other\" is there twice",
        ),
        (
            r#"{"class": "RecordArray", "contents": {"x": "int8", "y": "int8", "\u0078": "int8"}}"#,
            "$.contents: the member \"x\" is there twice",
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "parameters": {"a": 1, "a": 1}}"#,
            "$.parameters: the member \"a\" is there twice",
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "parameters": {"a": [0, {"b": 1, "b": 1}]}}"#,
            "$.parameters[\"a\"][1]: the member \"b\" is there twice",
        ),
    ] {
        assert_eq!(problem(json), expected);
    }
}

#[test]
fn what_is_no_json_is_told_apart() {
    assert_eq!(
        error("{\"class\": \n nope"),
        "this is no JSON: expected ident at line 2 column 3"
    );
    assert_eq!(
        error("\"int8\" x"),
        "this is no JSON: trailing characters at line 1 column 8"
    );
    assert_eq!(
        error(""),
        "this is no JSON: EOF while parsing a value at line 1 column 0"
    );
}

#[test]
fn unions_are_as_wide_as_their_tags() {
    let union = |count: usize| {
        let contents = vec!["\"int8\""; count].join(",");
        format!(
            r#"{{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": [{contents}]}}"#
        )
    };
    assert!(Form::from_json(&union(128)).is_ok());
    assert_eq!(
        problem(&union(129)),
        "$: a union has 129 contents, but its tags are 8-bit: 128 at most"
    );
}

#[test]
fn dimensions_are_capped() {
    let shape = |count: usize| {
        let shape = vec!["1"; count].join(",");
        format!(r#"{{"class": "NumpyArray", "primitive": "int8", "inner_shape": [{shape}]}}"#)
    };
    assert!(Form::from_json(&shape(MAX_DIMENSIONS)).is_ok());
    assert_eq!(
        problem(&shape(MAX_DIMENSIONS + 1)),
        "$.inner_shape: 65 dimensions are more than NumPy allows, 64"
    );
}

/// So many forms in one another, `leaf` innermost.
fn nested(open: &str, close: &str, depth: usize, leaf: &str) -> String {
    let mut json = open.repeat(depth);
    json.push_str(leaf);
    json.push_str(&close.repeat(depth));
    json
}

const LIST: [&str; 2] = [
    r#"{"class":"ListOffsetArray","offsets":"i64","content":"#,
    "}",
];
const RECORD: [&str; 2] = [
    r#"{"class":"RecordArray","fields":["a"],"contents":["#,
    "]}",
];
const OLD_RECORD: [&str; 2] = [r#"{"class":"RecordArray","contents":{"a":"#, "}}"];
const UNION: [&str; 2] = [
    r#"{"class":"UnionArray","tags":"i8","index":"i64","contents":["#,
    "]}",
];
const VIRTUAL: [&str; 2] = [r#"{"class":"VirtualArray","has_length":true,"form":"#, "}"];

#[test]
fn a_hundred_thousand_levels_are_an_error() {
    for [open, close] in [LIST, RECORD, OLD_RECORD, UNION, VIRTUAL] {
        let message = error(&nested(open, close, 100_000, "\"int8\""));
        assert!(
            message.ends_with("forms are nested more than 128 deep"),
            "{message}"
        );
    }
    for [open, close] in [["[", "]"], [r#"{"a":"#, "}"]] {
        let value = nested(open, close, 100_000, "1");
        let parameters =
            format!(r#"{{"class":"NumpyArray","primitive":"int8","parameters":{{"p":{value}}}}}"#);
        let message = error(&parameters);
        assert!(
            message.ends_with("parameters are nested more than 64 deep"),
            "{message}"
        );
        // Ignored, without recursion.
        let other = format!(r#"{{"class":"NumpyArray","primitive":"int8","other":{value}}}"#);
        assert_eq!(Form::from_json(&other), Form::from_json("\"int8\""));
        // In place of what is expected to be flat.
        for member in [
            "class",
            "form_key",
            "inner_shape",
            "fields",
            "size",
            "itemsize",
        ] {
            assert!(Form::from_json(&format!(r#"{{"{member}":{value}}}"#)).is_err());
        }
        assert!(Form::from_json(&value).is_err());
    }
}

/// Every recursion of the crate, over forms as deep as may be, on a thread of 1.25 MiB.
#[cfg(not(target_family = "wasm"))] // There are no threads whose stack could be bounded.
#[test]
fn the_deepest_forms_take_a_bounded_stack() {
    let run = || {
        for [open, close] in [LIST, RECORD, OLD_RECORD, UNION, VIRTUAL] {
            let parameters = nested("[", "]", MAX_PARAMETER_DEPTH - 1, "1");
            let shape = vec!["1"; MAX_DIMENSIONS].join(",");
            let leaf = format!(
                r#"{{"class":"NumpyArray","primitive":"int8","inner_shape":[{shape}],"parameters":{{"p":{parameters}}}}}"#
            );
            let json = nested(open, close, MAX_DEPTH - 1, &leaf);
            let form = Form::from_json(&json).unwrap();
            assert!(Form::from_json(&nested(open, close, MAX_DEPTH, &leaf)).is_err());
            for dialect in [Dialect::V1, Dialect::V2] {
                assert!(form.to_json(dialect, true).is_ok());
                let value = form.to_json_value(dialect, true).unwrap();
                assert_eq!(serde_json::from_value::<Form>(value).unwrap(), form);
            }
            let named = form.with_form_keys(&FormKeyFormat::default(), 0).unwrap();
            assert!(
                !named
                    .expected_buffers(&KeyFormat::array(), None)
                    .unwrap()
                    .is_empty()
            );
            assert!(!format!("{named:?}").is_empty());
            let of = form.type_();
            assert!(!format!("{of} {of:#} {of:?}").is_empty());
            assert!(of.is_equal_to(&form.type_(), true));
            assert!(Form::from_type(&of).is_ok());
            for column in form.columns() {
                assert!(form.select(&column).is_ok());
            }
            let datashape =
                "var * (".repeat(MAX_DEPTH / 2 - 1) + "int8" + &")".repeat(MAX_DEPTH / 2 - 1);
            let parsed = crate::Type::from_datashape(&datashape).unwrap();
            assert_eq!(parsed.to_string(), datashape);
        }
    };
    let thread = std::thread::Builder::new()
        .stack_size(1280 << 10)
        .spawn(run);
    thread.unwrap().join().unwrap();
}
