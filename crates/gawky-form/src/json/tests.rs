#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use gawky_buffer::DType;
use serde_json::json;

use super::*;
use crate::{
    Attribute, FormKeyFormat, IndexType, KeyFormat, NodeInfo, NumpyForm, Parameters, RecordForm,
};

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
            message.ends_with("forms are nested more than 192 deep"),
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

#[test]
fn members_come_in_any_order() {
    let usual = Form::from_json(
        r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": false,
            "content": {"class": "RecordArray", "fields": ["x", "y"], "contents": ["int8", "bool"]},
            "parameters": {"b": 1, "a": 2}, "form_key": "k"}"#,
    );
    let unusual = Form::from_json(
        r#"{"form_key": "k", "parameters": {"b": 1, "a": 2}, "unheard_of": {"class": [null]},
            "content": {"contents": ["int8", "bool"], "fields": ["x", "y"], "class": "RecordArray"},
            "lsb_order": false, "valid_when": true, "mask": "u8", "class": "BitMaskedArray"}"#,
    );
    assert_eq!(usual.unwrap(), unusual.unwrap());
}

#[test]
fn parameters_are_kept_verbatim() {
    let parameters = r#"{"z":1,"a":[null,true,0.1,1e300,-0.0,5e-324,18446744073709551615,-9223372036854775808],"é\u0000":{"y":"\ud83d\ude00","b":{}}}"#;
    let json = format!(r#"{{"class":"NumpyArray","primitive":"int8","parameters":{parameters}}}"#);
    let form = Form::from_json(&json).unwrap();
    assert_eq!(
        serde_json::to_string(form.parameters()).unwrap(),
        parameters
            .replace("\\ud83d\\ude00", "\u{1f600}")
            .replace("1e300", "1e+300")
    );
    // As Python spells it.
    assert_eq!(
        form.to_json(Dialect::V2, true).unwrap(),
        r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": [], "parameters": {"z": 1, "a": [null, true, 0.1, 1e+300, -0.0, 5e-324, 18446744073709551615, -9223372036854775808], "\u00e9\u0000": {"y": "\ud83d\ude00", "b": {}}}, "form_key": null}"#
    );
    for none in ["{}", "null"] {
        let json = format!(r#"{{"class":"NumpyArray","primitive":"int8","parameters":{none}}}"#);
        assert!(Form::from_json(&json).unwrap().parameters().is_empty());
    }
}

#[test]
fn every_class_prints_as_the_references_do() {
    let v1_numpy = r#"{"class":"NumpyArray","itemsize":8,"format":"d","primitive":"float64"}"#;
    for (v2, v1) in [
        (r#"{"class": "EmptyArray"}"#, r#"{"class":"EmptyArray"}"#),
        (
            r#"{"class": "NumpyArray", "primitive": "datetime64[15us]"}"#,
            r#"{"class":"NumpyArray","itemsize":8,"format":"M8[15us]","primitive":"datetime64"}"#,
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "float64", "inner_shape": [3]}"#,
            r#"{"class":"NumpyArray","inner_shape":[3],"itemsize":8,"format":"d","primitive":"float64"}"#,
        ),
        (
            r#"{"class": "RegularArray", "size": 3, "content": "float64"}"#,
            r#"{"class":"RegularArray","content":"float64","size":3}"#,
        ),
        (
            r#"{"class": "ListArray", "starts": "i32", "stops": "i32", "content": "float64"}"#,
            r#"{"class":"ListArray32","starts":"i32","stops":"i32","content":"float64"}"#,
        ),
        (
            r#"{"class": "ListOffsetArray", "offsets": "u32", "content": "float64"}"#,
            r#"{"class":"ListOffsetArrayU32","offsets":"u32","content":"float64"}"#,
        ),
        (
            r#"{"class": "RecordArray", "fields": ["x"], "contents": ["float64"]}"#,
            r#"{"class":"RecordArray","contents":{"x":"float64"}}"#,
        ),
        (
            r#"{"class": "RecordArray", "fields": null, "contents": ["float64"]}"#,
            r#"{"class":"RecordArray","contents":["float64"]}"#,
        ),
        (
            r#"{"class": "RecordArray", "fields": [], "contents": []}"#,
            r#"{"class":"RecordArray","contents":{}}"#,
        ),
        (
            r#"{"class": "IndexedArray", "index": "i64", "content": "float64"}"#,
            r#"{"class":"IndexedArray64","index":"i64","content":"float64"}"#,
        ),
        (
            r#"{"class": "IndexedOptionArray", "index": "i32", "content": "float64"}"#,
            r#"{"class":"IndexedOptionArray32","index":"i32","content":"float64"}"#,
        ),
        (
            r#"{"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content": "float64"}"#,
            r#"{"class":"ByteMaskedArray","mask":"i8","content":"float64","valid_when":true}"#,
        ),
        (
            r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": true, "content": "float64"}"#,
            r#"{"class":"BitMaskedArray","mask":"u8","content":"float64","valid_when":true,"lsb_order":true}"#,
        ),
        (
            r#"{"class": "UnmaskedArray", "content": "float64"}"#,
            r#"{"class":"UnmaskedArray","content":"float64"}"#,
        ),
        (
            r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["float64", "int8"]}"#,
            r#"{"class":"UnionArray8_64","tags":"i8","index":"i64","contents":["float64","int8"]}"#,
        ),
    ] {
        for json in [v2, v1] {
            let form = Form::from_json(json).unwrap();
            assert_eq!(form.to_json(Dialect::V2, false).unwrap(), v2);
            assert_eq!(form.to_json(Dialect::V1, false).unwrap(), v1);
            // What Python's Awkward does with has_identities, parameters and form_key.
            let verbose = form.to_json(Dialect::V1, true).unwrap();
            assert!(
                verbose.ends_with(r#""has_identities":false,"parameters":{},"form_key":null}"#)
            );
            let verbose = form.to_json(Dialect::V2, true).unwrap();
            assert!(verbose.ends_with(r#""parameters": {}, "form_key": null}"#));
            assert_eq!(Form::from_json(&verbose).unwrap(), form);
        }
        let value = serde_json::from_str(v2).unwrap();
        assert_eq!(Dialect::detect(&value), (Dialect::V2, false), "{v2}");
    }
    assert_eq!(
        Form::from_json("\"float64\"")
            .unwrap()
            .to_json(Dialect::V1, false)
            .unwrap(),
        v1_numpy
    );
    // Awkward 1 would drop the unit here.
    let dated =
        Form::from_json(r#"{"class": "UnmaskedArray", "content": "datetime64[us]"}"#).unwrap();
    let printed = dated.to_json(Dialect::V1, false).unwrap();
    assert_eq!(Form::from_json(&printed).unwrap(), dated);
}

/// Hard case 9.
#[test]
fn the_old_dialect_reads() {
    let form = Form::from_json(
        r#"{"class": "RecordArray", "contents": {
              "x": {"class": "NumpyArray", "itemsize": 8, "format": "l", "has_identities": false, "parameters": {}, "form_key": "node1"},
              "y": {"class": "ListOffsetArray64", "offsets": "i64", "content": {"class": "NumpyArray", "inner_shape": [], "itemsize": 4, "format": "l", "form_key": "node3"}, "form_key": "node2"}},
            "has_identities": false, "parameters": {}, "form_key": "node0"}"#,
    )
    .unwrap();
    assert_eq!(form.type_().to_string(), "{x: int64, y: var * int32}");
    let keys: Vec<_> = form
        .expected_buffers(&KeyFormat::partitioned(), Some(0))
        .unwrap()
        .into_iter()
        .map(|buffer| (buffer.key, buffer.attribute, buffer.dtype))
        .collect();
    assert_eq!(
        keys,
        [
            ("part0-node1-data".to_owned(), Attribute::Data, DType::Int64),
            (
                "part0-node2-offsets".to_owned(),
                Attribute::Offsets,
                DType::Int64
            ),
            ("part0-node3-data".to_owned(), Attribute::Data, DType::Int32),
        ]
    );
}

/// Hard case 9: as Awkward 1 prints a lazy array.
#[test]
fn a_virtual_array_reads_as_what_it_wraps() {
    let lazy = r#"{"class":"VirtualArray","form":{"class":"RecordArray","contents":{"x":{"class":"VirtualArray","form":{"class":"NumpyArray","itemsize":8,"format":"l","primitive":"int64","form_key":"node1"},"has_length":true},"y":{"class":"VirtualArray","form":"bool","has_length":true,"form_key":"outer"}},"form_key":"node0"},"has_length":true}"#;
    let read = Form::from_json(lazy).unwrap();
    let plain = Form::from_json(
        r#"{"class": "RecordArray", "fields": ["x", "y"], "form_key": "node0", "contents": [
            {"class": "NumpyArray", "primitive": "int64", "form_key": "node1"},
            {"class": "NumpyArray", "primitive": "bool", "form_key": "outer"}]}"#,
    );
    assert_eq!(read, plain.unwrap());
}

#[test]
fn dialects_are_told_apart() {
    for (json, expected) in [
        (json!("int8"), (Dialect::V2, false)),
        (
            json!({"class": "NumpyArray", "primitive": "int8"}),
            (Dialect::V2, false),
        ),
        (
            json!({"class": "NumpyArray", "primitive": "int8", "inner_shape": [], "parameters": {}, "form_key": null}),
            (Dialect::V2, true),
        ),
        (
            json!({"class": "NumpyArray", "itemsize": 1, "format": "b"}),
            (Dialect::V1, false),
        ),
        (
            json!({"class": "UnmaskedArray", "has_identities": false, "parameters": {}, "form_key": null,
                   "content": {"class": "EmptyArray", "has_identities": false, "parameters": {}, "form_key": null}}),
            (Dialect::V1, true),
        ),
        (
            json!({"class": "RecordArray", "contents": {}}),
            (Dialect::V1, false),
        ),
        (
            json!({"class": "RecordArray", "fields": null, "contents": []}),
            (Dialect::V2, false),
        ),
        (
            json!({"class": "RecordArray", "fields": null, "contents": [{"class": "UnionArray8_64", "tags": "i8", "index": "i64", "contents": []}]}),
            (Dialect::V1, false),
        ),
    ] {
        assert_eq!(Dialect::detect(&json), expected, "{json}");
    }
}

#[test]
fn awkward_1_cannot_say_a_name_twice() {
    let leaf = Arc::new(Form::from(NumpyForm::new(DType::Int8)));
    let twice = RecordForm::try_new(
        Some(Arc::new(["x".into(), "x".into()])),
        Arc::new([Arc::clone(&leaf), leaf]),
        NodeInfo::new(Parameters::none()),
    );
    let outer = crate::ListOffsetForm {
        offsets: IndexType::I64,
        content: Arc::new(twice.unwrap().into()),
        info: NodeInfo::default(),
    };
    let form = Form::from(outer);
    assert_eq!(
        form.to_json(Dialect::V1, false).unwrap_err().to_string(),
        "the record at (root) has two fields \"x\", which Awkward 1's JSON cannot say; write Awkward 2's, or \
         rename one"
    );
    let json = form.to_json(Dialect::V2, false).unwrap();
    assert_eq!(Form::from_json(&json).unwrap(), form);
}

#[test]
fn serde_reads_and_writes_forms_within_other_values() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Manifest {
        form: Form,
        length: u64,
    }
    let text = r#"{"form":{"class":"NumpyArray","primitive":"int8"},"length":3}"#;
    let manifest: Manifest = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&manifest).unwrap(), text);
    let message = serde_json::from_str::<Manifest>(r#"{"form": {"class": "X"}, "length": 3}"#)
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with("this JSON is no form, at $.class: there is no class \"X\""),
        "{message}"
    );
}
