//! What the dialects say, and how they are told apart.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use gawky_buffer::DType;
use serde_json::json;

use super::*;
use crate::{Attribute, IndexType, KeyFormat, NodeInfo, NumpyForm, Parameters, RecordForm};

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
    let lazy = r#"{"class":"VirtualArray","form":{"class":"RecordArray","contents":{"x":{"class":"VirtualArray","form":{"class":"NumpyArray","itemsize":8,"format":"l","primitive":"int64","form_key":"node1"},"has_length":true},"y":{"class":"VirtualArray","form":"bool","has_length":true,"form_key":"outer"}},"form_key":"node0"},"has_length":true,"form_key":"not this one"}"#;
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
fn what_is_not_selected_is_passed_over() {
    let damaged = r#"{"class": "RecordArray", "fields": ["x", "y", "z"], "contents": [
        {"class": "NoSuchArray"}, "int8", {"class": "RecordArray", "contents": {"a": "no dtype", "b": "bool"}}]}"#;
    let form = Form::from_json_columns(damaged, ["y", "z.b"]).unwrap();
    assert_eq!(form.type_().to_string(), "{y: int8, z: {b: bool}}");
    // Names may come after what they name.
    let late = r#"{"class": "RecordArray", "contents": ["int8", {"class": "RecordArray", "contents": {"x": "bool"}}], "fields": ["x", "y"]}"#;
    let form = Form::from_json_columns(late, "y").unwrap();
    assert_eq!(form.type_().to_string(), "{y: {x: bool}}");
    // What is used is looked at as ever, and errors tell where it is.
    let problem = |columns: &str| {
        let error = Form::from_json_columns(damaged, columns).unwrap_err();
        error.to_string()
    };
    let class = "this JSON is no form, at $.contents[0].class: there is no class \"NoSuchArray\"";
    assert!(problem("x").starts_with(class), "{}", problem("x"));
    let dtype = "this JSON is no form, at $.contents[2].contents[\"a\"]: ";
    assert!(problem("z.a").starts_with(dtype), "{}", problem("z.a"));
    // So it is where all columns have to be told.
    assert!(problem("none").starts_with(class), "{}", problem("none"));
    for wrong in [
        // Not JSON.
        r#"{"class": "RecordArray", "fields": ["x", "y"], "contents": [{"class": nul}, "int8"]}"#,
        r#"{"class": "RecordArray", "fields": ["x", "y"], "contents": ["int8"]}"#,
        r#"{"class": "RecordArray", "fields": ["y"], "contents": ["int8", {"class": "NoSuchArray"}]}"#,
        r#"{"class": "RecordArray", "contents": {"x": 1, "y": "int8", "x": 1}}"#,
    ] {
        assert!(Form::from_json_columns(wrong, "y").is_err(), "{wrong}");
    }
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
