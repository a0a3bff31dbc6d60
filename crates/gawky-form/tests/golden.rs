//! Forms and types as the reference prints them: every case of `tests/golden`.
//!
//! `GAWKY_GOLDEN` may name more files of cases, separated by `:`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::path::{Path, PathBuf};

use gawky_form::{ArrayType, Dialect, Form};
use serde_json::Value;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(name)
}

/// All cases, the schema of all forms among them.
fn for_each_case(file: &Path, mut check: impl FnMut(&str, &Value)) {
    let text = std::fs::read_to_string(file).unwrap();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        check(case["name"].as_str().unwrap(), &case);
    }
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = ["awkward1", "awkward2", "random1", "random2"]
        .map(|name| golden(&format!("{name}.jsonl")))
        .into_iter()
        .collect();
    if let Some(more) = std::env::var_os("GAWKY_GOLDEN") {
        files.extend(std::env::split_paths(&more).filter(|path| !path.as_os_str().is_empty()));
    }
    files
}

#[test]
fn forms_print_back_as_they_were() {
    let mut forms = 0;
    for file in files() {
        for_each_case(&file, |name, case| {
            for member in ["form", "packed_form"] {
                let Some(json) = case.get(member) else {
                    continue;
                };
                let form = Form::from_json(&json.to_string()).unwrap();
                let (dialect, verbose) = Dialect::detect(json);
                assert_eq!(
                    &form.to_json_value(dialect, verbose).unwrap(),
                    json,
                    "{name} {member}"
                );
                for dialect in [Dialect::V1, Dialect::V2] {
                    for verbose in [false, true] {
                        let Ok(text) = form.to_json(dialect, verbose) else {
                            continue;
                        };
                        let again = Form::from_json(&text);
                        assert_eq!(again.as_ref(), Ok(&form), "{name} {member}: {text}");
                    }
                }
                let by_serde: Form = serde_json::from_value(json.clone()).unwrap();
                assert_eq!(by_serde, form, "{name} {member}");
                forms += 1;
            }
        });
    }
    assert!(forms > 300, "only {forms} forms were found");
}

#[test]
fn types_print_as_the_reference_prints_them() {
    let mut types = 0;
    for file in files() {
        for_each_case(&file, |name, case| {
            let Some(expected) = case.get("type").and_then(Value::as_str) else {
                return;
            };
            let form = Form::from_json(&case["form"].to_string()).unwrap();
            let printed = form.array_type(case["length"].as_u64().unwrap());
            assert_eq!(printed.to_string(), expected, "{name}");
            types += 1;
        });
    }
    assert!(types > 150, "only {types} types were found");
}

#[test]
fn types_read_back() {
    for file in files() {
        for_each_case(&file, |name, case| {
            let form = Form::from_json(&case["form"].to_string()).unwrap();
            let printed = form.array_type(case["length"].as_u64().unwrap_or(5));
            let text = printed.to_string();
            let read = ArrayType::from_datashape(&text).unwrap();
            assert_eq!(read.to_string(), text, "{name}");
            // Several lines read as one.
            let tall = ArrayType::from_datashape(&format!("{printed:#}")).unwrap();
            assert_eq!(tall, read, "{name}");
            let rebuilt = Form::from_type(&read.content).unwrap().type_();
            if !text.contains("categorical") {
                assert!(
                    rebuilt.is_equal_to(&read.content, true),
                    "{name}: {rebuilt}"
                );
            }
        });
    }
}

#[test]
fn the_schema_knows_every_form() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/form.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for file in files() {
        for_each_case(&file, |name, case| {
            for member in ["form", "packed_form"] {
                let Some(json) = case.get(member) else {
                    continue;
                };
                if let Err(error) = validator.validate(json) {
                    panic!("{name} {member}: {error}");
                }
                let form = Form::from_json(&json.to_string()).unwrap();
                for dialect in [Dialect::V1, Dialect::V2] {
                    if let Ok(json) = form.to_json_value(dialect, true) {
                        assert!(validator.is_valid(&json), "{name} {member}: {json}");
                    }
                }
            }
        });
    }
}

/// What the schema refuses, gawky refuses too, and the other way round.
#[test]
fn the_schema_refuses_what_is_no_form() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/form.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (json, is_form) in [
        (r#""float64""#, true),
        (r#""datetime64[15us]""#, true),
        (r#""float65""#, false),
        ("null", false),
        ("[]", false),
        ("{}", false),
        (r#"{"class": "NoArray"}"#, false),
        (r#"{"class": "EmptyArray"}"#, true),
        (r#"{"class": "EmptyArray", "parameters": {"a": 1}}"#, false),
        (r#"{"class": "EmptyArray", "form_key": 1}"#, false),
        (r#"{"class": "NumpyArray"}"#, false),
        (r#"{"class": "NumpyArray", "format": "d"}"#, false),
        (
            r#"{"class": "NumpyArray", "format": "d", "itemsize": 8}"#,
            true,
        ),
        (
            r#"{"class": "NumpyArray", "format": ">d", "itemsize": 8}"#,
            false,
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": [2, -1]}"#,
            false,
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": [2, null]}"#,
            false,
        ),
        (
            r#"{"class": "RegularArray", "size": null, "content": "int8"}"#,
            false,
        ),
        (
            r#"{"class": "RegularArray", "size": 18446744073709551615, "content": "int8"}"#,
            true,
        ),
        (r#"{"class": "ListOffsetArray", "content": "int8"}"#, false),
        (r#"{"class": "ListOffsetArray64", "content": "int8"}"#, true),
        (
            r#"{"class": "ListOffsetArray64", "offsets": "i32", "content": "int8"}"#,
            false,
        ),
        (
            r#"{"class": "ListOffsetArray", "offsets": "i8", "content": "int8"}"#,
            false,
        ),
        (
            r#"{"class": "ListArray", "starts": "i64", "content": "int8"}"#,
            false,
        ),
        (
            r#"{"class": "ListArray32", "starts": "i32", "content": "int8"}"#,
            true,
        ),
        (
            r#"{"class": "IndexedArray", "index": "u32", "content": "int8"}"#,
            true,
        ),
        (
            r#"{"class": "IndexedOptionArray", "index": "u32", "content": "int8"}"#,
            false,
        ),
        (
            r#"{"class": "ByteMaskedArray", "mask": "u8", "valid_when": true, "content": "int8"}"#,
            false,
        ),
        (
            r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "content": "int8"}"#,
            false,
        ),
        (
            r#"{"class": "RecordArray", "contents": {"x": "int8"}}"#,
            true,
        ),
        (
            r#"{"class": "RecordArray", "fields": ["x"], "contents": {"x": "int8"}}"#,
            false,
        ),
        (
            r#"{"class": "RecordArray", "fields": [1], "contents": ["int8"]}"#,
            false,
        ),
        (r#"{"class": "RecordArray", "contents": ["int8"]}"#, true),
        (
            r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": []}"#,
            true,
        ),
        (
            r#"{"class": "UnionArray", "index": "i64", "contents": []}"#,
            false,
        ),
        (r#"{"class": "UnionArray8_64", "contents": []}"#, true),
        (
            r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": {}}"#,
            false,
        ),
        (
            r#"{"class": "VirtualArray", "form": "int8", "has_length": true}"#,
            true,
        ),
        (
            r#"{"class": "VirtualArray", "form": null, "has_length": true}"#,
            false,
        ),
    ] {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(validator.is_valid(&value), is_form, "schema: {json}");
        assert_eq!(Form::from_json(json).is_ok(), is_form, "gawky: {json}");
    }
}
